"""THE table of changes: for each operator the values that its attribute would need to turn it.

A row does not promise anything. `nearest` puts its values to the engine before it speaks of them.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import operand, reasons, values
from orchestrator.core.policy.compile import Test
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operand import Operand
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE, Truth

MAX_VALUES: Final = 5
"""How many values a change has at most."""
_NAMED: Final = 4
"""So many elements of a list are said one by one."""
_FAR: Final = 1_000_000
_DAY: Final = dt.timedelta(days=1)
_SECOND: Final = dt.timedelta(seconds=1)
_LONGEST_PATTERN: Final = 200
_PATTERN_PARTS: Final = (
    (re.compile(r"\(\?[a-zA-Z]+\)|\(\?:|\\b|[\^$]"), ""),
    (re.compile(r"\(?([^()|]*)\|[^()]*\)?"), r"\1"),
    (re.compile(r"\\d"), "1"),
    (re.compile(r"[\w)]\?|\.[*+]"), ""),
    (re.compile(r"\\([^\w\s])"), r"\1"),
    (re.compile(r"[()+*]"), ""),
)
"""What to put in the place of the parts of a pattern, in this order, to get a text it may fit."""
_SOMETHING: Final = "something else"

_Values = Callable[[Json, Json], Iterable[Json]]
"""From what the attribute is and what it is compared with to what it might have been."""


class Change(msgspec.Struct, frozen=True):
    """One attribute, otherwise than it is.

    ``were`` says it in general ("were at least 500") and is true as far as each of ``values`` does
    the same; ``values`` are not empty, and the first is the least different. ``derived`` is TRUE
    when they hold parts of what the attribute is, which must not be shown of a sensitive one.
    """

    name: str
    were: str
    values: tuple[Json, ...]
    derived: Truth


class _Row(msgspec.Struct, frozen=True):
    were: str
    values: _Values
    derived: Truth = 0


def of(test: Test, memory: Memory, wanted: Truth) -> Change | None:
    """Return the change of the tested attribute that gives ``test`` the truth ``wanted``, if any.

    ``wanted`` is TRUE or FALSE. None where the operator knows no such value, or where the other
    side is missing or not known.
    """
    row = _ROWS[test.operator.name if wanted == TRUE else _REVERSE[test.operator.name]]
    known = memory.get(test.property.name)
    actual = getattr(known, "value", None)
    other = operand.resolve(test.operand, memory)
    if known is None or isinstance(other, Absent) or (other is None and test.operator.takes_value):
        return None
    if not test.operator.takes_value:
        other = _example(test.property.name)
    found = tuple(_few(row.values(actual, other)))
    if not found:
        return None
    return Change(test.property.name, _were(row, test, memory, found), found, row.derived)


def exactly(change: Change, value: Json) -> str | None:
    """Return the phrase for one value alone, None where it must not be shown."""
    if value is None:
        return "were missing"
    if change.derived == TRUE and attributes.is_sensitive(change.name):
        return None
    return f"were {reasons.quoted(value)}"


def _few(found: Iterable[Json]) -> Iterator[Json]:
    for count, value in enumerate(found, start=1):
        yield value
        if count == MAX_VALUES:
            return


def _were(row: _Row, test: Test, memory: Memory, found: tuple[Json, ...]) -> str:
    elements = operand.resolve(test.operand, memory)
    listed = row.values is _elements and isinstance(elements, list) and len(elements) <= _NAMED
    if listed and not _is_sensitive(test.operand):
        return "were " + " or ".join(reasons.quoted(value) for value in found)
    return row.were.format(reasons.other(test, memory))


def _is_sensitive(part: Operand) -> bool:
    named = operand.references(part)
    return any(attributes.is_sensitive(wanted.name) for wanted in named)


def _example(name: str) -> Json:
    known = attributes.described(name)
    return known.example if known else "something"


def _same(_: Json, other: Json) -> Iterator[Json]:
    if not values.holds_null(other):
        yield other


def _another(_: Json, other: Json) -> Iterator[Json]:
    match other:
        case bool():
            yield not other
        case int() | float():
            yield from (other + 1, other - 1)
        case _:
            yield _SOMETHING
    yield None


def _elements(actual: Json, other: Json) -> list[Json]:
    if not isinstance(other, list):
        return []
    usable = [element for element in other if not values.holds_null(element)]
    return sorted(usable, key=lambda element: values.kind(element) != values.kind(actual))


def _outside(_: Json, other: Json) -> Iterator[Json]:
    if isinstance(other, list):
        yield from (_SOMETHING, None)


def _beyond(direction: int, *, least: int) -> _Values:
    """Values from ``least`` steps in a direction onwards, of the same sort as the other side."""

    def onwards(_: Json, other: Json) -> Iterator[Json]:
        ranked = values.rank(other)
        if ranked is None:
            return
        sort, key = ranked
        try:
            for steps in (least, _FAR if sort == "number" else 365):
                yield _moved(sort, key, direction * steps)
        except OverflowError:  # before the first or after the last year
            return

    return onwards


def _moved(sort: str, key: Any, steps: int) -> Json:
    if sort == "number":
        return key + steps
    step = _DAY if sort == "date" else _SECOND
    moved = key + step * steps
    return moved.isoformat()


def _with(actual: Json, other: Json) -> Iterator[Json]:
    if isinstance(actual, list):
        yield [*actual, other]
    elif isinstance(other, str):
        yield actual + other if isinstance(actual, str) else other
    else:
        yield [other]


def _without(actual: Json, other: Json) -> Iterator[Json]:
    if isinstance(actual, list):
        yield [element for element in actual if not values.equal(element, other)]
    elif isinstance(actual, str) and isinstance(other, str) and other:
        yield actual.replace(other, "")
    yield None


def _beginning(_: Json, other: Json) -> Iterator[Json]:
    if isinstance(other, str):
        yield from (other, f"{other} …")


def _ending(_: Json, other: Json) -> Iterator[Json]:
    if isinstance(other, str):
        yield from (other, f"… {other}")


def _matching(_: Json, other: Json) -> Iterator[Json]:
    """The first words that a simple pattern means; for any other one this is only a guess."""
    if isinstance(other, str) and len(other) <= _LONGEST_PATTERN:
        guess = other
        for part, instead in _PATTERN_PARTS:
            guess = part.sub(instead, guess)
        yield guess


def _elsewhere(_: Json, __: Json) -> tuple[Json, ...]:
    return (None,)


_ROWS: Final[dict[str, _Row]] = {
    "EQUAL": _Row("were {}", _same),
    "NOT_EQUAL": _Row("were not {}", _another),
    "LESS_THAN": _Row("were less than {}", _beyond(-1, least=1)),
    "LESS_THAN_OR_EQUAL": _Row("were at most {}", _beyond(-1, least=0)),
    "GREATER_THAN": _Row("were more than {}", _beyond(1, least=1)),
    "GREATER_THAN_OR_EQUAL": _Row("were at least {}", _beyond(1, least=0)),
    "IS_IN": _Row("were in {}", _elements),
    "NOT_IN": _Row("were not in {}", _outside),
    "CONTAINS": _Row("contained {}", _with, TRUE),
    "NOT_CONTAINS": _Row("did not contain {}", _without, TRUE),
    "IS_PART_OF": _Row("were part of {}", _same),
    "STARTS_WITH": _Row("started with {}", _beginning),
    "ENDS_WITH": _Row("ended with {}", _ending),
    "MATCHES": _Row("matched {}", _matching),
    "IS_SET": _Row("were set", _same),
    "IS_NOT_SET": _Row("were missing", _elsewhere),
    "not part of": _Row("were not part of {}", _another),
    "not starting": _Row("did not start with {}", _elsewhere),
    "not ending": _Row("did not end with {}", _elsewhere),
    "not matching": _Row("did not match {}", _elsewhere),
}
"""The row of an operator makes it true; those in lower case make false what has no opposite."""

_REVERSE: Final[dict[str, str]] = {
    "EQUAL": "NOT_EQUAL",
    "NOT_EQUAL": "EQUAL",
    "LESS_THAN": "GREATER_THAN_OR_EQUAL",
    "LESS_THAN_OR_EQUAL": "GREATER_THAN",
    "GREATER_THAN": "LESS_THAN_OR_EQUAL",
    "GREATER_THAN_OR_EQUAL": "LESS_THAN",
    "IS_IN": "NOT_IN",
    "NOT_IN": "IS_IN",
    "CONTAINS": "NOT_CONTAINS",
    "NOT_CONTAINS": "CONTAINS",
    "IS_PART_OF": "not part of",
    "STARTS_WITH": "not starting",
    "ENDS_WITH": "not ending",
    "MATCHES": "not matching",
    "IS_SET": "IS_NOT_SET",
    "IS_NOT_SET": "IS_SET",
}
"""The row that makes an operator false."""
