"""What routing needs of the world: the messaging platform, a durable record, and the rules."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

import msgspec

from orchestrator.core.model import errors, function
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.conversation import Availability, Conversation, Message
from orchestrator.core.model.ids import (
    AccountId,
    ConsumerId,
    ConversationId,
    RingId,
    SkillId,
    UserId,
)
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import Outcome, Step
from orchestrator.core.policy.editions import Edition


class Offline(errors.Unavailable):
    """The bot is not connected to its platform: it can find out nothing, and do nothing either."""


class AgentStatus(msgspec.Struct, frozen=True):
    """Whether an agent could take a conversation now. ``free`` None is unlimited."""

    availability: Availability
    free: int | None


class SkillStaff(msgspec.Struct, frozen=True):
    """Who serves a skill, and who waits there. None where the cloud does not say.

    ``slots`` and ``free_slots`` are None as well where somebody online is unlimited. ``oldest`` is
    since when the longest waiting conversation waits; None when nobody does. ``schedule`` is the
    name of the opening hours; None: always open.
    """

    online_agents: int | None
    slots: int | None
    free_slots: int | None
    is_unlimited: bool
    waiting: int | None = None
    oldest: datetime | None = None
    schedule: str | None = None


class Staffing(msgspec.Struct, frozen=True):
    """Skills and agents at one moment; unknown ones are absent."""

    at: datetime
    skills: Mapping[SkillId, SkillStaff]
    agents: Mapping[UserId, AgentStatus]


class Past(msgspec.Struct, frozen=True):
    """What the platform's history says about a conversation and its consumer.

    ``previous_*`` never name the bot: they are who and where before this arrival, in this
    conversation, else in the consumer's latest other one. ``last_spoken_at`` is the consumer's
    newest message before the arrival, older conversations included.
    """

    entry_skill_id: SkillId | None = None
    previous_agent_id: UserId | None = None
    previous_skill_id: SkillId | None = None
    last_spoken_at: datetime | None = None
    assigned_at: datetime | None = None
    """Since when the bot has it, by the platform's clock."""


class Departure(msgspec.Struct, frozen=True):
    """How a conversation left the bot: into a skill's queue, suggested to an agent there, or None.

    Both None: it was closed, or somebody took it. ``at`` is by the platform's clock; None when the
    record does not date it.
    """

    skill_id: SkillId | None = None
    user_id: UserId | None = None
    at: datetime | None = None


class Knowledge(Protocol):
    """What can be found out about conversations and their consumers. Raises as `Platform`."""

    async def profile(self, consumer_id: ConsumerId) -> dict[str, Any]:
        """Return the consumer's SDEs as one object: ``{"customerinfo": …, "personalinfo": …}``."""
        ...

    async def first_message(
        self, conversation_id: ConversationId, *, wait: timedelta
    ) -> Message | None:
        """Return the consumer's first text, waiting for it as long as ``wait``.

        Raises `Offline` when the platform is lost meanwhile: nobody can say anything then, and the
        time does not count.
        """
        ...

    async def past(self, conversation: Conversation) -> Past:
        """Return what history says about the conversation and its consumer."""
        ...

    async def skill_name(self, skill_id: SkillId) -> str | None:
        """Return a skill's name; None when the account has no such skill."""
        ...


