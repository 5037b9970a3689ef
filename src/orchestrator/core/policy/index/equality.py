"""Equality and membership by hash: one look finds every row whose constants hold a value.

Keys follow `values.equal`: what a text, a number or a boolean can equal is a table of its own,
because to Python 1, 1.0 and True are the same key, and to a policy they are not.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import membership, values
from orchestrator.core.policy.index import bits, lane
from orchestrator.core.policy.index.bits import Packed, Room
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE, Truth

_SAID: Final = {"true": True, "false": False}
_SAYING: Final = frozenset(_SAID)
_SAID_LENGTHS: Final = frozenset(map(len, _SAID))
_SPELLING: Final = frozenset("-0123456789")
"""What a text that spells a number begins with."""


class Keys:
    """What constants are found under, with the bits of their rows.

    ``texts``, ``numbers`` and ``booleans`` are keys for values of these types; ``bridge`` is where
    the number that a text spells is looked up, ``said`` the boolean that it says. A bit may be
    there twice.
    """

    __slots__ = ("booleans", "bridge", "folds", "numbers", "said", "texts")

    def __init__(self, entries: Iterable[Entry], *, fold: Truth) -> None:
        self.folds = fold == TRUE
        self.texts: dict[str, list[int]] = {}
        self.numbers: dict[int | float, list[int]] = {}
        self.booleans: dict[bool, list[int]] = {}
        self.bridge: dict[int | float, list[int]] = {}
        self.said: dict[bool, list[int]] = {}
        for bit, literal in entries:
            constants = literal.constants
            if self.folds or len(constants) == 1 or set(map(type, constants)) != {str}:
                self._add(constants, bit)
            else:
                self._add_texts(constants, bit)
        for text, found in self.texts.items():
            if text[:1] in _SPELLING and (number := values.spelled(text)) is not None:
                self.numbers.setdefault(number, []).extend(found)

    def _add_texts(self, constants: Iterable[str], bit: int) -> None:
        """Add many, of which hardly any says a boolean."""
        texts = self.texts
        for constant in constants:
            if constant in texts:
                texts[constant].append(bit)
            else:
                texts[constant] = [bit]
        for constant in _SAYING.intersection(map(str.lower, constants)):
            _post(self.booleans, _SAID[constant], bit)

    def _add(self, constants: Iterable[Any], bit: int) -> None:
        texts, folds = self.texts, self.folds
        for constant in constants:
            if isinstance(constant, str):
                key = constant.casefold() if folds else constant
                try:
                    texts[key].append(bit)
                except KeyError:
                    texts[key] = [bit]
                if len(constant) in _SAID_LENGTHS:
                    said = _SAID.get(constant.lower())
                    if said is not None:
                        _post(self.booleans, said, bit)
            elif isinstance(constant, bool):
                _post(self.booleans, constant, bit)
                _post(self.said, constant, bit)
            elif constant is not None:
                _post(self.numbers, constant, bit)
                _post(self.bridge, constant, bit)

    def short(self) -> dict[str, list[int]]:
        """Keep ``texts`` short and return them: most of a long list find its row only."""
        shared: dict[tuple[int, ...], list[int]] = {}
        for text, found in self.texts.items():
            self.texts[text] = shared.setdefault(tuple(found), found)
        return self.texts

    def bits(self, value: Json) -> set[int]:
        """Return the bits under which a constant equals ``value``."""
        found: set[int] = set()
        if isinstance(value, str):
            found.update(self.texts.get(value.casefold() if self.folds else value, ()))
            if self.bridge and (number := values.spelled(value)) is not None:
                found.update(self.bridge.get(number, ()))
            if self.said and (said := _SAID.get(value.lower())) is not None:
                found.update(self.said.get(said, ()))
        elif isinstance(value, bool):
            found.update(self.booleans.get(value, ()))
        elif isinstance(value, int | float):
            found.update(self.numbers.get(value, ()))
        return found


def _post(table: dict[Any, list[int]], key: Any, bit: int) -> None:
    table.setdefault(key, []).append(bit)


class Equality:
    """Constants of all rows in one table. Equality always has an answer, but for a lost value."""

    __slots__ = (
        "_absent",
        "_booleans",
        "_bridge",
        "_bridges",
        "_default",
        "_folds",
        "_numbers",
        "_said",
        "_texts",
        "rows",
    )

    def __init__(self, entries: Sequence[Entry], full: int, room: Room) -> None:
        self.rows, negative, self._absent = lane.split(entries, full)
        self._default = self._absent | negative
        self._folds = entries[0][1].fold == TRUE
        keys = Keys(entries, fold=entries[0][1].fold)
        self._texts = self._packed(keys.texts, room)
        self._numbers = self._packed(keys.numbers, room)
        self._booleans = self._packed(keys.booleans, room)
        self._bridge = self._packed(keys.bridge, room)
        self._said = self._packed(keys.said, room)
        self._bridges = bool(self._bridge or self._said)

    def _packed(self, table: dict[Any, list[int]], room: Room) -> dict[Any, Packed]:
        """Empty ``table``, so that it is not there twice; most of a long list find its row only."""
        shared: dict[Packed, Packed] = {}
        packed: dict[Any, Packed] = {}
        while table:
            key, found = table.popitem()
            made = bits.pack(found, self._default, room)
            packed[key] = made if isinstance(made, int) else shared.setdefault(made, made)
        return packed

    def true(self, value: Any) -> int:
        """Return the rows whose literal holds, and all rows without."""
        kind = type(value)
        default = self._default
        if kind is str:
            if self._bridges:
                return self._by_text(value)
            found = self._texts.get(value.casefold() if self._folds else value, default)
        elif kind is int or kind is float:
            found = self._numbers.get(value, default)
        elif kind is bool:
            found = self._booleans.get(value, default)
        elif isinstance(value, Absent):
            return self._absent
        else:
            return self._unusual(value)
        return found if type(found) is int else bits.unpack(found, default)

    def _unusual(self, value: Json) -> int:
        """Null, lists and objects equal nothing here; texts of a class of their own are texts."""
        return self.true(str(value)) if isinstance(value, str) else self._default

    def _by_text(self, text: str) -> int:
        """A text may also spell a number or say a boolean that a row asks for, unfolded."""
        default = self._default
        key = text.casefold() if self._folds else text
        turned = bits.unpack(self._texts.get(key, default), default) ^ default
        number = values.spelled(text) if self._bridge and text[:1] in _SPELLING else None
        if number is not None:
            turned |= bits.unpack(self._bridge.get(number, default), default) ^ default
        if self._said and (said := _SAID.get(text.lower())) is not None:
            turned |= bits.unpack(self._said.get(said, default), default) ^ default
        return default ^ turned

    def unsure(self, value: Json | Absent) -> int:
        """Equality with a value that was lost is unknown."""
        return self.rows if isinstance(value, Absent) else 0


class Rare(Equality):
    """The same for constants of which there are too many for a mask each: long lists in many rows.

    One row is told from the few that have a constant at all.
    """

    __slots__ = ()

    def holds(self, value: Any, bit: int) -> bool:
        """Whether the literal of the row with this ``bit`` holds."""
        found: Packed = self._default
        if type(value) is str and not self._bridges:
            found = self._texts.get(value.casefold() if self._folds else value, ())
        elif type(value) is int:
            found = self._numbers.get(value, ())
        if type(found) is tuple:
            return (bit in found) != (self._default >> bit & 1)
        return self.true(value) >> bit & 1 == 1


class Listed:
    """Few long lists, perhaps in many rows: each is asked whether it holds the value."""

    __slots__ = ("_absent", "_default", "_lists", "rows")

    def __init__(self, entries: Sequence[Entry], lists: Sequence[list[Entry]], full: int) -> None:
        """``lists`` are the entries by what is in their lists."""
        self.rows, negative, self._absent = lane.split(entries, full)
        self._default = self._absent | negative
        self._lists: list[tuple[membership.Listed, bool, int]] = []
        for alike in lists:
            listed = cast("membership.Listed", alike[0][1].constants)
            fold = alike[0][1].fold == TRUE
            listed.holds(None)  # makes its table now rather than in the first decision
            self._lists.append((listed, fold, bits.mask([bit for bit, _ in alike])))

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without."""
        if isinstance(value, Absent):
            return self._absent
        found = self._default
        for listed, fold, rows in self._lists:
            if listed.holds(value, fold=fold):
                found ^= rows
        return found

    def unsure(self, value: Json | Absent) -> int:
        """Membership of a value that was lost is unknown."""
        return self.rows if isinstance(value, Absent) else 0


def few_lists(entries: Sequence[Entry], most: int) -> list[list[Entry]] | None:
    """Return the entries by what is in their lists; None where there are more than ``most``."""
    keys: dict[int, Any] = {}
    found: dict[Any, list[Entry]] = {}
    for bit, literal in entries:
        constants = literal.constants
        key = keys.get(id(constants))
        if key is None:
            key = keys[id(constants)] = (tuple(constants), tuple(map(type, constants)))
        found.setdefault((key, literal.fold), []).append((bit, literal))
        if len(found) > most:
            return None
    return list(found.values())
