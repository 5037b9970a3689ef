"""Thresholds: the constants of a sort cut its values into stretches, with the rows of each.

A row's bit turns over where its interval begins and where it ends. Masks of all stretches are kept
where there is room; otherwise of every so many, and the turns from the nearest are made up for.
"""

import bisect
import math
from collections.abc import Sequence
from typing import Any, Final, cast

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import values
from orchestrator.core.policy.index import bits, lane
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.operators import Absent

_BELOW: Final = frozenset({"LESS_THAN", "LESS_THAN_OR_EQUAL"})
"""These hold before their threshold and no longer behind it, the others the other way round."""
_AT: Final = frozenset({"LESS_THAN", "GREATER_THAN_OR_EQUAL"})
"""These turn at the threshold itself, the others right behind it."""
_RANKED: Final = frozenset("-0123456789")
"""What a text that spells a number, a date or a moment begins with."""

_Turn = tuple[Any, int]
"""Where rows turn over: a key, and 0 at it or 1 behind it."""


class _Line:
    """The thresholds of one sort of value. Stretch n is where n of its places were passed."""

    __slots__ = ("_at", "_gaps", "_keys", "_masks", "_stride", "_turns")

    def __init__(self, places: dict[_Turn, list[int]], first: int, stride: int) -> None:
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
        self._stride = stride
        self._masks = _masks(self._turns, first, stride)

    def at(self, key: Any) -> int:
        """Return the mask for a value of this sort."""
        keys = self._keys
        place = bisect.bisect_left(keys, key)
        is_key = place < len(keys) and keys[place] == key
        stretch = self._at[place] if is_key else self._gaps[place]
        stride = self._stride
        if stride == 1:
            return self._masks[stretch]
        kept = (stretch + stride // 2) // stride
        if kept >= len(self._masks):
            kept -= 1
        found = self._masks[kept]
        start = kept * stride
        for turn in self._turns[min(start, stretch) : max(start, stretch)]:
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


def sort_of(literal: Indexed) -> str:
    """Return the sort of values that can be compared with the threshold of ``literal``."""
    return cast("tuple[str, Any]", values.rank(literal.constants[0]))[0]


class Order:
    """Thresholds of one sort; those of one row on one attribute are the interval they leave."""

    __slots__ = ("_absent", "_line", "_of_numbers", "_sort", "rows")

    def __init__(self, entries: Sequence[Entry], full: int, stride: int) -> None:
        self.rows, _, self._absent = lane.split(entries, full)
        self._sort = sort_of(entries[0][1])
        self._of_numbers = self._sort == "number"
        places: dict[_Turn, list[int]] = {}
        first = self._absent
        for bit, (start, end) in _intervals(entries).items():
            if start is not None and end is not None and start >= end:
                continue
            if start is None:
                first |= 1 << bit
            for place in (start, end):
                if place is not None:
                    places.setdefault(place, []).append(bit)
        self._line = _Line(places, first, stride)

    def true(self, value: Any) -> int:
        """Return the rows whose literal holds, and all rows without."""
        kind = type(value)
        if kind is int or (kind is float and math.isfinite(value)):
            return self._line.at(value) if self._of_numbers else self._absent
        if not isinstance(value, str) or value[:1] not in _RANKED:
            return self._absent
        ranked = values.rank(value)
        if ranked is None or ranked[0] != self._sort:
            return self._absent
        return self._line.at(ranked[1])

    def unsure(self, value: Json | Absent) -> int:
        """What is of another sort, or of none, is neither before a threshold nor behind it."""
        ranked = None if isinstance(value, Absent) else values.rank(value)
        return self.rows if ranked is None or ranked[0] != self._sort else 0


def _intervals(entries: Sequence[Entry]) -> dict[int, tuple[_Turn | None, _Turn | None]]:
    """Return where the values begin and end that a row takes, by its bit; None is "nowhere"."""
    found: dict[int, tuple[_Turn | None, _Turn | None]] = {}
    for bit, literal in entries:
        key = cast("tuple[str, Any]", values.rank(literal.constants[0]))[1]
        place: _Turn = (key, 0 if literal.operator in _AT else 1)
        start, end = found.get(bit, (None, None))
        if literal.operator in _BELOW:
            end = place if end is None else min(end, place)
        else:
            start = place if start is None else max(start, place)
        found[bit] = (start, end)
    return found
