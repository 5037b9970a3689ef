"""Developer keys: what programs show at the interfaces, and the clients that fetch tokens."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import faults
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory import api_keys
from orchestrator.services.directory.api_keys import KeyShown
from orchestrator.services.directory.issued_keys import IssuedClient, IssuedKey

FIELDS: Final = ("kind", "name", "scopes", "rate")

KINDS: Final = (
    ("key", "API key", "Sent as it is: Authorization: Bearer co_…"),
    ("client", "Client", "Signs in with user id and password for tokens, as programs of v2 do."),
)

SCOPES: Final[Mapping[str, str]] = {
    "context": "Reads and writes contexts: namespaces, sessions, values.",
    "decide": "Asks which policy would be taken, and for what to do next.",
    "admin": "Everything that this console can do.",
}
"""What each scope is for, in a sentence; which there are is `access.KEY_SCOPES`."""

OVERLAPS: Final = (
    ("0", "At once"),
    ("3600", "After an hour"),
    ("86400", "After a day"),
    ("604800", "After a week"),
    ("2592000", "After thirty days"),
)


async def all_keys(visit: Visit) -> Response:
    """List keys and clients; those that have ended too with ``?ended=1``."""
    found = await visit.rooms.directory.api_keys.all(visit.actor)
    living = [key for key in found if key.state != "ended"]
    return visit.page(
        "keys.html",
        keys=found if visit.asked("ended") else living,
        ended=len(found) - len(living),
        shows_ended=bool(visit.asked("ended")),
    )


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    access.demand(visit.actor, "directory.write")
    return _form(visit, None, values={"scopes": list(api_keys.DEFAULT_SCOPES)})


async def add(visit: Visit) -> Response:
    """Make a key or a client, and show it this once."""
    desk = visit.rooms.directory.api_keys
    make = desk.add_client if visit.text("kind") == "client" else desk.add
    try:
        made = await make(
            visit.actor,
            name=visit.text("name"),
            scopes=visit.texts("scopes"),
            rate=_rate(visit.text("rate")),
        )
    except OrchestratorError as error:
        return _form(visit, None, values=_given(visit), fault=faults.of(error, *FIELDS))
    return _issued(visit, made)


async def one(visit: Visit) -> Response:
    """Show a key's form, and ways to end it."""
    key = await visit.rooms.directory.api_keys.show(visit.actor, visit.at("key"))
    return _form(visit, key, values=_now(key))


async def edit(visit: Visit) -> Response:
    """Change name, scopes and rate: they hold from the key's next request on."""
    desk = visit.rooms.directory.api_keys
    key = await desk.show(visit.actor, visit.at("key"))
    try:
        rate = _rate(visit.text("rate"))
        changed = await desk.edit(
            visit.actor,
            visit.at("key"),
            name=visit.text("name"),
            scopes=visit.texts("scopes"),
            rate=0 if rate is None else rate,
        )
    except OrchestratorError as error:
        return _form(visit, key, values=_given(visit), fault=faults.of(error, *FIELDS))
    return visit.go("/keys", notice=_("“%(name)s” is saved.", name=changed.name))


async def rotate(visit: Visit) -> Response:
    """Put a new key in the place of one, and show it this once."""
    desk = visit.rooms.directory.api_keys
    overlap = visit.text("overlap")
    seconds = int(overlap) if overlap in dict(OVERLAPS) else 0
    made = await desk.rotate(visit.actor, visit.at("key"), overlap_seconds=seconds)
    return _issued(visit, made)


async def revoke(visit: Visit) -> Response:
    """End a key now."""
    ended = await visit.rooms.directory.api_keys.revoke(visit.actor, visit.at("key"))
    return visit.go("/keys", notice=_("“%(name)s” is revoked.", name=ended.name))


def _issued(visit: Visit, made: IssuedKey | IssuedClient) -> Response:
    return visit.page("key_issued.html", made=made, is_client=isinstance(made, IssuedClient))


def _rate(text: str) -> int | None:
    if not text:
        return None
    try:
        rate = int(text)
    except ValueError as error:
        raise errors.BadInput(_("This must be a whole number."), path="rate") from error
    if rate < 1:
        raise errors.BadInput(_("This must be 1 or more."), path="rate")
    return rate


def _given(visit: Visit) -> dict[str, Any]:
    typed = {field: visit.text(field) for field in ("kind", "name", "rate")}
    return typed | {"scopes": visit.texts("scopes")}


def _now(key: KeyShown) -> dict[str, Any]:
    return {"kind": key.kind, "name": key.name, "scopes": key.scopes, "rate": key.rate or ""}


def _form(
    visit: Visit, key: KeyShown | None, *, values: Mapping[str, Any], fault: Fault = NOTHING
) -> Response:
    empty = {"kind": "key", "name": "", "scopes": (), "rate": ""}
    return visit.page(
        "key.html",
        status=200 if fault is NOTHING else 422,
        key=key,
        values=empty | dict(values),
        fault=fault,
        kinds=[(kind, _(name), _(about)) for kind, name, about in KINDS],
        overlaps=[(seconds, _(name)) for seconds, name in OVERLAPS],
        scope_options=[(scope, scope, _(SCOPES[scope])) for scope in access.KEY_SCOPES],
    )


ROWS: Final = (
    Row("GET", "/keys", all_keys),
    Row("GET", "/keys/new", new),
    Row("POST", "/keys/new", add),
    Row("GET", "/keys/{key}", one),
    Row("POST", "/keys/{key}", edit),
    Row("POST", "/keys/{key}/rotate", rotate),
    Row("POST", "/keys/{key}/revoke", revoke),
)
