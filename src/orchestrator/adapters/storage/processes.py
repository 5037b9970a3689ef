"""The server processes on one database: signs of life, leases, and who may still write.

Nobody compares clocks. A process says that it lives by counting its ``beat`` up; whether it has
stopped is for the others to judge, each by its own patience (`serve.membership`). All of it happens
in units of work, of which one runs at a time for the whole database: so a process is either alive
or buried, and what it held passes on at one point of the common order.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, exists, literal, select

from orchestrator.adapters.storage import engine, prepared, tables
from orchestrator.adapters.storage.settled import Settled
from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId

T = TypeVar("T")

_PROCESSES: Final = tables.processes
_LEASES: Final = tables.leases

_SHOW: Final = _PROCESSES.update().where(_PROCESSES.c.id == bindparam("me"))
_OTHERS: Final = select(_PROCESSES.c.id, _PROCESSES.c.beat).where(
    _PROCESSES.c.id != bindparam("me")
)
_ALIVE: Final = prepared.Statement(select(literal(1)).where(_PROCESSES.c.id == bindparam("me")))
_BURY: Final = _PROCESSES.delete().where(
    _PROCESSES.c.id == bindparam("dead"), _PROCESSES.c.beat == bindparam("last")
)
_LIVING: Final = select(_PROCESSES.c.id)
_RELEASE_DEAD: Final = _LEASES.delete().where(_LEASES.c.process.not_in(_LIVING))
_RELEASE: Final = _LEASES.delete().where(_LEASES.c.process == bindparam("me"))
_HELD: Final = select(_LEASES.c.account).where(_LEASES.c.process == bindparam("me"))
_FREE: Final = ~exists().where(_LEASES.c.account == tables.accounts.c.id)
_HAS_FREE: Final = select(exists(select(tables.accounts.c.id).where(_FREE)))
_HAS_DEAD: Final = select(exists().where(tables.connections.c.process.not_in(_LIVING)))


class Myself(msgspec.Struct, frozen=True):
    """One life of one server process. ``folder`` names its data folder, which nobody shares."""

    id: str
    host: str
    folder: str
    pid: int
    started_at: datetime


class Round(msgspec.Struct, frozen=True):
    """What a sign of life found: the others' beats, and what waits to be looked after."""

    others: Mapping[str, int]
    buried: frozenset[str]
    has_free: bool
    """An account is held by nobody."""
    has_stranded: bool
    """Sockets are noted of a process that lives no more."""


