"""Pages of lists of people, skills and ways in, which the database searches and puts in order."""

from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import ColumnElement, func, or_, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import functions

from orchestrator.adapters.storage import tables, unit
from orchestrator.core.model.directory import Campaign, Engagement
from orchestrator.services.directory import ports

L = TypeVar("L", bound=ports.Listed)

_ESCAPE: Final = "/"
_SPECIAL: Final = str.maketrans({each: _ESCAPE + each for each in "/%_"})


class _Folded(functions.FunctionElement[str]):
    """A text without regard to case, in the order of its characters."""

    type = sqlalchemy.Text()
    inherit_cache = True


@compiles(_Folded, "sqlite")
def _on_sqlite(element: _Folded, compiler: Any, **given: Any) -> str:
    """Use Python's own, which `sqlite.engine` gives to each connection: SQLite's knows ASCII."""
    return f"casefold({compiler.process(element.clauses, **given)})"


@compiles(_Folded, "postgresql")
def _on_postgresql(element: _Folded, compiler: Any, **given: Any) -> str:
    return f'(lower({compiler.process(element.clauses, **given)}) COLLATE "C")'


def sheet(
    connection: sqlalchemy.Connection,
    kind: type[L],
    account: str,
    *,
    search: str,
    skip: int,
    limit: int,
) -> ports.Sheet[L]:
    """Return one page of an account's records, as `ports.Reading.sheet` says."""
    table, fields = unit.KINDS[kind].table, ports.NAMED[kind]
    every = select(func.count()).select_from(table).where(table.c.account == account)
    matching = _matching(search, *(table.c[field] for field in fields))
    named = table.c[fields[0]]
    rows = (
        select(*(table.c[name] for name in kind.__struct_fields__))
        .where(table.c.account == account, *([matching] if search else []))
        .order_by(_Folded(named), named)
        .limit(limit)
        .offset(skip)
    )
    total = connection.scalar(every) or 0
    found = (connection.scalar(every.where(matching)) or 0) if search else total
    return ports.Sheet(tuple(kind(*row) for row in connection.execute(rows)), found, total)


def ways_in(
    connection: sqlalchemy.Connection, account: str, *, search: str, skip: int, limit: int
) -> ports.WaysIn:
    """Return one page of an account's ways in, as `ports.Reading.ways_in` says."""
    campaigns, engagements = tables.campaigns, tables.engagements
    inside = (engagements.c.account == campaigns.c.account) & (
        engagements.c.campaign_id == campaigns.c.id
    )
    joined = campaigns.outerjoin(engagements, inside)
    every = select(func.count()).select_from(joined).where(campaigns.c.account == account)
    named, called = campaigns.c.name, engagements.c.name
    matching = _matching(search, named, called, engagements.c.entry_point)
    first = [campaigns.c[name] for name in Campaign.__struct_fields__]
    rows = (
        select(*first, *(engagements.c[name] for name in Engagement.__struct_fields__))
        .select_from(joined)
        .where(campaigns.c.account == account, *([matching] if search else []))
        .order_by(_Folded(named), named, _Folded(func.coalesce(called, "")), called)
        .limit(limit)
        .offset(skip)
    )
    total = connection.scalar(every) or 0
    found = (connection.scalar(every.where(matching)) or 0) if search else total
    shown = [(row[: len(first)], row[len(first) :]) for row in connection.execute(rows)]
    return ports.WaysIn(
        tuple(
            ports.WayIn(Campaign(*around), None if within[0] is None else Engagement(*within))
            for around, within in shown
        ),
        found,
        total,
    )


def _matching(search: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return that one of these has ``search`` in it."""
    pattern = _Folded(type_coerce(f"%{search.translate(_SPECIAL)}%", sqlalchemy.Text()))
    return or_(*(_Folded(func.coalesce(one, "")).like(pattern, escape=_ESCAPE) for one in columns))
