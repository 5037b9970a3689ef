"""The cells of an attribute in order, so that a threshold need not be held against each of them.

Among the cells of one sort (numbers, dates, …) a comparison is the same for all that are below its
constant, for all that equal it, and for all above it: one of each is judged. Cells of another sort
are nothing to it, and null is judged once.
"""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import values

_STRIDE: Final = 64
"""Every so many cells it is kept which ones those before are: to keep it of each took megabytes."""


class Orders:
    """Which cells are below, at and above a constant; cells are bits, as everywhere."""

    def __init__(self, cells: Sequence[Json]) -> None:
        self._nulls = sum(1 << at for at, value in enumerate(cells) if value is None)
        ranked: dict[str, list[tuple[Any, int]]] = {}
        for at, value in enumerate(cells):
            place = values.rank(value)
            if place is not None:
                ranked.setdefault(place[0], []).append((place[1], 1 << at))
        self._rows = {sort: _Row(found) for sort, found in ranked.items()}

    def alike(self, sort: str, constant: Any) -> Iterator[int]:
        """Yield groups of cells that compare alike with a constant of that sort, none empty."""
        groups = [self._nulls]
        row = self._rows.get(sort)
        if row is not None:
            groups += row.around(constant)
        return (group for group in groups if group)


class _Row:
    """The cells of one sort, the lowest first."""

    def __init__(self, found: list[tuple[Any, int]]) -> None:
        found.sort(key=lambda each: each[0])
        self._keys = [key for key, _ in found]
        self._bits = [bit for _, bit in found]
        pieces = (
            sum(self._bits[start : start + _STRIDE]) for start in range(0, len(self._bits), _STRIDE)
        )
        self._before = [0, *itertools.accumulate(pieces)]
        """Which the cells before every `_STRIDE`-th one are."""

    def around(self, constant: Any) -> Iterator[int]:
        start, end = bisect_left(self._keys, constant), bisect_right(self._keys, constant)
        below, to_end = self._first(start), self._first(end)
        yield below
        yield to_end ^ below
        yield self._before[-1] ^ to_end

    def _first(self, count: int) -> int:
        whole, rest = divmod(count, _STRIDE)
        start = whole * _STRIDE
        return self._before[whole] | sum(self._bits[start : start + rest])
