"""Conversations, and why each went where it went."""

from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from orchestrator.core.model.wanted import ConversationsWanted, Standing
from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape

Conversation = Annotated[
    str, Path(max_length=200, description="A conversation's id, or how it begins.")
]

_ABOUT: Final = "A conversation's id, or how it begins; or a consumer's id."


class ConversationRow(Shape):
    """A conversation, with names instead of ids. `policy` is the one that decided last."""

    conversation_id: str
    state: Literal["QUEUED", "RINGING", "WITH_BOT", "WITH_AGENT", "CLOSED"]
    entry_skill: str
    skill: str
    agent: str | None
    policy: str | None
    started_at: Moment


class Said(Shape):
    """A message; `from` is `consumer` or a login. `audience` is there where it is not all.

    `dialog` is there where it was said in the survey, `content` where `text` is that of a card or
    the name of a file.
    """

    model_config = ConfigDict(populate_by_name=True)

    at: Moment
    speaker: Annotated[str, Field(alias="from")]
    text: str
    audience: Literal["ALL", "AGENTS_AND_MANAGERS"] = "ALL"
    dialog: Literal["MAIN", "POST_SURVEY"] = "MAIN"
    content: Literal["TEXT", "CARD", "FILE"] = "TEXT"


class Decided(Shape):
    """A decision of the conversation, what became of it, and why."""

    at: Moment
    version: int
    policy: str | None
    actions: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    trace: dict[str, Any] | None


class Answered(Shape):
    """What a consumer answered to a question; that is empty where none was asked."""

    question: str
    answer: str
    at: Moment


class Survey(Shape):
    """The survey after a conversation. `EXPIRED` where the consumer took too long.

    `rate` (1 to 5) and `resolved` are what a program noted of it in the conversation.
    """

    state: Literal["OPEN", "CLOSED", "EXPIRED"]
    answers: list[Answered]
    rate: int | None
    resolved: bool | None


class ConversationShown(Shape):
    """A conversation with what was said and decided; `survey` is null where there was none."""

    conversation: ConversationRow
    messages: list[Said]
    decisions: list[Decided]
    survey: Survey | None


async def all_(
    asking: Reading,
    *,
    about: Annotated[str | None, Query(max_length=200, description=_ABOUT)] = None,
    state: Annotated[Standing | None, Query(description="Where it stands.")] = None,
    skill: Annotated[str | None, Query(max_length=200, description="Id or name.")] = None,
    agent: Annotated[str | None, Query(max_length=200, description="Who has it now.")] = None,
    policy: Annotated[str | None, Query(max_length=1000, description="That decided.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the conversations, newest first; those that are wanted."""
    directory, actor = asking.directory, asking.actor
    wanted = ConversationsWanted(
        about=about,
        standing=state,
        skill=(await directory.skills.show(actor, skill)).skill.id if skill else None,
        agent=(await directory.users.show(actor, agent)).id if agent else None,
        policy=(await asking.policies.show(actor, policy)).id if policy else None,
    )
    found = await asking.rooms.reports.conversations(
        actor, limit=limit + 1, after=paging.place(cursor), wanted=wanted
    )
    rows = [wire.record(each) for each in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    after = None if last is None else paging.key_of(last.started_at, last.conversation_id)
    return paging.answer(asking.request, rows, after, headers={})


async def show(asking: Reading, conversation: Conversation) -> Response:
    """Show a conversation: what was said, what was decided, and why."""
    return wire.json(
        wire.plain(await asking.rooms.reports.conversation(asking.actor, conversation))
    )


CALLS: Final = (
    Call("GET", "/conversations", all_, list[ConversationRow]),
    Call("GET", "/conversations/{conversation}", show, ConversationShown),
)
