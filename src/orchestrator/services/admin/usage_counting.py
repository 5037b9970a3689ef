"""What is told of a period: its counts, with names, shares and percentiles."""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Final, get_args

import msgspec

from orchestrator.core.model import access, aim, latency
from orchestrator.core.model.access import Actor
from orchestrator.core.model.counted import DecidedCount, FlowCount, ResultCount
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.library import Library
from orchestrator.services.admin import reports, usage_periods, usage_tables
from orchestrator.services.admin.publishing import Publishing
from orchestrator.services.admin.usage import (
    FLOWS,
    MOST_FLOWS,
    Bin,
    Flow,
    FunctionRow,
    Latency,
    Overview,
    PolicyRow,
    Standing,
    Usage,
    Way,
)
from orchestrator.services.admin.usage_periods import Period
from orchestrator.services.admin.usage_ports import UsageReading, UsageStore
from orchestrator.services.admin.usage_tables import Part
from orchestrator.services.clock import Clock

FALLBACK: Final = ""
"""What stands for a policy where none wanted the conversation."""

_EVERY: Final = frozenset(get_args(Part))

_WAYS: Final[Mapping[str, Way]] = {
    aim.SKILL: "skill",
    aim.AGENT: "agent",
    aim.MESSAGE: "message",
}
"""How a target begins → what it is; anything else is left to the fallback chain."""

_AT_ONCE: Final = 400
"""Policies that are asked for their last match at a time."""

_ACCOUNTS: Final = 64
"""Accounts of which the places of policies are kept, those asked for last."""

PAGE: Final = 50
"""Policies on a page of an overview, and of those that did not match."""

_Series = Mapping[int, int]
"""Counts by the places of spans."""
_NOTHING: Final[_Series] = {}

_Places = Mapping[str, tuple[int, Policy | InvalidPolicy]]
"""Where policies stand in a document, from 1, by their ids."""


class _Known(msgspec.Struct, frozen=True):
    """What ids are called now, and where policies stand in the account's document."""

    names: reports.Names
    policies: _Places

    def policy(self, policy_id: str) -> str:
        """Return the name of a policy, its id where there is none."""
        found = self.policies.get(policy_id)
        return found[1].name or policy_id if found else policy_id

    def number(self, policy_id: str) -> int | None:
        """Return the place of a policy, from 1."""
        found = self.policies.get(policy_id)
        return found[0] if found else None

    def standing(self, policy_id: str) -> Standing:
        """Return whether a policy is there, and enabled."""
        found = self.policies.get(policy_id)
        if found is None:
            return "gone"
        return "enabled" if found[1].enabled else "disabled"


class _Counted(msgspec.Struct, frozen=True):
    """What one look at the rows found of a period; ``series`` and ``last`` of some policies."""

    decided: Mapping[int, DecidedCount]
    matches: Mapping[str, int]
    series: Mapping[str, _Series]
    last: Mapping[str, datetime]
    latency: Sequence[ResultCount]
    troubles: Sequence[ResultCount]
    calls: Sequence[ResultCount]


class _Listed(msgspec.Struct, frozen=True):
    """Ids of policies that matched, and of enabled ones that did not, in the order of the lists."""

    matched: Sequence[str]
    never: Sequence[str]


