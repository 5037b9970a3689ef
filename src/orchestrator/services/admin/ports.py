"""What administration needs of the world: rows to read, and a place for new versions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from orchestrator.core.model import wanted as wants
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import LastSeen
from orchestrator.core.model.conversation import Conversation, Message, Presence
from orchestrator.core.model.directory import (
    Account,
    BotConfig,
    BotState,
    Campaign,
    Engagement,
    LoginKey,
    Skill,
    SkillAssignment,
    User,
)
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId, SkillId, UserId
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import Outcome
from orchestrator.core.policy.editions import Edition
from orchestrator.services.admin.erased import ConsumerRow, Erased, Held
from orchestrator.services.directory.ports import L, Sheet

T = TypeVar("T")
R = TypeVar(
    "R",
    bound=(
        Account
        | BotConfig
        | BotState
        | Campaign
        | Engagement
        | LoginKey
        | Skill
        | SkillAssignment
        | User
    ),
)


class Version(msgspec.Struct, frozen=True):
    """One saved state of an account's policy set. ``hash`` is the document's content address."""

    account: AccountId
    number: int
    hash: str
    author: str
    at: datetime
    message: str = ""


class Load(msgspec.Struct, frozen=True):
    """What keeps an agent busy: open conversations plus rings that wait for them."""

    user_id: UserId
    conversations: int


class Waiting(msgspec.Struct, frozen=True):
    """A skill's open conversations without an agent: how many, and since when the oldest."""

    skill_id: SkillId
    conversations: int
    oldest: datetime | None


