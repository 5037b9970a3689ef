"""Functions behind attributes: their contract as a form, what they cost, and trying them out."""

from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.policy import parameters
from orchestrator.doors.console import faults, function_form, retold
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.functions import FunctionShown

WITH: Final = "with:"
"""In front of an attribute's name: the field with which a function is tried."""


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    access.demand(visit.actor, "policies.write")
    return await _form(visit, None, values={"name": visit.asked("name"), **function_form.empty()})


async def add(visit: Visit) -> Response:
    """Add a function."""
    try:
        document = function_form.document(visit)
        made = await visit.rooms.functions.add(visit.actor, visit.text("name"), document=document)
    except OrchestratorError as error:
        values = {"name": visit.text("name"), **function_form.given(visit)}
        return await _form(visit, None, values=values, fault=_fault(error))
    return visit.go(
        f"/attributes/functions/{made.name}",
        notice=_("custom.%(name)s is there. Try it below.", name=made.name),
    )


async def one(visit: Visit) -> Response:
    """Show a function's form, its cost, and what to try it with."""
    found = await visit.rooms.functions.show(visit.actor, visit.at("name"))
    values = {"name": found.name, **function_form.of(found.definition)}
    return await _form(visit, found, values=values)


async def edit(visit: Visit) -> Response:
    """Change a function."""
    functions = visit.rooms.functions
    found = await functions.show(visit.actor, visit.at("name"))
    values = {"name": found.name, **function_form.given(visit)}
    try:
        document = function_form.document(visit)
        await functions.edit(visit.actor, found.name, document=document, seen=_seen(visit))
    except errors.Stale as error:
        said = _(
            "%(said)s What you typed is still here: look, and save again.",
            said=retold.of(error.message),
        )
        late = Fault(rest=(said,))
        return await _form(visit, found, values=values, fault=late)
    except OrchestratorError as error:
        return await _form(visit, found, values=values, fault=_fault(error))
    return visit.go(
        f"/attributes/functions/{found.name}",
        notice=_("custom.%(name)s is saved.", name=found.name),
    )


async def remove(visit: Visit) -> Response:
    """Remove a function."""
    gone = await visit.rooms.functions.remove(visit.actor, visit.at("name"))
    return visit.go(
        "/attributes?tab=custom", notice=_("custom.%(name)s is removed.", name=gone.name)
    )


async def try_it(visit: Visit) -> Response:
    """Call a function once with what was given, and show what came back."""
    name = visit.at("name")
    found = await visit.rooms.functions.show(visit.actor, name)
    attributes = {
        field.removeprefix(WITH): function_form.value_of(visit.text(field))
        for field in visit.form
        if field.startswith(WITH) and visit.text(field)
    }
    fault, tried = NOTHING, None
    try:
        tried = await visit.rooms.try_function(visit.actor, name, attributes)
    except errors.BadInput as error:
        fault = Fault(rest=tuple(retold.of(each.message) for each in error.problems))
    shown = {"tried": tried, "fault": fault, "written": function_form.written}
    if visit.is_partial:
        return visit.part("function.html", "outcome", **shown)
    values = {"name": found.name, **function_form.of(found.definition)}
    return await _form(visit, found, values=values, fault=fault, tried=tried)


def _fault(error: OrchestratorError) -> Fault:
    return faults.of(error, *function_form.FIELDS)


def _seen(visit: Visit) -> datetime | None:
    """Return which state of it the form showed."""
    try:
        return datetime.fromisoformat(visit.text("seen"))
    except ValueError:
        return None


async def _form(
    visit: Visit,
    found: FunctionShown | None,
    *,
    values: dict[str, Any],
    fault: Fault = NOTHING,
    tried: Any = None,
) -> Response:
    readers = await visit.rooms.attributes.readers(visit.actor)
    spare = [("", "")] * function_form.SPARE
    return visit.page(
        "function.html",
        status=422 if fault is not NOTHING else 200,
        function=found,
        values={**values, "pairs": [*values["pairs"], *spare]},
        fault=fault,
        tried=tried,
        wanted=_wanted(found),
        field_with=WITH,
        written=function_form.written,
        numbers=function_form.NUMBERS,
        breaker_fields=function_form.BREAKER,
        on_failure=[(key, _(name)) for key, name in function_form.ON_FAILURE],
        breaker=visit.rooms.breakers(visit.account).get(found.name if found else "", "closed"),
        using=readers.get(f"custom.{found.name}", ()) if found else (),
    )


def _wanted(found: FunctionShown | None) -> list[str]:
    """Return the attributes that a function's parameters refer to."""
    if found is None:
        return []
    sent = found.definition.get("payload", found.definition.get("parameters", {}))
    return sorted(parameters.references(sent))


ROWS: Final = (
    Row("GET", "/attributes/functions/new", new),
    Row("POST", "/attributes/functions/new", add),
    Row("GET", "/attributes/functions/{name}", one),
    Row("POST", "/attributes/functions/{name}", edit),
    Row("POST", "/attributes/functions/{name}/remove", remove),
    Row("POST", "/attributes/functions/{name}/try", try_it),
)
