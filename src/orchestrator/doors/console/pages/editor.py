"""The policy editor: one policy, looked at on every pause, saved as a new version."""

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import JSONResponse, Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError, Problem
from orchestrator.core.policy import functions, operators
from orchestrator.doors.console import cookies, faults, navigation, retold, words
from orchestrator.doors.console.cookies import Notice
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.pages import versions
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.drafts import Draft

_NEW: Final[dict[str, Any]] = {"name": "", "enabled": False, "conditions": [], "actions": []}
_GROUPS: Final = (
    ("conversation", "Conversation"),
    ("profile", "Customer"),
    ("context", "Context"),
    ("staffing", "Queues and agents"),
    ("custom", "Custom"),
    ("function", "Functions"),
)
"""Sources of attributes in the order of the picker, and what it calls them."""

_LONGEST: Final = 60

OPERATORS: Final = [
    {
        "name": row.name,
        "words": row.words,
        "takesValue": row.takes_value,
        "kinds": sorted(row.family.literals),
    }
    for row in operators.ROWS
]
FUNCTIONS: Final = [
    {
        "name": row.name,
        "signature": row.signature,
        "meaning": row.meaning,
        "example": row.example,
    }
    for row in functions.ROWS
]


async def new(visit: Visit) -> Response:
    """Show an empty editor."""
    _demand(visit)
    return await _page(visit, Draft(0, _NEW), None)


async def edit(visit: Visit) -> Response:
    """Show the editor of one policy; to those who may not change it, what it says.

    Where it is gone, who may write goes on with what their browser kept of it.
    """
    try:
        draft = await visit.rooms.drafts.open(visit.actor, visit.at("policy"))
    except errors.NotFound as error:
        if not visit.may("policies.write"):
            raise
        return visit.page(
            "editor_gone.html",
            status=faults.status(error),
            heading=_(faults.heading(error)),
            error=error,
            policy=visit.at("policy"),
        )
    state = "settled" if visit.asked("state") == "settled" else ""
    return await _page(visit, draft, visit.at("policy"), state=state)


async def save_new(visit: Visit) -> Response:
    """Save a new policy, at the end of the others."""
    return await _saved(visit, None)


async def save(visit: Visit) -> Response:
    """Save a policy in the place of itself."""
    return await _saved(visit, visit.at("policy"))


async def go_on(visit: Visit) -> Response:
    """Show the editor with what somebody had typed, on top of what others have published."""
    _demand(visit)
    policy = visit.text("policy")
    draft = await visit.rooms.drafts.open(visit.actor, policy)
    mine = versions.sent(visit)[0]
    text = json.dumps(mine, ensure_ascii=False, indent=2)
    return await _page(visit, draft, policy, text=text, state="unsaved")


async def look(visit: Visit) -> Response:
    """Answer what is wrong with a draft, and its sentence."""
    found = await visit.rooms.drafts.look(
        visit.actor,
        visit.text("document"),
        replaces=visit.text("replaces") or None,
        language=words.language(),
    )
    told = {"problems": _told(found.problems), "warnings": _told(found.warnings)}
    return JSONResponse(msgspec.to_builtins(found) | told)


async def findings(visit: Visit) -> Response:
    """Answer what is probably not meant; nothing while the draft cannot be used."""
    try:
        found = await visit.rooms.drafts.findings(
            visit.actor, visit.text("document"), replaces=visit.text("replaces") or None
        )
    except errors.Problems:
        return JSONResponse([])
    return JSONResponse([each.document() | {"message": retold.of(each.message)} for each in found])


async def replay(visit: Visit) -> Response:
    """Answer what a draft would have changed for the conversations on record."""
    try:
        candidate = await visit.rooms.drafts.candidate(
            visit.actor,
            visit.text("document"),
            replaces=visit.text("replaces") or None,
            switch="kept",
        )
    except errors.Problems:
        return JSONResponse({"message": _("Mend first what is wrong with the policy.")}, 422)
    found = await visit.rooms.replaying.candidate(visit.actor, candidate)
    return JSONResponse(msgspec.to_builtins(found))


async def convert(visit: Visit) -> Response:
    """Answer the other form of conditions or of an expression, or why there is none."""
    try:
        given = json.loads(visit.text("block"))
        made = await visit.rooms.drafts.other_form(visit.actor, given)
    except ValueError:
        return JSONResponse({"message": _("That is not JSON.")}, 422)
    except errors.Conflict as error:
        return JSONResponse({"message": retold.of(error.message)}, 409)
    return JSONResponse(made)


async def _saved(visit: Visit, policy: str | None) -> Response:
    try:
        identity, saved = await visit.rooms.drafts.save(
            visit.actor,
            visit.text("document"),
            replaces=policy,
            version=_number(visit),
            message=visit.text("message"),
        )
    except OrchestratorError as error:
        return await _refused(visit, policy, error)
    undo = f"{cookies.PATH}/policies/undo/{saved.version}"
    said = Notice(_("Saved as version %(number)s.", number=saved.version), undo=undo)
    to = f"/policies/{quote(identity, safe='')}/edit"
    if not _is_script(visit):
        return visit.go(to, notice=said)
    response = JSONResponse({"to": cookies.PATH + to, "version": saved.version})
    cookies.leave(response, visit.request, said)
    return response


