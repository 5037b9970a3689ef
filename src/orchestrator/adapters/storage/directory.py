"""The directory's rows on the database: implements `services.directory.ports.Store`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

import sqlalchemy
from sqlalchemy import func, select

from orchestrator.adapters.storage import editions, engine, log, sheets, tables, unit, whole
from orchestrator.core.model.access import Actor
from orchestrator.services.directory import ports

T = TypeVar("T")
R = TypeVar("R", bound=ports.Record)
L = TypeVar("L", bound=ports.Listed)


class _Reading:
    """Implements `ports.Reading` on a connection."""

    def __init__(self, connection: sqlalchemy.Connection, kept: whole.Kept) -> None:
        self._connection = connection
        self._snapshot = whole.Snapshot(connection, kept)

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        return self._snapshot.find(kind, **equal)

    def sheet(
        self, kind: type[L], account: str, *, search: str, skip: int, limit: int
    ) -> ports.Sheet[L]:
        return sheets.sheet(self._connection, kind, account, search=search, skip=skip, limit=limit)

    def ways_in(self, account: str, *, search: str, skip: int, limit: int) -> ports.WaysIn:
        return sheets.ways_in(self._connection, account, search=search, skip=skip, limit=limit)

    def uses_of_skill(self, account: str, skill_id: str) -> list[str]:
        return uses(self._connection, account, skill_id, of="skill")

    def uses_of_user(self, account: str, user_id: str) -> list[str]:
        return uses(self._connection, account, user_id, of="user")

    def schedules(self, account: str) -> list[str]:
        return list(_current(self._connection, account).get("schedules", {}))

    def uses_of_account(self, account: str) -> list[str]:
        return _kept(self._connection, account)

    def revision(self, account: str) -> int:
        return log.revision(self._connection, account)

    def changed(
        self, kind: type[ports.Record], *, account: str, only: str | None = None
    ) -> dict[str, datetime]:
        return log.changed(self._connection, kind, account=account, only=only)

    def removed(self, kind: type[ports.Record], *, account: str) -> dict[str, dict[str, Any]]:
        return log.removed(self._connection, kind, account=account)


class _Writing(unit.Unit):
    """Implements `ports.Writing`."""

    def sheet(
        self, kind: type[L], account: str, *, search: str, skip: int, limit: int
    ) -> ports.Sheet[L]:
        return sheets.sheet(self.connection, kind, account, search=search, skip=skip, limit=limit)

    def ways_in(self, account: str, *, search: str, skip: int, limit: int) -> ports.WaysIn:
        return sheets.ways_in(self.connection, account, search=search, skip=skip, limit=limit)

    def uses_of_skill(self, account: str, skill_id: str) -> list[str]:
        return uses(self.connection, account, skill_id, of="skill")

    def uses_of_user(self, account: str, user_id: str) -> list[str]:
        return uses(self.connection, account, user_id, of="user")

    def schedules(self, account: str) -> list[str]:
        return list(_current(self.connection, account).get("schedules", {}))

    def uses_of_account(self, account: str) -> list[str]:
        return _kept(self.connection, account)

    def revision(self, account: str) -> int:
        return log.revision(self.connection, account)

    def changed(
        self, kind: type[ports.Record], *, account: str, only: str | None = None
    ) -> dict[str, datetime]:
        return log.changed(self.connection, kind, account=account, only=only)

    def removed(self, kind: type[ports.Record], *, account: str) -> dict[str, dict[str, Any]]:
        return log.removed(self.connection, kind, account=account)

    def clear(self, account: str) -> None:
        for table in reversed(tables.metadata.sorted_tables):
            if "account" in table.c and table is not tables.changes:
                self.connection.execute(table.delete().where(table.c.account == account))


class DirectoryStore:
    """Implements `ports.Store` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def read(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        return await self._database.read(lambda connection: work(self._reading(connection)))

    async def glance(self, work: Callable[[ports.Reading], T]) -> T:
        """As `read`, for work that finds a few records by their keys."""
        return await self._database.glance(lambda connection: work(self._reading(connection)))

    async def first(self, kind: type[R], **equal: Any) -> R | None:
        """Return one of the records that `ports.Reading.find` finds, or None."""
        found = await self._database.shared(
            (kind, *equal.items()), lambda connection: unit.find(connection, kind, **equal)
        )
        return found[0] if found else None

    async def write(self, actor: Actor, at: datetime, work: Callable[[ports.Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return."""

        def run(connection: sqlalchemy.Connection) -> T:
            return work(_Writing(connection, account=actor.account, who=actor.who, now=at))

        return await self._database.transact(run)

    async def prune_sessions(self, before: datetime, *, limit: int = 500) -> int:
        """Delete at most ``limit`` sessions that expired before ``before``; return how many.

        A socket with the bearer of a deleted session is refused like one that was never issued, so
        leave clients some days to come back first.
        """
        table = tables.login_sessions
        old = select(table.c.id).where(table.c.expires_at < before).limit(limit)
        statement = table.delete().where(table.c.id.in_(old))
        return await self._database.transact(lambda c: c.execute(statement).rowcount)

    def _reading(self, connection: sqlalchemy.Connection) -> _Reading:
        return _Reading(connection, self._database.kept)


def _kept(connection: sqlalchemy.Connection, account: str) -> list[str]:
    """Return what would be lost with the account; a file's bytes would outlive their row."""
    found = []
    for table, noun in ((tables.conversations, "conversation"), (tables.files, "file")):
        statement = select(func.count()).select_from(table).where(table.c.account == account)
        if kept := connection.scalar(statement) or 0:
            found.append(f"{kept} {noun}{'s' if kept > 1 else ''} that it keeps")
    return found


_CONVERSATIONS: Final = {
    "skill": tables.conversations.c.skill_id,
    "user": tables.conversations.c.assigned_user,
}
_TARGETS: Final = {"skill": ("skillId", "fallbackSkillId"), "user": ("userId", "agentId")}


def uses(
    connection: sqlalchemy.Connection,
    account: str,
    identifier: str,
    *,
    of: Literal["skill", "user"],
) -> list[str]:
    """Return what outside the directory still needs a skill or a user, as phrases for people."""
    table = tables.conversations
    open_ones = (table.c.account == account, table.c.state == "OPEN")
    statement = select(func.count()).select_from(table)
    waiting = connection.scalar(statement.where(*open_ones, _CONVERSATIONS[of] == identifier)) or 0
    found = [f"{waiting} open conversation{'s' if waiting > 1 else ''}"] if waiting else []
    policies = _current(connection, account).get("policies", [])
    naming = (policy for policy in policies if _names(policy, identifier, keys=_TARGETS[of]))
    return found + [f"the policy “{policy.get('name')}”" for policy in naming]


def _current(connection: sqlalchemy.Connection, account: str) -> dict[str, Any]:
    """Return the document of the account's policy set, empty before the first version."""
    versions, current = tables.policy_versions, tables.policy_sets
    of_version = (current.c.account == versions.c.account) & (current.c.number == versions.c.number)
    version = connection.scalar(
        select(versions.c.hash).join(current, of_version).where(current.c.account == account)
    )
    return (editions.whole(connection, version) if version else None) or {}


def _names(policy: dict[str, Any], identifier: str, *, keys: tuple[str, ...]) -> bool:
    """Whether an action of the policy or of its exception names the id."""
    blocks = (policy, policy.get("exception") or {})
    payloads = [
        action.get("payload", {}) for block in blocks for action in block.get("actions", [])
    ]
    return any(payload.get(key) == identifier for payload in payloads for key in keys)
