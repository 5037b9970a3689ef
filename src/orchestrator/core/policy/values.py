"""Values and how they compare: equality with its two bridges, order, and texts that spell."""

import json
import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from orchestrator.core.model.attributes import Json

Truth = Literal[0, 1, 2]
"""A value of Kleene's logic, so that *and* is the least and *or* the greatest."""
FALSE: Final = 0
UNKNOWN: Final = 1
TRUE: Final = 2

Kind = Literal["null", "boolean", "number", "text", "list", "object"]

MAX_SPELLED: Final = 4_000
"""A longer text spells no number: reading one takes time that grows with its square."""

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
_DATE_TIME: Final = re.compile(_DATE.pattern + _TIME + r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?")


class Caseless(str):
    """The text of an attribute that is compared without regard to case."""

    __slots__ = ()


def kind(value: Json) -> Kind:
    """Return the JSON type of ``value``; booleans are not numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"


def spelled(text: str) -> int | float | None:
    """Return the number that a text spells, or None: ``-?digits[.digits]``, nothing else.

    Whole numbers are exact; ``"1.50"`` is 1.5; ``"007"``, ``"+1"``, ``"1e3"`` spell none.
    """
    if len(text) > MAX_SPELLED or not _NUMBER.fullmatch(text):
        return None
    if "." not in text:
        return int(text)
    exact = Decimal(text)
    if exact == exact.to_integral_value():
        return int(exact)
    nearest = float(text)
    return nearest if math.isfinite(nearest) else None


def number(value: Json) -> int | float | None:
    """Return ``value`` if it is a number, the number that it spells if a text, else None."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case str():
            return spelled(value)
        case _:
            return None


def equal(left: Json, right: Json, *, fold: bool = False) -> bool:
    """Whether two values are the same; null equals nothing, not even null.

    Same type and same value, numbers by value; a text that spells a number equals it, a text that
    spells ``true`` or ``false`` in any case equals the boolean; lists and objects by content.
    ``fold`` disregards the case of texts, as does either of them being `Caseless`.
    """
    waiting = [(left, right)]
    while waiting:  # by hand, because the depth of an attribute is its sender's choice
        one, other = waiting.pop()
        if isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting.extend((one[key], other[key]) for key in one)
        elif not _same(one, other, fold=fold):
            return False
    return True


def _same(one: Json, other: Json, *, fold: bool) -> bool:
    kinds = (kind(one), kind(other))
    match kinds:
        case ("text", "text"):
            if fold or isinstance(one, Caseless) or isinstance(other, Caseless):
                return one.casefold() == other.casefold()
            return one == other
        case ("number", "number") | ("boolean", "boolean"):
            return one == other
        case ("text", "number"):
            return spelled(one) == other
        case ("number", "text"):
            return one == spelled(other)
        case ("text", "boolean"):
            return one.lower() == ("true" if other else "false")
        case ("boolean", "text"):
            return other.lower() == ("true" if one else "false")
        case _:
            return False


def holds_null(value: Json) -> bool:
    """Whether ``value`` holds a null, however deep: it then equals nothing, not even itself."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if part is None:
            return True
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def rank(value: Json) -> tuple[str, Any] | None:
    """Return what orders a value: its sort ("number", "date", …) and a key, or None if nothing.

    Only values of the same sort can be compared. Dates are ``YYYY-MM-DD``; date-times have a ``T``,
    and those with an offset are another sort than those without.
    """
    if (found := number(value)) is not None:
        return ("number", found)
    if not isinstance(value, str):
        return None
    try:
        if _DATE.fullmatch(value):
            return ("date", date.fromisoformat(value))
        if _DATE_TIME.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return ("moment" if moment.tzinfo else "local date-time", moment)
    except ValueError:  # the 30th of February
        pass
    return None


def written(value: Json) -> str:
    """Return the text that stands for ``value`` inside a longer one; null is empty.

    Whole numbers have no point, booleans are true and false, lists and objects compact JSON.
    """
    match value:
        case None:
            return ""
        case str():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            try:
                return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            except RecursionError:
                return "…"