class Counting:
    """Use cases on the usage of policies. They need ``conversations.read``, as decisions do."""

    def __init__(self, store: UsageStore, clock: Clock, *, library: Library | None = None) -> None:
        self._store = store
        self._clock = clock
        self._press = Publishing(store, clock, library=library or Library())
        self._placed: dict[AccountId, tuple[Document, _Places]] = {}

    def period(
        self,
        name: str = "",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        zone: str = "UTC",
    ) -> Period:
        """Return the period that is asked for: by its name, or by times, which go before it.

        Without ``until`` it ends now, without ``since`` it is as long as the usual one. Raises
        `errors.BadInput` for ``period``, ``until`` and ``zone``.
        """
        now, place = self._clock.now(), usage_periods.zone_of(zone)
        if since is None and until is None:
            return usage_periods.named(name or usage_periods.USUAL, now=now, zone=place)
        end = until or now
        length = usage_periods.NAMED[usage_periods.USUAL]
        return usage_periods.between(since or end - length, end, zone=place)

    async def read(self, actor: Actor, period: Period, *, flows: int = FLOWS) -> Usage:
        """Return what happened in a period, with the most frequent ``flows``.

        Without any (0) it costs a third.
        """
        access.demand(actor, "conversations.read")
        return await self._store.read(
            lambda rows: self._whole(rows, actor.account, period, parts=_EVERY, flows=flows)
        )

    async def overview(
        self, actor: Actor, period: Period, *, flows: int = FLOWS, skip: int = 0
    ) -> Overview:
        """Return what `read` does with one page of policies: `PAGE` of each list, behind ``skip``.

        Behind the end stands the last page. With thousands of policies it costs a third.
        """
        access.demand(actor, "conversations.read")

        def work(rows: UsageReading) -> Overview:
            account = actor.account
            known = self._known(rows, account)
            matches = rows.usage_policies(account, since=period.since, until=period.until)
            listed = _listed(matches, known)
            page = _Listed(_page(listed.matched, skip), _page(listed.never, skip))
            series = rows.usage_matches(
                account, starts=period.starts, until=period.until, policies=page.matched
            )
            counted = _counted(rows, account, period, matches=matches, series=series, of=page)
            found = _flows(rows, account, period, limit=flows, matches=matches)
            told = _told(period, counted, known, listed=page, shown=found)
            return Overview(told, len(listed.matched), len(listed.never))

        return await self._store.read(work)

    async def total(self, actor: Actor, period: Period) -> DecidedCount:
        """Return how many decisions there were in a period, and how many fell back: no more."""
        access.demand(actor, "conversations.read")
        return await self._store.read(
            lambda rows: rows.usage_total(actor.account, since=period.since, until=period.until)
        )

    async def csv(self, actor: Actor, period: Period, table: str) -> str:
        """Return a table of `usage_tables` as CSV. Raises `errors.BadInput` for ``table``.

        Only what the table has is counted.
        """
        access.demand(actor, "conversations.read")
        parts = usage_tables.table(table).parts

        def work(rows: UsageReading) -> str:
            whole = self._whole(rows, actor.account, period, parts=parts, flows=MOST_FLOWS)
            return usage_tables.text(whole, table)

        return await self._store.read(work)

    def _whole(
        self,
        rows: UsageReading,
        account: str,
        period: Period,
        *,
        parts: Container[Part],
        flows: int,
    ) -> Usage:
        """Return what happened in a period; of what may be long only these ``parts``."""
        known = self._known(rows, account)
        series: Mapping[str, _Series] = {}
        if "series" in parts:
            series = rows.usage_matches(account, starts=period.starts, until=period.until)
            matches = {policy: sum(each.values()) for policy, each in series.items()}
        else:
            matches = rows.usage_policies(account, since=period.since, until=period.until)
        listed = _listed(matches, known)
        listed = _Listed(
            listed.matched if "policies" in parts else (), listed.never if "never" in parts else ()
        )
        counted = _counted(rows, account, period, matches=matches, series=series, of=listed)
        found = _flows(rows, account, period, limit=flows if "flows" in parts else 0)
        return _told(period, counted, known, listed=listed, shown=found)

    def _known(self, rows: UsageReading, account: str) -> _Known:
        _, edition = self._press.current(rows, account)
        return _Known(reports.names_of(rows, account), self._places(account, edition.document))

    def _places(self, account: str, document: Document) -> _Places:
        kept = self._placed.get(account)
        if kept is None or kept[0] is not document:
            places = {
                policy.id: (number, policy)
                for number, policy in enumerate(document.policies, start=1)
            }
            self._placed.pop(account, None)
            kept = self._placed[account] = (document, places)
            while len(self._placed) > _ACCOUNTS:
                self._placed.pop(next(iter(self._placed)), None)
        return kept[1]


def _listed(matches: Mapping[str, int], known: _Known) -> _Listed:
    """Return who matched, the most frequent first, and who did not, both in their order."""
    gone = [each for each in matches if each not in known.policies and each != FALLBACK]
    matched = sorted(gone, key=known.policy) + [each for each in known.policies if each in matches]
    matched.sort(key=matches.__getitem__, reverse=True)  # those with as many stay as they stand
    return _Listed(
        matched,
        [
            policy_id
            for policy_id, (_, policy) in known.policies.items()
            if policy.enabled and policy_id not in matches
        ],
    )


