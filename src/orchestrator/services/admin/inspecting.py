"""What analysis finds in the policies that decide now, found once a version and kept at hand.

Looking at thousands of policies takes seconds, in which nobody should wait for a list. So a list
takes what is known by then, and asks again; one look at a time, with rests as long as it took.
After an edit of a few policies it is only looked where that can have changed something.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec
import structlog

from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import analysis
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy.analysis import Edit, Facts, Finding, Looked
from orchestrator.core.policy.document import Document
from orchestrator.services.clock import Clock

PATIENCE: Final = 0.1
"""Seconds for which a list waits: enough for dozens of policies."""

ACCOUNTS: Final = 100
"""Accounts of which findings are kept, those looked at last."""

Mark = tuple[str, int]
"""What findings are of: a version's content address, and the account's newest change then."""

Examine = Callable[[Document, Facts, Edit | None], Awaitable[Sequence[Finding]]]
"""Looks at policies, knowing this of their account, and what was done to them since the last look
(None: there was none, or everything has to be looked at)."""

_log = structlog.get_logger(__name__)


async def examined(policies: Document, facts: Facts, edit: Edit | None = None) -> Sequence[Finding]:
    """Return what analysis finds, found on a thread: of thousands, others would feel it."""
    return await asyncio.to_thread(found, policies, facts, edit)


def found(policies: Document, facts: Facts, edit: Edit | None = None) -> tuple[Finding, ...]:
    """Return what analysis finds; of an ``edit``, what it finds where that changed something."""
    compiled = compiler.compile_set(policies)
    again = None
    if edit is not None:
        again = analysis.check_again(edit, compiled, policies=policies, facts=facts)
    return analysis.check(compiled, facts=facts) if again is None else again


class Inspected(msgspec.Struct, frozen=True):
    """Findings by the id of the policy that they are about. ``is_current``: of what decides now."""

    findings: Mapping[str, Sequence[Finding]]
    is_current: bool


class _Look(msgspec.Struct, frozen=True):
    mark: Mark
    looked: Looked
    findings: Mapping[str, Sequence[Finding]]
    rest_until: float


class Inspecting:
    """Looks at policy sets, each account's by itself."""

    def __init__(self, clock: Clock, *, examine: Examine) -> None:
        self._clock = clock
        self._examine = examine
        self._known: dict[AccountId, _Look] = {}
        self._looking: dict[AccountId, asyncio.Task[None]] = {}

    async def of(
        self, account: AccountId, mark: Mark, policies: Document, *, facts: Facts
    ) -> Inspected:
        """Return what is known of an account's policies after a moment at most."""
        known = self._known.get(account)
        if known is None or known.mark != mark:
            looking = self._looking.get(account)
            if looking is None and (known is None or self._now() >= known.rest_until):
                looking = asyncio.ensure_future(self._look(account, mark, policies, facts))
                self._looking[account] = looking
                looking.add_done_callback(lambda done: self._looked(account, done))
            if looking is not None:
                await asyncio.wait({looking}, timeout=PATIENCE)
        known = self._known.get(account)
        if known is None:
            return Inspected({}, is_current=False)
        return Inspected(known.findings, is_current=known.mark == mark)

    async def _look(self, account: AccountId, mark: Mark, policies: Document, facts: Facts) -> None:
        started = self._now()
        last = self._known.get(account)
        edit = None if last is None else analysis.edit(last.looked, policies, facts)
        found = tuple(await self._examine(policies, facts, edit))
        by_policy: dict[str, list[Finding]] = {}
        for finding in found:
            if finding.policies:
                by_policy.setdefault(finding.policies[0].id, []).append(finding)
        ended = self._now()
        self._known.pop(account, None)
        looked = Looked(policies, facts, found)
        self._known[account] = _Look(mark, looked, by_policy, ended + (ended - started))
        while len(self._known) > ACCOUNTS:
            del self._known[next(iter(self._known))]

    def _looked(self, account: AccountId, done: asyncio.Task[None]) -> None:
        self._looking.pop(account, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("policies.not-inspected", account=account, error=type(error).__name__)

    def _now(self) -> float:
        return self._clock.now().timestamp()
