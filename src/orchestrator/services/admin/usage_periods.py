"""The period that usage is counted over, and the spans that its pictures are drawn by."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from orchestrator.core.model import errors

Width = Literal["hour", "day", "week"]

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

NAMED: Final[Mapping[str, timedelta]] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
"""THE table of periods that have a name: so long, until now."""
USUAL: Final = "24h"

LONGEST: Final = timedelta(days=366)
_UP_TO: Final[tuple[tuple[timedelta, Width], ...]] = (
    (timedelta(hours=49), "hour"),
    (timedelta(days=93), "day"),
)
"""How long a period may be to be drawn by spans of a width; longer ones by weeks."""


class Period(msgspec.Struct, frozen=True, rename="camel"):
    """From ``since`` until before ``until``, whole hours of UTC.

    ``starts`` are the beginnings of its spans, the first of which is ``since``. Spans are as long
    as ``width`` says on the viewer's clock, but the first and the last, which may be shorter.
    """

    since: datetime
    until: datetime
    width: Width
    starts: tuple[datetime, ...]

    def span(self, place: int) -> tuple[datetime, datetime]:
        """Return from when until before when a span is, by its place from 0."""
        ends = (*self.starts[1:], self.until)
        return self.starts[place], ends[place]


def named(name: str, *, now: datetime, zone: tzinfo | None = None) -> Period:
    """Return a period of `NAMED`. Raises `errors.BadInput` for ``period``."""
    length = NAMED.get(name)
    if length is None:
        raise errors.BadInput(f"A period is one of {', '.join(NAMED)}.", path="period")
    return between(now - length, now, zone=zone)


def between(since: datetime, until: datetime, *, zone: tzinfo | None = None) -> Period:
    """Return the period that begins with the hour of ``since`` and ends with that of ``until``.

    Days and weeks (from Monday) are those of ``zone``, UTC without one; an hour of UTC belongs to
    the day in which it begins there. Raises `errors.BadInput` for ``until``.
    """
    first, last = floor(since), ceiling(until)
    if since >= until:
        raise errors.BadInput("The period ends before it begins.", path="until")
    if last - first > LONGEST + DAY:
        raise errors.BadInput(f"A period has {LONGEST.days} days at most.", path="until")
    width: Width = next((width for most, width in _UP_TO if last - first <= most), "week")
    inside = itertools.takewhile(lambda at: at < last, _turns(first, width, zone or UTC))
    return Period(first, last, width, (first, *inside))


def zone_of(name: str) -> tzinfo:
    """Return a zone by its name in the IANA database. Raises `errors.BadInput` for ``zone``."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise errors.BadInput("There is no such zone.", path="zone") from None


def floor(at: datetime) -> datetime:
    """Return the beginning of an hour of UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def ceiling(at: datetime) -> datetime:
    """Return the end of an hour that has begun; a full hour is its own."""
    begun = floor(at)
    return begun if begun == at else begun + HOUR


def _turns(first: datetime, width: Width, zone: tzinfo) -> Iterator[datetime]:
    """Yield where spans begin after ``first``, for ever."""
    if width == "hour":
        for hours in itertools.count(1):
            yield first + hours * HOUR
    day = first.astimezone(zone).date()
    step = DAY
    if width == "week":
        step = timedelta(weeks=1)
        day -= timedelta(days=day.weekday())
    while True:
        day += step
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        yield ceiling(midnight.astimezone(UTC))
