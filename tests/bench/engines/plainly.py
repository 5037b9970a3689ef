"""A plain interpreter of the JSON, which says what is right, and the floor under every engine."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "EQUAL": operator.eq,
    "NOT_EQUAL": operator.ne,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "IS_IN": lambda tested, given: tested in given,
    "CONTAINS": operator.contains,
}


def first(policies: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> int:
    """Return which policy is the first that ``values`` meet, -1 for none."""
    for number, policy in enumerate(policies):
        for condition in policy["conditions"]:
            if not meets(condition, values):
                break
        else:
            return number
    return -1


def meets(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Tell whether ``values`` meet ``condition``; every attribute is there and of its own type."""
    kind = condition.get("type")
    if kind is not None:
        return _OPERATORS[kind](values[condition["property"]], condition["value"])
    if "all" in condition:
        return all(meets(member, values) for member in condition["all"])
    if "any" in condition:
        return any(meets(member, values) for member in condition["any"])
    return not any(meets(member, values) for member in condition["none"])


def floor(names: Sequence[str], *, hashed: int) -> Callable[[Mapping[str, Any]], int]:
    """Return what no engine can do without: to read all, and to hash the first ``hashed``."""
    texts, others = tuple(names[:hashed]), tuple(names[hashed:])

    def decide(values: Mapping[str, Any]) -> int:
        for name in texts:
            hash(values[name])
        for name in others:
            values[name]
        return -1

    return decide
