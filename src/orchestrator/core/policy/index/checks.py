"""Literals about one row at a time: what is asked where only a few rows are left to be told."""

import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.index import equality, lane, order, texts
from orchestrator.core.policy.index.bits import Room
from orchestrator.core.policy.index.lane import Entry, Lane
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE

FEW_LISTS: Final = 8
"""So many long lists on one attribute are asked one by one."""

_TEXT: Final = frozenset({str})
_NUMBER: Final = frozenset({int, float})
_BOOLEAN: Final = frozenset({bool})
_ANY: Final = _TEXT | _NUMBER | _BOOLEAN
_NONE: Final[frozenset[type]] = frozenset()
_COMMONEST: Final[tuple[type, ...]] = (str, int, bool)

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
}

COST: Final = {"order": 1, "starts": 2, "ends": 2, "contains": 3, "listed": 4}


Told = tuple[Callable[[Any, Any], Any], Any]
"""What tells of a value, and its second argument, whether a literal holds."""
Lists = Callable[[Indexed], Told]
"""From a literal about a long list to what tells whether it holds."""
Check = tuple[str, type | None, frozenset[type], Callable[[Any, Any], Any], Any, bool, Indexed, Any]
"""Whether a literal holds, and what else must: attribute, the commonest kind of its values and all
kinds, what is asked about these and the constant of it, the answer where there is no value, the
literal for `slow` to tell about anything else, and the next check or None. It is one tuple because
what checking costs is mostly memory that was not touched lately.
"""


def lane_of(entries: list[Entry], full: int, room: Room, stride: int) -> Lane:
    """Return the lane for literals of one sort, with masks as there is ``room`` for them."""
    match entries[0][1].sort:
        case "equal":
            return equality.Equality(entries, full, room)
        case "listed":
            lists = equality.few_lists(entries, FEW_LISTS)
            if lists is not None:
                return equality.Listed(entries, lists, full)
            return equality.Rare(entries, full, Room(1, 0))
        case "order":
            return order.Order(entries, full, stride)
        case "contains":
            return texts.Contains(entries, full, room)
        case "starts" | "ends":
            return texts.Affix(entries, full, room)
        case "set":
            return lane.Presence(entries, full)
        case "boolean":
            return lane.Boolean(entries, full)


def slow(literal: Indexed, value: Json | Absent) -> bool:
    """Whether ``literal`` holds, as a lane of nothing else says."""
    return lane_of([(0, literal)], 1, Room(1, 0), 1).true(value) == 1


def chain(literals: Iterable[Indexed], listed: Lists) -> Check | None:
    """Return the checks for ``literals`` in order, None if there are none."""
    found: Check | None = None
    for literal in reversed(tuple(literals)):
        kinds, asked, constant = _quick(literal, listed)
        on_none = literal.wanted != TRUE and literal.sort not in {"order", "boolean"}
        kind = next((each for each in _COMMONEST if each in kinds), None)
        found = (literal.name, kind, kinds, asked, constant, on_none, literal, found)
    return found


def cost(literal: Indexed) -> int:
    """Return a number that is the lower the less it takes to tell whether ``literal`` holds."""
    return COST.get(literal.sort, 0)


_Quick = tuple[frozenset[type], Callable[[Any, Any], Any], Any]
_UNTOLD: Final[_Quick] = (_NONE, operator.eq, None)


def _quick(literal: Indexed, listed: Lists) -> _Quick:
    """Return for values of which kinds what of two arguments tells, and the second of them."""
    positive = literal.wanted == TRUE
    match literal.sort:
        case "equal":
            return _equal(literal, positive=positive)
        case "listed":
            return _TEXT | _NUMBER, *listed(literal)
        case "order" if order.sort_of(literal) == "number":
            return _NUMBER, _ORDER[literal.operator], order.threshold(literal)
        case "contains" if literal.fold != TRUE and type(literal.constants[0]) is str:
            return _TEXT, operator.contains if positive else _lacks, literal.constants[0]
        case "set":
            return _ANY, _second, positive
        case "boolean":
            return _BOOLEAN, operator.is_, positive
    return _UNTOLD


def _equal(literal: Indexed, *, positive: bool) -> _Quick:
    """Two texts are compared as texts, two numbers as numbers: bridges are for `slow`."""
    constants = literal.constants
    kinds = set(map(type, constants))
    if kinds == {str} and literal.fold != TRUE:
        if len(constants) == 1:
            return _TEXT, operator.eq if positive else operator.ne, constants[0]
        return _TEXT, _among if positive else _apart, frozenset(constants)
    if len(constants) == 1 and kinds <= _NUMBER:
        return _NUMBER, operator.eq if positive else operator.ne, constants[0]
    if len(constants) == 1 and kinds == {bool}:
        return _BOOLEAN, operator.is_ if positive else operator.is_not, constants[0]
    return _UNTOLD


def _lacks(text: str, needle: str) -> bool:
    return needle not in text


def _among(text: str, constants: frozenset[str]) -> bool:
    return text in constants


def _apart(text: str, constants: frozenset[str]) -> bool:
    return text not in constants


def _second(_: Any, answer: bool) -> bool:  # noqa: FBT001 — one of many functions of this shape
    return answer


def alone(literal: Indexed) -> Told:
    """Return what tells by a lane of nothing else whether ``literal`` holds."""
    lone = lane_of([(0, literal)], 1, Room(1, 0), 1)
    return _is_one, lone


def _is_one(value: Any, lone: Lane) -> bool:
    return lone.true(value) == 1
