"""One page of a list that is at hand: what stands on it, and where the pages beside it are."""

import re
from collections.abc import Sequence
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from orchestrator.doors.console.visits import Visit

SIZE: Final = 50
"""How many rows stand on a page."""

T = TypeVar("T")


class Slice(msgspec.Struct, Generic[T], frozen=True):
    """Some of ``total`` rows, the first of them being number ``first``; paths may be empty."""

    rows: Sequence[T]
    first: int
    total: int
    previous: str
    next: str


def of(
    visit: Visit, found: Sequence[T], *, path: str, kept: Sequence[str] = ("search",)
) -> Slice[T]:
    """Return the rows of ``found`` for which the query's ``page`` asks (from 1; else the first).

    ``path`` is the list's own, below ``/console``; the neighbours keep what of the query is
    ``kept``.
    """
    pages = max(1, -(-len(found) // SIZE))
    start = min(asked(visit), (pages - 1) * SIZE)
    rows = found[start : start + SIZE]
    return cut(visit, rows, total=len(found), path=path, skipped=start, kept=kept)


def asked(visit: Visit) -> int:
    """Return how many rows stand before the page for which the query asks."""
    given = visit.asked("page")
    return (max(1, int(given)) - 1) * SIZE if re.fullmatch(r"[0-9]{1,6}", given) else 0


def cut(
    visit: Visit,
    rows: Sequence[T],
    *,
    total: int,
    path: str,
    skipped: int | None = None,
    kept: Sequence[str] = ("search",),
) -> Slice[T]:
    """Return a page that was cut by the database, as `of` does.

    ``skipped`` is how many of ``total`` rows stand before it: by default what was `asked` for, or
    where that is behind the end, what stands before the last page.
    """
    pages = max(1, -(-total // SIZE))
    start = min(asked(visit), (pages - 1) * SIZE) if skipped is None else skipped
    number = start // SIZE + 1

    def address(wanted: int) -> str:
        if not 1 <= wanted <= pages:
            return ""
        query = {name: visit.asked(name) for name in kept if visit.asked(name)}
        return f"{path}?{urlencode(query | {'page': str(wanted)})}"

    return Slice(
        rows=rows,
        first=start + 1,
        total=total,
        previous=address(number - 1),
        next=address(number + 1),
    )
