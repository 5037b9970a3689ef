"""What the cloud needs of the world: one transactional store, and somebody to tell."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol, TypeVar

import msgspec

from orchestrator.core.model.conversation import (
    Conversation,
    Message,
    Participant,
    ParticipantRole,
    Presence,
    Ring,
    RingState,
    StoredFile,
)
from orchestrator.core.model.directory import SkillRules
from orchestrator.core.model.floor import Transfer
from orchestrator.core.model.happening import Happening
from orchestrator.core.model.ids import (
    AccountId,
    ConsumerId,
    ConversationId,
    DialogId,
    Pid,
    RingId,
    SkillId,
    UserId,
)
from orchestrator.core.queueing import distribution
from orchestrator.services.cloud.searching import ConversationFilter, Matches, PastFilter, Place

T = TypeVar("T")

BY_HAND: Final = "transfers"
"""The noun of the change log for what supervisors do with conversations."""


class Speaker(msgspec.Struct, frozen=True):
    """Who asks: an agent's session or a consumer's. Consumers have one id for both."""

    account: AccountId
    user_id: UserId
    pid: Pid
    kind: Literal["agent", "consumer"]
    supervises: bool = False
    """May see, join and close conversations of others (Agent Manager, Administrator)."""


class Staff(msgspec.Struct, frozen=True):
    """A user as the queues see them. ``capacity`` None is unlimited."""

    user_id: UserId
    pid: Pid
    login: str
    type: Literal["human", "bot"]
    skills: frozenset[SkillId]
    capacity: int | None
    supervises: bool
    enabled: bool

    def as_participant(self, role: ParticipantRole) -> Participant:
        """Return the user as somebody in a dialog."""
        return Participant(self.user_id, self.pid, role)


class QueueSettings(msgspec.Struct, frozen=True):
    """How long things may take in one account."""

    ring: timedelta
    suggestion: timedelta
    pause: timedelta
    """How long an agent who refused a conversation is left alone with it."""


class Assignment(msgspec.Struct, frozen=True):
    """One stretch of time in which one agent had a conversation."""

    conversation_id: ConversationId
    user_id: UserId
    skill_id: SkillId
    from_at: datetime
    to_at: datetime | None


class QueueRow(msgspec.Struct, frozen=True):
    """One skill's queue, for people. ``slots`` None means that somebody there is unlimited."""

    skill_id: SkillId
    skill: str
    waiting: int
    oldest: datetime | None
    online_agents: int
    slots: int | None
    free_slots: int | None