class Platform(Knowledge, Protocol):
    """The messaging platform as one signed-in bot sees it.

    Every method may raise `errors.Unavailable` (no answer in time: try again), of which `Offline`
    is one (not connected at all), `errors.Unauthenticated`, and where the platform says no:
    `errors.BadInput`, `errors.NotFound`, `errors.Forbidden` or `errors.Conflict`.
    """

    @property
    def account(self) -> AccountId:
        """The account of the bot."""
        ...

    async def take(self, arrival: Arrival) -> Conversation:
        """Accept the ring, if any, and return the conversation once it is the bot's.

        Raises `errors.Conflict` when the ring is over or somebody else has the conversation.
        """
        ...

    async def mine(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the conversation if it is open and assigned to the bot, else None."""
        ...

    async def departure(self, conversation_id: ConversationId) -> Departure | None:
        """Return how the bot lost the conversation, by history; None when that does not show it.

        History may be late: None does not say that the bot has it.
        """
        ...

    async def known(self, conversation_id: ConversationId) -> Conversation | None:
        """Return a conversation of the account, whoever has it; None when there is none."""
        ...

    async def staffing(self, *, skills: frozenset[SkillId], agents: frozenset[UserId]) -> Staffing:
        """Return how these skills and agents are doing, as far as the platform says."""
        ...

    async def messages(self, conversation_id: ConversationId) -> Sequence[Message]:
        """Return the stored events of the main dialog, in order."""
        ...

    async def skill_id(self, name: str) -> SkillId | None:
        """Return the id of the skill with exactly this name; None when there is none."""
        ...

    async def own_skills(self) -> frozenset[SkillId]:
        """Return the skills that the bot serves."""
        ...

    async def agent_status(self, user_id: UserId) -> AgentStatus | None:
        """Return how an agent is doing; None for an unknown one."""
        ...

    async def say(self, conversation_id: ConversationId, text: str, *, step_id: str) -> None:
        """Publish a text; ``step_id`` travels along as ``ExternalId`` metadata."""
        ...

    async def said(self, conversation_id: ConversationId, *, step_id: str) -> bool:
        """Whether a message with this ``ExternalId`` is in the dialog."""
        ...

    async def to_skill(self, conversation_id: ConversationId, skill_id: SkillId) -> None:
        """Leave the conversation and put it into a skill's queue, in one request."""
        ...

    async def to_agent(
        self, conversation_id: ConversationId, user_id: UserId, *, skill_id: SkillId
    ) -> None:
        """Leave the conversation and suggest it to an agent under a skill, in one request."""
        ...


class Surroundings(Protocol):
    """What the embedded cloud's rows say, whether its bot runs or not.

    Raises `errors.Unavailable` when the storage does not work.
    """

    async def is_elsewhere(self, account: AccountId) -> bool:
        """Whether the account's bot works on another cloud than this one."""
        ...

    async def conversation(
        self, account: AccountId, conversation_id: ConversationId
    ) -> Conversation | None:
        """Return a conversation of the account, or None."""
        ...

    async def profile(self, account: AccountId, consumer_id: ConsumerId) -> dict[str, Any]:
        """Return a consumer's SDEs as `Knowledge.profile` does; empty for an unknown one."""
        ...

    async def first_message(
        self, account: AccountId, conversation_id: ConversationId
    ) -> Message | None:
        """Return the consumer's first text so far."""
        ...

    async def skill_name(self, account: AccountId, skill_id: SkillId) -> str | None:
        """Return a skill's name, or None."""
        ...

    async def staffing(
        self, account: AccountId, *, skills: frozenset[SkillId], agents: frozenset[UserId]
    ) -> Staffing:
        """Return how these skills and agents are doing, in one look."""
        ...


class ContextVariables(Protocol):
    """Values that programs keep in the account's own namespaces."""

    async def lookup(
        self,
        account: str,
        wanted: Iterable[str],
        *,
        session: str | None = None,
        conversation: str | None = None,
    ) -> Mapping[str, Known]:
        """Return a value for every ``namespace.property``; a missing one is None."""
        ...


class SeenValue(msgspec.Struct, frozen=True):
    """The value that an attribute had in some decision."""

    account: AccountId
    name: str
    value: Any
    source: str
    seen_at: datetime


class Remembered(Protocol):
    """Where values that were seen are kept, the newest of each attribute."""

    async def put(self, values: Sequence[SeenValue]) -> None:
        """Write them in one transaction."""
        ...


Fetch = Callable[[Iterable[str]], Awaitable[Mapping[str, AttributeValue]]]
"""Fetches other attributes of the same decision: what a function's parameters refer to."""


Note = Callable[[function.Call], None]
"""Is told what a call of a function cost."""


class Functions(Protocol):
    """Attributes that are computed by calling something of the account's own."""

    async def value(
        self, account: AccountId, name: str, fetch: Fetch, *, note: Note | None = None
    ) -> AttributeValue:
        """Return what ``custom.NAME`` is; missing where there is no such function."""
        ...


class Rules(msgspec.Struct, frozen=True):
    """What an account decides by, as of one moment.

    ``version`` is the content address of the policy set, empty where none was ever loaded.
    """

    version: str
    number: int
    fallback_skill_id: SkillId | None
    first_message_wait: timedelta


FOUND: Final = "assigned:"
"""How the arrival of a claim begins that belongs to no ring; the moment of assignment follows."""


class Claim(msgspec.Struct, frozen=True):
    """The durable promise that one arrival will be decided exactly once."""

    account: AccountId
    conversation_id: ConversationId
    arrival: str
    skill_id: SkillId | None
    state: Literal["OPEN", "ACCEPTED"]
    """ACCEPTED is in rows of earlier versions, and means nothing more."""
    hops: int
    """Decisions for this conversation within the last hour."""
    opened_at: datetime

    @property
    def ring_id(self) -> RingId | None:
        """The ring that was claimed; None for a conversation found in the bot's hands."""
        return None if self.arrival.startswith(FOUND) else self.arrival


class Records(Protocol):
    """The durable side of routing. Every method is one unit of work.

    Raises `errors.Unavailable` when the storage does not work; nothing was changed then.
    """

    async def claim(self, arrival: Arrival, *, now: datetime) -> Claim | None:
        """Make, or find, the unfinished claim of an arrival.

        None when this arrival is decided already. For an arrival without a ring, any unfinished
        claim of the conversation is the one; without any, it counts as new when ``assigned_at`` is
        later than what the decided claims saw, or, where nobody knows since when the bot has it,
        when the last decision is carried out and had taken the conversation away.
        """
        ...

    async def withdraw(self, claim: Claim, *, reason: str, now: datetime) -> None:
        """End a claim without a decision: the ring was over before it was accepted."""
        ...

    async def record(
        self,
        claim: Claim,
        receipt: Receipt,
        steps: Sequence[Step],
        *,
        assigned_at: datetime,
        now: datetime,
    ) -> None:
        """Write decision, steps and the end of the claim in one transaction.

        ``assigned_at`` is since when the bot has the conversation, by the platform's clock; the
        receipt says when it was accepted here.

        Raises `errors.Conflict` when the claim is over: somebody else decided the arrival.
        """
        ...

    async def keep(self, receipts: Sequence[Receipt], *, now: datetime) -> None:
        """Write decisions that were asked for and that nobody here carries out, all or none."""
        ...

    async def begin(self, step: Step, *, now: datetime) -> None:
        """Note an attempt, before the platform is asked to do anything."""
        ...

    async def finish(self, step: Step, outcome: Outcome) -> None:
        """Note what became of a step."""
        ...

    async def postpone(self, step: Step, *, until: datetime, reason: str) -> None:
        """Note when to try a step again."""
        ...

    async def pending(self, account: AccountId) -> Sequence[Step]:
        """Return the unfinished steps, by decision and position."""
        ...

    async def unfinished(self, account: AccountId) -> Sequence[Claim]:
        """Return the claims without a decision."""
        ...

    async def rules(self, account: AccountId) -> Rules:
        """Return what the account decides by right now."""
        ...

    async def edition(self, version: str, *, like: Edition | None = None) -> Edition | None:
        """Return the stored policy set with this content address, or None.

        What it has in common with ``like`` is taken from there. Raises `PolicyErrors` for one that
        makes no sense as a whole.
        """
        ...

    async def prune(self, *, now: datetime, limit: int) -> int:
        """Delete what is past its account's retention, at most ``limit`` rows of its kinds.

        These are decisions that are carried out, with their steps and claims, and claims that never
        came to a decision. Returns how many went; ``limit`` means that there may be more.
        """
        ...
