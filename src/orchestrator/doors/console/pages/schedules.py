"""Schedules: opening hours as a week, with dates that differ and the holidays of a country."""

import functools
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import available_timezones

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.policy import clock_time
from orchestrator.doors.console import faults, hours, retold
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.pages import versions
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.schedules import ScheduleShown

EXAMPLE: Final[dict[str, Any]] = {
    "zone": "Europe/Paris",
    "week": {
        day: "" if day in {"SAT", "SUN"} else "09:00–12:30, 13:30–18:00" for day, _ in hours.DAYS
    },
    "exceptions": [],
    "country": "",
    "subdivision": "",
}
"""What a new schedule begins with."""


async def listed(visit: Visit) -> Response:
    """List the schedules, with whether they are open now."""
    found = await visit.rooms.schedules.all(visit.actor)
    return visit.page(
        "schedules.html", schedules=[(each, hours.brief(each.schedule)) for each in found]
    )


async def new(visit: Visit) -> Response:
    """Show the form with the hours of an office."""
    access.demand(visit.actor, "policies.write")
    return await _form(visit, None, values={"name": visit.asked("name"), **EXAMPLE})


async def add(visit: Visit) -> Response:
    """Add a schedule."""
    values = {"name": visit.text("name"), **hours.sent(visit)}
    try:
        await visit.rooms.schedules.add(visit.actor, values["name"], given=hours.document(values))
    except OrchestratorError as error:
        return await _form(visit, None, values=values, fault=_fault(error))
    return visit.go(
        "/schedules", notice=_("The schedule “%(name)s” is there.", name=values["name"])
    )


async def one(visit: Visit) -> Response:
    """Show a schedule's week."""
    found = await visit.rooms.schedules.show(visit.actor, visit.at("name"))
    return await _form(visit, found, values={"name": found.name, **hours.of(found.schedule)})


async def edit(visit: Visit) -> Response:
    """Change a schedule."""
    schedules = visit.rooms.schedules
    found = await schedules.show(visit.actor, visit.at("name"))
    values = {"name": found.name, **hours.sent(visit)}
    if (seen := versions.number_in(visit.text("version"))) is not None:
        schedules = schedules.expecting(seen)
    try:
        await schedules.edit(visit.actor, found.name, given=hours.document(values))
    except errors.Stale as error:
        said = _(
            "%(said)s Your hours are still here: look, and save again.",
            said=retold.of(error.message),
        )
        late = Fault(rest=(said,))
        return await _form(visit, found, values=values, fault=late)
    except OrchestratorError as error:
        return await _form(visit, found, values=values, fault=_fault(error))
    return visit.go("/schedules", notice=_("The schedule “%(name)s” is saved.", name=found.name))


async def remove(visit: Visit) -> Response:
    """Remove a schedule that nothing uses."""
    name = visit.at("name")
    try:
        await visit.rooms.schedules.remove(visit.actor, name)
    except faults.MENDABLE as error:
        found = await visit.rooms.schedules.show(visit.actor, name)
        values = {"name": found.name, **hours.of(found.schedule)}
        return await _form(visit, found, values=values, fault=faults.of(error))
    return visit.go("/schedules", notice=_("The schedule “%(name)s” is removed.", name=name))


async def preview(visit: Visit) -> Response:
    """Say whether the hours in the form are open at a moment of their zone, without saving them."""
    fields = hours.sent(visit)
    shown: dict[str, Any] = {"open": None, "wrong": ""}
    try:
        at = _moment(visit.text("at"), fields["zone"])
        document = hours.document(fields)
        shown["open"] = await visit.rooms.schedules.preview(visit.actor, given=document, at=at)
    except faults.MENDABLE as error:
        shown["wrong"] = retold.of(error.problems[0].message)
    return visit.part("schedule.html", "told", at=visit.text("at"), **shown)


def _moment(text: str, zone: str) -> datetime | None:
    """Return the moment that a clock in ``zone`` shows; None stands for now."""
    if not text:
        return None
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None)
        return local.replace(tzinfo=clock_time.zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise errors.BadInput(
            _("“%(text)s” is no moment in “%(zone)s”.", text=text[:40], zone=zone[:40]), path="at"
        ) from error


@functools.cache
def _zones() -> tuple[str, ...]:
    """Return the names of all time zones: to find them, the disk is walked."""
    return tuple(sorted(available_timezones()))


def _fault(error: OrchestratorError) -> Fault:
    if not isinstance(error, faults.MENDABLE) or isinstance(error, errors.Stale):
        raise error
    return hours.fault(error)


async def _form(
    visit: Visit, found: ScheduleShown | None, *, values: dict[str, Any], fault: Fault = NOTHING
) -> Response:
    spare = [("", "")] * hours.SPARE
    return visit.page(
        "schedule.html",
        status=422 if fault is not NOTHING else 200,
        schedule=found,
        values={**values, "exceptions": [*values["exceptions"], *spare]},
        fault=fault,
        days=hours.DAYS,
        zones=_zones(),
        version=await visit.rooms.schedules.at(visit.actor),
        open=None if found is None else found.open,
        wrong="",
        at="",
    )


ROWS: Final = (
    Row("GET", "/schedules", listed),
    Row("GET", "/schedules/new", new),
    Row("POST", "/schedules/new", add),
    Row("POST", "/schedules/preview", preview),
    Row("GET", "/schedules/of/{name:path}", one),
    Row("POST", "/schedules/remove/{name:path}", remove),
    Row("POST", "/schedules/of/{name:path}", edit),
)
