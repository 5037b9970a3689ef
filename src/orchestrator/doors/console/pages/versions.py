"""Versions of the policy set: who changed what and when, side by side, and back again."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.policy import document, telling
from orchestrator.core.policy.document import InvalidPolicy, Policy
from orchestrator.core.policy.telling import Names
from orchestrator.doors.console import beside, faults, retold, words
from orchestrator.doors.console.cookies import PATH, Notice
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.arranging import Contested, Pick

SHEET: Final = 15
"""Versions of one page."""

SHOWN: Final = 200
"""Changes between two versions that are shown; of more there is the number."""

PICKS: Final[Mapping[Pick, str]] = {
    "mine": "Take yours",
    "theirs": "Keep theirs",
    "both": "Keep theirs, and add yours as a disabled copy",
}

PICKS_OF_REMOVED: Final[Mapping[Pick, str]] = {
    "mine": "Put yours back",
    "theirs": "Leave it removed",
    "both": "Add yours as a disabled copy",
}
"""The same for a policy that others removed."""


class Side(msgspec.Struct, frozen=True):
    """One side of a comparison: a sentence, and the policy as documents have it."""

    name: str
    enabled: bool
    sentence: str
    text: str


async def all_versions(visit: Visit) -> Response:
    """List the versions, the newest first, with what each changed."""
    before = number_in(visit.asked("before"))
    found = await visit.rooms.policies.history(visit.actor, limit=SHEET, before=before)
    last = found.versions[-1].version.number if found.has_more else 0
    return visit.page(
        "versions.html",
        rows=[(told.version, told.changes) for told in found.versions],
        current=found.current,
        newer="/policies/versions" if before is not None else "",
        older=f"/policies/versions?before={last}" if last else "",
    )


async def one(visit: Visit) -> Response:
    """Show what a version changed, or how it differs from any other one."""
    number = number_at(visit)
    other = number_in(visit.asked("with"))
    other = number - 1 if other is None else other
    older, newer = min(number, other), max(number, other)
    try:
        _version, changes = await visit.rooms.arranging.between(visit.actor, older, newer)
        version, _document = await visit.rooms.policies.version(visit.actor, number)
    except errors.NotFound as error:
        raise errors.NotFound(_("There is no such version.")) from error
    names = await _names(visit)
    return visit.page(
        "version.html",
        version=version,
        older=older,
        newer=newer,
        current=await visit.rooms.policies.at(visit.actor),
        changes=[
            (each, _side(each.before, names), _side(each.after, names)) for each in changes[:SHOWN]
        ],
        more=max(0, len(changes) - SHOWN),
    )


async def restore(visit: Visit) -> Response:
    """Let a version decide again."""
    number = number_at(visit)
    saved = await visit.rooms.arranging.restore(visit.actor, number)
    said = _(
        "Version %(number)s decides again, as version %(version)s.",
        number=number,
        version=saved.version,
    )
    return visit.go("/policies", notice=Notice(said, undo=f"{PATH}/policies/undo/{saved.version}"))


async def merge(visit: Visit) -> Response:
    """Show what somebody wants to save beside what others have published meanwhile.

    ``policies`` is a JSON list (or one) as documents have them, from version ``version``; the
    editor sends one, with its id as ``policy``.
    """
    return await contest(visit, sent(visit), since=number_in(visit.text("version")) or 0)


async def settle(visit: Visit) -> Response:
    """Save what was picked."""
    mine = sent(visit)
    picks = {
        str(each.get("id")): pick
        for each in mine
        for pick in PICKS
        if visit.text(f"pick {each.get('id')}") == pick
    }
    since = number_in(visit.text("version")) or 0
    number = number_in(visit.text("number")) or 0
    try:
        saved = await visit.rooms.arranging.settle(visit.actor, mine, picks=picks, since=number)
    except errors.Stale:
        said = _("Others have published once more: look again.")
        return await contest(visit, mine, since=since, picks=picks, fault=Fault(rest=(said,)))
    except OrchestratorError as error:
        return await contest(visit, mine, since=since, picks=picks, fault=faults.of(error))
    to = await _after(visit)
    if saved is None:
        return visit.go(to, notice=_("Theirs stays as it is."))
    said = _("Saved as version %(number)s.", number=saved.version)
    return visit.go(to, notice=Notice(said, undo=f"{PATH}/policies/undo/{saved.version}"))


async def contest(
    visit: Visit,
    mine: list[dict[str, Any]],
    *,
    since: int,
    picks: Mapping[str, Pick] | None = None,
    fault: Fault = NOTHING,
) -> Response:
    """Show policies ``mine`` from version ``since`` beside those that decide now."""
    number, contested = await visit.rooms.arranging.contested(visit.actor, mine, since=since)
    names = await _names(visit)
    sides = []
    for each in contested:
        draft = json.dumps(each.mine, ensure_ascii=False, indent=2)
        looked = await visit.rooms.drafts.look(
            visit.actor, draft, replaces=each.id, language=words.language()
        )
        said = looked.sentence or "; ".join(
            retold.of(problem.message) for problem in looked.problems
        )
        theirs, before = _side(each.theirs, names), _side(each.before, names)
        own = Side(each.name, each.mine.get("enabled") is True, said, draft)
        now = document.dump_policy(each.theirs) if each.theirs else None
        rows = beside.compared(now, each.mine, names=names) if isinstance(now, dict) else []
        sides.append((each, own, theirs, before, rows))
    return visit.page(
        "merge.html",
        status=422 if fault is not NOTHING else 200,
        fault=fault,
        sides=sides,
        picks=picks or {},
        choices=PICKS,
        choices_of_removed=PICKS_OF_REMOVED,
        mine=json.dumps(mine, ensure_ascii=False),
        edited=_edited(visit, contested),
        since=since,
        number=number,
        author=(await _author(visit)),
    )


def number_in(text: str) -> int | None:
    """Return the number of a version; None for what is none, however long it is."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def number_at(visit: Visit) -> int:
    """Return the number in a path. Raises `errors.NotFound` for what no version can have."""
    number = number_in(visit.at("number"))
    if not number:
        raise errors.NotFound(_("There is no such version."))
    return number


