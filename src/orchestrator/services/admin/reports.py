"""Conversations, decisions and queues, told in the words of the people who look."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import access, action, errors, times
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.directory import Skill, SkillAssignment, User
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import AgentTarget, Outcome, SkillTarget, Target
from orchestrator.core.model.wanted import ANY_CONVERSATION, ConversationsWanted
from orchestrator.core.policy.nearest import Suggestion
from orchestrator.services.admin import spoken, surveys
from orchestrator.services.admin.ports import Decided, Place, Reading, Store
from orchestrator.services.admin.retelling import Retelling
from orchestrator.services.admin.spoken import Said
from orchestrator.services.admin.surveys import Survey
from orchestrator.services.clock import Clock

Server = Literal["running", "stopped"]
State = Literal["QUEUED", "RINGING", "WITH_BOT", "WITH_AGENT", "CLOSED"]
MESSAGES_SHOWN = 10_000
SHORTEST_PREFIX: Final = 4
"""Characters of a conversation's id that are enough to ask for it, where only one begins so."""


class ConversationRow(msgspec.Struct, frozen=True, rename="camel"):
    """One conversation in a list, with names instead of ids.

    ``agent`` is who has it, or had it last. ``policy`` is the one that decided last; None when none
    wanted it or it was never decided.
    """

    conversation_id: str
    state: State
    entry_skill: str
    skill: str
    agent: str | None
    policy: str | None
    started_at: datetime


class DecisionShown(msgspec.Struct, frozen=True):
    """One decision of a conversation. ``version`` is the account's count.

    ``actions`` are what was to be done, ``outcomes`` what became of it. ``trace`` is None when the
    policies were not asked (hop limit).
    """

    at: datetime
    version: int
    policy: str | None
    actions: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    trace: dict[str, Any] | None


class ConversationShown(msgspec.Struct, frozen=True):
    """One conversation with what was said and decided, and the survey after it if there was one."""

    conversation: ConversationRow
    messages: list[Said]
    decisions: list[DecisionShown]
    survey: Survey | None = None


class QueueRow(msgspec.Struct, frozen=True, rename="camel"):
    """One skill's queue. ``slots`` None means that somebody online there is unlimited."""

    skill: str
    waiting: int
    longest_wait_seconds: float
    online_agents: int
    slots: int | None
    free_slots: int | None


class Names:
    """What the ids of an account are called, looked up when somebody asks; within one snapshot.

    An unknown id stands for itself.
    """

    def __init__(self, rows: Reading, account: str) -> None:
        self._rows = rows
        self._account = account
        self._skills: dict[str, str | None] = {}
        self._users: dict[str, User | None] = {}

    def known_skill(self, skill_id: str | None) -> str | None:
        """Return the skill's name, None where there is no such skill."""
        if skill_id is None:
            return None
        if skill_id not in self._skills:
            found = self._rows.find(Skill, account=self._account, id=skill_id)
            self._skills[skill_id] = found[0].name if found else None
        return self._skills[skill_id]

    def known_user(self, user_id: str | None) -> User | None:
        """Return the user, None where there is no such user."""
        if user_id is None:
            return None
        if user_id not in self._users:
            found = self._rows.find(User, account=self._account, id=user_id)
            self._users[user_id] = found[0] if found else None
        return self._users[user_id]

    def skill(self, skill_id: str) -> str:
        """Return the skill's name."""
        return self.known_skill(skill_id) or skill_id

    def user(self, user_id: str | None) -> str | None:
        """Return the login."""
        user = self.known_user(user_id)
        return user.login if user else user_id


