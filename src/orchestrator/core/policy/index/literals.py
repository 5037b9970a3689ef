"""Literals: one attribute against constants, wanted true or false; and what is none of these."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import membership, operand, operators, values
from orchestrator.core.policy.compiled import Branch, Node, Test
from orchestrator.core.policy.expression import tree
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.kleene import inverse
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operators import PENDING
from orchestrator.core.policy.values import FALSE, TRUE, Truth

Sort = Literal["equal", "listed", "order", "contains", "starts", "ends", "set", "boolean"]


class Indexed(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A test of ``name`` that a lane can answer; it holds where the test is ``wanted``.

    ``constants`` are those of which one is to be equal, contained, and so on: several only where
    the sort is ``equal`` or ``listed``. ``operator`` is the comparison of an ``order``, which is
    always wanted TRUE.
    """

    name: str
    sort: Sort
    constants: Sequence[Any] = ()
    fold: Truth = FALSE
    wanted: Truth = TRUE
    operator: str = ""


class Opaque(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Anything else: it holds where the judge says that ``node`` is ``wanted``."""

    node: Node
    wanted: Truth


Atom = Indexed | Opaque

LONG: Final = 16
"""A longer list is looked up in a lane of its own."""

_COMPOUND: Final = frozenset({list, dict, membership.Listed, values.Caseless})
"""Constants of these types are compared in full."""

_FAMILIES: Final[dict[str, Sort]] = {
    "EQUAL": "equal",
    "NOT_EQUAL": "equal",
    "IS_IN": "equal",
    "NOT_IN": "equal",
    "CONTAINS": "contains",
    "NOT_CONTAINS": "contains",
    "STARTS_WITH": "starts",
    "ENDS_WITH": "ends",
    "IS_SET": "set",
    "IS_NOT_SET": "set",
}
_REVERSED: Final = {
    "LESS_THAN": "GREATER_THAN_OR_EQUAL",
    "LESS_THAN_OR_EQUAL": "GREATER_THAN",
    "GREATER_THAN": "LESS_THAN_OR_EQUAL",
    "GREATER_THAN_OR_EQUAL": "LESS_THAN",
}
"""Where there is an order at all, not less is at least; where there is none, both are unknown."""


def read(node: Node, wanted: Truth, statics: Memory) -> Atom | Truth:
    """Return the leaf ``node`` as a literal, or what it is whatever the attributes are.

    ``statics`` knows the custom values of the set and nothing else.
    """
    match node:
        case Test():
            return _test(node, wanted, statics)
        case Formula(_, (tree.Name() as alone,)):
            name = alone.reference.name
            if statics.get(name) is None:
                return Indexed(name, "boolean", wanted=wanted)
    return Opaque(node, wanted)


def _test(test: Test, wanted: Truth, statics: Memory) -> Atom | Truth:
    left = operand.resolve(test.property, statics)
    right = operand.resolve(test.operand, statics)
    if right is PENDING:
        return Opaque(test, wanted)
    low, high = operators.bounds(test.operator, left, right, test.fold)
    if low == high:
        return low if wanted == TRUE else inverse(low)
    return _against_constant(test, right, wanted) or Opaque(test, wanted)


def _against_constant(test: Test, right: Json, wanted: Truth) -> Indexed | None:
    name, operator = test.property.name, test.operator
    if operator.name in _REVERSED:
        sense = operator.name if wanted == TRUE else _REVERSED[operator.name]
        return Indexed(name, "order", (right,), operator=sense)
    sort = _FAMILIES.get(operator.name)
    constants = _constants(operator.name, right)
    if sort is None or constants is None:
        return None
    if sort in {"starts", "ends"} and not isinstance(right, str):
        return None
    if operator.opposite:
        wanted = inverse(wanted)
    if len(constants) > LONG:
        sort = "listed"
    return Indexed(name, sort, constants, test.fold, wanted)


def _constants(operator: str, right: Json) -> Sequence[Json] | None:
    """Return the constants to be found, None where one of them is a list or an object."""
    if operator not in {"IS_IN", "NOT_IN"}:
        return None if type(right) in _COMPOUND else (right,)
    if not isinstance(right, list) or not _COMPOUND.isdisjoint(map(type, right)):
        return None
    if len(right) <= LONG or isinstance(right, membership.Listed):
        return right
    return membership.Listed(right)


def names(node: Node) -> tuple[str, ...]:
    """Return every attribute that ``node`` names."""
    match node:
        case Test():
            found = (test.name for test in (node.property, *operand.references(node.operand)))
            return tuple(found)
        case Formula():
            return tuple(one.name for one in node.references)
        case Branch(_, members):
            return tuple(name for member in members for name in names(member))
