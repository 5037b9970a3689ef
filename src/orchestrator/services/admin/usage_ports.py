"""What counting needs of the world: sums over the hours of a period."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
from orchestrator.core.model.ids import AccountId
from orchestrator.services.admin import ports

T = TypeVar("T")


class UsageReading(ports.Reading, Protocol):
    """A look at the counts. ``starts`` are those of spans, the last of which ends at ``until``.

    All moments are full hours. Spans in which nothing is counted are absent.
    """

    def usage_total(self, account: AccountId, *, since: datetime, until: datetime) -> DecidedCount:
        """Return how many decisions there were."""
        ...

    def usage_decided(
        self, account: AccountId, *, starts: Sequence[datetime], until: datetime
    ) -> Mapping[int, DecidedCount]:
        """Return how many decisions there were, by the span's place."""
        ...

    def usage_policies(
        self, account: AccountId, *, since: datetime, until: datetime
    ) -> Mapping[str, int]:
        """Return how often each policy, and the fallback ``""``, matched altogether."""
        ...

    def usage_matches(
        self,
        account: AccountId,
        *,
        starts: Sequence[datetime],
        until: datetime,
        policies: Sequence[str] | None = None,
    ) -> Mapping[str, Mapping[int, int]]:
        """Return how often each policy, and the fallback ``""``, matched, by the span's place.

        Where ``policies`` are given (some hundreds), only they are looked for.
        """
        ...

    def usage_flows(
        self,
        account: AccountId,
        *,
        since: datetime,
        until: datetime,
        limit: int,
        matches: Mapping[str, int] | None = None,
    ) -> Sequence[FlowCount]:
        """Return at most ``limit`` flows, the most frequent first.

        Where ``matches`` are given, as `usage_policies` has them, it mostly takes less.
        """
        ...

    def usage_latency(
        self, account: AccountId, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how many decisions fell into the bins of `core.model.latency`, named by ends."""
        ...

    def usage_troubles(
        self, account: AccountId, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how many decisions had a trouble."""
        ...

    def usage_calls(
        self, account: AccountId, *, starts: Sequence[datetime], until: datetime
    ) -> Sequence[ResultCount]:
        """Return how calls of functions ended: ``cached``, ``refused``, or with a bin behind it.

        Such as ``answered 50``, ``failed 200``, ``late 10000``.
        """
        ...


class UsageStore(ports.Store, Protocol):
    """Where the counts are, beside everything else. Raises `errors.Unavailable`."""

    async def read(self, work: Callable[[UsageReading], T]) -> T:
        """Run ``work`` on one snapshot."""
        ...
