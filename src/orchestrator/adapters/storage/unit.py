"""A unit of work on records: every change writes its line into the change log as well."""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from orchestrator.adapters.storage import prepared, tables
from orchestrator.core.model import directory, times
from orchestrator.services.directory import ports

R = TypeVar("R", bound=ports.Record)
Selection = sqlalchemy.Select[*tuple[Any, ...]]


class Kind(msgspec.Struct, frozen=True):
    """How a struct is kept: its table, whose columns are its fields.

    ``noun`` names it in the change log; None: not logged, being news and nobody's decision.
    ``hidden`` fields never appear there.
    """

    table: sqlalchemy.Table
    noun: str | None
    hidden: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    """Where not empty: a line is written only when one of these fields changes."""


KINDS: Final[dict[type[ports.Record], Kind]] = {
    directory.Account: Kind(tables.accounts, "accounts"),
    directory.User: Kind(tables.users, "users"),
    directory.Password: Kind(tables.passwords, "passwords", frozenset({"hash"})),
    directory.SignInLink: Kind(tables.sign_in_links, "sign-in-links"),
    directory.LoginKey: Kind(
        tables.login_keys,
        "login-keys",
        frozenset({"secret", "access_token_hash", "access_token_secret"}),
    ),
    directory.LoginSession: Kind(
        tables.login_sessions,
        "login-sessions",
        frozenset({"bearer_hash", "csrf_hash", "cookie_hash"}),
        only=frozenset({"ended_at"}),
    ),
    directory.Skill: Kind(tables.skills, "skills"),
    directory.SkillAssignment: Kind(tables.skill_assignments, "skill-assignments"),
    directory.Campaign: Kind(tables.campaigns, "campaigns"),
    directory.Engagement: Kind(tables.engagements, "engagements"),
    directory.Profile: Kind(tables.profiles, "profiles"),
    directory.AgentGroup: Kind(tables.agent_groups, "agent-groups"),
    directory.Details: Kind(tables.details, "details"),
    directory.Connector: Kind(tables.connectors, "connectors"),
    directory.TokenClient: Kind(tables.token_clients, "token-clients", frozenset({"secret_hash"})),
    directory.ApiKey: Kind(tables.api_keys, "keys", frozenset({"secret_hash"})),
    directory.BotConfig: Kind(tables.bot_configs, "bot-config", frozenset({"credentials"})),
    directory.BotState: Kind(tables.bot_states, None),
}


@functools.cache
def _selected(kind: type[ports.Record]) -> Selection:
    """Return the select of a struct's fields, in their order."""
    table = KINDS[kind].table
    return select(*(table.c[name] for name in kind.__struct_fields__))


@functools.cache
def _at_key(kind: type[ports.Record]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that find one row by its key, as parameters named after it."""
    table = KINDS[kind].table
    return tuple(table.c[name] == bindparam(f"key_{name}") for name in ports.KEYS[kind])


@functools.cache
def _by(kind: type[ports.Record], fields: tuple[tuple[str, bool], ...]) -> prepared.Statement:
    """Return the select by these fields; those paired with True are to be NULL."""
    table = KINDS[kind].table
    conditions = (
        table.c[name].is_(None) if is_null else table.c[name] == bindparam(f"by_{name}")
        for name, is_null in fields
    )
    return prepared.Statement(_selected(kind).where(*conditions))


def find(connection: sqlalchemy.Connection, kind: type[R], **equal: Any) -> list[R]:
    """Return the records of ``kind`` whose named fields have these values, in any order."""
    statement = _by(kind, tuple((name, value is None) for name, value in equal.items()))
    given = {f"by_{name}": value for name, value in equal.items() if value is not None}
    return [kind(*row) for row in statement.all(connection, given)]


class Unit:
    """One unit of work in the name of ``who``, in the transaction of ``connection``."""

    def __init__(
        self, connection: sqlalchemy.Connection, *, account: str, who: str, now: datetime
    ) -> None:
        self.connection = connection
        self.account = account
        self.who = who
        self.now = times.moment(times.milliseconds(now))
        """The moment of the change, as it will be read back."""

    def next_id(self, account: str, noun: str) -> str:
        """Return the account's next id for ``noun``; never one that was given before."""
        table = tables.sequences
        mine = (table.c.account == account, table.c.noun == noun)
        counted = update(table).where(*mine).values(newest=table.c.newest + 1)
        newest = self.connection.scalar(counted.returning(table.c.newest))
        if newest is None:
            newest = ports.FIRST_IDS[noun]
            row = {"account": account, "noun": noun, "newest": newest}
            self.connection.execute(insert(table), row)
        return str(newest)

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        """Return the records of ``kind`` whose named fields have these values, in any order."""
        return find(self.connection, kind, **equal)

    def add(self, record: ports.Record) -> None:
        """Insert ``record``, whose key must be new."""
        self.connection.execute(insert(KINDS[type(record)].table), msgspec.structs.asdict(record))
        self._log(None, record)

    def replace(self, record: ports.Record) -> None:
        """Put ``record`` in the place of the one with its key; nothing happens if it is equal."""
        before = self._stored(record)
        if before == record:
            return
        statement = update(KINDS[type(record)].table).where(*_at_key(type(record)))
        self.connection.execute(statement.values(msgspec.structs.asdict(record)), _key(record))
        self._log(before, record)

    def remove(self, record: ports.Record) -> None:
        """Delete the record with the key of ``record``."""
        before = self._stored(record)
        statement = delete(KINDS[type(record)].table).where(*_at_key(type(record)))
        self.connection.execute(statement, _key(record))
        self._log(before, None)

    def note(
        self,
        noun: str,
        changed: str,
        *,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Write a line into the change log: the thing's noun and id, and JSON without secrets."""
        row = {
            "account": self.account,
            "at": self.now,
            "who": self.who,
            "noun": noun,
            "id": changed,
            "before": before,
            "after": after,
        }
        self.connection.execute(insert(tables.changes), row)

    def _stored(self, record: R) -> R:
        statement = _selected(type(record)).where(*_at_key(type(record)))
        return type(record)(*self.connection.execute(statement, _key(record)).one())

    def _log(self, before: ports.Record | None, after: ports.Record | None) -> None:
        record = after if after is not None else before
        if record is None:
            return
        kind = KINDS[type(record)]
        if kind.noun is None or not _worth_a_line(kind, before, after):
            return
        key = ports.KEYS[type(record)]
        names = [name for name in key if name != "account"] or ["account"]
        changed = ":".join(str(getattr(record, name)) for name in names)
        self.note(kind.noun, changed, before=_shown(kind, before), after=_shown(kind, after))


def _worth_a_line(kind: Kind, before: ports.Record | None, after: ports.Record | None) -> bool:
    if not kind.only:
        return True
    return any(getattr(before, name, None) != getattr(after, name, None) for name in kind.only)


def _key(record: ports.Record) -> dict[str, Any]:
    return {f"key_{name}": getattr(record, name) for name in ports.KEYS[type(record)]}


def _shown(kind: Kind, record: ports.Record | None) -> dict[str, Any] | None:
    """Return the record as JSON, under the names that interfaces use, without what is hidden."""
    if record is None:
        return None
    names = zip(record.__struct_fields__, record.__struct_encode_fields__, strict=True)
    return {
        shown: msgspec.to_builtins(getattr(record, name))
        for name, shown in names
        if name not in kind.hidden
    }
