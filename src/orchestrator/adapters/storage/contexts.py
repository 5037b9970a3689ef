"""Contexts on the database: implements `services.context.ports.Store`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from orchestrator.adapters.storage import engine, prepared, tables, unit
from orchestrator.core.model.access import Actor
from orchestrator.services.context import ports
from orchestrator.services.context.ports import Place, Property, Scope

T = TypeVar("T")

_properties: Final = tables.context_properties
_documents: Final = tables.context_documents
_scopes: Final = tables.context_scopes

_INSERT: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _upsert(table: sqlalchemy.Table) -> dict[str, prepared.Statement]:
    """Return, by dialect, the statement that writes a row in the place of the one with its key."""
    key = [column.name for column in table.primary_key]
    made = {}
    for name, insert in _INSERT.items():
        statement = insert(table)
        others = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in key
        }
        made[name] = prepared.Statement(
            statement.on_conflict_do_update(index_elements=key, set_=others)
        )
    return made


def _here(table: sqlalchemy.Table, *, but: str = "") -> list[sqlalchemy.ColumnElement[bool]]:
    """Return the conditions that find what is in a place, as parameters named after it."""
    fields = ("account", "namespace", "session")
    return [table.c[name] == bindparam(f"at_{name}") for name in fields if name != but]


_LIVE: Final = or_(
    _properties.c.expires_at.is_(None), _properties.c.expires_at > bindparam("at_now")
)
_PROPERTY: Final = tuple(_properties.c[name] for name in Property.__struct_fields__)
_SCOPE: Final = tuple(_scopes.c[name] for name in Scope.__struct_fields__)

_PUT: Final = _upsert(_properties)
_SET: Final = _upsert(_scopes)
_KEEP: Final = _upsert(_documents)
_ALL: Final = prepared.Statement(
    select(*_PROPERTY).where(*_here(_properties), _LIVE).order_by(_properties.c.name)
)
_FEW: Final = 50
"""Properties that are found in less time than another thread takes to wake up."""

_SOME: Final = prepared.Statement(
    select(*_PROPERTY).where(*_here(_properties), _LIVE).limit(_FEW + 1)
)
_NAMED: Final = prepared.Statement(
    select(_properties.c.session, *_PROPERTY).where(
        *_here(_properties, but="session"),
        or_(*(_properties.c.session == bindparam(f"session_{each}") for each in range(3))),
        _properties.c.name == bindparam("at_name"),
    )
)
_SIZE: Final = prepared.Statement(
    select(func.coalesce(func.sum(_properties.c.characters), 0)).where(*_here(_properties), _LIVE)
)
_DOCUMENT: Final = prepared.Statement(
    select(_documents.c.expires_at).where(
        *_here(_documents), _documents.c.expires_at > bindparam("at_now")
    )
)
_SET_HERE: Final = prepared.Statement(
    select(*_SCOPE).where(
        *_here(_scopes, but="session"),
        or_(_scopes.c.session == bindparam("at_session"), _scopes.c.session == ""),
    )
)
_END: Final = prepared.Statement(
    update(_properties)
    .where(
        *_here(_properties),
        or_(
            _properties.c.expires_at.is_(None),
            (_properties.c.expires_at > bindparam("at_now"))
            & (_properties.c.expires_at != bindparam("at_end")),
        ),
    )
    .values(expires_at=bindparam("at_end"))
)


class _Reading:
    """Implements `ports.Reading` on a connection."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self.connection = connection

    def properties(self, place: Place, *, now: datetime) -> list[Property]:
        rows = _ALL.all(self.connection, {**_at(place), "at_now": now})
        return [Property(*row) for row in rows]

    def few(self, place: Place, *, now: datetime) -> list[Property] | None:
        rows = _SOME.all(self.connection, {**_at(place), "at_now": now})
        if len(rows) > _FEW:
            return None
        return sorted((Property(*row) for row in rows), key=lambda each: each.name)

    def named(
        self, account: str, namespace: str, name: str, *, sessions: tuple[str, str, str]
    ) -> Mapping[str, Property]:
        given = {
            "at_account": account,
            "at_namespace": namespace,
            "at_name": name,
            **{f"session_{number}": each for number, each in enumerate(sessions)},
        }
        rows = _NAMED.all(self.connection, given)
        return {session: Property(*row) for session, *row in rows}

    def document(self, place: Place, *, now: datetime) -> datetime | None:
        return _DOCUMENT.scalar(self.connection, {**_at(place), "at_now": now})

    def characters(
        self, account: str, namespace: str, sessions: Sequence[str], *, now: datetime
    ) -> int:
        at = {"at_account": account, "at_namespace": namespace, "at_now": now}
        return sum(
            int(_SIZE.scalar(self.connection, {**at, "at_session": session}))
            for session in sessions
        )

    def sessions(
        self, account: str, namespace: str, *, now: datetime, offset: int, limit: int
    ) -> list[str]:
        column = _properties.c.session
        statement = (
            select(column)
            .where(*_here(_properties, but="session"), column != "", _LIVE)
            .distinct()
            .order_by(column)
            .offset(offset)
            .limit(limit)
        )
        at = {"at_account": account, "at_namespace": namespace, "at_now": now}
        return list(self.connection.scalars(statement, at))

    def scopes(self, account: str, namespace: str, session: str) -> list[Scope]:
        rows = _SET_HERE.all(self.connection, _at(Place(account, namespace, session)))
        return [Scope(*row) for row in rows]

    def namespaces(self, account: str) -> list[Scope]:
        mine = (_scopes.c.account == account, _scopes.c.session == "")
        return [Scope(*row) for row in self.connection.execute(select(*_SCOPE).where(*mine))]

    def lifetimes(self, account: str, namespace: str) -> list[Scope]:
        mine = (_scopes.c.account == account, _scopes.c.namespace == namespace)
        statement = select(*_SCOPE).where(*mine, _scopes.c.session != "")
        return [Scope(*row) for row in self.connection.execute(statement)]

    def used(self, account: str) -> list[str]:
        return used(self.connection, account)


