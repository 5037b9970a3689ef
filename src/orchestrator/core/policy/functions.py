"""THE table of the functions of expressions: the checker, the evaluator and the docs walk it.

A function is given values, none of them null or unknown, and answers None for "unknown". Those
that are operators in JSON have no meaning of their own: `operators` answers for them.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import clock_time, operators, schedule, values
from orchestrator.core.policy.memory import Setting
from orchestrator.core.policy.values import Kind

Answer = Callable[[Sequence[Json], Setting], Json]
Objection = Callable[[Json], str | None]
"""From a literal to why it can never be used, or None."""


class Parameter(msgspec.Struct, frozen=True):
    """What a function takes in one place: ``kinds`` of values that can ever be of use."""

    name: str
    kinds: frozenset[Kind]
    objection: Objection | None = None
    is_reference: bool = False


class Function(msgspec.Struct, frozen=True):
    """One row. Of ``parameters`` the first ``required`` must be given.

    ``operator`` is the row of `operators` that it is; ``repeats`` allows the last parameter again.
    ``together`` objects to literals that do not go together.
    """

    name: str
    parameters: tuple[Parameter, ...]
    required: int
    gives: Kind
    meaning: str
    example: str
    answer: Answer | None = None
    operator: str | None = None
    repeats: bool = False
    clock: Literal["needed", "not needed"] = "not needed"
    together: Callable[[Sequence[Json]], str | None] | None = None

    @property
    def signature(self) -> str:
        """How it is called, optional parameters in square brackets."""
        shown = ", ".join(parameter.name for parameter in self.parameters[: self.required])
        for parameter in self.parameters[self.required :]:
            shown += f"[, {parameter.name}]"
        return f"{self.name}({shown}{', …' if self.repeats else ''})"


_TEXT: Final[frozenset[Kind]] = frozenset({"text"})
_LIST: Final[frozenset[Kind]] = frozenset({"list"})
_NUMBER: Final[frozenset[Kind]] = frozenset({"number", "text"})
_SIZED: Final[frozenset[Kind]] = frozenset({"text", "list"})
_ANY: Final[frozenset[Kind]] = frozenset({"boolean", "number", "text", "list", "object"})


def double(value: Json) -> float | None:
    """Return a number, or a text that spells one, as the double that arithmetic works with."""
    found = values.number(value)
    if found is None:
        return None
    try:
        return float(found)
    except OverflowError:
        return None


def finite(value: float) -> float | None:
    """Return ``value``; None for an infinity, or for what is no number."""
    return value if math.isfinite(value) else None


def _arithmetic(work: Callable[[list[float]], float]) -> Answer:
    def answer(arguments: Sequence[Json], _: Setting) -> Json:
        numbers = [double(argument) for argument in arguments]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        try:
            return finite(work(known))
        except (ValueError, OverflowError):  # the root of a negative
            return None

    return answer


def _rounded(numbers: list[float]) -> float:
    """Half away from zero; the difference to the whole part is exact."""
    whole = float(math.trunc(numbers[0]))
    if abs(numbers[0] - whole) >= 0.5:  # noqa: PLR2004 — half
        whole += math.copysign(1.0, numbers[0])
    return whole


def _text_work(work: Callable[[str], str]) -> Answer:
    def answer(arguments: Sequence[Json], _: Setting) -> Json:
        return work(arguments[0]) if isinstance(arguments[0], str) else None

    return answer


def _length(arguments: Sequence[Json], _: Setting) -> Json:
    value = arguments[0]
    return len(value) if values.kind(value) in {"text", "list"} else None


def _in_percent(arguments: Sequence[Json], _: Setting) -> Json:
    """The bucket is the first 64 bits of the text's SHA-256, as a share of their range."""
    text, share = arguments[0], double(arguments[1])
    if not isinstance(text, str) or share is None or not 0 <= share <= 100:  # noqa: PLR2004
        return None
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") * 100 < share * 2**64


