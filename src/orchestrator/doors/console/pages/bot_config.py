"""Bot config: as whom the routing bot signs in, how that is going, and trying it out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import faults, navigation
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory.bot import BotShown

KEY: Final[Mapping[str, str]] = {
    "app_key": "appKey",
    "secret": "secret",
    "access_token": "accessToken",
    "access_token_secret": "accessTokenSecret",
}
"""The parts of a key: field of the form → field of the document."""

PARTS: Final[Mapping[str, str]] = {"username": "username", **KEY, "domain": "domain"}

FIELDS: Final = ("document", *PARTS)

CALLED: Final[Mapping[str, str]] = {
    "document": "API key",
    "username": "Login name",
    "app_key": "App key",
    "secret": "Secret",
    "access_token": "Access token",
    "access_token_secret": "Access token secret",
    "domain": "Domain",
}
"""What a field is called where something is said of it away from it."""

STAGES: Final[Mapping[str, str]] = {
    "find": "Find the account's services",
    "sign-in": "Sign in with the API key",
    "connect": "Open the bot's socket",
    "look": "Look which skills it serves",
    "sign-out": "Sign out again",
}
"""What each step of a test connection is called; which there are, the services say."""

PLACE: Final = "/intent-and-context-policies"


async def landing(visit: Visit) -> Response:
    """Show what there is under Intent & Context Policies, and the way to Bot config."""
    access.demand(visit.actor, "policies.read")
    part = next(part for part in navigation.seen_by(visit.actor) if part.path == PLACE)
    bot = await visit.rooms.directory.bots.show(visit.actor)
    return visit.page("landing.html", places=part.places, bot=bot)


async def show(visit: Visit) -> Response:
    """Show the state of the session, and a form for credentials."""
    return await _form(visit)


async def state(visit: Visit) -> Response:
    """Show the state of the session alone: the page asks for it every few seconds."""
    bot = await visit.rooms.directory.bots.show(visit.actor)
    return visit.part("bot_config.html", "session", bot=bot)


async def fill(visit: Visit) -> Response:
    """Show the form with a key in it that was just generated."""
    access.demand(visit.actor, "directory.write")
    try:
        return await _form(visit, values=_values(visit))
    except errors.BadInput as error:
        return await _form(visit, fault=faults.of(error, *FIELDS))


async def save(visit: Visit) -> Response:
    """Keep the credentials, sealed; the bot signs in at once."""
    bots = visit.rooms.directory.bots
    values: Mapping[str, str] = _typed(visit)
    try:
        values = _values(visit)
        made = await bots.configure(visit.actor, document=_document(await _kept(visit), values))
    except OrchestratorError as error:
        return await _form(visit, values=values, fault=faults.of(error, *FIELDS))
    return visit.go(
        "/bot-config", notice=_("The bot signs in as “%(username)s”.", username=made.username)
    )


async def try_out(visit: Visit) -> Response:
    """Really sign in, with what is typed or else with what is kept, and tell every step."""
    steps: Sequence[Any] = ()
    fault = NOTHING
    values: Mapping[str, str] = _typed(visit)
    try:
        values = _values(visit)
        has_key = any(values[field] for field in KEY)
        document = _document(await _kept(visit), values) if has_key else None
        steps = await visit.rooms.try_bot(visit.actor, document)
    except OrchestratorError as error:
        fault = faults.of(error, *FIELDS)
    if visit.is_partial:
        shown = {"steps": steps, "fault": fault, "stages": STAGES, "called": CALLED}
        return visit.part("bot_config.html", "tried", **shown)
    return await _form(visit, values=values, fault=fault, steps=steps)


async def forget(visit: Visit) -> Response:
    """Remove the credentials: the bot signs out."""
    await visit.rooms.directory.bots.forget(visit.actor)
    return visit.go("/bot-config", notice=_("The credentials are removed; the bot signs out."))


async def _kept(visit: Visit) -> BotShown:
    return await visit.rooms.directory.bots.show(visit.actor)


def _typed(visit: Visit) -> dict[str, str]:
    return {field: visit.text(field) for field in FIELDS}


def _values(visit: Visit) -> dict[str, str]:
    """Return the fields, those of a pasted key in their places.

    Raises `errors.BadInput` for a paste that is no JSON object of texts.
    """
    typed = _typed(visit)
    if not typed["document"]:
        return typed
    try:
        pasted = msgspec.json.decode(typed["document"], type=dict[str, str | None])
    except msgspec.MsgspecError as error:
        raise errors.BadInput(
            _(
                "This is no key as its page shows it: "
                '{"username": "mavenBot", "appKey": "…", "secret": "…", …}'
            ),
            path="document",
        ) from error
    taken = {field: pasted.get(name) or typed[field] for field, name in PARTS.items()}
    return {"document": "", **taken}


def _document(kept: BotShown, values: Mapping[str, str]) -> dict[str, str]:
    """Return the document of these credentials; an authority that was trusted there stays so."""
    document = {name: values[field] for field, name in PARTS.items() if values[field]}
    if kept.ca_file is not None and document.get("domain") == kept.domain:
        document["caFile"] = kept.ca_file
    return document


async def _form(
    visit: Visit,
    *,
    values: Mapping[str, str] | None = None,
    fault: Fault = NOTHING,
    steps: Sequence[Any] = (),
) -> Response:
    bot = await _kept(visit)
    if values is None:
        values = {"username": bot.username or "", "domain": bot.domain or ""}
    return visit.page(
        "bot_config.html",
        status=200 if fault is NOTHING else 422,
        bot=bot,
        values=dict.fromkeys(FIELDS, "") | dict(values),
        fault=fault,
        steps=steps,
        stages=STAGES,
        called=CALLED,
    )


ROWS: Final = (
    Row("GET", PLACE, landing),
    Row("GET", "/bot-config", show),
    Row("GET", "/bot-config/state", state),
    Row("POST", "/bot-config", save),
    Row("POST", "/bot-config/fill", fill),
    Row("POST", "/bot-config/try", try_out),
    Row("POST", "/bot-config/forget", forget),
)
