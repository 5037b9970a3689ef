"""The ``schedules`` of a document: from JSON to `schedule.Schedule`, with every mistake's path."""

import itertools
import re
from datetime import date
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import clock_time, plain, schedule
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.core.policy.schedule import Calendar, Form, Holidays, Hours, Schedule, Span

MAX_NAME: Final = 200
_KEYS: Final = ("zone", "weekly", "exceptions", "holidays")
_EXCEPTION_KEYS: Final = ("date", "hours")
_HOLIDAY_KEYS: Final[dict[Form, tuple[str, ...]]] = {
    "document": ("country", "subdivision"),
    "stored": ("country", "subdivision", "dates"),
}
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PAIR: Final = 2
_CLOSED: Final[tuple[Hours, ...]] = ((),) * len(clock_time.DAYS)


def read_all(
    given: Json, mistakes: Mistakes, *, form: Form, calendar: Calendar | None = None
) -> dict[str, Schedule]:
    """Read ``schedules``, an object of names and schedules; what is wrong with one leaves it out.

    With a ``calendar`` the dates of holidays are filled in, without they are left as they are.
    """
    if not isinstance(given, dict):
        mistakes.error("schedules", "wrong-type", "schedules is an object of names and schedules")
        return {}
    found: dict[str, Schedule] = {}
    for name, each in given.items():
        path = plain.join("schedules", name)
        if not name.strip() or name.strip() != name or len(name) > MAX_NAME:
            mistakes.error(
                path, "bad-value", f"a name has 1 to {MAX_NAME} characters, no blanks around them"
            )
        one = read(each, path, mistakes, form=form, calendar=calendar)
        if one is not None:
            found[name] = one
    return found


def read(
    given: Json, path: str, mistakes: Mistakes, *, form: Form, calendar: Calendar | None = None
) -> Schedule | None:
    """Read one schedule; None when something is wrong with it."""
    before = len(mistakes.errors)
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "a schedule is an object with zone and weekly")
        return None
    _unknown_keys(given, _KEYS, path, "a schedule", mistakes)
    zone = _zone(given, path, mistakes)
    weekly = _weekly(given, path, mistakes)
    exceptions = _exceptions(given.get("exceptions", []), f"{path}.exceptions", mistakes)
    holidays = None
    if given.get("holidays") is not None:
        holidays = _holidays(given["holidays"], f"{path}.holidays", mistakes, form=form)
        if holidays is not None and calendar is not None:
            holidays = _filled(holidays, f"{path}.holidays", mistakes, calendar)
    if len(mistakes.errors) > before:
        return None
    if not any(weekly) and not any(special.hours for special in exceptions):
        mistakes.warn(path, "no-effect", "it is never open")
    return Schedule(zone, weekly, exceptions, holidays)


def _unknown_keys(
    given: dict[str, Any], known: tuple[str, ...], path: str, thing: str, mistakes: Mistakes
) -> None:
    for key in given:
        if key not in known:
            mistakes.error(plain.join(path, key), "unknown-key", f"{thing} has {', '.join(known)}")


def _zone(given: dict[str, Any], path: str, mistakes: Mistakes) -> str:
    name = given.get("zone")
    place = f"{path}.zone"
    if "zone" not in given:
        mistakes.error(place, "missing", "in which time zone? Such as 'Europe/Paris'")
    elif not isinstance(name, str):
        mistakes.error(place, "wrong-type", "a zone is a text, such as 'Europe/Paris'")
    else:
        try:
            return clock_time.zone(name).key
        except clock_time.Malformed as error:
            mistakes.error(place, "bad-value", str(error))
    return ""


def _weekly(given: dict[str, Any], path: str, mistakes: Mistakes) -> tuple[Hours, ...]:
    week = given.get("weekly")
    place = f"{path}.weekly"
    if "weekly" not in given:
        mistakes.error(place, "missing", 'which hours? {} is "always closed"')
        return _CLOSED
    if not isinstance(week, dict):
        mistakes.error(place, "wrong-type", "weekly is an object of days and their hours")
        return _CLOSED
    found = list(_CLOSED)
    for name, spans in week.items():
        try:
            found[clock_time.weekday(name)] = _hours(spans, plain.join(place, name), mistakes)
        except clock_time.Malformed as error:
            mistakes.error(plain.join(place, name), "unknown-key", str(error))
    return tuple(found)


def _hours(given: Json, path: str, mistakes: Mistakes) -> Hours:
    if not isinstance(given, list):
        mistakes.error(
            path, "wrong-type", 'hours are a list such as [["08:30:00", "17:30:00"]]; [] is closed'
        )
        return ()
    found: list[Span] = []
    for index, pair in enumerate(given):
        span = _span(pair, f"{path}[{index}]", mistakes)
        if span is not None:
            found.append(span)
    found.sort()
    for earlier, later in itertools.pairwise(found):
        if earlier.is_overnight or later.start <= earlier.end:
            mistakes.warn(
                path, "no-effect", f"{_shown(earlier)} and {_shown(later)} overlap: one is enough"
            )
    return tuple(found)


