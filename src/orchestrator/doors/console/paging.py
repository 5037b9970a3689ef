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


def of(visit: Visit, found: Sequence[T], *, path: str) -> Slice[T]:
    """Return the rows of ``found`` for which the query's ``page`` asks (from 1; else the first).

    ``path`` is the list's own, below ``/console``; the neighbours keep its ``search``.
    """
    pages = max(1, -(-len(found) // SIZE))
    asked = visit.asked("page")
    wished = int(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else 1
    number = min(max(1, wished), pages)
    start = (number - 1) * SIZE

    def address(wanted: int) -> str:
        if not 1 <= wanted <= pages:
            return ""
        search = {"search": visit.asked("search")} if visit.asked("search") else {}
        return f"{path}?{urlencode(search | {'page': wanted})}"

    return Slice(
        rows=found[start : start + SIZE],
        first=start + 1,
        total=len(found),
        previous=address(number - 1),
        next=address(number + 1),
    )