def _page(ids: Sequence[str], skip: int) -> Sequence[str]:
    start = min(skip, max(0, len(ids) - 1) // PAGE * PAGE)
    return ids[start : start + PAGE]


def _counted(
    rows: UsageReading,
    account: str,
    period: Period,
    *,
    matches: Mapping[str, int],
    series: Mapping[str, _Series],
    of: _Listed,
) -> _Counted:
    starts, until = period.starts, period.until
    last = [*of.matched, *of.never]
    newest: dict[str, datetime] = {}
    for first in range(0, len(last), _AT_ONCE):
        newest.update(rows.last_matches(account, last[first : first + _AT_ONCE]))
    return _Counted(
        rows.usage_decided(account, starts=starts, until=until),
        matches,
        series,
        newest,
        rows.usage_latency(account, starts=starts, until=until),
        rows.usage_troubles(account, starts=starts, until=until),
        rows.usage_calls(account, starts=starts, until=until),
    )


def _flows(
    rows: UsageReading,
    account: str,
    period: Period,
    *,
    limit: int,
    matches: Mapping[str, int] | None = None,
) -> Sequence[FlowCount]:
    if not limit:
        return ()
    within = {"since": period.since, "until": period.until}
    return rows.usage_flows(account, **within, limit=limit, matches=matches)


def _told(
    period: Period,
    counted: _Counted,
    known: _Known,
    *,
    listed: _Listed,
    shown: Sequence[FlowCount],
) -> Usage:
    spans = len(period.starts)
    every = {place: each.decisions for place, each in counted.decided.items()}
    fell_back = {place: each.fell_back for place, each in counted.decided.items()}
    decisions = sum(every.values())

    def told(policies: Sequence[str]) -> tuple[PolicyRow, ...]:
        return tuple(
            _row(policy_id, counted, known, spans=spans, decisions=decisions)
            for policy_id in policies
        )

    return Usage(
        period=period,
        decisions=decisions,
        fell_back=sum(fell_back.values()),
        in_trouble=sum(each.number for each in counted.troubles),
        decisions_series=_filled(every, spans),
        fell_back_series=_filled(fell_back, spans),
        policies=told(listed.matched),
        never=told(listed.never),
        latency=_latency(counted.latency, spans),
        flows=tuple(_flow(each, known) for each in shown),
        other_flows=decisions - sum(each.decisions for each in shown),
        functions=_functions(counted.calls, spans),
    )


def _row(
    policy_id: str, counted: _Counted, known: _Known, *, spans: int, decisions: int
) -> PolicyRow:
    matches = counted.matches.get(policy_id, 0)
    series = counted.series.get(policy_id, _NOTHING)
    return PolicyRow(
        policy_id,
        known.policy(policy_id),
        known.number(policy_id),
        known.standing(policy_id),
        matches,
        matches / decisions if decisions else 0.0,
        _filled(series, spans),
        counted.last.get(policy_id),
    )


def _latency(found: Sequence[ResultCount], spans: int) -> Latency:
    bins = Counter[int]()
    by_span: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for each in found:
        bins[int(each.result)] += each.number
        by_span[each.place][int(each.result)] += each.number
    return Latency(
        bins.total(),
        latency.percentile(bins, 0.5),
        latency.percentile(bins, 0.95),
        latency.percentile(bins, 0.99),
        tuple(Bin(end or None, bins[end]) for end in latency.BINS),
        tuple(latency.percentile(by_span[place], 0.5) for place in range(spans)),
        tuple(latency.percentile(by_span[place], 0.95) for place in range(spans)),
    )


def _flow(found: FlowCount, known: _Known) -> Flow:
    way, identifier = _way(found.target)
    named = known.names.skill if way == "skill" else known.names.user
    return Flow(
        found.skill_id or None,
        known.names.skill(found.skill_id) if found.skill_id else None,
        found.policy_id or None,
        known.policy(found.policy_id) if found.policy_id else None,
        found.target,
        way,
        identifier or None,
        named(identifier) if identifier else None,
        found.decisions,
    )


def _way(target: str) -> tuple[Way, str]:
    for beginning, way in _WAYS.items():
        if target.startswith(beginning):
            return way, target.removeprefix(beginning)
    return "fallback", ""


def _functions(found: Sequence[ResultCount], spans: int) -> tuple[FunctionRow, ...]:
    by_name: defaultdict[str, list[ResultCount]] = defaultdict(list)
    for each in found:
        by_name[each.origin].append(each)
    rows = [_function(name, each, spans) for name, each in by_name.items()]
    return tuple(sorted(rows, key=lambda row: (-row.calls, row.name)))


def _function(name: str, found: Sequence[ResultCount], spans: int) -> FunctionRow:
    ended, bins = Counter[str](), Counter[int]()
    calls, failed = Counter[int](), Counter[int]()
    for each in found:
        how, _, end = each.result.partition(" ")
        ended[how] += each.number
        if end:  # it went out
            bins[int(end)] += each.number
            calls[each.place] += each.number
        if how in ("failed", "late"):
            failed[each.place] += each.number
    return FunctionRow(
        name,
        calls=calls.total(),
        failed=failed.total(),
        late=ended["late"],
        cached=ended["cached"],
        refused=ended["refused"],
        p50_ms=latency.percentile(bins, 0.5),
        p95_ms=latency.percentile(bins, 0.95),
        calls_series=_filled(calls, spans),
        failed_series=_filled(failed, spans),
    )


def _filled(counts: _Series, spans: int) -> tuple[int, ...]:
    if not counts:
        return (0,) * spans
    return tuple(counts.get(place, 0) for place in range(spans))