def _edited(visit: Visit, contested: list[Contested]) -> str:
    """Return the id of the policy that an editor sent."""
    comes_from_editor = bool(visit.text("policy") or visit.text("document"))
    return contested[0].id if comes_from_editor and len(contested) == 1 else ""


async def _after(visit: Visit) -> str:
    """Return where to go on: in the editor that sent the policy, unless it is there no more."""
    edited = visit.text("policy")
    if not edited:
        return "/policies"
    try:
        await visit.rooms.drafts.open(visit.actor, edited)
    except errors.NotFound:
        return "/policies"
    return f"/policies/{quote(edited, safe='')}/edit?state=settled"


async def _author(visit: Visit) -> str:
    found = await visit.rooms.policies.versions(visit.actor, limit=1)
    return found[0].author if found else ""


def sent(visit: Visit) -> list[dict[str, Any]]:
    """Return the policies of a form. Raises `errors.BadInput` for what is none."""
    try:
        given = json.loads(visit.text("policies"))
    except ValueError:
        raise errors.BadInput(_("These are no policies: they are not JSON.")) from None
    if isinstance(given, dict) and (edited := visit.text("policy")):
        given["id"] = edited
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(each, dict) and each.get("id") for each in listed):
        raise errors.BadInput(_("These are no policies with ids."))
    return listed


async def _names(visit: Visit) -> Names:
    if not visit.may("directory.read"):
        return Names(language=words.language())
    skills = await visit.rooms.directory.skills.all(visit.actor)
    users = await visit.rooms.directory.users.all(visit.actor)
    return Names(
        {each.id: each.name for each in skills},
        {each.id: each.login for each in users},
        words.language(),
    )


def _side(policy: Policy | InvalidPolicy | None, names: Names) -> Side | None:
    if policy is None:
        return None
    sentence = ""
    if isinstance(policy, Policy):
        sentence = telling.sentence(policy, names=names)
    text = json.dumps(document.dump_policy(policy), ensure_ascii=False, indent=2)
    return Side(policy.name, policy.enabled, sentence, text)


ROWS: Final = (
    Row("GET", "/policies/versions", all_versions),
    Row("GET", "/policies/versions/{number}", one),
    Row("POST", "/policies/versions/{number}/restore", restore),
    Row("POST", "/policies/merge", merge),
    Row("POST", "/policies/merge/save", settle),
)
