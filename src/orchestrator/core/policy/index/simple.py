"""Literals that one comparison of Python answers, for values of one kind."""

from typing import Any, Final

from orchestrator.core.policy.index import order
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.values import TRUE

_LONGEST: Final = 4_096
"""A longer list is left to the checks: it would be kept twice."""

_ORDER: Final = {
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
}


def simple(literal: Indexed) -> tuple[str, str, Any] | None:
    """Return of what kind a value must be, how it is compared, and with what; None if it is more.

    The kind is ``text``, ``number`` or ``boolean``; the sign one of Python or ``contains``.
    """
    constants = literal.constants
    positive = literal.wanted == TRUE
    if literal.sort == "order" and order.sort_of(literal) == "number":
        return "number", _ORDER[literal.operator], order.threshold(literal)
    if literal.fold == TRUE:
        return None
    if literal.sort == "contains" and positive and type(constants[0]) is str:
        return "text", "contains", constants[0]
    if literal.sort not in {"equal", "listed"} or len(constants) > _LONGEST:
        return None
    kinds = set(map(type, constants))
    if kinds == {str}:
        if len(constants) == 1:
            return "text", "==" if positive else "!=", constants[0]
        return "text", "in" if positive else "not in", frozenset(constants)
    if len(constants) == 1 and kinds <= {int, float}:
        return "number", "==" if positive else "!=", constants[0]
    if len(constants) == 1 and kinds == {bool}:
        return "boolean", "is" if positive else "is not", constants[0]
    return None
