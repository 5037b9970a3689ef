"""Statements that are compiled once, and on SQLite go straight to the driver.

SQLAlchemy takes twenty times as long to send a short statement as SQLite takes to carry it out:
it looks the statement up, sets up an execution and a result, and asks its listeners. A unit of work
of the embedded cloud has a handful of such statements, so there this is most of what it costs.

A `Statement` keeps SQLAlchemy's text, the order of its parameters, and what its column types do to
values both ways. On PostgreSQL, where the way to the server costs more than all that, and for
statements whose text depends on their parameters, it is executed as always.
"""

import collections
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy
from sqlalchemy import exc

from orchestrator.adapters.storage import dialect

Given = Mapping[str, Any]
Executable = sqlalchemy.Select[*tuple[Any, ...]] | sqlalchemy.Insert | sqlalchemy.Update
_Convert = Callable[[Any], Any] | None
_SQLITE: Final = "sqlite"


class _Plan:
    """A statement as SQLite's driver wants it, for one set of parameter names."""

    def __init__(
        self, statement: Executable, speech: sqlalchemy.Dialect, names: Sequence[str]
    ) -> None:
        columns = None if isinstance(statement, sqlalchemy.Select) else list(names)
        compiled: Any = statement.compile(dialect=speech, column_keys=columns)
        self.text: str = compiled.string
        order: Sequence[str] = compiled.positiontup or ()
        self.is_plain = not any(
            compiled.binds[name].expanding or compiled.binds[name].literal_execute for name in order
        )
        self._order: list[tuple[str, Any, _Convert]] = []
        for name in order:
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(speech).bind_processor(speech)
            self._order.append((bind.key, bind.value, convert))
        self._row: Callable[[Sequence[Any]], Any] | None = None
        self._converted: list[tuple[int, Callable[[Any], Any]]] = []
        if isinstance(statement, sqlalchemy.Select):
            found = statement.selected_columns
            for at, column in enumerate(found):
                convert = column.type.dialect_impl(speech).result_processor(speech, None)
                if convert is not None:
                    self._converted.append((at, convert))
            fields = [column.key or "" for column in found]
            # Named at run time, which the checker does not follow and typing's tuple cannot do.
            named = collections.namedtuple("Row", fields, rename=True)  # noqa: PYI024  # pyrefly: ignore[bad-class-definition]
            self._row = named._make

    def values(self, given: Given) -> list[Any]:
        """Return the parameters in their order; what is not given has its own value."""
        found = []
        for name, own, convert in self._order:
            value = given.get(name, own)
            found.append(value if convert is None else convert(value))
        return found

    def row(self, row: Sequence[Any]) -> Any:
        """Return a row of the driver as a tuple with names."""
        make = self._row
        if make is None:
            return row
        if not self._converted:
            return make(row)
        values = list(row)
        for at, convert in self._converted:
            values[at] = convert(values[at])
        return make(values)


class Statement:
    """A statement that is executed often. Safe to share: threads may race to prepare it alike."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def all(self, connection: sqlalchemy.Connection, given: Given) -> list[Any]:
        """Return all rows, as tuples with names."""
        plan = self._plan(connection, given)
        if plan is None:
            return list(connection.execute(self._statement, given))
        return [plan.row(row) for row in _execute(connection, plan, given)]

    def first(self, connection: sqlalchemy.Connection, given: Given) -> Any:
        """Return the first row, or None."""
        plan = self._plan(connection, given)
        if plan is None:
            return connection.execute(self._statement, given).first()
        cursor = _execute(connection, plan, given)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else plan.row(found)

    def scalar(self, connection: sqlalchemy.Connection, given: Given) -> Any:
        """Return the first column of the first row, or None."""
        found = self.first(connection, given)
        return None if found is None else found[0]

    def scalars(self, connection: sqlalchemy.Connection, given: Given) -> list[Any]:
        """Return the first column of all rows."""
        return [row[0] for row in self.all(connection, given)]

    def run(self, connection: sqlalchemy.Connection, given: Given) -> int:
        """Write, and return how many rows were changed."""
        plan = self._plan(connection, given)
        if plan is None:
            return connection.execute(self._statement, given).rowcount
        return _execute(connection, plan, given).rowcount

    def run_all(self, connection: sqlalchemy.Connection, given: Sequence[Given]) -> None:
        """Write once for each of ``given``, which have the same names."""
        plan = self._plan(connection, given[0]) if given else None
        if plan is None:
            if given:
                connection.execute(self._statement, given)
            return
        values = [plan.values(each) for each in given]
        try:
            dialect.driver(connection).executemany(plan.text, values)
        except sqlite3.Error as error:
            raise _told(error, connection, plan) from error

    def _plan(self, connection: sqlalchemy.Connection, given: Given) -> _Plan | None:
        """Return how to execute it directly; None where SQLAlchemy has to."""
        if connection.dialect.name != _SQLITE:
            return None
        names = tuple(given)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = _Plan(self._statement, connection.dialect, names)
        return plan if plan.is_plain else None


def _execute(connection: sqlalchemy.Connection, plan: _Plan, given: Given) -> sqlite3.Cursor:
    values = plan.values(given)
    try:
        return dialect.driver(connection).execute(plan.text, values)
    except sqlite3.Error as error:
        raise _told(error, connection, plan) from error


def _told(error: sqlite3.Error, connection: sqlalchemy.Connection, plan: _Plan) -> Exception:
    """Return the same error as from SQLAlchemy: whoever catches it need not know of this."""
    return exc.DBAPIError.instance(
        plan.text, None, error, sqlite3.Error, dialect=connection.dialect
    )
