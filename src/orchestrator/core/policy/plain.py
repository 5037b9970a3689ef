"""Any object a caller hands in, as plain JSON of our own, or every reason why it is none."""

import math
from collections.abc import Mapping
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.mistakes import Mistakes

MAX_DEPTH: Final = 200
MAX_PARTS: Final = 2_000_000
MOST_ITEMS: Final = 100_000
"""Of a list that is a static value, or a named part of one."""

_LARGEST: Final = 10**400


def copy(given: object, path: str, mistakes: Mistakes) -> Json:
    """Return a deep copy of ``given`` made of dict, list, str, int, float, bool and None alone.

    Mappings become dicts, tuples lists. Whatever is no JSON, too deep (cycles too), or not finite
    is reported and replaced by 0. Works without recursion, so no depth can hurt it.
    """
    holder: list[Json] = [None]
    waiting: list[tuple[object, Any, Any, str, int]] = [(given, holder, 0, path, 0)]
    parts = 0
    while waiting:
        value, container, slot, place, depth = waiting.pop()
        parts += 1
        if parts > MAX_PARTS:
            mistakes.error(path, "too-large", f"more than {MAX_PARTS:,} values")
            break
        if depth > MAX_DEPTH:
            mistakes.error(_short(place), "too-deep", f"nested more than {MAX_DEPTH} deep")
            break
        match value:
            case None | str() | bool() | int() | float():
                container[slot] = _leaf(value, place, mistakes)
            case dict() | Mapping():
                room: dict[str, Json] = {}
                container[slot] = room
                waiting.extend(_entries(value, room, place, depth, mistakes))
            case list() | tuple():
                container[slot] = rooms = [None] * len(value)
                waiting.extend(
                    (value[index], rooms, index, f"{place}[{index}]", depth + 1)
                    for index in range(len(value) - 1, -1, -1)
                )
            case _:
                container[slot] = _leaf(value, place, mistakes)
    return holder[0]


def _entries(
    value: Mapping[Any, Any], room: dict[str, Json], path: str, depth: int, mistakes: Mistakes
) -> list[tuple[object, Any, Any, str, int]]:
    found: list[tuple[object, Any, Any, str, int]] = []
    for key, child in value.items():
        if not isinstance(key, str):
            mistakes.error(path, "wrong-type", f"the key {str(key)[:80]} must be a text")
            continue
        own = _leaf(key, path, mistakes)
        if isinstance(own, str):
            room[own] = None  # in the order of the document
            found.append((child, room, own, join(path, own), depth + 1))
    found.reverse()
    return found


def _leaf(value: object, path: str, mistakes: Mistakes) -> Json:
    match value:
        case None | bool():
            return value
        case int() if abs(value) < _LARGEST:
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case int() | float():
            mistakes.error(path, "bad-value", "numbers must be finite and below 400 digits")
        case str():
            try:
                value.encode()
            except UnicodeEncodeError:
                mistakes.error(path, "bad-value", "half of a surrogate pair is no text")
            else:
                return str(value)
        case _:
            mistakes.error(path, "wrong-type", f"{type(value).__name__} is no JSON value")
    return 0


def join(path: str, key: str) -> str:
    """Return the path to ``key`` of the object at ``path``: ``a.b``, or ``a["b c"]``."""
    if not key.replace("-", "_").isidentifier():
        shown = key if len(key) <= 80 else key[:79] + "…"  # noqa: PLR2004 — a line of text
        return f'{path}["{shown}"]'
    return f"{path}.{key}" if path else key


def refuse_long_lists(value: Json, path: str) -> None:
    """Raise `mistakes.PolicyErrors` for lists in a new static value that are too long."""
    mistakes = Mistakes()
    check_lists(value, path, mistakes)
    mistakes.raise_any()


def check_lists(given: Json, path: str, mistakes: Mistakes) -> None:
    """Report every list to which names lead, and that is too long.

    For what is set anew: a value that was accepted once stays readable.
    """
    waiting = [(path, given)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, list) and len(value) > MOST_ITEMS:
            message = f"a list has at most {MOST_ITEMS:,} items; this one has {len(value):,}"
            mistakes.error(place, "too-large", message)
        elif isinstance(value, dict):
            waiting.extend((join(place, name), part) for name, part in value.items())


def _short(path: str) -> str:
    return path if len(path) <= 120 else path[:119] + "…"  # noqa: PLR2004 — a line of text
