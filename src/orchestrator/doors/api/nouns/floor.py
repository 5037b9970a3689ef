"""The floor: queues and agents now, who waits in a queue, conversations moved by hand."""

from typing import Annotated, Any, Final, Literal

from fastapi import Path
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.floor import Close, Move, TakeOver, ToAgent, ToQueue, ToSkill
from orchestrator.core.model.ids import UNASSIGNED_SKILL
from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Asking, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.nouns.conversations import Conversation
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin.floor import Queued, Standing
from orchestrator.services.admin.moves import Cause, CauseKind

Skill = Annotated[str, Path(max_length=200, description="A skill's id or name; -1: no skill.")]


class Staff(Shape):
    """How many of a skill's agents are in which state."""

    online: int
    occupied: int
    back_soon: int
    away: int
    offline: int


class QueueNow(Shape):
    """A skill's queue. Of `load` null: nobody is online, or somebody there is unlimited.

    `busySlots` are those taken of the `slots` of its agents who are online; `load` is their share
    in per cent. `open` counts its open conversations, those that wait included.
    """

    skill_id: str
    skill: str
    waiting: int
    longest_wait_seconds: float | None
    open: int
    staff: Staff
    slots: int | None
    busy_slots: int | None
    load: float | None


class AgentNow(Shape):
    """An agent; `since` when in this state, `most` null: any number of conversations."""

    user_id: str
    login: str
    name: str
    type: Literal["human", "bot"]
    availability: Literal["ONLINE", "OCCUPIED", "BACK_SOON", "AWAY", "OFFLINE"]
    since: Moment | None
    skills: list[str]
    conversations: int
    ringing: int
    most: int | None
    load: float | None


class FloorNow(Shape):
    """All queues and agents at one moment.

    Of `cloud` `elsewhere`: the account's bot works on another messaging cloud, which tells a bot
    neither; both lists are empty then.
    """

    at: Moment
    cloud: Literal["here", "elsewhere"]
    queues: list[QueueNow]
    agents: list[AgentNow]


class Moved(Shape):
    """Why a conversation is where it is; what does not belong to the kind is empty."""

    kind: CauseKind
    at: Moment
    by: str
    policy: str
    source: str
    target: str
    agent: str
    sentence: str


class Waiting(Shape):
    """A conversation that waits; `place` is what a transfer may name to be sure of it."""

    conversation_id: str
    consumer_id: str
    customer: str
    since: Moment
    ringing_at: str | None
    offered_to: str | None
    cause: Moved
    place: str


class StandingNow(Shape):
    """Where a conversation is, and how people moved it so far, the earliest first."""

    conversation_id: str
    customer: str
    skill_id: str
    skill: str
    agent_id: str | None
    agent: str | None
    offered_to: str | None
    state: Literal["OPEN", "CLOSE"]
    place: str
    moves: list[Moved]


class Transfer(Shape):
    """What to do. `SKILL` and `AGENT` name one (id or name); `TAKE_OVER` a supervisor, `agent`.

    With `AGENT`, `skill` is the one under which it is offered to them; without, one that they
    serve. `place`: only where the conversation stands there (412 otherwise).
    """

    move: Literal["TAKE_OVER", "SKILL", "AGENT", "QUEUE", "CLOSE"]
    skill: str | None = None
    agent: str | None = None
    reason: str = ""
    place: str | None = None


async def floor(asking: Reading) -> Response:
    """Show all queues and agents, now."""
    return wire.json(wire.plain(await asking.rooms.floor.now(asking.actor)))


async def queue(
    asking: Reading, skill: Skill, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List who waits for a skill, the longest first, and why each is there."""
    found = await asking.rooms.floor.queue(
        asking.actor,
        await _skill(asking, skill),
        limit=limit + 1,
        after=paging.place(cursor),
    )
    rows = [_waiting(each) for each in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    after = None if last is None else paging.key_of(last.since, last.conversation_id)
    return paging.answer(asking.request, rows, after, headers={})


async def standing(asking: Reading, conversation: Conversation) -> Response:
    """Show where a conversation is, and how people moved it."""
    return wire.json(_standing(await asking.rooms.floor.standing(asking.actor, conversation)))


async def transfer(asking: Reading, conversation: Conversation, body: Transfer) -> Response:
    """Move a conversation by hand, whoever has it: recorded as a human transfer."""
    found = await asking.rooms.floor.standing(asking.actor, conversation)
    key = found.conversation_id
    wanted = await _wanted(asking, body)
    await asking.rooms.supervising.move(
        asking.actor, key, wanted, place=body.place, reason=body.reason
    )
    return wire.json(_standing(await asking.rooms.floor.standing(asking.actor, key)), status=201)


async def _wanted(asking: Asking, body: Transfer) -> Move:
    match body.move:
        case "TAKE_OVER":
            return TakeOver(await _user(asking, body.agent) if body.agent else None)
        case "SKILL":
            if not body.skill:
                raise errors.BadInput("Say to which skill.", path="skill")
            return ToSkill(await _skill(asking, body.skill))
        case "AGENT":
            if not body.agent:
                raise errors.BadInput("Say to which agent.", path="agent")
            under = await _skill(asking, body.skill) if body.skill else None
            return ToAgent(await _user(asking, body.agent), under)
        case "QUEUE":
            return ToQueue()
        case "CLOSE":
            return Close()


async def _skill(asking: Asking, reference: str) -> str:
    if reference == UNASSIGNED_SKILL:
        return reference
    return (await asking.directory.skills.show(asking.actor, reference)).skill.id


async def _user(asking: Asking, reference: str) -> str:
    return (await asking.directory.users.show(asking.actor, reference)).id


def _waiting(row: Queued) -> dict[str, Any]:
    return wire.record(row) | {"cause": _cause(row.cause)}


def _standing(found: Standing) -> dict[str, Any]:
    return wire.record(found) | {"moves": [_cause(each) for each in found.moves]}


def _cause(cause: Cause) -> dict[str, Any]:
    return wire.record(cause) | {"sentence": cause.sentence}


CALLS: Final = (
    Call("GET", "/floor", floor, FloorNow),
    Call("GET", "/queues/{skill}/conversations", queue, list[Waiting]),
    Call("GET", "/conversations/{conversation}/transfers", standing, StandingNow),
    Call("POST", "/conversations/{conversation}/transfers", transfer, StandingNow, 201),
)
