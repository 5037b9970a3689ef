"""Schedules: named opening hours, for policies and skills."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from orchestrator.core.policy import schedule as hours
from orchestrator.doors.api import conditions, moments, paging, wire
from orchestrator.doors.api.asking import Asking, Reading, Ruling
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Reference, Shape
from orchestrator.services.admin.policies import Saved
from orchestrator.services.admin.schedules import ScheduleShown

At = Annotated[
    str | None, Query(max_length=40, description="Open then? ISO 8601; now, if left out.")
]


class Hours(Shape):
    """A schedule: its zone, the hours of its days, dates that are different, holidays."""

    zone: str
    weekly: dict[str, Any] = Field(default_factory=dict)
    exceptions: list[Any] = Field(default_factory=list)
    holidays: Any = None


class NewSchedule(Hours):
    """A schedule to add."""

    name: str


class Schedule(NewSchedule):
    """A schedule, whether it is open, and the skills whose opening hours it is."""

    open: bool
    skills: list[str]


class SavedSchedule(Schedule):
    """A schedule that was saved, as part of a new version of the policy set."""

    version: int
    warnings: list[Any]


class Previewed(Shape):
    """Whether it would be open."""

    open: bool


class RemovedSchedule(Shape):
    """A schedule that is gone, as a new version of the policy set."""

    name: str
    version: int


async def all_(
    asking: Reading, at: At = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List the schedules, by name."""
    headers = await asking.at_version()
    found = await asking.schedules.all(asking.actor, at=moments.read(at))
    page, after = paging.by_key(
        found, lambda each: [each.name.casefold(), each.name], limit=limit, cursor=cursor
    )
    shown = [_record(each) for each in page]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, schedule: Reference, at: At = None) -> Response:
    """Show a schedule, and whether it is open."""
    headers = await asking.at_version()
    found = await asking.schedules.show(asking.actor, schedule, at=moments.read(at))
    return wire.json(_record(found), headers=headers)


async def add(asking: Ruling, body: NewSchedule) -> Response:
    """Add a schedule, as a new version of the policy set."""
    saved = await asking.schedules.add(asking.actor, body.name, given=_given(body))
    return await _saved(asking, body.name, saved, status=201)


async def replace(asking: Ruling, schedule: Reference, body: Hours) -> Response:
    """Replace a schedule, as a new version; its holidays are looked up again."""
    saved = await asking.schedules.edit(asking.actor, schedule, given=_given(body))
    return await _saved(asking, schedule, saved, status=200)


async def preview(asking: Reading, body: Hours, at: At = None) -> Response:
    """Say whether hours that are not saved would be open."""
    is_open = await asking.schedules.preview(asking.actor, given=_given(body), at=moments.read(at))
    return wire.json({"open": is_open})


async def remove(asking: Ruling, schedule: Reference) -> Response:
    """Remove a schedule, as a new version; 409 while a policy or a skill needs it."""
    saved = await asking.schedules.remove(asking.actor, schedule)
    shown = {"name": schedule, "version": saved.version}
    return wire.json(shown, headers=conditions.tag("v", saved.version))


def _given(body: Hours) -> dict[str, Any]:
    """Return what was sent, as documents have it."""
    found: dict[str, Any] = {"zone": body.zone, "weekly": body.weekly}
    found["exceptions"] = body.exceptions
    return found if body.holidays is None else found | {"holidays": body.holidays}


def _record(found: ScheduleShown) -> dict[str, Any]:
    shown = hours.dump(found.schedule, "document")
    return {
        "name": found.name,
        "zone": shown["zone"],
        "weekly": shown["weekly"],
        "exceptions": shown.get("exceptions", []),
        "holidays": shown.get("holidays"),
        "open": found.open,
        "skills": list(found.skills),
    }


async def _saved(asking: Asking, name: str, saved: Saved, *, status: int) -> Response:
    found = await asking.rooms.schedules.show(asking.actor, name)
    more = {"version": saved.version, "warnings": wire.plain(saved.warnings)}
    headers = conditions.tag("v", saved.version)
    return wire.json(_record(found) | more, status=status, headers=headers)


CALLS: Final = (
    Call("GET", "/schedules", all_, list[Schedule]),
    Call("POST", "/schedules", add, SavedSchedule, 201),
    Call("POST", "/schedules/preview", preview, Previewed),
    Call("GET", "/schedules/{schedule}", show, Schedule),
    Call("PUT", "/schedules/{schedule}", replace, SavedSchedule),
    Call("DELETE", "/schedules/{schedule}", remove, RemovedSchedule),
)
