"""Policy versions on the database: implements `services.admin.ports.Store`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import bindparam, func, insert, select, update

from orchestrator.adapters.storage import (
    contexts,
    editions,
    engine,
    prepared,
    reports,
    settled,
    tables,
    tallies,
    unit,
    usage,
    usage_sums,
    whole,
)
from orchestrator.core.model.access import Actor
from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
from orchestrator.core.policy.editions import Edition
from orchestrator.services.admin import ports

T = TypeVar("T")


_CURRENT: Final = prepared.Statement(
    select(tables.policy_versions)
    .join(
        tables.policy_sets,
        (tables.policy_sets.c.account == tables.policy_versions.c.account)
        & (tables.policy_sets.c.number == tables.policy_versions.c.number),
    )
    .where(tables.policy_sets.c.account == bindparam("of"))
)
_NEWEST: Final = prepared.Statement(
    select(func.max(tables.changes.c.sequence)).where(tables.changes.c.account == bindparam("of"))
)


class AdminReading(reports.Reports):
    """Implements `ports.Reading` on a connection.

    ``sums`` are those of hours that are over, of the database that this is a look at.
    """

    def __init__(
        self,
        connection: sqlalchemy.Connection,
        *,
        finding: Callable[..., list[Any]] | None = None,
        sums: settled.Settled | None = None,
    ) -> None:
        super().__init__(connection, finding=finding)
        self._settled = settled.Settled() if sums is None else sums

    def current(self, account: str) -> ports.Version | None:
        """Return the version that decides now, or None."""
        row = _CURRENT.first(self.connection, {"of": account})
        return None if row is None else _version(row)

    def version(self, account: str, number: int) -> ports.Version | None:
        """Return one version, or None."""
        table = tables.policy_versions
        return self._version(
            select(table).where(table.c.account == account, table.c.number == number)
        )

    def versions(
        self, account: str, *, limit: int, before: int | None = None
    ) -> list[ports.Version]:
        """Return versions, the newest first; those below ``before``."""
        table = tables.policy_versions
        statement = select(table).where(table.c.account == account)
        if before is not None:
            statement = statement.where(table.c.number < before)
        return self._versions(statement.order_by(table.c.number.desc()).limit(limit))

    def document(self, content: str) -> dict[str, Any] | None:
        """Return the stored document with this content address, or None."""
        return editions.whole(self.connection, content)

    def edition(self, content: str, *, like: Edition | None = None) -> Edition | None:
        """Return the stored edition with this content address, or None."""
        return editions.read(self.connection, content, like)

    def matches(
        self, account: str, policies: Sequence[str], *, since: datetime
    ) -> Mapping[str, Mapping[datetime, int]]:
        """Return how often policies matched, by the hour, from that of ``since`` on."""
        return tallies.since(self.connection, account, policies, at=since)

    def last_matches(self, account: str, policies: Sequence[str]) -> Mapping[str, datetime]:
        """Return the hour in which each of these policies matched last."""
        return tallies.last(self.connection, account, policies)

    def usage_total(self, account: str, *, since: datetime, until: datetime) -> DecidedCount:
        """Return how many decisions there were."""
        return self._sums(account).total(since=since, until=until)

    def usage_decided(
        self, account: str, *, starts: Sequence[datetime], until: datetime
    ) -> Mapping[int, DecidedCount]:
        """Return how many decisions there were, by the span's place."""
        return self._sums(account).decided(starts=starts, until=until)

    def usage_policies(
        self, account: str, *, since: datetime, until: datetime
    ) -> Mapping[str, int]:
        """Return how often each policy, and the fallback, matched altogether."""
        return self._sums(account).policies(since=since, until=until)

    def usage_matches(
        self,
        account: str,
        *,
        starts: Sequence[datetime],
        until: datetime,
        policies: Sequence[str] | None = None,
    ) -> Mapping[str, Mapping[int, int]]:
        """Return how often each policy, and the fallback, matched, by the span's place."""
        return self._sums(account).matches(starts=starts, until=until, policies=policies)

    def usage_flows(
        self,
        account: str,
        *,
        since: datetime,
        until: datetime,
        limit: int,
        matches: Mapping[str, int] | None = None,
    ) -> Sequence[FlowCount]:
        """Return at most ``limit`` flows, the most frequent first."""
        return self._sums(account).flows(since=since, until=until, limit=limit, matches=matches)

    def usage_latency(
        self, account: str, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how many decisions fell into the bins of latency."""
        return self._sums(account).results(usage.TOOK, starts=starts, until=until)

    def usage_troubles(
        self, account: str, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how many decisions had a trouble."""
        return self._sums(account).results(usage.TROUBLE, starts=starts, until=until)

    def usage_calls(
        self, account: str, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how calls of functions ended."""
        return self._sums(account).results(usage.CALL, starts=starts, until=until)

    def _sums(self, account: str) -> usage_sums.Sums:
        return usage_sums.Sums(self.connection, self._settled, account)

    def newest_change(self, account: str) -> int:
        """Return the sequence of the account's newest change, 0 where there is none."""
        return _NEWEST.scalar(self.connection, {"of": account}) or 0

    def namespaces(self, account: str) -> list[str]:
        """Return the names of the context service's namespaces that are in use, by name."""
        return contexts.used(self.connection, account)

    def _version(self, statement: sqlalchemy.Select[Any]) -> ports.Version | None:
        return next(iter(self._versions(statement)), None)

    def _versions(self, statement: sqlalchemy.Select[Any]) -> list[ports.Version]:
        return [_version(row) for row in self.connection.execute(statement)]


class AdminWriting(AdminReading):
    """Implements `ports.Writing` on a unit of work."""

    def __init__(self, changing: unit.Unit) -> None:
        super().__init__(changing.connection)
        self._unit = changing

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        return self._unit.now

    def publish(self, account: str, edition: Edition, *, message: str) -> ports.Version:
        """Store ``edition`` as the account's next, current version, with its change row."""
        before = self.current(account)
        editions.write(self.connection, edition, after=before.hash if before else None)
        version = ports.Version(
            account, self._next(account), edition.version, self._unit.who, self.now, message
        )
        self.connection.execute(
            insert(tables.policy_versions),
            {
                "account": account,
                "number": version.number,
                "hash": edition.version,
                "author": version.author,
                "at": version.at,
                "message": message,
            },
        )
        self._point(account, version.number)
        self._unit.note(
            "policies",
            str(version.number),
            before=_shown(before) if before else None,
            after=_shown(version),
        )
        return version

    def _next(self, account: str) -> int:
        table = tables.policy_versions
        newest = select(func.max(table.c.number)).where(table.c.account == account)
        return (self.connection.scalar(newest) or 0) + 1

    def _point(self, account: str, number: int) -> None:
        table = tables.policy_sets
        statement = update(table).where(table.c.account == account).values(number=number)
        if self.connection.execute(statement).rowcount == 0:
            self.connection.execute(insert(table), {"account": account, "number": number})


class AdminStore:
    """Implements `ports.Store` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def read(self, work: Callable[["AdminReading"], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        return await self._database.survey(lambda connection: work(self._reading(connection)))

    async def glance(self, work: Callable[[ports.Reading], T]) -> T:
        """As `read`, for work that finds a few records by their keys."""
        return await self._database.glance(lambda connection: work(self._reading(connection)))

    async def write(self, actor: Actor, at: datetime, work: Callable[[ports.Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return."""

        def run(connection: sqlalchemy.Connection) -> T:
            changing = unit.Unit(connection, account=actor.account, who=actor.who, now=at)
            return work(AdminWriting(changing))

        return await self._database.transact(run)

    def _reading(self, connection: sqlalchemy.Connection) -> AdminReading:
        snapshot = whole.Snapshot(connection, self._database.kept)
        return AdminReading(connection, finding=snapshot.find, sums=self._database.settled)


def _version(row: Any) -> ports.Version:
    return ports.Version(row.account, row.number, row.hash, row.author, row.at, row.message)


def _shown(version: ports.Version) -> dict[str, Any]:
    return {"version": version.number, "hash": version.hash, "message": version.message}