class Decided(msgspec.Struct, frozen=True):
    """A decision as it was recorded, with what became of its steps so far, in order."""

    receipt: Receipt
    outcomes: tuple[Outcome, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a page of a list ended that shows the newest first: the last one's moment and id."""

    at: datetime
    id: str


class Had(msgspec.Struct, frozen=True):
    """Since when somebody had a conversation, or the bot."""

    conversation_id: ConversationId
    user_id: UserId
    at: datetime


class Filed(msgspec.Struct, frozen=True):
    """A receipt, and its place in the list: by when it was kept, as its rules saw any clock."""

    receipt: Receipt
    place: Place


class Observed(Protocol):
    """Which attributes an account has beside its policy set."""

    async def seen(
        self, account: AccountId, *, names: Collection[str] | None = None
    ) -> Sequence[LastSeen]:
        """Return the values that decisions have read, by name; ``names``: of these alone."""
        ...

    async def names(self, account: AccountId) -> Sequence[str]:
        """Return the names of what decisions have read, in order."""
        ...

    async def functions(self, account: AccountId) -> Sequence[str]:
        """Return the names of the account's functions, without ``custom.``."""
        ...


class Reading(Protocol):
    """One consistent look at the rows. Plain calls: it runs where the rows are."""

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        """Return the directory's records of ``kind`` whose named fields have these values."""
        ...

    def sheet(self, kind: type[L], account: str, *, search: str, skip: int, limit: int) -> Sheet[L]:
        """Return one page of the directory's records, as its own port says."""
        ...

    def current(self, account: AccountId) -> Version | None:
        """Return the version that decides now; None when nothing was ever loaded."""
        ...

    def version(self, account: AccountId, number: int) -> Version | None:
        """Return one version, or None."""
        ...

    def versions(
        self, account: AccountId, *, limit: int, before: int | None = None
    ) -> Sequence[Version]:
        """Return versions, the newest first; those below ``before``."""
        ...

    def document(self, content: str) -> dict[str, Any] | None:
        """Return the stored document with this content address, or None."""
        ...

    def edition(self, content: str, *, like: Edition | None = None) -> Edition | None:
        """Return the stored edition with this content address, or None.

        What it has in common with ``like`` is taken from there. Raises `PolicyErrors` for one that
        makes no sense as a whole.
        """
        ...

    def newest_change(self, account: AccountId) -> int:
        """Return the sequence of the account's newest change, 0 where there is none."""
        ...

    def matches(
        self, account: AccountId, policies: Sequence[str], *, since: datetime
    ) -> Mapping[str, Mapping[datetime, int]]:
        """Return how often policies matched, by the hour, from that of ``since`` on.

        The fallback is the policy ``""``; hours without a match are absent.
        """
        ...

    def last_matches(self, account: AccountId, policies: Sequence[str]) -> Mapping[str, datetime]:
        """Return the hour in which each of these policies (hundreds at most) matched last.

        Those of which no match is on record are absent.
        """
        ...

    def namespaces(self, account: AccountId) -> Sequence[str]:
        """Return the names of the context service's namespaces that are in use, by name."""
        ...

    def conversations(
        self,
        account: AccountId,
        *,
        limit: int,
        after: Place | None = None,
        wanted: wants.ConversationsWanted = wants.ANY_CONVERSATION,
    ) -> Sequence[Conversation]:
        """Return conversations, the newest start first; those behind ``after``."""
        ...

    def conversation(
        self, account: AccountId, conversation_id: ConversationId
    ) -> Conversation | None:
        """Return one conversation, or None."""
        ...

    def conversation_ids(
        self, account: AccountId, *, prefix: str, limit: int
    ) -> Sequence[ConversationId]:
        """Return the ids of conversations that begin with ``prefix``, in order."""
        ...

    def messages(
        self, account: AccountId, conversation_id: ConversationId, *, limit: int
    ) -> Sequence[Message]:
        """Return the stored events of a conversation's dialogs, the earliest first."""
        ...

    def ringing(self, account: AccountId) -> frozenset[ConversationId]:
        """Return the conversations that ring at somebody right now."""
        ...

    def last_agents(
        self, account: AccountId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, UserId]:
        """Return who had each of these conversations last; those that nobody had are absent."""
        ...

    def had_by(self, account: AccountId, conversation_id: ConversationId) -> frozenset[UserId]:
        """Return everybody who was assigned the conversation, now or before."""
        ...

    def served(
        self, account: AccountId, consumer_id: ConsumerId, *, before: datetime, limit: int
    ) -> Sequence[Had]:
        """Return who got one of the consumer's conversations before a moment, the newest first."""
        ...

    def profile(self, account: AccountId, consumer_id: ConsumerId) -> Mapping[str, Any]:
        """Return what is known of a consumer, as on the wire; empty when that is nothing."""
        ...

    def last_policies(
        self, account: AccountId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, str | None]:
        """Return the name of the policy that decided last; None where none wanted it.

        Conversations that were never decided are absent.
        """
        ...

    def decisions(self, account: AccountId, conversation_id: ConversationId) -> Sequence[Decided]:
        """Return a conversation's decisions, the earliest first."""
        ...

    def receipts(
        self,
        account: AccountId,
        *,
        limit: int,
        after: Place | None = None,
        wanted: wants.DecisionsWanted = wants.ANY_DECISION,
    ) -> Sequence[Filed]:
        """Return what was decided, what was kept last first; what is behind ``after``."""
        ...

    def decided(self, account: AccountId, decision_id: str) -> Decided | None:
        """Return one decision, or None."""
        ...

    def waiting(self, account: AccountId) -> Sequence[Waiting]:
        """Return the queues that are not empty."""
        ...

    def loads(self, account: AccountId) -> Sequence[Load]:
        """Return who is busy."""
        ...

    def presences(self, account: AccountId) -> Mapping[UserId, Presence]:
        """Return who said what of themselves last."""
        ...


class Writing(Reading, Protocol):
    """A unit of work: all of it happens, with its change rows, or nothing."""

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        ...

    def publish(self, account: AccountId, edition: Edition, *, message: str) -> Version:
        """Store ``edition`` under its content address as the account's next, current version."""
        ...


class Store(Protocol):
    """Where the rows are. Raises `errors.Unavailable` when the disk fails."""

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot."""
        ...

    async def glance(self, work: Callable[[Reading], T]) -> T:
        """As `read`, for work that finds a few rows by their keys: it may hold up the loop."""
        ...

    async def write(self, actor: Actor, at: datetime, work: Callable[[Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return.

        An error in ``work`` undoes all of it and is raised here.
        """
        ...


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One change of one thing. ``before`` is None for a new thing, ``after`` for a removed one."""

    sequence: int
    at: datetime
    who: str
    noun: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Log(Protocol):
    """The change log. Raises `errors.Unavailable` when the disk fails."""

    async def since(self, account: AccountId, sequence: int, *, limit: int) -> Sequence[Line]:
        """Return an account's lines after ``sequence``, oldest first, at most ``limit``."""
        ...

    async def newest(self, account: AccountId) -> int:
        """Return the sequence of an account's newest line, 0 where there is none."""
        ...


class ErasureStore(Protocol):
    """Everything that is held of one consumer. Raises `errors.Unavailable`."""

    async def all(
        self, account: AccountId, *, limit: int, after: ConsumerId
    ) -> Sequence[ConsumerRow]:
        """Return consumers by id, those behind ``after``."""
        ...

    async def held(self, account: AccountId, consumer: ConsumerId) -> Held:
        """Return what is there to erase."""
        ...

    async def erase(
        self, actor: Actor, at: datetime, consumer: ConsumerId, *, shelved: Collection[str]
    ) -> Erased | None:
        """Delete all of it in one unit of work, with a line in the change log that names nobody.

        Return None, and change nothing, while a conversation is open, and where there is a file
        whose bytes were not removed: they are those of ``shelved``.
        """
        ...
