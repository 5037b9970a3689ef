"""Values constructed to order: between two others, or another spelling of one that was mentioned.

Each function answers None where there is no such value, and raises `Unsure` where there may be one
that it cannot find: then nothing is proved about that attribute.
"""

import itertools
import math
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from orchestrator.core.policy import values

_TRIES: Final = 5_000
_TICK: Final = timedelta(microseconds=1)


class Unsure(Exception):
    """Nobody knows whether there is such a value."""


def number(value: float, taken: Collection[str]) -> str:
    """Return a text that spells ``value`` and is not ``taken``."""
    base = str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")
    point = "" if "." in base else "."
    for text in itertools.chain(
        (base,), (base + point + "0" * zeros for zeros in range(1, len(taken) + 3))
    ):
        if text not in taken and values.spelled(text) == value:
            return text
    raise Unsure


def boolean(word: str, taken: Collection[str]) -> str | None:
    """Return a spelling of ``true`` or ``false`` that is not ``taken``; None if all are."""
    spellings = itertools.product(*((letter, letter.upper()) for letter in word))
    return next((text for text in map("".join, spellings) if text not in taken), None)


def folded(text: str, taken: Collection[str]) -> str | None:
    """Return a text that differs from ``text`` by case alone and is not ``taken``."""
    wanted = text.casefold()
    choices = [sorted({letter, letter.upper(), letter.lower()}) for letter in wanted]
    cased = any(len(choice) > 1 for choice in choices)
    for found in map("".join, itertools.islice(itertools.product(*choices), _TRIES)):
        if found not in taken and found.casefold() == wanted:
            return found
    if cased:
        raise Unsure
    return None


def plain(taken: Collection[str]) -> str:
    """Return a text that spells nothing and differs from all ``taken`` by more than case."""
    used = {text.casefold() for text in taken}
    return next(text for text in _plain_texts() if text not in used)


def _plain_texts() -> Iterator[str]:
    yield "other"
    for number_ in itertools.count(2):
        yield f"other {number_}"


def sort_text(sort: str, key: Any, taken: Collection[str]) -> str | None:
    """Return a text of that sort and that place in its order which is not ``taken``."""
    if sort == "date":
        return None if key.isoformat() in taken else key.isoformat()
    spellings = _moments(key) if sort == "moment" else _local(key)
    for text in spellings:
        if text not in taken and values.rank(text) == (sort, key):
            return text
    raise Unsure


def _moments(key: datetime) -> Iterator[str]:
    try:
        yield key.astimezone(UTC).isoformat().replace("+00:00", "Z")
        for minutes in range(0, 14 * 60, 15):
            yield key.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    except OverflowError:
        return


def _local(key: datetime) -> Iterator[str]:
    base = key.isoformat()
    yield base
    zeros = 3 if "." in base else 9
    for count in range(1, zeros + 1):
        yield base + ("" if "." in base else ".") + "0" * count


def between(sort: str, low: Any, high: Any) -> Any:
    """Return a key of the sort between two others (None is no end), or None if there is none."""
    if low is None and high is None:
        raise ValueError("between what?")
    return _BETWEEN[sort](low, high)


def _numbers(low: float | None, high: float | None) -> int | float | None:
    if low is None:
        return math.floor(high or 0) - 1
    if high is None:
        return math.ceil(low) + 1
    for found in (_whole_between(low, high), _half(low, high)):
        if found is not None and low < found < high:
            return found
    return None


def _whole_between(low: float, high: float) -> int:
    """Whole numbers look better in a message, and are exact however large."""
    return (math.floor(low) + math.floor(high) + 1) // 2


def _half(low: float, high: float) -> float | None:
    try:
        return float(low) / 2 + float(high) / 2
    except OverflowError:
        return None


def _dates(low: date | None, high: date | None) -> date | None:
    try:
        if low is None and high is not None:
            return high - timedelta(days=1)
        if high is None and low is not None:
            return low + timedelta(days=1)
        found = low + (high - low) // 2 if low is not None and high is not None else None
    except OverflowError:
        return None
    return found if found is not None and low is not None and low < found else None


def _date_times(low: datetime | None, high: datetime | None) -> datetime | None:
    try:
        if low is None and high is not None:
            return high - timedelta(hours=1)
        if high is None and low is not None:
            return low + timedelta(hours=1)
        if low is None or high is None or high - low <= _TICK:
            return None
        return low + (high - low) // 2
    except OverflowError:  # less than an hour from the first or the last year
        raise Unsure from None


_BETWEEN: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "number": _numbers,
    "date": _dates,
    "moment": _date_times,
    "local date-time": _date_times,
}
