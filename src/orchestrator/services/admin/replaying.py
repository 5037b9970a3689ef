"""Replaying: which of the conversations on record would have gone elsewhere by other policies.

Both are asked about what was known then: the policies that decide now, and those that somebody
thinks of. So nothing counts but the difference between the two, whatever has changed since in
policies, in customers or in who was at work.
"""

import asyncio
import functools
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.ids import AccountId
from orchestrator.core.model.wanted import DecisionsWanted
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import targets
from orchestrator.core.policy.compiled import CompiledSet
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.schedule import Calendar
from orchestrator.services.admin import checking, facts
from orchestrator.services.admin.drafts import UNSAVED, Candidate
from orchestrator.services.admin.ports import Observed, Place, Reading, Store
from orchestrator.services.admin.replays import Replay, Sides, Trial
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.clock import Clock

PERIOD: Final = timedelta(days=7)
"""How far back it is looked unless somebody says."""
USUAL: Final = 5_000
MOST: Final = 20_000
"""Decisions that are replayed, the newest of the period: unless somebody says, and at most."""

_AT_ONCE: Final = 200
"""Decisions in one look at the rows: nobody else waits long for theirs."""


class Replaying:
    """Use cases that change nothing, on what is kept of decisions. One at a time."""

    def __init__(
        self,
        store: Store,
        observed: Observed,
        *,
        rulesets: Rulesets,
        calendar: Calendar,
        clock: Clock,
    ) -> None:
        self._store = store
        self._observed = observed
        self._rulesets = rulesets
        self._calendar = calendar
        self._clock = clock
        self._turn = asyncio.Lock()

    async def candidate(
        self,
        actor: Actor,
        candidate: Candidate,
        *,
        since: datetime | None = None,
        most: int = USUAL,
    ) -> Replay:
        """Return what a draft would have changed.

        Raises `errors.BadInput` for a period in the future and for ``most`` beyond `MOST`.
        """
        access.demand(actor, "policies.read")
        period = self._period(since, most)
        made = await self._replayed(actor, candidate.rules, period, most=most)
        return msgspec.structs.replace(made, is_switched_on=candidate.is_switched_on)

    async def document(
        self, actor: Actor, given: object, *, since: datetime | None = None, most: int = USUAL
    ) -> Replay:
        """Return what a whole document (plain objects) would have changed, if it were loaded.

        Raises `PolicyErrors` with its mistakes, and `errors.BadInput` as `candidate`.
        """
        access.demand(actor, "policies.read")
        period = self._period(since, most)

        seen = await self._store.read(
            lambda rows: facts.gather(rows, actor.account, server="stopped")
        )

        def work() -> CompiledSet:
            wanted = checking.loaded(given, seen, calendar=self._calendar)
            resolved, _ = targets.resolve_names(wanted, checking.account_of(seen))
            return compiler.compile_set(resolved, version=UNSAVED)

        rules = await asyncio.to_thread(work)  # seconds, for which no look at the rows is kept
        return await self._replayed(actor, rules, period, most=most)

    def _period(self, since: datetime | None, most: int) -> tuple[datetime, datetime]:
        now = self._clock.now()
        if since is not None and since >= now:
            raise errors.BadInput("The period begins in the past.", path="since")
        if not 1 <= most <= MOST:
            raise errors.BadInput(f"At least 1 and at most {MOST:,} decisions.", path="most")
        return since or now - PERIOD, now

    async def _replayed(
        self,
        actor: Actor,
        instead: CompiledSet,
        period: tuple[datetime, datetime],
        *,
        most: int,
    ) -> Replay:
        functions = frozenset(await self._observed.functions(actor.account))
        since, until = period
        wanted = DecisionsWanted(since=since, until=until)

        def begin(rows: Reading) -> Trial:
            seen = facts.gather(rows, actor.account, server="stopped", policies=Document(()))
            return Trial(Sides(self._now(rows, actor), instead), seen, functions=functions)

        async with self._turn:
            trial = await self._store.read(begin)
            rest = _Rest(most)
            while rest.has_more and rest.left:
                go_on = functools.partial(_go_on, trial=trial, account=actor.account)
                rest = await self._store.read(functools.partial(go_on, rest=rest, wanted=wanted))
        has_older = rest.has_more
        made = trial.told(rest.after.at if has_older and rest.after else since, until)
        moved = made.moved if actor.may("conversations.read") else ()
        return msgspec.structs.replace(made, moved=moved, has_older=has_older)

    def _now(self, rows: Reading, actor: Actor) -> CompiledSet:
        version = rows.current(actor.account)
        if version is None:
            return CompiledSet("", (), {}, {})
        found = self._rulesets.of(rows, actor.account, version.hash)
        return found or CompiledSet(version.hash, (), {}, {})


class _Rest(msgspec.Struct, frozen=True):
    """What is still to be looked at: ``left`` decisions at most, those behind ``after``."""

    left: int
    after: Place | None = None
    has_more: bool = True


def _go_on(
    rows: Reading, *, trial: Trial, account: AccountId, rest: _Rest, wanted: DecisionsWanted
) -> _Rest:
    """Make some more decisions once more; return what is left."""
    limit = min(_AT_ONCE, rest.left)
    found = rows.receipts(account, limit=limit + 1, after=rest.after, wanted=wanted)
    for each in found[:limit]:
        trial.add(rows, each.receipt)
    after = found[:limit][-1].place if found else rest.after
    return _Rest(rest.left - limit, after, len(found) > limit)