def _time_range(arguments: Sequence[Json], setting: Setting) -> Json:
    read = _range(arguments, clock_time.clock)
    if read is None or setting.at is None:
        return None
    start, end, zone, days = read
    return clock_time.in_time_range(setting.at, zone, start=start, end=end, days=days)


def _date_range(arguments: Sequence[Json], setting: Setting) -> Json:
    read = _range(arguments, clock_time.american_date)
    if read is None or setting.at is None or read[0] > read[1]:
        return None
    start, end, zone, days = read
    return clock_time.in_date_range(setting.at, zone, start=start, end=end, days=days)


def _range(arguments: Sequence[Any], read: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """Return both ends, the zone and the days; None when any of them is none."""
    days = arguments[3] if len(arguments) > 3 else list(clock_time.DAYS)  # noqa: PLR2004
    texts = [*arguments[:3], *(days if isinstance(days, list) else [None])]
    if not all(isinstance(text, str) for text in texts):
        return None
    try:
        start, end = read(texts[0]), read(texts[1])
        return (start, end, clock_time.zone(texts[2]), clock_time.weekdays(days))
    except clock_time.Malformed:
        return None


def _is_open(arguments: Sequence[Json], setting: Setting) -> Json:
    name = arguments[0]
    found = setting.schedules.get(name) if isinstance(name, str) else None
    if found is None or setting.at is None:
        return None
    return schedule.is_open(found, setting.at)


def _spelled(read: Callable[[Any], Any]) -> Objection:
    def objection(literal: Json) -> str | None:
        try:
            read(literal)
        except clock_time.Malformed as error:
            return str(error)
        return None

    return objection


def _weekdays(literal: list[Json]) -> frozenset[int]:
    """Read literal days; an attribute among them has its turn when there is a value."""
    if not literal:
        raise clock_time.Malformed("an empty list of days is no day at all: leave it out")
    for name in literal:
        if not isinstance(name, str):
            raise clock_time.Malformed(f"days are {', '.join(clock_time.DAYS)}, in quotes")
    return clock_time.weekdays(str(name) for name in literal)


def _no_number(literal: Json) -> str | None:
    if double(literal) is not None:
        return None
    return f"{values.written(literal)!r} is no number"


def _no_percentage(literal: Json) -> str | None:
    share = double(literal)
    if share is not None and 0 <= share <= 100:  # noqa: PLR2004 — percent
        return None
    return "a percentage is a number from 0 to 100"


def _no_pattern(literal: Json) -> str | None:
    return operators.objection(operators.BY_NAME["MATCHES"], literal)


def _backwards(arguments: Sequence[Json]) -> str | None:
    ends: list[date] = []
    for argument in arguments[:2]:
        if not isinstance(argument, str):
            return None
        try:
            ends.append(clock_time.american_date(argument))
        except clock_time.Malformed:
            return None
    if ends[0] > ends[1]:
        return f"the range starts on {arguments[0]!r}, after its end {arguments[1]!r}"
    return None


_START: Final = Parameter("start", _TEXT, _spelled(clock_time.clock))
_END: Final = Parameter("end", _TEXT, _spelled(clock_time.clock))
_FIRST: Final = Parameter("start", _TEXT, _spelled(clock_time.american_date))
_LAST: Final = Parameter("end", _TEXT, _spelled(clock_time.american_date))
_ZONE: Final = Parameter("zone", _TEXT, _spelled(clock_time.zone))
_DAYS: Final = Parameter("days", _LIST, _spelled(_weekdays))
_A_TEXT: Final = Parameter("text", _TEXT)
_A_NUMBER: Final = Parameter("number", _NUMBER, _no_number)
_PERCENT: Final = Parameter("percent", _NUMBER, _no_percentage)


def _texts(name: str, other: str, operator: str, meaning: str, example: str) -> Function:
    second = Parameter(other, _TEXT, _no_pattern if operator == "MATCHES" else None)
    return Function(
        name, (_A_TEXT, second), 2, "boolean", meaning, example, None, operator
    )  # fmt: skip


def _number(
    name: str, meaning: str, example: str, work: Callable[[list[float]], float]
) -> Function:
    return Function(name, (_A_NUMBER,), 1, "number", meaning, example, _arithmetic(work))


ROWS: Final[tuple[Function, ...]] = (
    Function(
        "isTimeRange",
        (_START, _END, _ZONE, _DAYS),
        3,
        "boolean",
        "the clock in the zone shows a time from start to end, both included to the second; a "
        "range that starts later than it ends spans midnight and belongs to the day it began on",
        "isTimeRange('08:30:00', '17:30:00', 'Europe/Paris', ['MON', 'FRI'])",
        _time_range,
        clock="needed",
    ),
    Function(
        "isDateRange",
        (_FIRST, _LAST, _ZONE, _DAYS),
        3,
        "boolean",
        "the calendar in the zone shows a date from start to end (mm/dd/yy or mm/dd/yyyy), both "
        "included, on one of the days",
        "isDateRange('12/24/26', '12/26/26', 'Europe/Paris')",
        _date_range,
        clock="needed",
        together=_backwards,
    ),
    Function(
        "isOpen",
        (Parameter("schedule", _TEXT),),
        1,
        "boolean",
        "it is within the opening hours of that name",
        "isOpen('Support hours')",
        _is_open,
        clock="needed",
    ),
    Function(
        "isSet",
        (Parameter("attribute", _ANY, is_reference=True),),
        1,
        "boolean",
        "the attribute has a value; '', [], 0 and false are values",
        "isSet(conversation.previousAgentId)",
        operator="IS_SET",
    ),
    Function(
        "contains",
        (Parameter("container", _SIZED), Parameter("value", _ANY)),
        2,
        "boolean",
        "a list has the element, or a text has the part",
        "contains(conversation.firstMessage, 'invoice')",
        operator="CONTAINS",
    ),
    _texts("startsWith", "start", "STARTS_WITH", "the text begins so",
           "startsWith(conversation.language, 'fr')"),
    _texts("endsWith", "end", "ENDS_WITH", "the text ends so",
           "endsWith(customerinfo.accountname, 'Ltd')"),
    _texts("matches", "pattern", "MATCHES",
           "the RE2 regular expression is found in the text; always in linear time",
           "matches(conversation.firstMessage, '(?i)refund|money back')"),
    Function("lower", (_A_TEXT,), 1, "text", "the text in lower case",
             "lower(custom.tier) == 'gold'", _text_work(str.lower)),
    Function("upper", (_A_TEXT,), 1, "text", "the text in upper case",
             "upper(custom.country) == 'FR'", _text_work(str.upper)),
    Function("length", (Parameter("value", _SIZED),), 1, "number",
             "how many characters (code points) a text has, or elements a list",
             "length(conversation.firstMessage) > 500", _length),
    Function("min", (_A_NUMBER,), 1, "number", "the least of the numbers",
             "min(custom.a, custom.b, 10) < 5", _arithmetic(min), repeats=True),
    Function("max", (_A_NUMBER,), 1, "number", "the greatest of the numbers",
             "max(custom.a, custom.b) >= 12", _arithmetic(max), repeats=True),
    _number("abs", "the number without its sign", "abs(custom.change) > 100", lambda n: abs(n[0])),
    _number("round", "the nearest whole number, halves away from zero",
            "round(customerinfo.balance / 100) == 5", _rounded),
    _number("sqrt", "the square root; also written in front: `sqrt 9`", "sqrt(custom.area) > 3",
            lambda n: math.sqrt(n[0])),
    Function(
        "inPercent",
        (_A_TEXT, _PERCENT),
        2,
        "boolean",
        "the text falls into that share of all texts (0 to 100): the same text always falls on "
        "the same side, and a higher percentage only adds texts",
        "inPercent(conversation.consumerId || 'spring', 10)",
        _in_percent,
    ),
)  # fmt: skip

BY_NAME: Final[dict[str, Function]] = {row.name: row for row in ROWS}
