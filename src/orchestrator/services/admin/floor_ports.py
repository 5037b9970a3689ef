"""What a look at the floor needs of the rows beside what administration reads anyway."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.floor import Busy, Stated, Transfer
from orchestrator.core.model.ids import AccountId, ConversationId, SkillId, UserId
from orchestrator.services.admin.ports import Place, Reading

T = TypeVar("T")


class FloorReading(Reading, Protocol):
    """One consistent look at the rows. Plain calls: it runs where the rows are."""

    def stated(self, account: AccountId) -> Mapping[UserId, Stated]:
        """Return what people said of themselves; those who never came are absent."""
        ...

    def busy(self, account: AccountId) -> Mapping[UserId, Busy]:
        """Return who is busy, with what."""
        ...

    def open_in(self, account: AccountId) -> Mapping[SkillId, int]:
        """Return how many conversations are open under each skill; empty skills are absent."""
        ...

    def queued(
        self, account: AccountId, skill_id: SkillId, *, limit: int, after: Place | None = None
    ) -> Sequence[Conversation]:
        """Return what waits for a skill, the longest first; those behind ``after``."""
        ...

    def ringing_at(
        self, account: AccountId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, UserId]:
        """Return at whom these conversations ring; those that do not ring are absent."""
        ...

    def transfers(
        self, account: AccountId, conversations: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Sequence[Transfer]]:
        """Return how these conversations moved, the earliest first; those that did not: absent."""
        ...


class FloorStore(Protocol):
    """Where the rows are. Raises `errors.Unavailable` when the disk fails."""

    async def read(self, work: Callable[[FloorReading], T]) -> T:
        """Run ``work`` on one snapshot."""
        ...
