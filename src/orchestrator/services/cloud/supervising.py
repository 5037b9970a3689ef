"""What supervisors do with conversations by hand: take over, send on, give back, close.

Each is a human transfer: in the conversation's history it stands under the supervisor's name, in
the change log with the reason, and agents read the reason as a note in the conversation itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.floor import (
    KINDS,
    Close,
    Kind,
    Move,
    TakeOver,
    ToAgent,
    ToQueue,
    ToSkill,
)
from orchestrator.core.model.happening import (
    ConversationChanged,
    Happening,
    MessagePublished,
    RingChanged,
)
from orchestrator.core.model.ids import AccountId, ConversationId, RingId, SkillId, UserId
from orchestrator.core.queueing import changes, snapshots
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import conversations, requests
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker, Staff

LONGEST_REASON: Final = 500
"""Characters of a reason."""


class Moved(msgspec.Struct, frozen=True, rename="camel"):
    """Where a conversation stands after a move. Ids; ``agent_id`` was offered it, or has it."""

    conversation_id: ConversationId
    kind: Kind
    skill_id: SkillId
    agent_id: UserId | None
    place: str


class Supervising:
    """Use cases of supervisors. Every one is one unit of work."""

    def __init__(self, store: CloudStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def move(
        self,
        actor: Actor,
        conversation_id: ConversationId,
        move: Move,
        *,
        place: str | None = None,
        reason: str = "",
    ) -> Moved:
        """Do ``move``, whoever has the conversation, and withdraw its ring if one rings.

        ``place`` is where the actor saw it (`snapshots.place`); None: wherever it is. Raises
        `errors.Stale` where it stands elsewhere by now, `errors.Conflict` where it has ended or is
        there already, `errors.BadInput` for an unknown skill or user, `errors.Forbidden` where the
        actor may not, or its skill keeps its conversations; `errors.NotFound`. Nothing is changed
        then.
        """
        access.demand(actor, "conversations.manage")
        reason = _reason(reason)
        now = self._clock.now()

        def work(tx: CloudTransaction) -> Moved:
            before = tx.conversation(conversation_id)
            if before is None:
                raise errors.NotFound("There is no such conversation.", path="conversation")
            _demand_place(tx, before, place)
            by = _speaker(tx, actor)
            wanted = _wanted(tx, actor, move, of=before)
            resolved = [requests.resolve(tx, by, each, of=before) for each in wanted]
            wait = requests.suggestion_wait(tx, before, resolved)
            after = changes.apply(before, resolved, now=now, suggestion_wait=wait)
            rings = [each.ring_id for each in tx.rings_of_conversation(conversation_id)]
            conversations.keep(tx, before, after, by=by.user_id, now=now)
            if after.state == "OPEN" and reason and actor.user_id is not None:
                _leave_note(tx, after, by, reason=reason, now=now)
            kind = KINDS[type(move)]
            told = {**_told(after), "move": kind, "reason": reason, "rings": rings}
            tx.note(actor.who, conversation_id, before=_told(before), after=told, at=now)
            return Moved(
                conversation_id, kind, after.skill_id, _agent(after), snapshots.place(after)
            )

        return await self._store.transact(actor.account, work)

    async def told(
        self, account: AccountId, conversation_id: ConversationId, *, rings: Sequence[RingId]
    ) -> Sequence[Happening]:
        """Return what a command beside this server would have announced of a move, had it been one.

        ``rings`` are those that its line in the change log names: all that rang there.
        """

        def work(tx: CloudTransaction) -> Sequence[Happening]:
            found: list[Happening] = [
                RingChanged(account, ring)
                for ring in map(tx.ring, rings)
                if ring is not None and ring.state != "WAITING"
            ]
            conversation = tx.conversation(conversation_id)
            if conversation is not None:
                found.append(ConversationChanged(account, conversation))
            return found

        return await self._store.read(account, work)


def _reason(reason: str) -> str:
    told = reason.strip()
    if len(told) > LONGEST_REASON:
        raise errors.BadInput(
            f"A reason has at most {LONGEST_REASON} characters; this one has {len(told)}.",
            path="reason",
        )
    return told


def _demand_place(tx: CloudTransaction, conversation: Conversation, place: str | None) -> None:
    """Raise unless the conversation is open and where it was seen."""
    if conversation.state != "OPEN":
        raise errors.Conflict("The conversation has ended meanwhile. Nothing was changed.")
    if place is None or place == snapshots.place(conversation):
        return
    agent = conversation.assigned
    staff = None if agent is None else tx.staff(agent.user_id)
    if staff is not None:
        now = f"{staff.login} has it"
    else:
        name = tx.skill_name(conversation.skill_id)
        now = f"it waits for the skill {name}" if name else "it waits for no skill"
    raise errors.Stale(f"The conversation has moved meanwhile: {now}. Nothing was changed.")


def _speaker(tx: CloudTransaction, actor: Actor) -> Speaker:
    """Return the actor as somebody of the cloud; who is no user there acts under their word."""
    staff = None if actor.user_id is None else tx.staff(actor.user_id)
    if staff is None:
        return Speaker(tx.account, actor.who, actor.who, "agent", supervises=True)
    return Speaker(tx.account, staff.user_id, staff.pid, "agent", supervises=True)


def _wanted(
    tx: CloudTransaction, actor: Actor, move: Move, *, of: Conversation
) -> list[requests.ChangeRequest]:
    """Return a move in the words of the protocol (section 5.5): all in one request."""
    holder = of.assigned or of.suggested
    free: list[requests.ChangeRequest] = []
    if holder is not None:
        free.append(requests.LeaveRequest("ASSIGNED_AGENT"))
    match move:
        case TakeOver(user):
            taker = _taker(tx, actor, user)
            if of.assigned is not None and of.assigned.user_id == taker.user_id:
                raise errors.Conflict(f"{taker.login} has this conversation already.")
            return [*free, requests.JoinRequest("ASSIGNED_AGENT", taker.user_id)]
        case ToSkill(skill_id):
            if skill_id == of.skill_id and holder is None:
                raise errors.Conflict("The conversation waits for this skill already.")
            return [*free, changes.MoveToSkill(skill_id)]
        case ToAgent(user, skill_id):
            agent = _offered(tx, of, user)
            under = _skill_for(tx, agent, of) if skill_id is None else skill_id
            moves = [] if under == of.skill_id else [changes.MoveToSkill(under)]
            return [*free, requests.SuggestRequest(agent.user_id), *moves]
        case ToQueue():
            if holder is None:
                raise errors.Conflict("The conversation waits in the queue already.")
            return free
        case Close():
            return [requests.CloseRequest()]


def _taker(tx: CloudTransaction, actor: Actor, user: str | None) -> Staff:
    if actor.user_id is not None and user is not None:
        named = tx.staff(user)
        if named is None or named.user_id != actor.user_id:
            raise errors.Forbidden(
                "One takes over for oneself. To give it to somebody else, send it to them."
            )
    reference = actor.user_id if user is None else user
    if reference is None:
        raise errors.BadInput("Say who takes it over: a supervisor's login or id.", path="user")
    staff = tx.staff(reference)
    if staff is None or not staff.enabled:
        raise errors.BadInput(f"There is no user {reference}.", path="user")
    if staff.type == "bot" or not staff.supervises:
        raise errors.BadInput(
            f"{staff.login} is no supervisor (Agent Manager or Administrator): send it to them.",
            path="user",
        )
    return staff


def _offered(tx: CloudTransaction, conversation: Conversation, user: str) -> Staff:
    agent = tx.staff(user)
    if agent is None or not agent.enabled:
        raise errors.BadInput(f"There is no user {user}.", path="agent")
    if agent.type == "bot":
        raise errors.BadInput(
            f"{agent.login} is a bot: send the conversation to a skill that it serves.",
            path="agent",
        )
    for holder in (conversation.assigned, conversation.suggested):
        if holder is not None and holder.user_id == agent.user_id:
            had = "was offered" if holder.suggested else "has"
            raise errors.Conflict(f"{agent.login} {had} this conversation already.")
    return agent


def _skill_for(tx: CloudTransaction, agent: Staff, conversation: Conversation) -> SkillId:
    """Return the skill under which an agent is offered it: a rule of its skill may keep it."""
    if conversation.skill_id in agent.skills:
        return conversation.skill_id
    rules = tx.skill_rules(conversation.skill_id)
    if rules is not None and not rules.can_transfer:
        return conversation.skill_id
    allowed = None if rules is None else rules.transfer_list
    theirs = [each for each in agent.skills if allowed is None or each in allowed]
    return min(theirs, key=lambda each: (len(each), each), default=conversation.skill_id)


def _leave_note(
    tx: CloudTransaction, conversation: Conversation, by: Speaker, *, reason: str, now: datetime
) -> None:
    """Write the reason into the conversation, where agents read it and its consumer does not.

    It is no word to the consumer, so it is not the conversation's last: an answer stays due.
    """
    dialog = conversation.main.dialog_id
    message = Message(
        conversation_id=conversation.conversation_id,
        dialog_id=dialog,
        sequence=tx.next_sequence(dialog),
        originator=by.user_id,
        originator_pid=by.pid,
        role="MANAGER",
        at=now,
        event={"type": "ContentEvent", "contentType": "text/plain", "message": reason},
        audience="AGENTS_AND_MANAGERS",
    )
    tx.append(message)
    tx.tell(MessagePublished(tx.account, conversation, message))


def _agent(conversation: Conversation) -> UserId | None:
    holder = conversation.assigned or conversation.suggested
    return None if holder is None or conversation.state != "OPEN" else holder.user_id


def _told(conversation: Conversation) -> dict[str, str | None]:
    return {
        "state": conversation.state,
        "skillId": conversation.skill_id,
        "agentId": _agent(conversation),
    }
