"""Texts inside texts: which needles a text contains, what it starts with, what it ends with."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.index import bits, lane
from orchestrator.core.policy.index.bits import Packed, Room
from orchestrator.core.policy.index.equality import Keys
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE

_GRAM: Final = 3
"""So many characters of a needle find it."""
_SOME: Final = 12
"""So many needles are as quickly looked for one by one."""
_PER_NEEDLE: Final = 4
"""Looking for one needle takes as long as so many characters of the text in steps of one."""


class Needles:
    """Texts to be found in other texts.

    Each is known by the one of its three-letter parts that the fewest needles have; a text is cut
    into all of its parts, and the needles of those that it has are looked for in earnest.
    """

    __slots__ = ("_all", "_grams", "_short")

    def __init__(self, needles: Iterable[str]) -> None:
        self._all = tuple(needles)
        self._short = tuple(needle for needle in self._all if len(needle) < _GRAM)
        long = [needle for needle in self._all if len(needle) >= _GRAM]
        counts: dict[str, int] = {}
        for needle in long:
            for gram in _grams(needle):
                counts[gram] = counts.get(gram, 0) + 1
        self._grams: dict[str, tuple[str, ...]] = {}
        for needle in long:
            rarest = min(_grams(needle), key=lambda gram: (counts[gram], gram))
            self._grams[rarest] = (*self._grams.get(rarest, ()), needle)

    def inside(self, text: str) -> list[str]:
        """Return the needles that ``text`` contains."""
        if len(self._all) <= _SOME or len(text) > _PER_NEEDLE * len(self._all):
            return [needle for needle in self._all if needle in text]
        found = [needle for needle in self._short if needle in text]
        for gram in self._grams.keys() & _grams(text):
            found += [needle for needle in self._grams[gram] if needle in text]
        return found


def _grams(text: str) -> set[str]:
    return {text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)}


class Contains:
    """A text contains a part, a list an element; of anything else nobody knows."""

    __slots__ = (
        "_absent",
        "_folds",
        "_keys",
        "_needles",
        "_negative",
        "_no_texts",
        "_parts",
        "_postings",
        "_text_default",
        "rows",
    )

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        self.rows, self._negative, self._absent = lane.split(entries, full)
        self._folds = entries[0][1].fold == TRUE
        self._keys = Keys(entries, fold=entries[0][1].fold)
        postings: dict[str, list[int]] = {}
        no_texts: list[int] = []
        self._parts: dict[int, tuple[str, bool]] = {}
        for bit, literal in entries:
            constant: Any = literal.constants[0]
            if isinstance(constant, str):
                key = constant.casefold() if self._folds else constant
                postings.setdefault(key, []).append(bit)
                self._parts[bit] = (key, literal.wanted == TRUE)
            else:
                no_texts.append(bit)
        self._no_texts = bits.mask(no_texts)
        self._text_default = (self._absent | self._negative) & ~self._no_texts
        self._needles = Needles(postings)
        self._postings: dict[str, Packed] = {
            needle: bits.pack(found, 0, room) for needle, found in postings.items()
        }

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without."""
        if isinstance(value, str):
            turned = 0
            for needle in self._needles.inside(value.casefold() if self._folds else value):
                found = self._postings[needle]
                turned |= found if type(found) is int else bits.unpack(found, 0)
            return self._text_default ^ turned
        if isinstance(value, list):
            held: set[int] = set()
            for element in value:
                held |= self._keys.bits(element)
            return (self._absent | self._negative) ^ bits.mask(tuple(held))
        return self._absent | self._negative if value is None else self._absent

    def holds(self, value: Json | Absent, bit: int) -> bool:
        """Whether the literal of the row with this ``bit`` holds."""
        known = self._parts.get(bit)
        if known is None or not isinstance(value, str):
            return self.true(value) >> bit & 1 == 1
        part, wanted = known
        return (part in (value.casefold() if self._folds else value)) == wanted

    def unsure(self, value: Json | Absent) -> int:
        """A number is part of no text, and nothing is part of a number."""
        if isinstance(value, str):
            return self._no_texts
        return 0 if value is None or isinstance(value, list) else self.rows


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
