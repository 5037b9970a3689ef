"""Namespaces of the context service: their sessions, and what is kept in them."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import faults, static_form
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.context import names

PLACES: Final = "/namespaces/sessions"
VALUES: Final = "/namespaces/values"
_DIGITS: Final = 12


async def listed(visit: Visit) -> Response:
    """List the namespaces."""
    return await _list(visit, values={"name": "", "ttl": ""})


async def add(visit: Visit) -> Response:
    """Register a namespace; of one that is there, the lifetime changes."""
    name, ttl = visit.text("name"), visit.text("ttl")
    try:
        await visit.rooms.browsing.register(visit.actor, name, ttl_seconds=_seconds(ttl))
    except OrchestratorError as error:
        fault = faults.of(error, "name", "ttl", namespace="name", ttlSecond="ttl", ttl_second="ttl")
        return await _list(visit, values={"name": name, "ttl": ttl}, fault=fault)
    return visit.go(
        _at(PLACES, namespace=name), notice=_("The namespace “%(name)s” is there.", name=name)
    )


async def remove(visit: Visit) -> Response:
    """Delete a namespace with all that is in it."""
    name = visit.text("name")
    await visit.rooms.browsing.drop(visit.actor, name)
    return visit.go("/namespaces", notice=_("The namespace “%(name)s” is deleted.", name=name))


async def sessions(visit: Visit) -> Response:
    """Show a page of a namespace's sessions, and what it keeps for itself."""
    namespace, browsing = visit.asked("namespace"), visit.rooms.browsing
    given = visit.asked("page", "0")
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= _DIGITS else 0
    if visit.asked("session"):
        return visit.go(_at(VALUES, namespace=namespace, session=visit.asked("session")))
    found = await browsing.sessions(visit.actor, namespace, number=number)
    known = {each.name: each for each in await browsing.namespaces(visit.actor)}
    return visit.page(
        "sessions.html",
        namespace=namespace,
        about=known.get(namespace),
        sessions=[(each, _at(VALUES, namespace=namespace, session=each)) for each in found.ids],
        default=names.DEFAULT_SESSION,
        default_path=_at(VALUES, namespace=namespace, session=names.DEFAULT_SESSION),
        document=await browsing.properties(visit.actor, namespace, ""),
        number=number,
        newer=_at(PLACES, namespace=namespace, page=number - 1) if number else "",
        older=_at(PLACES, namespace=namespace, page=number + 1) if found.more else "",
        brief=_brief,
    )


async def values(visit: Visit) -> Response:
    """Show what a session keeps."""
    place = (visit.asked("namespace"), visit.asked("session", names.DEFAULT_SESSION))
    return await _values(visit, *place, values={"name": visit.asked("name"), "value": ""})


async def put(visit: Visit) -> Response:
    """Save one property of a session."""
    place = namespace, session = visit.text("namespace"), visit.text("session")
    given = {"name": visit.text("name"), "value": visit.text("value")}
    try:
        await visit.rooms.browsing.put(
            visit.actor, namespace, session, name=given["name"], value=given["value"]
        )
    except OrchestratorError as error:
        fault = faults.of(error, "name", "value", property="name", payload="value")
        return await _values(visit, *place, values=given, fault=fault)
    notice = _("%(namespace)s.%(name)s is saved.", namespace=namespace, name=given["name"])
    return visit.go(_at(VALUES, namespace=namespace, session=session), notice=notice)


async def take(visit: Visit) -> Response:
    """Delete one property of a session."""
    namespace, session, name = (visit.text(each) for each in ("namespace", "session", "name"))
    await visit.rooms.browsing.remove(visit.actor, namespace, session, name=name)
    notice = _("%(namespace)s.%(name)s is deleted.", namespace=namespace, name=name)
    return visit.go(_at(VALUES, namespace=namespace, session=session), notice=notice)


async def end(visit: Visit) -> Response:
    """Delete a session."""
    namespace, session = visit.text("namespace"), visit.text("session")
    await visit.rooms.browsing.drop_session(visit.actor, namespace, session)
    return visit.go(
        _at(PLACES, namespace=namespace),
        notice=_("The session “%(session)s” is deleted.", session=session),
    )


def _seconds(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise errors.BadInput(_("Write seconds as a whole number; 0 keeps for ever."), path="ttl")
    return int(text)


def _at(path: str, **query: Any) -> str:
    return f"{path}?{urlencode(query)}"


def _brief(value: str) -> str:
    """Return a value, which is JSON text, in a few words."""
    return static_form.brief(msgspec.json.decode(value))


async def _list(visit: Visit, *, values: dict[str, str], fault: Fault = NOTHING) -> Response:
    found = await visit.rooms.browsing.namespaces(visit.actor)
    return visit.page(
        "namespaces.html",
        status=422 if fault is not NOTHING else 200,
        namespaces=[(each, _at(PLACES, namespace=each.name)) for each in found],
        values=values,
        fault=fault,
    )


async def _values(
    visit: Visit,
    namespace: str,
    session: str,
    *,
    values: dict[str, str],
    fault: Fault = NOTHING,
) -> Response:
    names.session(session)
    return visit.page(
        "values.html",
        status=422 if fault is not NOTHING else 200,
        namespace=namespace,
        session=session,
        is_default=session == names.DEFAULT_SESSION,
        back=_at(PLACES, namespace=namespace),
        properties=await visit.rooms.browsing.properties(visit.actor, namespace, session),
        values=values,
        fault=fault,
        brief=_brief,
    )


ROWS: Final = (
    Row("GET", "/namespaces", listed),
    Row("POST", "/namespaces", add),
    Row("POST", "/namespaces/remove", remove),
    Row("GET", PLACES, sessions),
    Row("POST", "/namespaces/sessions/remove", end),
    Row("GET", VALUES, values),
    Row("POST", VALUES, put),
    Row("POST", "/namespaces/values/remove", take),
)
