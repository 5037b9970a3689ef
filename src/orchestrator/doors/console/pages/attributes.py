"""Attributes: what policies can read, by where it comes from; the account's own to be changed."""

from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import faults, paging, retold, static_form
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.pages import versions
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _

TABS: Final = (
    ("conversation", "Conversation", frozenset({"conversation"})),
    ("sde", "SDE", frozenset({"profile"})),
    ("custom", "Custom", frozenset({"custom", "function"})),
    ("context", "Context", frozenset({"context"})),
    ("staffing", "Skills and agents", frozenset({"staffing"})),
)
"""Address, words and sources of each tab."""

FIELDS: Final = ("name", "kind", "value")


async def listed(visit: Visit) -> Response:
    """List the attributes of one source, with who reads them and what they were last."""
    tab = visit.asked("tab", "conversation")
    sources = next((each for name, _words, each in TABS if name == tab), TABS[0][2])
    attributes = visit.rooms.attributes
    found = await attributes.listed(
        visit.actor,
        sources,
        search=visit.asked("search"),
        skip=paging.asked(visit),
        limit=paging.SIZE,
        told=retold.of,
    )
    functions = await visit.rooms.functions.all(visit.actor) if tab == "custom" else []
    shown = {
        "tab": tab if any(tab == name for name, *_ in TABS) else TABS[0][0],
        "tabs": [
            (name, words, sum(found.sources.get(each, 0) for each in within))
            for name, words, within in TABS
        ],
        "slice": paging.cut(
            visit, found.rows, total=found.found, path="/attributes", kept=("tab", "search")
        ),
        "total": found.total,
        "search": visit.asked("search"),
        "readers": await attributes.readers(visit.actor),
        "functions": {f"custom.{each.name}": each for each in functions},
        "breakers": visit.rooms.breakers(visit.account),
        "brief": static_form.brief,
    }
    if visit.is_partial:
        return visit.part("attributes.html", "list", **shown)
    return visit.page("attributes.html", **shown)


async def new(visit: Visit) -> Response:
    """Show an empty form for a static attribute."""
    access.demand(visit.actor, "policies.write")
    values = {"name": visit.asked("name"), "kind": visit.asked("kind", "text"), "value": ""}
    return await _form(visit, None, values=values)


async def add(visit: Visit) -> Response:
    """Add a static attribute; a name that is taken is refused."""
    attributes = visit.rooms.attributes
    try:
        name = visit.text("name").removeprefix("custom.")
        if await attributes.all(visit.actor, names={f"custom.{name}"}):
            raise errors.Conflict(
                _("There is an attribute custom.%(name)s already.", name=name), path="name"
            )
        await _set(visit, name)
    except OrchestratorError as error:
        return await _form(visit, None, values=_given(visit), fault=_fault(error))
    return visit.go("/attributes?tab=custom", notice=_("custom.%(name)s is there.", name=name))


async def one(visit: Visit) -> Response:
    """Show the form of a static attribute."""
    name = visit.at("name")
    kind, text = static_form.shown(await visit.rooms.attributes.static(visit.actor, name))
    return await _form(visit, name, values={"name": name, "kind": kind, "value": text})


async def edit(visit: Visit) -> Response:
    """Change a static attribute."""
    name = visit.at("name")
    await visit.rooms.attributes.static(visit.actor, name)
    try:
        await _set(visit, name)
    except errors.Stale as error:
        said = _(
            "%(said)s Your value is still here: look, and save again.",
            said=retold.of(error.message),
        )
        late = Fault(rest=(said,))
        return await _form(visit, name, values=_given(visit), fault=late)
    except OrchestratorError as error:
        return await _form(visit, name, values=_given(visit), fault=_fault(error))
    return visit.go("/attributes?tab=custom", notice=_("custom.%(name)s is saved.", name=name))


async def remove(visit: Visit) -> Response:
    """Take a static attribute away."""
    name = visit.at("name")
    await visit.rooms.attributes.remove(visit.actor, f"custom.{name}")
    return visit.go("/attributes?tab=custom", notice=_("custom.%(name)s is removed.", name=name))


async def _set(visit: Visit, name: str) -> None:
    value = static_form.read(visit.text("kind"), visit.text("value"))
    attributes = visit.rooms.attributes
    if (seen := versions.number_in(visit.text("version"))) is not None:
        attributes = attributes.expecting(seen)
    await attributes.set(visit.actor, f"custom.{name}", value=value)


def _given(visit: Visit) -> dict[str, str]:
    return {name: visit.text(name) for name in FIELDS}


def _fault(error: OrchestratorError) -> Fault:
    """Say it at its field: what is no name is told in brackets, a value by the attribute's name."""
    found = faults.of(error, *FIELDS)
    for field, begins in (("name", "custom["), ("value", "custom.")):
        said = [retold.of(each.message) for each in error.problems if each.path.startswith(begins)]
        if said and field not in found.fields:
            rest = tuple(each for each in found.rest if each != said[0])
            found = Fault({**found.fields, field: said[0]}, rest)
    return found


async def _form(
    visit: Visit, name: str | None, *, values: dict[str, Any], fault: Fault = NOTHING
) -> Response:
    readers = await visit.rooms.attributes.readers(visit.actor)
    return visit.page(
        "attribute.html",
        status=422 if fault is not NOTHING else 200,
        name=name,
        values=values,
        fault=fault,
        kinds=[(kind, _(name), "") for kind, (name, _read) in static_form.KINDS.items()],
        version=await visit.rooms.attributes.at(visit.actor),
        using=readers.get(f"custom.{name}", ()) if name else (),
    )


ROWS: Final = (
    Row("GET", "/attributes", listed),
    Row("GET", "/attributes/new", new),
    Row("POST", "/attributes/new", add),
    Row("GET", "/attributes/custom/{name}", one),
    Row("POST", "/attributes/custom/{name}", edit),
    Row("POST", "/attributes/custom/{name}/remove", remove),
)