class Reports:
    """Reads on traffic. ``limit`` bounds lists."""

    def __init__(self, store: Store, clock: Clock, *, retelling: Retelling | None = None) -> None:
        self._store = store
        self._clock = clock
        self._retelling = retelling or Retelling()

    async def conversations(
        self,
        actor: Actor,
        *,
        limit: int = 100,
        after: Place | None = None,
        wanted: ConversationsWanted = ANY_CONVERSATION,
    ) -> list[ConversationRow]:
        """Return conversations, newest first; those behind ``after``."""
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> list[ConversationRow]:
            found = rows.conversations(actor.account, limit=limit, after=after, wanted=wanted)
            return rows_of(rows, actor.account, found)

        return await self._store.read(work)

    async def conversation(self, actor: Actor, conversation_id: str) -> ConversationShown:
        """Return one conversation with its messages and explained decisions.

        The beginning of an id is enough (`SHORTEST_PREFIX` characters) where only one begins so.
        Raises `errors.NotFound`, and `errors.BadInput` where several do.
        """
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> ConversationShown:
            found = meant(rows, actor.account, conversation_id)
            names = names_of(rows, actor.account)
            said = rows.messages(actor.account, found.conversation_id, limit=MESSAGES_SHOWN)
            return ConversationShown(
                rows_of(rows, actor.account, [found])[0],
                spoken.of(found, said, called=names.user),
                [
                    shown(rows, decided, names, retelling=self._retelling)
                    for decided in rows.decisions(actor.account, found.conversation_id)
                ],
                surveys.of(found, said),
            )

        return await self._store.read(work)

    async def near_misses(self, actor: Actor, conversation_id: str) -> list[tuple[Suggestion, ...]]:
        """Return what would have changed each decision of a conversation, in their order.

        A conversation that does not exist has no decisions.
        """
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> list[tuple[Suggestion, ...]]:
            return [
                ()
                if decided.receipt.hop_limited
                else self._retelling.suggestions(rows, decided.receipt)
                for decided in rows.decisions(actor.account, conversation_id)
            ]

        return await self._store.read(work)

    async def queues(self, actor: Actor, *, server: Server) -> list[QueueRow]:
        """Return every skill's queue and staffing, by name.

        ``server`` says whether one runs: without, nobody is online, whatever a killed one left.
        """
        access.demand(actor, "conversations.read")
        now = self._clock.now()

        def work(rows: Reading) -> list[QueueRow]:
            online = online_users(rows, actor.account) if server == "running" else {}
            return _queues(rows, actor.account, now, online=online)

        return await self._store.read(work)


def meant(rows: Reading, account: str, reference: str) -> Conversation:
    """Return the conversation with this id, or the only one whose id begins so."""
    found = rows.conversation(account, reference)
    if found is None and len(reference) >= SHORTEST_PREFIX:
        ids = rows.conversation_ids(account, prefix=reference, limit=2)
        if len(ids) > 1:
            raise errors.BadInput(
                f"Several conversations begin with {reference}: write more of the id.",
                path="conversation",
            )
        found = rows.conversation(account, ids[0]) if ids else None
    if found is None:
        raise errors.NotFound(
            f"There is no conversation {reference}. See `orchestrator conversations list`.",
            path="conversation",
        )
    return found


def names_of(rows: Reading, account: str) -> Names:
    """Return what skills and users are called."""
    return Names(rows, account)


def rows_of(rows: Reading, account: str, found: Sequence[Conversation]) -> list[ConversationRow]:
    """Return conversations as lists have them."""
    names = names_of(rows, account)
    ringing = rows.ringing(account)
    ids = [conversation.conversation_id for conversation in found]
    agents = rows.last_agents(account, ids)
    policies = rows.last_policies(account, ids)
    return [
        ConversationRow(
            conversation.conversation_id,
            _state(conversation, names, ringing),
            names.skill(conversation.entry_skill_id),
            names.skill(conversation.skill_id),
            names.user(
                conversation.assigned.user_id
                if conversation.assigned
                else agents.get(conversation.conversation_id)
                if conversation.state == "CLOSE"
                else None
            ),
            policies.get(conversation.conversation_id),
            conversation.started_at,
        )
        for conversation in found
    ]


def _state(conversation: Conversation, names: Names, ringing: frozenset[str]) -> State:
    if conversation.state == "CLOSE":
        return "CLOSED"
    if conversation.assigned is not None:
        user = names.known_user(conversation.assigned.user_id)
        return "WITH_BOT" if user and user.type == "bot" else "WITH_AGENT"
    return "RINGING" if conversation.conversation_id in ringing else "QUEUED"


