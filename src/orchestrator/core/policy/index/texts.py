"""Texts inside texts: which needles a text contains, what it starts with, what it ends with."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.index import bits, lane, needles
from orchestrator.core.policy.index.bits import Packed, Room
from orchestrator.core.policy.index.equality import Keys
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE

_MANY: Final = 6
"""More rows than these are joined faster as one mask than one by one."""


class _Layer:
    """One literal of each row that has any: a text to be contained, or an element."""

    __slots__ = ("absent", "keys", "negative", "no_texts", "postings", "text_default")

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        _, self.negative, self.absent = lane.split(entries, full)
        fold = entries[0][1].fold
        self.keys = Keys(entries, fold=fold)
        postings: dict[str, list[int]] = {}
        no_texts: list[int] = []
        for bit, literal in entries:
            constant: Any = literal.constants[0]
            if isinstance(constant, str):
                key = constant.casefold() if fold == TRUE else constant
                postings.setdefault(key, []).append(bit)
            else:
                no_texts.append(bit)
        self.no_texts = bits.mask(no_texts)
        self.text_default = (self.absent | self.negative) & ~self.no_texts
        self.postings: dict[str, Packed] = {
            needle: bits.pack(found, 0, room) if len(found) > _MANY else tuple(found)
            for needle, found in postings.items()
        }

    def in_text(self, inside: Iterable[str]) -> int:
        """Return the rows that hold for a text with these needles inside."""
        turned = 0
        single: list[int] = []
        postings = self.postings
        for needle in inside:
            found = postings.get(needle, ())
            if isinstance(found, int):
                turned |= found
            else:
                single += found
        return self.text_default ^ (turned | bits.mask(single))

    def in_list(self, value: Sequence[Json]) -> int:
        """Return the rows that hold for a list."""
        held: set[int] = set()
        for element in value:
            held |= self.keys.bits(element)
        return (self.absent | self.negative) ^ bits.mask(tuple(held))


class Contains:
    """A text contains a part, a list an element; of anything else nobody knows.

    A row may have several literals here, in a layer each: a text is searched once for all of them.
    """

    __slots__ = (
        "_absent",
        "_folds",
        "_layers",
        "_missing",
        "_needles",
        "_no_texts",
        "_parts",
        "rows",
    )

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        self.rows, _, self._absent = lane.split(entries, full)
        self._folds = entries[0][1].fold == TRUE
        self._layers = [_Layer(layer, full, room) for layer in _layers(entries)]
        self._needles = needles.Needles(
            {needle: needle for layer in self._layers for needle in layer.postings}
        )
        self._no_texts = 0
        self._missing = full
        for layer in self._layers:
            self._no_texts |= layer.no_texts
            self._missing &= layer.absent | layer.negative
        self._parts: dict[int, list[tuple[Any, bool]]] = {}
        for bit, literal in entries:
            constant: Any = literal.constants[0]
            folded = self._folds and isinstance(constant, str)
            part = (constant.casefold() if folded else constant, literal.wanted == TRUE)
            self._parts.setdefault(bit, []).append(part)

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literals hold, and all rows without."""
        found = -1
        if isinstance(value, str):
            inside = set(self._needles.inside(value.casefold() if self._folds else value))
            for layer in self._layers:
                found &= layer.in_text(inside)
            return found
        if isinstance(value, list):
            for layer in self._layers:
                found &= layer.in_list(value)
            return found
        return self._missing if value is None else self._absent

    def holds(self, value: Json | Absent, bit: int) -> bool:
        """Whether the literals of the row with this ``bit`` hold."""
        if not isinstance(value, str):
            return self.true(value) >> bit & 1 == 1
        text = value.casefold() if self._folds else value
        for part, wanted in self._parts[bit]:
            if not isinstance(part, str) or (part in text) != wanted:
                return False
        return True

    def unsure(self, value: Json | Absent) -> int:
        """A number is part of no text, and nothing is part of a number."""
        if isinstance(value, str):
            return self._no_texts
        return 0 if value is None or isinstance(value, list) else self.rows


def _layers(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the first literals of all rows, then the second ones, and so on."""
    found: list[list[Entry]] = []
    counts: dict[int, int] = {}
    for bit, literal in entries:
        number = counts[bit] = counts.get(bit, -1) + 1
        if number == len(found):
            found.append([])
        found[number].append((bit, literal))
    return found


class Affix:
    """What texts start with, or end with: a table that is asked once for each length there is."""

    __slots__ = ("_absent", "_default", "_folds", "_lengths", "_postings", "_starts", "rows")

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        self.rows, negative, self._absent = lane.split(entries, full)
        self._default = self._absent | negative
        self._folds = entries[0][1].fold == TRUE
        self._starts = entries[0][1].sort == "starts"
        postings: dict[str, list[int]] = {}
        for bit, literal in entries:
            constant: Any = literal.constants[0]
            key = constant.casefold() if self._folds else constant
            postings.setdefault(key, []).append(bit)
        self._lengths = sorted({len(key) for key in postings})
        self._postings: dict[str, Packed] = {
            key: bits.pack(found, 0, room) for key, found in postings.items()
        }

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without."""
        if not isinstance(value, str):
            return self._default if value is None else self._absent
        text = value.casefold() if self._folds else value
        turned = 0
        for length in self._lengths:
            if length > len(text):
                break
            affix = text[:length] if self._starts else text[len(text) - length :]
            found = self._postings.get(affix)
            if found is not None:
                turned |= bits.unpack(found, 0)
        return self._default ^ turned

    def unsure(self, value: Json | Absent) -> int:
        """Nothing but a text starts or ends with anything."""
        return 0 if value is None or isinstance(value, str) else self.rows
