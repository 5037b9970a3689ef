"""Rows by the one literal that fewest values meet: what a value finds, and what is left to check.

How to think about it: most rows say somewhere that an attribute is one of a few values of many, or
contains a text. Each of these stands in one table, under the rarest such literal it has, and is a
candidate only where the table has it; the rest of its literals is then checked one by one. Rows
without such a literal are few, and checked always, or many, and left to the lanes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.index import checks, equality, flat, needles
from orchestrator.core.policy.index.checks import Check
from orchestrator.core.policy.index.flat import Found, Probe
from orchestrator.core.policy.index.lane import Entry
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE, Truth

_COMMON: Final = 0.2
"""A literal that so many values are thought to meet is no key."""
_CROWD: Final = 48
"""So many rows under one key are told apart faster by lanes."""
_PER_CONSTANT: Final = 5e-6
"""What it costs to keep a constant as a key, in shares of values."""
_CONTAINED: Final = 0.02
"""How many texts are thought to contain a needle."""
_SHORT_NEEDLE: Final = 3
"""A needle must be so long to be a key."""
_FEW: Final = 64
"""So many rows are tested one by one as fast as all at once."""
_FEW_NEEDLES: Final = 16
"""So many texts are looked for one by one as fast as all in one go."""
_SOME: Final = 128
"""So many rows are checked where nothing finds them."""
_MANY: Final = 1_024
"""So many rows are masked, rather than left to lanes."""


class Placed(msgspec.Struct, frozen=True, eq=False):
    """A row that can be TRUE: its bit, and its literals but for opaque ones."""

    bit: int
    literals: tuple[Indexed, ...]


Lists = Callable[[Indexed, int], checks.Told]
"""From a literal about a long list, and the bit of its row, to what tells whether it holds."""


class Keyed(msgspec.Struct, frozen=True, eq=False):
    """How candidates are found and told.

    ``probes`` are attributes with what finds candidates by their values. ``always`` are candidates
    whatever the attributes are. ``quick`` finds the same, or fewer, or gives up, and so does
    ``pick``. ``checks`` are by bit what must hold of a candidate besides. ``rest`` are the rows
    that are no candidates, lowest bit first; where they are ``masked``, ``quick`` and ``pick`` find
    them, and where they are not there is no ``pick``.
    """

    probes: tuple[Probe, ...]
    always: tuple[int, ...]
    pick: flat.Picker | None
    quick: flat.Finder
    masked: bool
    checks: Sequence[Check | None]
    rest: tuple[int, ...]


_Key = tuple[str, str, Truth]
"""Attribute, sort and case: what has a table of its own."""


def keyed(placed: Sequence[Placed], size: int, lists: Lists) -> Keyed:
    """Return how candidates are found among the rows ``placed``, and which rows are the rest.

    Bits are below ``size``.
    """
    rarity = _Rarity(placed)
    chosen = {each.bit: rarity.rarest(each.literals) for each in placed}
    crowded = _crowded(chosen.values())
    tables: dict[_Key, list[Entry]] = {}
    rest: list[Placed] = []
    made: list[Check | None] = [None] * size
    for each in placed:
        literal = chosen[each.bit]
        if literal is None or not crowded[_key(literal)].isdisjoint(literal.constants):
            rest.append(each)
            continue
        tables.setdefault(_key(literal), []).append((each.bit, literal))
        made[each.bit] = _checks(each, literal, rarity, lists)
    always: list[Placed] = []
    if len(rest) <= _SOME:
        always, rest = rest, always
    probes = {key: _probe(key, entries) for key, entries in tables.items()}
    tested = {key for key, entries in tables.items() if _is_tested(entries)}
    if sum(len(tables[key]) for key in tested) > _FEW_NEEDLES:
        tested = set()
    bits = {bit for key in tested for bit, _ in tables[key]}
    one_by_one = [each for each in placed if each.bit in bits]
    left = rest if 0 < len(rest) <= _MANY else always
    at_once = left if len(left) > _FEW else []
    one_by_one += left if len(left) <= _FEW else []
    for each in (*one_by_one, *at_once):  # a row may be let through: all its literals are checked
        made[each.bit] = _checks(each, None, rarity, lists)
    pick, quick = flat.finders(
        [probe for key, probe in probes.items() if key not in tested],
        [(each.bit, sorted(each.literals, key=rarity.share)) for each in one_by_one],
        [(each.bit, each.literals) for each in at_once],
    )
    return Keyed(
        tuple(probes.values()),
        tuple(each.bit for each in always),
        pick if len(rest) <= _MANY else None,
        quick,
        len(rest) <= _MANY,
        made,
        tuple(sorted(each.bit for each in rest)),
    )


def _is_tested(entries: Sequence[Entry]) -> bool:
    """Whether texts to be contained can be looked for one by one."""
    return entries[0][1].sort == "contains" and entries[0][1].fold != TRUE


def _key(literal: Indexed) -> _Key:
    sort = "contains" if literal.sort == "contains" else "equal"
    return (literal.name, sort, literal.fold)


class _Rarity:
    """How rare the values are that meet a literal, as far as the constants of all rows can say.

    An attribute with many constants has many values; a constant that many rows name is common.
    """

    def __init__(self, placed: Iterable[Placed]) -> None:
        self._counts: dict[_Key, Counter[Any]] = {}
        for each in placed:
            for literal in each.literals:
                if literal.sort in {"equal", "listed"}:
                    _counter(self._counts, literal).update(literal.constants)
        self._totals = {key: counts.total() for key, counts in self._counts.items()}

    def share(self, literal: Indexed) -> float:
        """Return the share of values that are thought to meet ``literal``; 1 if it is no key."""
        if literal.wanted != TRUE:
            return 1.0
        if literal.sort == "contains":
            needle = literal.constants[0]
            short = isinstance(needle, str) and len(needle) < _SHORT_NEEDLE
            return 1.0 if short else _CONTAINED
        if literal.sort not in {"equal", "listed"}:
            return 1.0
        key, constants = _key(literal), literal.constants
        counts = self._counts[key]
        if len(constants) == 1:
            return max(counts[constants[0]] / self._totals[key], 1 / len(counts))
        return len(constants) / len(counts) + len(constants) * _PER_CONSTANT

    def rarest(self, literals: Iterable[Indexed]) -> Indexed | None:
        """Return the literal that is met by the fewest values, if they are few enough."""
        best: Indexed | None = None
        least = _COMMON
        for literal in literals:
            share = self.share(literal)
            if share < least:
                best, least = literal, share
        return best


def _counter(counts: dict[_Key, Counter[Any]], literal: Indexed) -> Counter[Any]:
    key = _key(literal)
    found = counts.get(key)
    if found is None:
        found = counts[key] = Counter()
    return found


def _crowded(chosen: Iterable[Indexed | None]) -> dict[_Key, set[Any]]:
    """Return the constants that are the keys of many rows."""
    counts: dict[_Key, Counter[Any]] = {}
    for literal in chosen:
        if literal is not None:
            _counter(counts, literal).update(literal.constants)
    return {
        key: {constant for constant, count in found.items() if count > _CROWD}
        for key, found in counts.items()
    }


def _checks(placed: Placed, known: Indexed | None, rarity: _Rarity, lists: Lists) -> Check | None:
    """Return the checks of a row but for the literal ``known`` to hold, the best ones first."""
    left = [literal for literal in placed.literals if literal is not known]
    return checks.chain(_ordered(left, rarity), lambda literal: lists(literal, placed.bit))


def _ordered(literals: Sequence[Indexed], rarity: _Rarity) -> Sequence[Indexed]:
    if len(literals) < 2:  # noqa: PLR2004 — one is in order
        return literals
    return sorted(literals, key=lambda literal: (checks.cost(literal), rarity.share(literal)))


def _probe(key: _Key, entries: Sequence[Entry]) -> Probe:
    name, sort, fold = key
    made = equality.Keys(entries, fold=fold)
    if sort == "contains":
        by_text, contained = _contained(entries, made)
        joined = None if made.folds or "" in contained else contained
        return Probe(name, by_text, _elements(made, by_text), needles=joined)
    by_value = _by_value(made)
    if made.folds or made.bridge or made.said:
        return Probe(name, by_value, by_value)
    table = made.short()
    return Probe(name, table.get, by_value, table)


def _by_value(made: equality.Keys) -> Found:
    def found(value: Json | Absent) -> Sequence[int]:
        return () if value is None or isinstance(value, Absent) else tuple(made.bits(value))

    return found


def _elements(made: equality.Keys, by_text: Found) -> Found:
    def found(value: Json | Absent) -> Sequence[int] | None:
        if isinstance(value, str):  # of a class of its own
            return by_text(value)
        if not isinstance(value, list):
            return ()
        return [bit for element in value for bit in made.bits(element)]

    return found


def _contained(
    entries: Sequence[Entry], made: equality.Keys
) -> tuple[Found, dict[str, tuple[int, ...]]]:
    """Return what finds rows by a text, and the same as a table of needles."""
    rows: dict[str, list[int]] = {}
    for bit, literal in entries:
        constant: Any = literal.constants[0]
        if isinstance(constant, str):
            key = constant.casefold() if made.folds else constant
            rows.setdefault(key, []).append(bit)
    table = {needle: tuple(found) for needle, found in rows.items()}
    walked = needles.Needles(table)

    def found(text: str) -> Sequence[int]:
        some = walked.inside(text.casefold() if made.folds else text)
        return [bit for rows in some for bit in rows] if some else ()

    return found, table
