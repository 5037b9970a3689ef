"""Named opening hours: a week in a zone, dates that differ from it, and public holidays.

How to think about it: every date has hours. Those of an exception written by hand count before
those of a holiday (closed), and both before those of the week. Hours whose start is later than
their end span midnight; they belong to the date on which they began, and run to their end
whatever the next date is.

Public holidays come in as dates: whoever saves a schedule asks a `Calendar` for them once, and
they are kept with it, so that a decision can be told again as it was made.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import clock_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2049
"""The years whose public holidays a schedule knows."""


class Span(msgspec.Struct, frozen=True, order=True):
    """From ``start`` to ``end``, both inclusive to the second; to the next day if that is less."""

    start: time
    end: time

    @property
    def is_overnight(self) -> bool:
        """Whether it spans midnight."""
        return self.start > self.end


Hours = tuple[Span, ...]
"""When it is open on one date; empty is closed."""


class Special(msgspec.Struct, frozen=True, order=True):
    """A date whose hours are not those of its weekday, nor of a holiday."""

    date: date
    hours: Hours


class Holidays(msgspec.Struct, frozen=True):
    """The public holidays of a country (ISO 3166, such as ``FR``) or of a part of it (``BY``).

    ``dates`` is None until a calendar was asked.
    """

    country: str
    subdivision: str | None = None
    dates: tuple[date, ...] | None = None


class Schedule(msgspec.Struct, frozen=True):
    """Opening hours as documents have them; ``weekly`` has seven entries, Monday first."""

    zone: str
    weekly: tuple[Hours, ...]
    exceptions: tuple[Special, ...] = ()
    holidays: Holidays | None = None


class UnknownHolidays(LookupError):
    """A calendar has nothing for such a country or subdivision; the message says what it has."""

    def __init__(self, field: Literal["country", "subdivision"], message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Calendar(Protocol):
    """Where the dates of public holidays come from."""

    def __call__(
        self, country: str, subdivision: str | None, /, *, first: int, last: int
    ) -> tuple[date, ...]:
        """Return the holidays of the years ``first`` to ``last``, in order.

        There may be none in years of which nothing is known. Raises `UnknownHolidays`.
        """
        ...


class Timetable(msgspec.Struct, frozen=True):
    """A schedule made ready: ``special`` are the hours of all dates that differ from the week."""

    zone: "ZoneInfo"
    weekly: tuple[Hours, ...]
    special: Mapping[date, Hours]


def prepare(schedule: Schedule) -> Timetable:
    """Return a schedule that can be asked. Raises ValueError for holidays without their dates."""
    special: dict[date, Hours] = {}
    if schedule.holidays is not None:
        if schedule.holidays.dates is None:
            raise ValueError(f"no calendar was asked for the holidays of {schedule.holidays}")
        special = dict.fromkeys(schedule.holidays.dates, ())
    special |= {exception.date: exception.hours for exception in schedule.exceptions}
    return Timetable(clock_time.zone(schedule.zone), schedule.weekly, special)


def is_open(timetable: Timetable, moment: datetime) -> bool:
    """Whether ``moment``, which is aware, is within the hours of its date, or of a night before."""
    local = clock_time.wall_clock(moment, timetable.zone)
    today = local.date()
    for span in hours(timetable, today):
        if clock_time.is_begun(local, start=span.start, end=span.end):
            return True
    before = clock_time.day_before(today, timetable.zone)
    return before is not None and any(
        clock_time.is_left_over(local, start=span.start, end=span.end)
        for span in hours(timetable, before)
    )


def hours(timetable: Timetable, day: date) -> Hours:
    """Return the hours that begin on ``day``."""
    special = timetable.special.get(day)
    return timetable.weekly[day.weekday()] if special is None else special


Form = Literal["document", "stored"]
"""Documents name a country; what is stored holds its dates as well."""


def dump(schedule: Schedule, form: Form = "stored") -> dict[str, Any]:
    """Return the canonical JSON of a schedule: days without hours are left out."""
    shown: dict[str, Any] = {
        "zone": schedule.zone,
        "weekly": {
            name: dump_hours(spans)
            for name, spans in zip(clock_time.DAYS, schedule.weekly, strict=True)
            if spans
        },
    }
    if schedule.exceptions:
        shown["exceptions"] = [
            {"date": special.date.isoformat(), "hours": dump_hours(special.hours)}
            for special in schedule.exceptions
        ]
    if schedule.holidays is not None:
        shown["holidays"] = _dump_holidays(schedule.holidays, form)
    return shown


def dump_hours(spans: Hours) -> list[list[str]]:
    """Return hours as documents have them: ``[["08:30:00", "12:00:00"]]``."""
    return [[span.start.isoformat(), span.end.isoformat()] for span in spans]


def _dump_holidays(holidays: Holidays, form: Form) -> dict[str, Json]:
    shown: dict[str, Json] = {"country": holidays.country, "subdivision": holidays.subdivision}
    if form == "stored" and holidays.dates is not None:
        shown["dates"] = [day.isoformat() for day in holidays.dates]
    return shown
