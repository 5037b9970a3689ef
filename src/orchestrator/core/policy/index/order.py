"""Thresholds: the constants of a sort cut its values into stretches, with the rows of each.

A row's bit turns over where its threshold is passed. Masks of all stretches are kept where there is
room; otherwise of every so many, and the turns since then are made up for.
"""

import bisect
import math
from collections.abc import Sequence
from typing import Any, Final, cast

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import values
from orchestrator.core.policy.index import bits, lane
from orchestrator.core.policy.index.bits import Room
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.operators import Absent

_BELOW: Final = frozenset({"LESS_THAN", "LESS_THAN_OR_EQUAL"})
"""These hold before their threshold and no longer after it, the others the other way round."""
_AT: Final = frozenset({"LESS_THAN", "GREATER_THAN_OR_EQUAL"})
"""These turn at the threshold itself, the others right behind it."""
_RANKED: Final = frozenset("-0123456789")
"""What a text that spells a number, a date or a moment begins with."""

_Turn = tuple[Any, int]
"""Where rows turn over: a key, and 0 at it or 1 behind it."""


class _Line:
    """The thresholds of one sort of value. Stretch n is where n of its places were passed."""

    __slots__ = ("_at", "_gaps", "_keys", "_masks", "_stride", "_turns")

    def __init__(self, places: dict[_Turn, list[int]], first: int, room: Room) -> None:
        ordered = sorted(places)
        self._keys: list[Any] = sorted({key for key, _ in ordered})
        self._turns = [tuple(places[place]) for place in ordered]
        self._at: list[int] = []
        self._gaps = [0]
        for key in self._keys:
            before = self._gaps[-1]
            at, behind = (key, 0) in places, (key, 1) in places
            self._at.append(before + at)
            self._gaps.append(before + at + behind)
        self._stride = room.stride(len(ordered) + 1)
        self._masks = _masks(self._turns, first, self._stride)

    def at(self, key: Any) -> int:
        """Return the mask for a value of this sort."""
        keys = self._keys
        place = bisect.bisect_left(keys, key)
        is_key = place < len(keys) and keys[place] == key
        stretch = self._at[place] if is_key else self._gaps[place]
        if self._stride == 1:
            return self._masks[stretch]
        kept = stretch // self._stride
        found = self._masks[kept]
        for turn in self._turns[kept * self._stride : stretch]:
            found ^= bits.mask(turn)
        return found


def _masks(turns: Sequence[tuple[int, ...]], first: int, stride: int) -> list[int]:
    found = [first]
    mask = first
    for number, turn in enumerate(turns, 1):
        mask ^= bits.mask(turn)
        if number % stride == 0:
            found.append(mask)
    return found


class Order:
    """Thresholds of all rows, a line for each sort of value that there is."""

    __slots__ = ("_absent", "_lines", "_numbers", "_of_sort", "rows")

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        self.rows, _, self._absent = lane.split(entries, full)
        sorts: dict[str, list[tuple[Any, int, str]]] = {}
        for bit, literal in entries:
            sort, key = cast("tuple[str, Any]", values.rank(literal.constants[0]))
            sorts.setdefault(sort, []).append((key, bit, literal.operator))
        self._lines: dict[str, _Line] = {}
        self._of_sort: dict[str, int] = {}
        for sort, found in sorts.items():
            places: dict[_Turn, list[int]] = {}
            for key, bit, operator in found:
                places.setdefault((key, 0 if operator in _AT else 1), []).append(bit)
            below = bits.mask([bit for _, bit, operator in found if operator in _BELOW])
            self._lines[sort] = _Line(places, self._absent | below, room)
            self._of_sort[sort] = bits.mask([bit for _, bit, _ in found])
        self._numbers = self._lines.get("number")

    def true(self, value: Any) -> int:
        """Return the rows whose literal holds, and all rows without."""
        kind = type(value)
        if kind is int or (kind is float and math.isfinite(value)):
            return self._absent if self._numbers is None else self._numbers.at(value)
        ranked = _rank(value)
        line = None if ranked is None else self._lines.get(ranked[0])
        return self._absent if ranked is None or line is None else line.at(ranked[1])

    def unsure(self, value: Json | Absent) -> int:
        """What is of another sort, or of none, is neither before a threshold nor behind it."""
        ranked = None if isinstance(value, Absent) else values.rank(value)
        if ranked is None:
            return self.rows
        return self.rows & ~self._of_sort.get(ranked[0], 0)


def _rank(value: Json | Absent) -> tuple[str, Any] | None:
    if isinstance(value, str) and value[:1] in _RANKED:
        return values.rank(value)
    return None
