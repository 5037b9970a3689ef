"""Opening hours as people type them: ``MON-FRI 08:30-12:00,13:00-17:30`` to what documents have."""

import re
from collections.abc import Sequence
from typing import Any, Final

from orchestrator.core.model import errors
from orchestrator.core.policy import clock_time

_TIME: Final = re.compile(r"([0-9]{2}:[0-9]{2})(:[0-9]{2})?")
_EXAMPLE: Final = "'MON-FRI 08:30:00-12:00:00,13:00:00-17:30:00'"
CLOSED: Final = "closed"
NONE: Final = "none"


def week(given: Sequence[str], *, before: dict[str, Any]) -> dict[str, Any]:
    """Return ``weekly``: the days that are named get their new hours, the others keep theirs.

    Each text is days, a blank, and hours or ``closed``; a day in several texts gets the hours of
    all. Raises `errors.BadInput`.
    """
    named: dict[str, list[list[str]]] = {}
    for text in given:
        days, _, spans = text.strip().partition(" ")
        if not spans.strip():
            raise errors.BadInput(
                f"“{text}” is no opening hours; write them as {_EXAMPLE}.", path="--open"
            )
        found = hours(spans, path="--open")
        for day in _days(days):
            named.setdefault(day, []).extend(found)
    return {**before, **named}


def hours(text: str, *, path: str) -> list[list[str]]:
    """Return the hours that ``08:30-12:00,13:00-17:30`` or ``closed`` spells.

    Seconds may be left out: then they are 00. Raises `errors.BadInput`.
    """
    if text.strip().lower() == CLOSED:
        return []
    return [_span(part, path) for part in text.split(",")]


def _span(text: str, path: str) -> list[str]:
    start, dash, end = text.strip().partition("-")
    if not dash:
        raise errors.BadInput(
            f"“{text.strip()}” is no start and end, such as 08:30:00-12:00:00.", path=path
        )
    return [_time(start.strip()), _time(end.strip())]


def _time(text: str) -> str:
    """Return ``hh:mm`` with seconds; anything else as it is, for the document to refuse."""
    found = _TIME.fullmatch(text)
    return f"{found[1]}{found[2] or ':00'}" if found else text


def _days(text: str) -> list[str]:
    """Return the days of ``MON-FRI,SUN``; a range may go around the end of the week."""
    found: list[str] = []
    for part in text.upper().split(","):
        first, dash, last = part.partition("-")
        try:
            start, end = clock_time.weekday(first), clock_time.weekday(last if dash else first)
        except clock_time.Malformed as error:
            raise errors.BadInput(f"{error}; write hours as {_EXAMPLE}", path="--open") from None
        length = (end - start) % len(clock_time.DAYS) + 1
        found += [clock_time.DAYS[(start + step) % len(clock_time.DAYS)] for step in range(length)]
    return found


def exceptions(
    before: Sequence[dict[str, Any]],
    *,
    closed: Sequence[str],
    special: Sequence[str],
    regular: Sequence[str],
) -> list[dict[str, Any]]:
    """Return ``exceptions`` after dates were ``closed``, given ``special`` hours, or made regular.

    A special date is a text such as ``2026-12-24 09:00-12:00``. Raises `errors.BadInput`.
    """
    found = {each["date"]: each for each in before}
    for day in regular:
        if found.pop(day, None) is None:
            raise errors.BadInput(f"{day} is no exception.", path="--regular")
    for day in closed:
        found[day] = {"date": day, "hours": []}
    for text in special:
        day, _, spans = text.strip().partition(" ")
        if not spans.strip():
            raise errors.BadInput(
                f"“{text}” is no date and hours, such as '2026-12-24 09:00:00-12:00:00'.",
                path="--special",
            )
        found[day] = {"date": day, "hours": hours(spans, path="--special")}
    return list(found.values())


def holidays(text: str) -> dict[str, Any] | None:
    """Return ``holidays`` for ``FR``, ``DE-BY`` or ``none``."""
    if text.strip().lower() in {"", NONE}:
        return None
    country, dash, subdivision = text.strip().partition("-")
    return {"country": country.upper(), "subdivision": subdivision if dash else None}


def shown_week(weekly: dict[str, Any]) -> str:
    """Return a week in a line: days with the same hours together, in order of their first."""
    groups: dict[str, list[str]] = {}
    for day in clock_time.DAYS:
        if weekly.get(day):
            groups.setdefault(shown_hours(weekly[day]), []).append(day)
    return "; ".join(f"{_shown_days(days)} {text}" for text, days in groups.items()) or "never"


def shown_hours(spans: Sequence[Sequence[str]]) -> str:
    """Return hours as they may be typed, without seconds where they are 00; or ``closed``."""
    return ", ".join("-".join(map(_short, span)) for span in spans) or CLOSED


def _short(text: str) -> str:
    return text.removesuffix(":00") if len(text) == len("08:30:00") else text


def _shown_days(days: Sequence[str]) -> str:
    """Return days, those in a row as a range: ``MON-WED,FRI``."""
    rows: list[list[str]] = []
    for day in days:
        if rows and clock_time.weekday(rows[-1][-1]) + 1 == clock_time.weekday(day):
            rows[-1].append(day)
        else:
            rows.append([day])
    return ",".join(row[0] if not row[1:] else f"{row[0]}-{row[-1]}" for row in rows)
