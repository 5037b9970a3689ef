"""Usage of a period: of hours that are over by what they add up to, of the others counted now."""

import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec
import sqlalchemy

from orchestrator.adapters.storage import usage
from orchestrator.adapters.storage.settled import Settled
from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
from orchestrator.core.model.ids import AccountId

K = TypeVar("K")
T = TypeVar("T")

MOST: Final = 20_000
"""Flows that are kept of a period; where there are more, the database looks for the first."""

_Flow = tuple[str, str, str]


class _Flows(msgspec.Struct, frozen=True):
    """All flows of hours that are over: in their order, and by what they are."""

    ordered: Sequence[FlowCount]
    numbers: Mapping[_Flow, int]


class Sums:
    """The figures of `usage` that are sums, of one account, on one snapshot.

    ``settled`` has what hours that are over add up to.
    """

    def __init__(
        self, connection: sqlalchemy.Connection, settled: Settled, account: AccountId
    ) -> None:
        self._connection = connection
        self._settled = settled
        self._account = account

    def total(self, *, since: datetime, until: datetime) -> DecidedCount:
        """Return how many decisions there were."""

        def count(since: datetime, until: datetime) -> DecidedCount:
            return usage.total(self._connection, self._account, since=since, until=until)

        found = DecidedCount(0, 0)
        for each in self._parts("total", since, until, count):
            found = _both(found, each)
        return found

    def decided(self, *, starts: Sequence[datetime], until: datetime) -> dict[int, DecidedCount]:
        """Return how many decisions each span has, by the spans' places from 0."""

        def count(since: datetime, until: datetime) -> Mapping[int, DecidedCount]:
            return usage.decided(
                self._connection, self._account, starts=starts, since=since, until=until
            )

        found: dict[int, DecidedCount] = {}
        for part in self._parts(("decided", *starts), starts[0], until, count):
            for place, each in part.items():
                found[place] = _both(found[place], each) if place in found else each
        return found

    def policies(self, *, since: datetime, until: datetime) -> dict[str, int]:
        """Return how often each policy, and the fallback, matched altogether."""

        def count(since: datetime, until: datetime) -> Mapping[str, int]:
            return usage.policies(self._connection, self._account, since=since, until=until)

        found: dict[str, int] = {}
        for part in self._parts("policies", since, until, count):
            found = _added(found, part) if found else dict(part)
        return found

    def matches(
        self, *, starts: Sequence[datetime], until: datetime, policies: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[int, int]]:
        """Return how often each policy matched in each span.

        Of ``policies`` only, where they are given; for all it is too much to keep.
        """

        def count(since: datetime, until: datetime) -> Mapping[str, Mapping[int, int]]:
            return usage.matches(
                *(self._connection, self._account),
                starts=starts,
                since=since,
                until=until,
                policies=policies,
            )

        if policies is None:
            return count(starts[0], until)
        found: dict[str, dict[int, int]] = {}
        question = ("matches", frozenset(policies), *starts)
        for part in self._parts(question, starts[0], until, count):
            for policy, series in part.items():
                found[policy] = _added(found.get(policy, {}), series)
        return found

    def results(
        self, figure: str, *, starts: Sequence[datetime], until: datetime
    ) -> list[ResultCount]:
        """Return how often each result of a figure came, by origin and span."""

        def count(since: datetime, until: datetime) -> Sequence[ResultCount]:
            return usage.results(
                self._connection, self._account, figure, starts=starts, since=since, until=until
            )

        found = Counter[tuple[str, str, int]]()
        for part in self._parts((figure, *starts), starts[0], until, count):
            for each in part:
                found[each.origin, each.result, each.place] += each.number
        return [ResultCount(*key, number) for key, number in found.items()]

    def flows(
        self,
        *,
        since: datetime,
        until: datetime,
        limit: int,
        matches: Mapping[str, int] | None = None,
    ) -> list[FlowCount]:
        """Return at most ``limit`` flows, the most frequent first, then by names.

        ``matches`` is how often each policy matched, where that is known: see `usage.flows`.
        """
        over = self._settled.until(self._account, since, until)
        known = now = None
        if over > since:
            key = ("flows", since, over)
            known = self._settled.sums(self._account, key, lambda: self._all_flows(since, over))
        if known is not None and over == until:
            return list(known.ordered[:limit])
        if known is not None:
            now = self._all_flows(over, until)
        if known is None or now is None:
            within = {"since": since, "until": until}
            return usage.flows(
                self._connection, self._account, **within, limit=limit, matches=matches
            )
        return heapq.nsmallest(limit, _merged(known, now, limit=limit), key=_order)

    def _all_flows(self, since: datetime, until: datetime) -> _Flows | None:
        """Return all flows of hours; None where they are too many."""
        found = usage.flows(
            self._connection, self._account, since=since, until=until, limit=MOST + 1
        )
        if len(found) > MOST:
            return None
        return _Flows(sorted(found, key=_order), {_flow(each): each.decisions for each in found})

    def _parts(
        self,
        question: Hashable,
        since: datetime,
        until: datetime,
        count: Callable[[datetime, datetime], T],
    ) -> list[T]:
        """Return what ``count`` finds of the hours that are over, if there are, and of the rest."""
        over = self._settled.until(self._account, since, until)
        parts = []
        if over > since:
            key = (question, since, over)
            parts.append(self._settled.sums(self._account, key, lambda: count(since, over)))
        if over < until or not parts:
            parts.append(count(over, until))
        return parts


def _both(one: DecidedCount, other: DecidedCount) -> DecidedCount:
    return DecidedCount(one.decisions + other.decisions, one.fell_back + other.fell_back)


def _added(one: dict[K, int], other: Mapping[K, int]) -> dict[K, int]:
    for key, number in other.items():
        one[key] = one.get(key, 0) + number
    return one


def _merged(over: _Flows, now: _Flows, *, limit: int) -> Iterator[FlowCount]:
    """Yield flows among which are the ``limit`` most frequent of both together.

    What the hour that runs has not, is as frequent as it was: the first of those are enough.
    """
    for flow, number in now.numbers.items():
        yield FlowCount(*flow, over.numbers.get(flow, 0) + number)
    quiet = (each for each in over.ordered if _flow(each) not in now.numbers)
    for _, each in zip(range(limit), quiet, strict=False):
        yield each


def _flow(each: FlowCount) -> _Flow:
    return each.skill_id, each.policy_id, each.target


def _order(each: FlowCount) -> tuple[int, str, str, str]:
    return -each.decisions, each.skill_id, each.policy_id, each.target