class _Writing(_Reading):
    """Implements `ports.Writing`."""

    def __init__(self, connection: sqlalchemy.Connection, *, actor: Actor, now: datetime) -> None:
        super().__init__(connection)
        self._log = unit.Unit(connection, account=actor.account, who=actor.who, now=now)
        self.now = self._log.now

    def put(self, place: Place, properties: Sequence[Property]) -> None:
        where = msgspec.structs.asdict(place)
        statement = _PUT[self.connection.dialect.name]
        for each in properties:
            statement.run(self.connection, {**where, **msgspec.structs.asdict(each)})

    def end_all(self, place: Place, *, at: datetime) -> None:
        _END.run(self.connection, {**_at(place), "at_now": self.now, "at_end": at})
        row = {**msgspec.structs.asdict(place), "expires_at": at}
        _KEEP[self.connection.dialect.name].run(self.connection, row)

    def remove(self, place: Place, names: Sequence[str]) -> None:
        gone = _properties.c.name == bindparam("at_name")
        statement = delete(_properties).where(*_here(_properties), gone)
        rows = [{**_at(place), "at_name": name} for name in names]
        if rows:
            self.connection.execute(statement, rows)

    def clear(self, place: Place) -> None:
        for table in (_properties, _documents):
            self.connection.execute(delete(table).where(*_here(table)), _at(place))

    def set_scope(self, scope: Scope) -> None:
        _SET[self.connection.dialect.name].run(self.connection, msgspec.structs.asdict(scope))

    def drop_scope(self, place: Place) -> None:
        self.connection.execute(delete(_scopes).where(*_here(_scopes)), _at(place))

    def drop_namespace(self, account: str, namespace: str) -> None:
        for table in (_properties, _documents, _scopes):
            mine = (table.c.account == account, table.c.namespace == namespace)
            self.connection.execute(delete(table).where(*mine))

    def note(
        self,
        noun: str,
        changed: str,
        *,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        self._log.note(noun, changed, before=before, after=after)


class ContextStore:
    """Implements `ports.Store` on a `Database`."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def read(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        return await self._database.read(lambda connection: work(_Reading(connection)))

    async def glance(self, work: Callable[[ports.Reading], T]) -> T:
        """As `read`, for work that finds a few rows by their keys."""
        return await self._database.glance(lambda connection: work(_Reading(connection)))

    async def write(self, actor: Actor, at: datetime, work: Callable[[ports.Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return."""

        def run(connection: sqlalchemy.Connection) -> T:
            return work(_Writing(connection, actor=actor, now=at))

        return await self._database.transact(run)

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` rows that have expired; return how many."""

        def work(connection: sqlalchemy.Connection) -> int:
            gone = 0
            for table in (_properties, _documents):
                key = tuple(table.primary_key.columns)
                old = select(*key).where(table.c.expires_at <= now).limit(limit - gone)
                gone += connection.execute(delete(table).where(tuple_(*key).in_(old))).rowcount
            return gone

        return await self._database.transact(work)


def used(connection: sqlalchemy.Connection, account: str) -> list[str]:
    """Return every namespace in which anything was saved or that was registered."""
    found: set[str] = set()
    for table in (_properties, _documents, _scopes):
        found.update(_distinct(connection, table, account))
    return sorted(found)


def _at(place: Place) -> dict[str, Any]:
    return {
        "at_account": place.account,
        "at_namespace": place.namespace,
        "at_session": place.session,
    }


def _distinct(
    connection: sqlalchemy.Connection, table: sqlalchemy.Table, account: str
) -> list[str]:
    """Return an account's namespaces, jumping from one to the next instead of reading all rows."""
    found: list[str] = []
    column = table.c.namespace
    least = select(func.min(column)).where(table.c.account == account)
    name = connection.scalar(least)
    while name is not None:
        found.append(name)
        name = connection.scalar(least.where(column > name))
    return found
