"""Opening hours as people write them (``09:00–12:00, 13:00–17:00``), and the form of a week."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError, Problem
from orchestrator.core.policy import clock_time, schedule
from orchestrator.core.policy.schedule import Hours, Schedule
from orchestrator.doors.console import retold
from orchestrator.doors.console.faults import Fault
from orchestrator.doors.console.visits import Visit
from orchestrator.doors.console.words import _, gettext

DAYS: Final = tuple(
    zip(
        clock_time.DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
BRIEF: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The days where there is little room; German has two letters."""
SPARE: Final = 2
"""Empty rows under the exceptions, for a browser without scripts."""

_SPAN: Final = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s*[-–—]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
)
_PLACE: Final = re.compile(r"\.(zone|weekly|exceptions|holidays)\b(?:\.(\w+)|\[([0-9]+)\])?")
_MIDNIGHT: Final = "24:00:00"
_LAST: Final = "23:59:59"


def read(text: str, path: str) -> list[list[str]]:
    """Return hours as documents have them; empty is closed. Raises `errors.BadInput`."""
    if text.strip().casefold() in {"closed", _("closed").casefold()}:
        return []  # what the empty field shows
    found = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;\n]", text))):
        span = _SPAN.fullmatch(part)
        if span is None:
            raise errors.BadInput(
                _(
                    "“%(text)s” is no hours: write 09:00–17:00, several with commas.",
                    text=part[:40],
                ),
                path=path,
            )
        found.append([_time(*span.groups()[:3]), _time(*span.groups()[3:])])
    return found


def _time(hour: str, minute: str, second: str | None) -> str:
    text = f"{int(hour):02}:{minute}:{second or '00'}"
    return _LAST if text == _MIDNIGHT else text


def written(spans: Hours) -> str:
    """Return hours as `read` takes them."""
    return ", ".join(f"{_short(start)}–{_short(end)}" for start, end in schedule.dump_hours(spans))


def _short(text: str) -> str:
    if text == _LAST:
        return "24:00"
    return text.removesuffix(":00") if text.endswith(":00") else text


def brief(found: Schedule) -> list[tuple[str, str]]:
    """Return the week in few lines: days with the same hours together, in order."""
    lines: list[tuple[list[str], str]] = []
    for day, spans in zip(BRIEF, found.weekly, strict=True):
        text = written(spans)
        if lines and lines[-1][1] == text:
            lines[-1][0].append(gettext(day))
        else:
            lines.append(([gettext(day)], text))
    return [
        (days[0] if len(days) == 1 else f"{days[0]}–{days[-1]}", text)
        for days, text in lines
        if text
    ]


def of(found: Schedule) -> dict[str, Any]:
    """Return the fields of the form."""
    holidays = found.holidays
    return {
        "zone": found.zone,
        "week": {day: written(spans) for (day, _), spans in zip(DAYS, found.weekly, strict=True)},
        "exceptions": [(each.date.isoformat(), written(each.hours)) for each in found.exceptions],
        "country": holidays.country if holidays else "",
        "subdivision": (holidays.subdivision or "") if holidays else "",
    }


def sent(visit: Visit) -> dict[str, Any]:
    """Return the fields as they were sent."""
    dates, spans = visit.texts("exception_date"), visit.texts("exception_hours")
    return {
        "zone": visit.text("zone"),
        "week": {day: visit.text(f"week_{day}") for day, _ in DAYS},
        "exceptions": [
            (date.strip(), text.strip())
            for date, text in zip(dates, spans, strict=False)
            if date.strip() or text.strip()
        ],
        "country": visit.text("country"),
        "subdivision": visit.text("subdivision"),
    }


def document(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schedule as documents have it. Raises `errors.Problems` for wrong hours."""
    problems: list[Problem] = []
    weekly = {day: _read(text, f"week_{day}", problems) for day, text in fields["week"].items()}
    found: dict[str, Any] = {
        "zone": fields["zone"],
        "weekly": {day: spans for day, spans in weekly.items() if spans},
        "exceptions": [
            {"date": date, "hours": _read(text, "exceptions", problems)}
            for date, text in fields["exceptions"]
        ],
    }
    if fields["country"] or fields["subdivision"]:
        found["holidays"] = {
            "country": fields["country"].upper(),
            "subdivision": fields["subdivision"] or None,
        }
    if problems:
        raise errors.Problems(problems)
    return found


def _read(text: str, path: str, problems: list[Problem]) -> list[list[str]]:
    try:
        return read(text, path)
    except errors.BadInput as error:
        problems += error.problems
        return []


def fault(error: OrchestratorError) -> Fault:
    """Return what is wrong, each at its field; paths are those of documents or of this form."""
    fields: dict[str, str] = {}
    rest: list[str] = []
    for problem in error.problems:
        name = _field(problem.path)
        if name and name not in fields:
            fields[name] = retold.of(problem.message)
        else:
            rest.append(retold.of(problem.message))
    return Fault(fields, tuple(rest))


def _field(path: str) -> str:
    own = {"name", "zone", "exceptions", "country", "subdivision", *_week_fields()}
    if path in own:
        return path
    found = _PLACE.search(path)
    if found is None:
        return "name" if path.startswith("schedules") else ""
    place, key, _index = found.groups()
    if place == "weekly":
        return f"week_{(key or '').upper()}" if key else "zone"
    if place == "holidays":
        return key if key in {"country", "subdivision"} else "country"
    return place


def _week_fields() -> Sequence[str]:
    return [f"week_{day}" for day, _ in DAYS]
