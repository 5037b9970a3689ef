"""Functions on the database: implements the ports of administration and of routing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, delete, insert, select, update

from orchestrator.adapters.storage import engine, prepared, tables, unit
from orchestrator.core.model.access import Actor
from orchestrator.core.model.function import Cost, Costs, Defined, Definition, Function, Host

T = TypeVar("T")

_ACCOUNT: Final = bindparam("account")
_FUNCTIONS: Final = prepared.Statement(
    select(tables.functions).where(tables.functions.c.account == _ACCOUNT)
)
_HOSTS: Final = prepared.Statement(
    select(tables.function_hosts.c.body).where(tables.function_hosts.c.account == _ACCOUNT)
)
_COSTS: Final = prepared.Statement(
    select(tables.function_costs.c.name, tables.function_costs.c.body).where(
        tables.function_costs.c.account == _ACCOUNT
    )
)


class FunctionReading:
    """Implements `function_ports.FunctionReading` on a connection."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self.connection = connection

    def functions(self, account: str) -> list[Function]:
        """Return the definitions, with sealed secrets."""
        return [
            Function(
                row.account,
                row.name,
                msgspec.json.decode(row.body, type=Definition),
                row.changed_at,
                row.secrets,
            )
            for row in _FUNCTIONS.all(self.connection, {"account": account})
        ]

    def hosts(self, account: str) -> list[Host]:
        """Return the hosts inside that they may reach."""
        found = _HOSTS.scalars(self.connection, {"account": account})
        return [msgspec.json.decode(body, type=Host) for body in found]

    def costs(self, account: str) -> Mapping[str, Cost]:
        """Return what calls cost so far, by name; those that were never called are absent."""
        found = _COSTS.all(self.connection, {"account": account})
        return {row.name: msgspec.json.decode(row.body, type=Cost) for row in found}


class FunctionWriting(FunctionReading):
    """Implements `function_ports.FunctionWriting` on a unit of work."""

    def __init__(self, changing: unit.Unit) -> None:
        super().__init__(changing.connection)
        self._unit = changing

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        return self._unit.now

    def put(self, function: Function) -> None:
        """Add a function, or put it in the place of the one of its name."""
        before = self._stored(function)
        row = {
            "account": function.account,
            "name": function.name,
            "body": msgspec.json.encode(function.definition),
            "changed_at": function.changed_at,
            "secrets": function.secrets,
        }
        _put(self.connection, tables.functions, row, key=("account", "name"))
        self._unit.note("functions", function.name, before=_shown(before), after=_shown(function))

    def remove(self, function: Function) -> None:
        """Delete a function, and what is known of its cost."""
        for table in (tables.functions, tables.function_costs):
            mine = (table.c.account == function.account, table.c.name == function.name)
            self.connection.execute(delete(table).where(*mine))
        self._unit.note("functions", function.name, before=_shown(function), after=None)

    def allow(self, account: str, host: Host) -> None:
        """Add an allowed host, or put it in the place of the one with its name and port."""
        before = next((old for old in self.hosts(account) if _key(old) == _key(host)), None)
        row = {
            "account": account,
            "host": host.host,
            "port": _port(host),
            "body": msgspec.json.encode(host),
        }
        key = ("account", "host", "port")
        _put(self.connection, tables.function_hosts, row, key=key)
        self._note(host, before=before, after=host)

    def disallow(self, account: str, host: Host) -> None:
        """Delete an allowed host."""
        table = tables.function_hosts
        mine = (table.c.account == account, table.c.host == host.host, table.c.port == _port(host))
        self.connection.execute(delete(table).where(*mine))
        self._note(host, before=host, after=None)

    def _stored(self, function: Function) -> Function | None:
        known = self.functions(function.account)
        return next((each for each in known if each.name == function.name), None)

    def _note(self, host: Host, *, before: Host | None, after: Host | None) -> None:
        self._unit.note(
            "function-hosts",
            f"{host.host}:{_port(host)}".rstrip(":"),
            before=None if before is None else msgspec.to_builtins(before),
            after=None if after is None else msgspec.to_builtins(after),
        )


class FunctionStore:
    """Implements `FunctionStore` of administration and `FunctionRecords` of routing."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database

    async def read(self, work: Callable[[FunctionReading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        return await self._database.read(lambda connection: work(FunctionReading(connection)))

    async def write(self, actor: Actor, at: datetime, work: Callable[[FunctionWriting], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return."""

        def run(connection: sqlalchemy.Connection) -> T:
            changing = unit.Unit(connection, account=actor.account, who=actor.who, now=at)
            return work(FunctionWriting(changing))

        return await self._database.transact(run)

    async def functions(self, account: str) -> Defined:
        """Return the definitions and the allowed hosts."""

        def work(connection: sqlalchemy.Connection) -> Defined:
            rows = FunctionReading(connection)
            return Defined(tuple(rows.functions(account)), tuple(rows.hosts(account)))

        return await self._database.glance(work)

    async def add_costs(self, costs: Costs) -> None:
        """Add these to what calls cost before; those of functions that are gone are dropped."""

        def work(connection: sqlalchemy.Connection) -> None:
            rows = FunctionReading(connection)
            for account in dict.fromkeys(account for account, _ in costs):
                known = {function.name for function in rows.functions(account)}
                before = rows.costs(account)
                mine = {name: cost for (whose, name), cost in costs.items() if whose == account}
                for name, cost in mine.items():
                    if name in known:  # nobody else writes between reading and this
                        total = before.get(name, Cost()).plus(cost)
                        body = msgspec.json.encode(total)
                        row = {"account": account, "name": name, "body": body}
                        key = ("account", "name")
                        _put(connection, tables.function_costs, row, key=key)

        await self._database.transact(work)


def _put(
    connection: sqlalchemy.Connection,
    table: sqlalchemy.Table,
    row: dict[str, Any],
    *,
    key: tuple[str, ...],
) -> None:
    statement = update(table).where(*(table.c[name] == row[name] for name in key))
    if connection.execute(statement.values(row)).rowcount == 0:
        connection.execute(insert(table), row)


def _port(host: Host) -> str:
    return "" if host.port is None else str(host.port)


def _key(host: Host) -> tuple[str, int | None]:
    return host.host, host.port


def _shown(function: Function | None) -> dict[str, Any] | None:
    """Return a definition as JSON, and only whether it has secrets."""
    if function is None:
        return None
    shown = msgspec.to_builtins(function.definition)
    return {**shown, "hasSecrets": function.secrets is not None}