def _span(given: Json, path: str, mistakes: Mistakes) -> Span | None:
    if not isinstance(given, list) or len(given) != _PAIR:
        mistakes.error(path, "wrong-type", 'a start and an end, such as ["08:30:00", "17:30:00"]')
        return None
    ends = []
    for index, text in enumerate(given):
        try:
            ends.append(clock_time.clock(text) if isinstance(text, str) else None)
        except clock_time.Malformed as error:
            mistakes.error(f"{path}[{index}]", "bad-value", str(error))
        else:
            if ends[-1] is None:
                mistakes.error(f"{path}[{index}]", "wrong-type", "a time is a text hh:mm:ss")
    start, end = (*ends, None, None)[:_PAIR]
    if start is None or end is None:
        return None
    if start == end:
        mistakes.warn(
            path, "no-effect", "one second: a whole day is from 00:00:00 to 23:59:59, both included"
        )
    return Span(start, end)


def _shown(span: Span) -> str:
    return f"{span.start.isoformat()}-{span.end.isoformat()}"


def _exceptions(given: Json, path: str, mistakes: Mistakes) -> tuple[schedule.Special, ...]:
    if not isinstance(given, list):
        mistakes.error(path, "wrong-type", "exceptions are a list of dates and their hours")
        return ()
    found: dict[date, schedule.Special] = {}
    for index, each in enumerate(given):
        place = f"{path}[{index}]"
        if not isinstance(each, dict):
            mistakes.error(place, "wrong-type", "an exception is an object with date and hours")
            continue
        _unknown_keys(each, _EXCEPTION_KEYS, place, "an exception", mistakes)
        day = _date(each.get("date"), f"{place}.date", mistakes)
        if "hours" not in each:
            mistakes.error(f"{place}.hours", "missing", "which hours? [] is closed")
            continue
        hours = _hours(each["hours"], f"{place}.hours", mistakes)
        if day in found:
            mistakes.error(f"{place}.date", "duplicate", f"{day} is there already")
        elif day is not None:
            found[day] = schedule.Special(day, hours)
    return tuple(sorted(found.values()))


def _date(given: Json, path: str, mistakes: Mistakes) -> date | None:
    if given is None:
        mistakes.error(path, "missing", "on which date?")
    elif not isinstance(given, str):
        mistakes.error(path, "wrong-type", "a date is a text such as '2026-12-24'")
    else:
        try:
            return date.fromisoformat(given if _DATE.fullmatch(given) else "")
        except ValueError:
            message = "no date yyyy-mm-dd of the calendar, such as '2026-12-24'"
            mistakes.error(path, "bad-value", message)
    return None


def _holidays(given: Json, path: str, mistakes: Mistakes, *, form: Form) -> Holidays | None:
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "holidays are an object with country and subdivision")
        return None
    _unknown_keys(given, _HOLIDAY_KEYS[form], path, "holidays", mistakes)
    country = given.get("country")
    subdivision = given.get("subdivision")
    if "country" not in given:
        mistakes.error(f"{path}.country", "missing", "of which country? Such as 'FR'")
        return None
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        message = "a country is two capital letters of ISO 3166, such as 'FR'"
        mistakes.error(f"{path}.country", "bad-value", message)
        return None
    if subdivision is not None and (not isinstance(subdivision, str) or not subdivision.strip()):
        message = "a part of the country, such as 'BY', or null for the whole"
        mistakes.error(f"{path}.subdivision", "bad-value", message)
        return None
    return Holidays(country, subdivision, _dates(given.get("dates"), f"{path}.dates", mistakes))


def _dates(given: Json, path: str, mistakes: Mistakes) -> tuple[date, ...] | None:
    if given is None:
        return None
    if not isinstance(given, list):
        mistakes.error(path, "wrong-type", "dates are a list")
        return None
    found = (_date(each, f"{path}[{index}]", mistakes) for index, each in enumerate(given))
    return tuple(day for day in found if day is not None)


def _filled(holidays: Holidays, path: str, mistakes: Mistakes, calendar: Calendar) -> Holidays:
    try:
        dates = calendar(
            holidays.country,
            holidays.subdivision,
            first=schedule.FIRST_YEAR,
            last=schedule.LAST_YEAR,
        )
    except schedule.UnknownHolidays as error:
        mistakes.error(f"{path}.{error.field}", "unknown-word", error.message)
        return holidays
    last = dates[-1].year if dates else schedule.FIRST_YEAR - 1
    if last < schedule.LAST_YEAR:
        known = f"only until {last}" if dates else "not at all"
        mistakes.warn(
            path,
            "no-effect",
            f"the holidays of {holidays.country} are known {known}: add exceptions",
        )
    return msgspec.structs.replace(holidays, dates=dates)
