"""Conversations: where each stands, as it happens, and why it went where it went."""

from typing import Final, cast, get_args

from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.model.wanted import ConversationsWanted, Standing
from orchestrator.doors.console import choosing, faults, live, places, stories
from orchestrator.doors.console.faults import NOTHING
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin import moves
from orchestrator.services.admin.ports import Place
from orchestrator.services.admin.reports import ConversationRow

PATH: Final = "/conversations"
SIZE: Final = 50
FIELDS: Final = ("about", "standing", "skill", "agent", "policy", "after")
STANDINGS: Final = {
    "QUEUED": ("warn", "Waiting"),
    "RINGING": ("brand", "Ringing"),
    "WITH_BOT": ("brand", "With the bot"),
    "WITH_AGENT": ("good", "With an agent"),
    "CLOSED": ("", "Closed"),
}
"""THE table of where a conversation stands: the chip's sort, and words."""


async def all_conversations(visit: Visit) -> Response:
    """List conversations, newest first; those that are wanted."""
    asked = {name: visit.asked(name).strip() for name in FIELDS}
    fault, found = NOTHING, list[ConversationRow]()
    try:
        wanted = await _wanted(visit, asked)
        found = await visit.rooms.reports.conversations(
            visit.actor, limit=SIZE + 1, after=places.read(asked["after"]), wanted=wanted
        )
    except OrchestratorError as error:
        fault = faults.of(error, *FIELDS)
    last = found[SIZE - 1] if len(found) > SIZE else None
    place = Place(last.started_at, last.conversation_id) if last else None
    shown = {
        "rows": found[:SIZE],
        "asked": asked,
        "filtered": any(text for name, text in asked.items() if name != "after"),
        "fault": fault,
        "standings": STANDINGS,
        "newer": places.first(PATH, asked),
        "older": places.older(PATH, asked, place),
    }
    status = 200 if fault is NOTHING else 422
    if visit.is_partial:
        return visit.part("conversations.html", "list", status=status, **shown)
    return visit.page(
        "conversations.html",
        status=status,
        skills=await choosing.one(visit, "skills", asked["skill"], none=_("Any skill")),
        agents=await choosing.one(visit, "users", asked["agent"], none=_("Anybody")),
        standing_options=[
            ("", _("Any")),
            *((key, _(words)) for key, (_sort, words) in STANDINGS.items()),
        ],
        **shown,
    )


async def _wanted(visit: Visit, asked: dict[str, str]) -> ConversationsWanted:
    standing = asked["standing"]
    if standing and standing not in get_args(Standing):
        raise errors.BadInput(_("There is no such state."), path="standing")
    policy = asked["policy"] or None
    if policy is not None:
        policy = (await visit.rooms.policies.show(visit.actor, policy)).id
    return ConversationsWanted(
        about=asked["about"] or None,
        standing=cast("Standing | None", standing or None),
        skill=await choosing.wanted(visit, "skills", asked["skill"], path="skill"),
        agent=await choosing.wanted(visit, "users", asked["agent"], path="agent"),
        policy=policy,
    )


async def one(visit: Visit) -> Response:
    """Show one conversation: what was said, what was decided, and why."""
    told = await visit.rooms.explaining.conversation(visit.actor, visit.at("conversation"))
    last, story = told.last, None
    if last is not None and last.trace is not None:
        story = stories.of(last.trace, last.suggestions, policy=last.decision.policy_id)
    standing = await visit.rooms.floor.standing(visit.actor, told.conversation.conversation_id)
    shown = {
        "told": told,
        "story": story,
        "stories": stories,
        "standings": STANDINGS,
        "moved": standing.moves,
        "sentences": moves.SENTENCES,
    }
    if visit.is_partial:
        return visit.part("conversation.html", "going_on", **shown)
    return visit.page("conversation.html", **shown)


ROWS: Final = (
    *live.ROWS,
    Row("GET", PATH, all_conversations),
    Row("GET", f"{PATH}/{{conversation:path}}", one),
)