def _told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as JSON, in the reader's language."""
    return [msgspec.to_builtins(each) | {"message": retold.of(each.message)} for each in problems]


def _number(visit: Visit) -> int:
    """Return the version that the form began with; 0 for what is no number."""
    return versions.number_in(visit.text("version")) or 0


async def _refused(visit: Visit, policy: str | None, error: OrchestratorError) -> Response:
    if _is_script(visit):
        shown: dict[str, Any] = {
            "message": retold.of(error.message),
            "problems": _told(error.problems),
        }
        if isinstance(error, errors.Stale) and policy is not None:
            shown |= await _theirs(visit, policy)
        return JSONResponse(shown, faults.status(error))
    if isinstance(error, errors.Stale) and policy is not None:
        since = _number(visit)
        mine = json.loads(visit.text("document")) | {"id": policy}
        return await versions.contest(
            visit, [mine], since=since, fault=Fault(rest=(retold.of(error.message),))
        )
    fault = faults.of(error)
    draft = await visit.rooms.drafts.open(visit.actor, policy) if policy else Draft(0, _NEW)
    return await _page(visit, draft, policy, text=visit.text("document"), fault=fault)


async def _theirs(visit: Visit, policy: str) -> dict[str, Any]:
    """Return what somebody else made of the policy; nothing where it is gone."""
    try:
        theirs = await visit.rooms.drafts.open(visit.actor, policy)
    except errors.NotFound:
        return {"stale": {"version": await visit.rooms.policies.at(visit.actor)}}
    text = json.dumps(theirs.policy, ensure_ascii=False)
    told = await visit.rooms.drafts.look(
        visit.actor, text, replaces=policy, language=words.language()
    )
    stale = {"version": theirs.version, "policy": theirs.policy, "sentence": told.sentence}
    return {"stale": stale}


async def _page(
    visit: Visit,
    draft: Draft,
    policy: str | None,
    *,
    text: str | None = None,
    fault: Fault = NOTHING,
    state: str = "",
) -> Response:
    """Show the editor; ``state`` says what became of edits that the browser may have kept."""
    written = json.dumps(draft.policy, ensure_ascii=False, indent=2)
    told = await visit.rooms.drafts.look(
        visit.actor, written, replaces=policy, language=words.language()
    )
    return visit.page(
        "editor.html",
        status=422 if fault is not NOTHING else 200,
        policy=policy,
        name=draft.policy.get("name", ""),
        version=draft.version,
        written=written,
        text=written if text is None else text,
        sentence=told.sentence,
        try_it=_try_it(visit),
        known=await _known(visit) if visit.may("policies.write") else {},
        fault=fault,
        state=state,
    )


async def _known(visit: Visit) -> dict[str, Any]:
    """Return what the editor offers: attributes, operators, functions, skills, people, hours."""
    around = await visit.rooms.drafts.around(visit.actor)
    attributes = await visit.rooms.attributes.all(visit.actor)
    return {
        "groups": [(source, _(told)) for source, told in _GROUPS],
        "attributes": [
            {
                "name": each.name,
                "type": each.type,
                "kind": retold.of(each.type),
                "source": each.source,
                "about": retold.of(each.description),
                "example": _brief(each.example),
                "seen": None if each.last_seen is None else _brief(each.last_seen.value),
                "aliases": each.aliases,
            }
            for each in attributes
        ],
        "operators": [row | {"words": _(str(row["words"]))} for row in OPERATORS],
        "functions": [row | {"meaning": retold.of(row["meaning"])} for row in FUNCTIONS],
        **msgspec.to_builtins(around),
    }


def _brief(value: Any) -> str:
    """Return a value as it looks in a list of many."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _try_it(visit: Visit) -> str:
    """Return where a policy can be tried; empty where the visitor cannot go there."""
    places = (place for part in navigation.seen_by(visit.actor) for place in part.places)
    if not any(place.path == "/playground" for place in places):
        return ""
    return f"{cookies.PATH}/playground"


def _demand(visit: Visit) -> None:
    """Refuse early what saving would refuse: nobody types in vain."""
    if not visit.may("policies.write"):
        raise errors.Forbidden(_("You may look at policies, not change them."))


def _is_script(visit: Visit) -> bool:
    return visit.request.headers.get("accept") == "application/json"


ROWS: Final = (
    Row("GET", "/policies/new", new),
    Row("POST", "/policies/new", save_new),
    Row("GET", "/policies/{policy:path}/edit", edit),
    Row("POST", "/policies/{policy:path}/edit", save),
    Row("POST", "/policy-editor/go-on", go_on),
    Row("POST", "/policy-editor/look", look),
    Row("POST", "/policy-editor/findings", findings),
    Row("POST", "/policy-editor/replay", replay),
    Row("POST", "/policy-editor/convert", convert),
)
