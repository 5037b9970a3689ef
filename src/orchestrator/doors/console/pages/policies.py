"""Manage policies: the list in the order of evaluation, and everything that is done to its rows."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.policy.document import InvalidPolicy
from orchestrator.doors.console import words
from orchestrator.doors.console.cookies import PATH, Notice
from orchestrator.doors.console.pages import versions
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.listing import Show
from orchestrator.services.admin.publishing import Saved

WINDOW: Final = 50
"""Rows of one window."""

VIEW: Final = ("search", "show", "start")
"""What a window is asked for by."""

STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "live": ("Live", "good", "It is enabled, and has matched"),
    "disabled": ("Disabled", "", "It is skipped"),
    "unreachable": ("Unreachable", "bad", "It is enabled, but nothing can ever come to it"),
    "invalid": ("Invalid", "bad", "Today's rules refuse it, so it is skipped"),
    "never-matched": ("Never matched", "brand", "It is enabled; no match is on record"),
}
"""What chips say of a state, how they look, and what that means."""

SHOWS: Final[Mapping[Show, str]] = {
    "all": "All policies",
    "enabled": "Enabled",
    "disabled": "Disabled",
    "findings": "With something to look at",
}

EXAMPLE: Final = """\
orchestrator policies load - <<'END'
policies:
  - name: Good morning
    enabled: true
    conditions: [{all: []}]
    actions:
      - {type: SEND_MESSAGE, payload: {message: "Hello, one moment please."}}
END"""

_EXAMPLE_POLICY: Final[dict[str, Any]] = {
    "name": "Good morning",
    "conditions": [{"all": []}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello, one moment please."}}],
}

DOINGS: Final[Mapping[str, str]] = {
    "duplicate": "Duplicate",
    "enable": "Enable",
    "disable": "Disable",
    "top": "Move to top",
    "up": "Move up",
    "down": "Move down",
    "bottom": "Move to bottom",
    "remove": "Delete",
}
"""What can be done to a row, besides editing it and moving it to a number, in words."""

_STEPS: Final = ("top", "up", "down", "bottom")


async def all_policies(visit: Visit) -> Response:
    """Show a window of the list."""
    return await _list(visit, visit.request.query_params)


async def actions(visit: Visit) -> Response:
    """Offer what a row's menu has, to a browser without scripts."""
    access.demand(visit.actor, "policies.write")
    policy = await visit.rooms.policies.show(visit.actor, visit.at("policy"))
    _version, document = await visit.rooms.policies.current(visit.actor)
    number = next(
        (at for at, each in enumerate(document.policies, start=1) if each.id == policy.id), 1
    )
    left_out = {"disable" if not policy.enabled else "enable"}
    if isinstance(policy, InvalidPolicy):
        left_out |= {"duplicate", "enable", "disable"}
    if number == 1:
        left_out |= {"top", "up"}
    if number == len(document.policies):
        left_out |= {"bottom", "down"}
    return visit.page(
        "policy_actions.html",
        policy=policy,
        key=quote(policy.id, safe=""),
        number=number,
        total=len(document.policies),
        doings=DOINGS.items(),
        left_out=left_out,
    )


async def act(visit: Visit) -> Response:
    """Do what a row's button says, and show the window again in which it was."""
    policy, wanted = visit.asked("policy"), visit.asked("do")
    doing = visit.rooms.arranging
    if wanted in _STEPS:
        saved, said = await doing.move(visit.actor, policy, to=wanted), _("Moved.")
    elif wanted == "move":
        to = visit.text("to")
        saved, said = await doing.move(visit.actor, policy, to=to), _("Moved.")
        if saved and to.isdecimal():  # it may be in another window now, where nobody sees it
            at = max(1, min(int(to), saved.policies))
            said = _("Moved: it is number %(at)s now.", at=at)
    elif wanted == "enable":
        saved, said = await doing.switch(visit.actor, policy, state="enabled"), _("Enabled.")
    elif wanted == "disable":
        saved, said = await doing.switch(visit.actor, policy, state="disabled"), _("Disabled.")
    elif wanted == "duplicate":
        _copy, saved = await doing.duplicate(visit.actor, policy)
        said = _("The copy is the last one, and disabled.")
    elif wanted == "remove":
        saved, said = await doing.remove(visit.actor, policy), _("Deleted.")
    else:
        raise errors.BadInput(_("There is no such thing to do."))
    return await _done(visit, saved, said)


async def add_example(visit: Visit) -> Response:
    """Add a policy to look at, disabled as every new one."""
    _made, saved = await visit.rooms.policies.add(visit.actor, _EXAMPLE_POLICY)
    said = _("“Good morning” is there. Look at it, then switch it on.")
    return await _done(visit, saved, said)


async def undo(visit: Visit) -> Response:
    """Take the newest version back, and show the window again in which it was asked for."""
    number = versions.number_at(visit)
    try:
        saved = await visit.rooms.arranging.undo(visit.actor, number)
    except errors.Stale:
        said = _("Others have published since, so this was not taken back. See what changed below.")
        return visit.go("/policies/versions", notice=said)
    view = {name: visit.asked(name) for name in VIEW if visit.asked(name)}
    return visit.go(_window(view), notice=Notice(_("Taken back."), undo=_undo(saved, view)))


async def _done(visit: Visit, saved: Saved | None, said: str) -> Response:
    view = {name: visit.text(name) for name in VIEW if visit.text(name)}
    notice = Notice(_("It is so already: nothing was changed."))
    if saved is not None:
        notice = Notice(said, undo=_undo(saved, view))
    if visit.is_partial:
        return await _list(visit, view, notice=notice)
    return visit.go(_window(view), notice=notice)


def _window(view: Mapping[str, str], path: str = "/policies") -> str:
    return f"{path}?{urlencode(view)}" if view else path


def _undo(saved: Saved, view: Mapping[str, str]) -> str:
    return f"{PATH}{_window(view, f'/policies/undo/{saved.version}')}"


async def _list(visit: Visit, view: Mapping[str, str], *, notice: Notice | None = None) -> Response:
    search, start = view.get("search", ""), view.get("start", "")
    show: Show = next((each for each in SHOWS if each == view.get("show")), "all")
    found = await visit.rooms.listing.page(
        visit.actor,
        search=search,
        show=show,
        start=int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1,  # noqa: PLR2004 - more has no meaning
        limit=WINDOW,
        language=words.language(),
    )
    kept = {name: text for name, text in (("search", search), ("show", show)) if text}
    windows = {
        "previous": found.start - WINDOW if found.start > 1 else 0,
        "next": found.start + WINDOW if found.start + len(found.rows) <= found.found else 0,
    }
    shown: dict[str, Any] = {
        "listed": found,
        "search": search,
        "show": show,
        "states": STATES,
        "doings": DOINGS.items(),
        "shows": [(key, _(name)) for key, name in SHOWS.items()],
        "example": EXAMPLE,
        "pages": {
            name: f"/policies?{urlencode({**kept, 'start': at})}" if at else ""
            for name, at in windows.items()
        },
    }
    if notice is not None:
        shown["notice"] = notice
    return visit.page("policies_list.html" if visit.is_partial else "policies.html", **shown)


ROWS: Final = (
    Row("GET", "/policies", all_policies),
    Row("GET", "/policies/{policy:path}/actions", actions),
    Row("POST", "/policies/act", act),
    Row("POST", "/policies/example", add_example),
    Row("POST", "/policies/undo/{number}", undo),
)