class CloudTransaction(Protocol):
    """One account's data within one unit of work; everything here commits or vanishes together."""

    @property
    def account(self) -> AccountId:
        """The account whose data this is."""
        ...

    def tell(self, happening: Happening) -> None:
        """Announce ``happening`` after, and only if, this unit of work commits."""
        ...

    def settings(self) -> QueueSettings:
        """Return how long things may take in this account."""
        ...

    def conversation(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the snapshot, or None."""
        ...

    def conversation_of_dialog(self, dialog_id: DialogId) -> Conversation | None:
        """Return the conversation that holds the dialog, or None."""
        ...

    def conversations(
        self, wanted: ConversationFilter, *, limit: int, after: Place | None = None
    ) -> Matches:
        """Return matches, oldest start first; only such as come behind ``after``.

        At most ``limit``, and fewer where they are large: ``next`` says whether there are more.
        """
        ...

    def past(
        self, wanted: PastFilter, *, limit: int, offset: int, order: Literal["asc", "desc"]
    ) -> tuple[Sequence[Conversation], int]:
        """Return one page of matches by start, and how many there are in all."""
        ...

    def surveys_since(self, before: datetime, *, limit: int) -> Sequence[Conversation]:
        """Return conversations that ended before ``before`` and whose survey is still open."""
        ...

    def lapsed(self, now: datetime, *, limit: int) -> Sequence[Conversation]:
        """Return conversations whose time for the suggested agent is up, the oldest first."""
        ...

    def add_file(self, file: StoredFile) -> None:
        """Note a file that is to come."""
        ...

    def file(self, file_id: str) -> StoredFile | None:
        """Return what is known of a file, or None."""
        ...

    def save_file(self, file: StoredFile) -> None:
        """Replace what is known of a file."""
        ...

    def remove_file(self, file_id: str) -> None:
        """Forget a file."""
        ...

    def unsent_files(self, owner: UserId) -> int:
        """Return how many files of somebody belong to no conversation."""
        ...

    def unsent_bytes(self) -> int:
        """Return the size of all files together that belong to no conversation."""
        ...

    def unwanted_files(self, before: datetime, *, limit: int) -> Sequence[StoredFile]:
        """Return files from before ``before`` that belong to no conversation, the oldest first."""
        ...

    def skill_rules(self, skill_id: SkillId) -> SkillRules | None:
        """Return what the skill says of its conversations; None when there is no such skill."""
        ...

    def newest(
        self, *, limit: int, before: datetime | None = None, consumer: ConsumerId | None = None
    ) -> Sequence[Conversation]:
        """Return conversations by start, the newest first; all, or one consumer's."""
        ...

    def save(self, conversation: Conversation) -> None:
        """Insert or replace the snapshot."""
        ...

    def has_conversations(self, consumer_id: ConsumerId) -> bool:
        """Whether the consumer ever had one."""
        ...

    def next_sequence(self, dialog_id: DialogId) -> int:
        """Return the next free sequence of the dialog, 1 for the first."""
        ...

    def append(self, message: Message) -> None:
        """Store an event under its dialog and sequence."""
        ...

    def messages(self, dialog_id: DialogId, *, after: int, limit: int) -> Sequence[Message]:
        """Return stored events with a sequence above ``after``, in order.

        At most ``limit``, and fewer where they are large; the rest is behind the last of them.
        """
        ...

    def ring(self, ring_id: RingId) -> Ring | None:
        """Return the ring, or None."""
        ...

    def rings_of_conversation(self, conversation_id: ConversationId) -> Sequence[Ring]:
        """Return the conversation's rings that wait for an answer."""
        ...

    def rings_of_user(self, user_id: UserId) -> Sequence[Ring]:
        """Return the user's rings that wait for an answer."""
        ...

    def rings_due(self, now: datetime, *, limit: int) -> Sequence[Ring]:
        """Return waiting rings whose time is up, the oldest first."""
        ...

    def put_ring(self, ring: Ring) -> bool:
        """Store a new ring; False where it would be wrong.

        That is: when the conversation is not open and unassigned or rings already, or when the
        agent's open conversations and waiting rings fill their capacity.
        """
        ...

    def end_ring(self, ring_id: RingId, state: RingState, at: datetime) -> bool:
        """Set the state of a ring that waits; False when it does not wait any more."""
        ...

    def waiting(
        self,
        *,
        skills: frozenset[SkillId],
        users: frozenset[UserId],
        now: datetime,
        limit: int,
        after: distribution.Waiting | None = None,
    ) -> Sequence[distribution.Waiting]:
        """Return conversations with neither agent nor ring that somebody there could take.

        That is: under one of ``skills``, or kept for one of ``users``; not those that are kept for
        somebody else. The longest waiting first, those of the same time by id; only such as come
        behind ``after``.
        """
        ...

    def agents(self) -> Sequence[distribution.Agent]:
        """Return the connected agents who are ONLINE or OCCUPIED, with their loads."""
        ...

    def next_deadline(self, now: datetime) -> datetime | None:
        """Return when the next ring or suggestion runs out: of rings, the next after ``now``."""
        ...

    def staff(self, reference: str) -> Staff | None:
        """Find a user by user id, ``account.user`` or PID."""
        ...

    def skill_name(self, skill_id: SkillId) -> str | None:
        """Return the skill's name; None when there is no such skill."""
        ...

    def engagement_skill(self, engagement_id: str) -> SkillId | None:
        """Return the skill of the engagement's routing; None when it is unknown."""
        ...

    def presence(self, user_id: UserId) -> Presence:
        """Return the user's presence, OFFLINE when nothing is known."""
        ...

    def put_presence(self, presence: Presence, at: datetime) -> None:
        """Store the user's presence as of ``at``."""
        ...

    def connect(self, user_id: UserId, process: str) -> None:
        """Note that ``process`` has a socket of the user; does nothing when that is known."""
        ...

    def disconnect(self, user_id: UserId, process: str) -> bool:
        """Note that ``process`` has none any more; True when no process has one."""
        ...

    def disconnect_dead(self) -> None:
        """Forget the sockets of processes that live no more."""
        ...

    def stranded(self) -> Sequence[UserId]:
        """Return who is connected by their presence, but to no process that lives."""
        ...

    def load(self, user_id: UserId) -> int:
        """Return open conversations assigned to the user plus rings waiting for them."""
        ...

    def known_staff(self) -> Sequence[UserId]:
        """Return everybody whose presence is known: they opened a socket once."""
        ...

    def held(self, user_id: UserId) -> int:
        """Return open conversations assigned to the user."""
        ...

    def profile(self, consumer_id: ConsumerId) -> dict[str, Any] | None:
        """Return what is known of the consumer, ``{}`` if nothing; None for a stranger."""
        ...

    def put_profile(self, consumer_id: ConsumerId, profile: dict[str, Any]) -> None:
        """Replace what is known of the consumer."""
        ...

    def add_consumer(self, consumer_id: ConsumerId, kind: str, at: datetime) -> None:
        """Note a consumer who got a token; what is known of one who had one before stays."""
        ...

    def begin_assignment(self, assignment: Assignment, consumer_id: ConsumerId) -> None:
        """Write that an agent has a conversation from now on."""
        ...

    def end_assignment(self, conversation_id: ConversationId, at: datetime) -> None:
        """Write that nobody has the conversation any more."""
        ...

    def assignments(self, conversation_id: ConversationId) -> Sequence[Assignment]:
        """Return who had the conversation, the earliest first."""
        ...

    def add_transfer(self, conversation_id: ConversationId, transfer: Transfer) -> None:
        """Write that the conversation changed place."""
        ...

    def transfers(self, conversation_id: ConversationId) -> Sequence[Transfer]:
        """Return the conversation's changes of place, the earliest first."""
        ...

    def queues(self) -> Sequence[QueueRow]:
        """Return every skill's queue, by name."""
        ...

    def note(
        self,
        who: str,
        conversation_id: ConversationId,
        *,
        before: dict[str, Any],
        after: dict[str, Any],
        at: datetime,
    ) -> None:
        """Write into the change log that ``who`` moved the conversation by hand."""
        ...


class CloudStore(Protocol):
    """Runs units of work, each a plain function of a `CloudTransaction`.

    What a unit of work tells is announced in commit order, before its caller goes on.
    Raises `errors.Unavailable` when the storage does not work.
    """

    async def transact(self, account: AccountId, work: Callable[[CloudTransaction], T]) -> T:
        """Run ``work``, commit, announce, and return its result."""
        ...

    async def jot(self, account: AccountId, work: Callable[[CloudTransaction], T]) -> T:
        """As `transact`, for work that touches a few rows: it may hold up the loop."""
        ...

    async def read(self, account: AccountId, work: Callable[[CloudTransaction], T]) -> T:
        """Run ``work`` on a snapshot; it must not change anything."""
        ...

    async def glance(self, account: AccountId, work: Callable[[CloudTransaction], T]) -> T:
        """As `read`, for work that finds a few rows by their keys: it may hold up the loop."""
        ...

    async def accounts(self) -> Sequence[AccountId]:
        """Return the ids of all accounts."""
        ...


Listener = Callable[[Happening], None]
"""Called on the event loop, in commit order; must return at once."""