class Processes:
    """The rows of processes and leases. Every method is one unit of work."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def join(self, me: Myself) -> None:
        """Begin a life, and end every earlier one on the same folder, which is locked by now."""

        def work(connection: sqlalchemy.Connection) -> None:
            connection.execute(
                _PROCESSES.delete().where(
                    _PROCESSES.c.host == me.host, _PROCESSES.c.folder == me.folder
                )
            )
            _join(connection, me)

        await self._database.transact(work)

    async def beat(self, me: str, *, now: datetime, dead: Mapping[str, int]) -> Round | None:
        """Give a sign of life and bury the ``dead``, by id with the last beat seen of each.

        One that gave another sign meanwhile is left alone. None when ``me`` has been buried
        itself: then nothing was changed, and what it held belongs to others.
        """

        def work(connection: sqlalchemy.Connection) -> Round | None:
            shown = _SHOW.values(beat=_PROCESSES.c.beat + 1, seen_at=now)
            if connection.execute(shown, {"me": me}).rowcount == 0:
                return None
            buried = frozenset(
                each
                for each, last in dead.items()
                if connection.execute(_BURY, {"dead": each, "last": last}).rowcount
            )
            if buried:
                connection.execute(_RELEASE_DEAD)
            others = connection.execute(_OTHERS, {"me": me}).all()
            return Round(
                others={row.id: row.beat for row in others},
                buried=buried,
                has_free=bool(connection.scalar(_HAS_FREE)),
                has_stranded=bool(connection.scalar(_HAS_DEAD)),
            )

        return await self._database.transact(work)

    async def take(self, me: str) -> frozenset[AccountId]:
        """Take every account that nobody holds; return all that ``me`` holds now."""

        def work(connection: sqlalchemy.Connection) -> frozenset[AccountId]:
            found = select(tables.accounts.c.id, literal(me)).where(
                _FREE, exists(select(literal(1)).where(_PROCESSES.c.id == me))
            )
            connection.execute(_LEASES.insert().from_select(["account", "process"], found))
            return _held(connection, me)

        return await self._database.transact(work)

    async def release(self, me: str) -> None:
        """Give every account back, for others to take."""
        await self._database.transact(lambda connection: _release(connection, me))

    async def leave(self, me: str) -> None:
        """End a life in good order."""

        def work(connection: sqlalchemy.Connection) -> None:
            _release(connection, me)
            connection.execute(_PROCESSES.delete().where(_PROCESSES.c.id == me))

        await self._database.transact(work)


class Fenced:
    """A database to which a process that has been buried cannot write.

    Such a process may not know it yet: it was stopped for a while, and another one performs its
    steps. ``process`` returns the id of the life that asks.
    """

    def __init__(self, database: engine.Database, process: Callable[[], str]) -> None:
        self._database = database
        self._process = process

    @property
    def settled(self) -> Settled:
        """What hours that are over add up to."""
        return self._database.settled

    async def transact(
        self,
        work: Callable[[sqlalchemy.Connection], T],
        *,
        announce: Callable[[T], None] | None = None,
    ) -> T:
        """As `engine.Database.transact`; `errors.Unavailable` for one that has been buried."""
        process = self._process()
        return await self._database.transact(
            lambda connection: _checked(connection, work, process=process), announce=announce
        )

    async def jot(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """As `engine.Database.jot`; `errors.Unavailable` for one that has been buried."""
        process = self._process()
        return await self._database.jot(
            lambda connection: _checked(connection, work, process=process)
        )

    async def read(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """As `engine.Database.read`."""
        return await self._database.read(work)

    async def glance(self, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """As `engine.Database.glance`."""
        return await self._database.glance(work)

    async def shared(self, question: Hashable, work: Callable[[sqlalchemy.Connection], T]) -> T:
        """As `engine.Database.shared`."""
        return await self._database.shared(question, work)

    async def first(self, statement: prepared.Statement, given: prepared.Given) -> Any:
        """As `engine.Database.first`."""
        return await self._database.first(statement, given)


async def canary(database: engine.Database, *, name: str, sealed: bytes) -> bytes:
    """Keep a sealed word unless there is one; return the one that is kept."""
    table = tables.canaries
    found = select(table.c.sealed).where(table.c.name == name)

    def work(connection: sqlalchemy.Connection) -> bytes:
        kept = connection.scalar(found)
        if kept is None:
            connection.execute(table.insert(), {"name": name, "sealed": sealed})
        return sealed if kept is None else kept

    kept = await database.read(lambda connection: connection.scalar(found))
    return await database.transact(work) if kept is None else kept


def _checked(
    connection: sqlalchemy.Connection, work: Callable[[sqlalchemy.Connection], T], *, process: str
) -> T:
    if _ALIVE.scalar(connection, {"me": process}) is None:
        raise errors.Unavailable("Another server has taken over from this process.")
    return work(connection)


def _join(connection: sqlalchemy.Connection, me: Myself) -> None:
    row = {**msgspec.structs.asdict(me), "seen_at": me.started_at, "beat": 0}
    connection.execute(_PROCESSES.insert(), row)
    connection.execute(_RELEASE_DEAD)


def _release(connection: sqlalchemy.Connection, me: str) -> None:
    connection.execute(_RELEASE, {"me": me})


def _held(connection: sqlalchemy.Connection, me: str) -> frozenset[AccountId]:
    return frozenset(connection.scalars(_HELD, {"me": me}))
