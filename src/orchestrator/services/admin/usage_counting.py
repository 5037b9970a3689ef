"""Usage of a period: what one look at the rows counts, of all policies or of a page of them."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Final, get_args

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.counted import DecidedCount, FlowCount
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.library import Library
from orchestrator.services.admin import reports, usage_periods, usage_tables
from orchestrator.services.admin.publishing import Publishing
from orchestrator.services.admin.usage import FLOWS, MOST_FLOWS, Overview, Usage
from orchestrator.services.admin.usage_periods import Period
from orchestrator.services.admin.usage_ports import UsageReading, UsageStore
from orchestrator.services.admin.usage_rows import Counted, Known, Listed, Places, Series, told
from orchestrator.services.admin.usage_tables import Part
from orchestrator.services.clock import Clock

FALLBACK: Final = ""
"""What stands for a policy where none wanted the conversation."""

_EVERY: Final = frozenset(get_args(Part))

_AT_ONCE: Final = 400
"""Policies that are asked for their last match at a time."""

_ACCOUNTS: Final = 64
"""Accounts of which the places of policies are kept, those asked for last."""

PAGE: Final = 50
"""Policies on a page of an overview, and of those that did not match."""


class Counting:
    """Use cases on the usage of policies. They need ``conversations.read``, as decisions do."""

    def __init__(self, store: UsageStore, clock: Clock, *, library: Library | None = None) -> None:
        self._store = store
        self._clock = clock
        self._press = Publishing(store, clock, library=library or Library())
        self._placed: dict[AccountId, tuple[Document, Places]] = {}

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
            page = Listed(_page(listed.matched, skip), _page(listed.never, skip))
            series = rows.usage_matches(
                account, starts=period.starts, until=period.until, policies=page.matched
            )
            counted = _counted(rows, account, period, matches=matches, series=series, of=page)
            found = _flows(rows, account, period, limit=flows, matches=matches)
            whole = told(period, counted, known, listed=page, shown=found)
            return Overview(whole, len(listed.matched), len(listed.never))

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
        series: Mapping[str, Series] = {}
        if "series" in parts:
            series = rows.usage_matches(account, starts=period.starts, until=period.until)
            matches = {policy: sum(each.values()) for policy, each in series.items()}
        else:
            matches = rows.usage_policies(account, since=period.since, until=period.until)
        listed = _listed(matches, known)
        listed = Listed(
            listed.matched if "policies" in parts else (), listed.never if "never" in parts else ()
        )
        counted = _counted(rows, account, period, matches=matches, series=series, of=listed)
        found = _flows(rows, account, period, limit=flows if "flows" in parts else 0)
        return told(period, counted, known, listed=listed, shown=found)

    def _known(self, rows: UsageReading, account: str) -> Known:
        _, edition = self._press.current(rows, account)
        return Known(reports.names_of(rows, account), self._places(account, edition.document))

    def _places(self, account: str, document: Document) -> Places:
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


def _listed(matches: Mapping[str, int], known: Known) -> Listed:
    """Return who matched, the most frequent first, and who did not, both in their order."""
    gone = [each for each in matches if each not in known.policies and each != FALLBACK]
    matched = sorted(gone, key=known.policy) + [each for each in known.policies if each in matches]
    matched.sort(key=matches.__getitem__, reverse=True)  # those with as many stay as they stand
    return Listed(
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
    series: Mapping[str, Series],
    of: Listed,
) -> Counted:
    starts, until = period.starts, period.until
    last = [*of.matched, *of.never]
    newest: dict[str, datetime] = {}
    for first in range(0, len(last), _AT_ONCE):
        newest.update(rows.last_matches(account, last[first : first + _AT_ONCE]))
    return Counted(
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