def shown(rows: Reading, decided: Decided, names: Names, *, retelling: Retelling) -> DecisionShown:
    """Tell one decision, with names instead of ids."""
    receipt = decided.receipt
    return DecisionShown(
        receipt.at,
        receipt.number,
        receipt.policy_name,
        named_actions(receipt, names),
        outcomes(decided, names),
        None if receipt.hop_limited else retelling.trace(rows, receipt),
    )


def outcomes(decided: Decided, names: Names) -> list[dict[str, Any]]:
    """Return what became of a decision's steps, with names instead of ids."""
    return [_outcome(outcome, names) for outcome in decided.outcomes]


def named_actions(receipt: Receipt, names: Names) -> list[dict[str, Any]]:
    """Return what was to be done, as documents have it, with names beside the ids."""
    return with_names([action.document(each) for each in receipt.actions], names)


def with_names(actions: Sequence[dict[str, Any]], names: Names) -> list[dict[str, Any]]:
    """Return actions, as documents have them, with names beside the ids."""
    return [_named(each, names) for each in actions]


def _named(shown: dict[str, Any], names: Names) -> dict[str, Any]:
    """Put names beside the ids of an action, as exports do."""
    payload = dict(shown["payload"])
    if (skill := names.known_skill(payload.get("skillId"))) is not None:
        payload["skillName"] = skill
    if (user := names.known_user(payload.get("userId"))) is not None:
        payload["loginName"] = user.login
    return {"type": shown["type"], "payload": payload}


def _outcome(outcome: Outcome, names: Names) -> dict[str, Any]:
    return {
        "result": outcome.result,
        "at": times.iso(outcome.at),
        "target": _target(outcome.target, names) if outcome.target else None,
        "refusals": [
            {"target": _target(refusal.target, names), "reason": refusal.reason}
            for refusal in outcome.refusals
        ],
        "reason": outcome.reason,
    }


def _target(target: Target, names: Names) -> dict[str, Any]:
    match target:
        case SkillTarget(skill_id, origin):
            return {"skill": names.skill(skill_id), "origin": origin}
        case AgentTarget(user_id, skill_id, origin):
            return {
                "agent": names.user(user_id),
                "skill": None if skill_id is None else names.skill(skill_id),
                "origin": origin,
            }


def _queues(
    rows: Reading, account: str, now: datetime, *, online: Mapping[str, User]
) -> list[QueueRow]:
    waiting = {each.skill_id: each for each in rows.waiting(account)}
    busy = {each.user_id: each.conversations for each in rows.loads(account)}
    serving: dict[str, list[User]] = {}
    for one in rows.find(SkillAssignment, account=account):
        if one.user_id in online:
            serving.setdefault(one.skill_id, []).append(online[one.user_id])
    found = []
    for skill in sorted(rows.find(Skill, account=account), key=lambda each: each.name.casefold()):
        staff = serving.get(skill.id, [])
        queue = waiting.get(skill.id)
        slots = [(user.max_chats, busy.get(user.id, 0)) for user in staff]
        wait = (now - queue.oldest).total_seconds() if queue and queue.oldest else 0.0
        found.append(
            QueueRow(
                skill.name,
                queue.conversations if queue else 0,
                round(max(0.0, wait), 1),
                len(staff),
                _total([capacity for capacity, _ in slots]),
                _total([c if c is None else max(0, c - load) for c, load in slots]),
            )
        )
    return found


def online_users(rows: Reading, account: str) -> dict[str, User]:
    """Return the enabled users who are ONLINE on an open socket, by id."""
    ready = {
        user_id
        for user_id, presence in rows.presences(account).items()
        if presence.connected and presence.availability == "ONLINE"
    }
    users = rows.find(User, account=account, enabled=True)
    return {user.id: user for user in users if user.id in ready}


def _total(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return None if len(known) < len(numbers) else sum(known)
