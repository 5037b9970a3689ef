"""Local wall-clock time: zones, times, dates and days as policies write them, and ranges of them.

Everything is a function of what a clock on a wall of the zone shows at the moment: an hour that is
shown twice in autumn is inside a range twice, one that is skipped in spring never comes. A range
whose start is later than its end spans midnight and belongs to the day on which it began.
"""

import difflib
import functools
import re
from collections.abc import Iterable
from datetime import MINYEAR, UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
"""The days of the week, in the order of `datetime.date.weekday`."""

EVERY_DAY: Final[frozenset[int]] = frozenset(range(len(DAYS)))

_TIME: Final = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})")
_DATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{2}|[0-9]{4})")
_ONE_DAY: Final = timedelta(days=1)
_LAST_SECOND: Final = time(23, 59, 59)
_LONGEST_SHOWN: Final = 40


class Malformed(ValueError):
    """A text that is no zone, time, date or day; the message says what is wrong with it."""


class UnknownZone(Malformed):
    """No name of the tz database. What may be meant is looked for when the message is read."""

    def __str__(self) -> str:
        name = str(self.args[0])
        folded = {known.casefold(): known for known in _zone_names()}
        near = difflib.get_close_matches(name[:_LONGEST_SHOWN].casefold(), folded, 1)
        hint = f"did you mean {folded[near[0]]!r}?" if near else "such as 'Europe/Paris'"
        return f"{_quoted(name)} is no time zone of the tz database: {hint}"


def zone(name: str) -> "ZoneInfo":
    """Return the zone of the tz database with this exact name; old names are names too.

    Names that mean something else on each machine, such as ``localtime``, are none. Raises
    `UnknownZone`, with a suggestion where one is near.
    """
    if name in _zone_names():
        from zoneinfo import ZoneInfo  # late, as in `_zone_names`: most policy sets know no time

        return ZoneInfo(name)
    raise UnknownZone(name)


@functools.cache
def _zone_names() -> frozenset[str]:
    from importlib import resources

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("ascii").split())


def clock(text: str) -> time:
    """Return the time of day that ``hh:mm:ss`` spells, from 00:00:00 to 23:59:59.

    Raises `Malformed`.
    """
    found = _TIME.fullmatch(text)
    if found is not None:
        try:
            return time(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
    late = ": the last second of a day is 23:59:59" if text.startswith("24:00") else ""
    raise Malformed(f"{_quoted(text)} is no time of day hh:mm:ss, such as '08:30:00'{late}")


def american_date(text: str) -> date:
    """Return the date that ``mm/dd/yy`` (a year from 2000 on) or ``mm/dd/yyyy`` spells.

    Raises `Malformed`.
    """
    found = _DATE.fullmatch(text)
    if found is not None:
        year = int(found[3]) + (2000 if len(found[3]) == len("yy") else 0)
        try:
            return date(year, int(found[1]), int(found[2]))
        except ValueError:
            pass
    raise Malformed(
        f"{_quoted(text)} is no date: dates are month/day/year, such as '12/24/26' or '12/24/2026'"
    )


def weekday(name: str) -> int:
    """Return the number of a day, 0 for ``MON``. Raises `Malformed`."""
    if name in DAYS:
        return DAYS.index(name)
    meant = f": did you mean {name[:3].upper()!r}?" if name[:3].upper() in DAYS else ""
    raise Malformed(f"{_quoted(name)} is no day; days are {', '.join(DAYS)}{meant}")


def weekdays(names: Iterable[str]) -> frozenset[int]:
    """Return the numbers of days, at least one. Raises `Malformed`."""
    found = frozenset(weekday(name) for name in names)
    if not found:
        raise Malformed("a list of days names at least one day")
    return found


def in_time_range(
    moment: datetime,
    zone: "ZoneInfo",
    *,
    start: time,
    end: time,
    days: frozenset[int] = EVERY_DAY,
) -> bool:
    """Whether the clock shows a time from ``start`` to ``end``, both inclusive to the second.

    ``moment`` is aware, ``days`` are as `weekday` numbers them. When ``start`` is later than
    ``end`` the range spans midnight, and ``days`` are those on which it began.
    """
    local = wall_clock(moment, zone)
    if is_begun(local, start=start, end=end) and local.weekday() in days:
        return True
    if not is_left_over(local, start=start, end=end):
        return False
    before = day_before(local.date(), zone)
    return before is not None and before.weekday() in days


def in_date_range(
    moment: datetime,
    zone: "ZoneInfo",
    *,
    start: date,
    end: date,
    days: frozenset[int] = EVERY_DAY,
) -> bool:
    """Whether the calendar shows a date from ``start`` to ``end``, both inclusive, on such a day.

    ``moment`` is aware, ``days`` are as `weekday` numbers them.
    """
    today = wall_clock(moment, zone).date()
    return start <= today <= end and today.weekday() in days


def wall_clock(moment: datetime, zone: "ZoneInfo") -> datetime:
    """Return what calendar and clock show in ``zone``, to the second.

    Where the calendar ends (the years 1 and 9999) it stands still at its end.
    """
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        latest = moment.year > MINYEAR
        local = datetime.max.replace(tzinfo=UTC) if latest else datetime.min.replace(tzinfo=UTC)
    return local.replace(tzinfo=None, fold=0, microsecond=0)


def is_begun(local: datetime, *, start: time, end: time) -> bool:
    """Whether a range that began, or begins, on the day of ``local`` holds it."""
    shown = local.time()
    return start <= shown and (shown <= end or start > end)


def is_left_over(local: datetime, *, start: time, end: time) -> bool:
    """Whether a range that began on the day before spans midnight and still holds ``local``."""
    return local.time() <= end < start


def day_before(today: date, zone: "ZoneInfo") -> date | None:
    """Return the last date that the zone's calendar showed before ``today``; None on the first.

    Nearly always yesterday. Places that moved across the date line left a day out (Samoa had no
    30 December 2011): a night that began on the 29th ended on the 31st.
    """
    if today == date.min:
        return None
    before = today - _ONE_DAY
    return before if _is_shown(before, zone) or before == date.min else before - _ONE_DAY


def _is_shown(day: date, zone: "ZoneInfo") -> bool:
    """Whether ``day`` is in the zone's calendar: not when its ends are within the same gap."""
    first = datetime.combine(day, time.min, zone)
    last = datetime.combine(day, _LAST_SECOND, zone).replace(fold=1)
    return any(_there_and_back(edge).date() == day for edge in (first, last))


def _there_and_back(local: datetime) -> datetime:
    try:
        return local.astimezone(UTC).astimezone(local.tzinfo)
    except OverflowError:
        return local


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")
