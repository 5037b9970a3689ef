"""What hours that are over add up to, kept: a month is not counted anew at every look.

A decision is counted in the hour in which it is made, so what lies behind stays as it is. Three
things may still change it: a decision that is written late, a clock that was turned back (both are
noticed here, by whoever writes), and what retention takes away, which is gone from here after
`LONGEST` at the latest.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from orchestrator.adapters.storage import tallies
from orchestrator.core.model.ids import AccountId

T = TypeVar("T")

LATE: Final = timedelta(minutes=10)
"""An hour is over so long after its end: another server's clock may be behind ours."""

RESTLESS: Final = 60.0
"""Seconds for which nothing of an account is kept after one of its old hours was counted in: until
then that is committed, and no look has a snapshot from before."""

LONGEST: Final = 3_600.0
"""Seconds for which sums are kept."""

KEPT: Final = 128
"""Sums kept; those used last. An open dashboard has six."""


class Settled:
    """Sums over hours that are over. For any number of threads.

    ``now`` returns what time it is; where nobody knows, no hour is over. ``clock`` counts seconds
    and is never turned.
    """

    def __init__(
        self,
        now: Callable[[], datetime] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._sums: OrderedDict[tuple[AccountId, Hashable], tuple[float, Any]] = OrderedDict()
        self._restless: dict[AccountId, float] = {}

    def __len__(self) -> int:
        """How many sums are kept."""
        return len(self._sums)

    def until(self, account: AccountId, since: datetime, until: datetime) -> datetime:
        """Return how far from ``since`` a period is over: ``since`` where none of it is."""
        over = self._over()
        if over is None or self._is_restless(account):
            return since
        return min(until, max(since, over))

    def sums(self, account: AccountId, question: Hashable, find: Callable[[], T]) -> T:
        """Return what ``find`` returns, or returned before; it is everybody's, and not changed."""
        key = (account, question)
        with self._lock:
            kept = self._sums.get(key)
            if kept is not None and self._clock() < kept[0]:
                self._sums.move_to_end(key)
                return kept[1]
        found = find()
        with self._lock:
            if not self._is_restless(account):
                self._sums[key] = (self._clock() + LONGEST, found)
                self._sums.move_to_end(key)
                while len(self._sums) > KEPT:
                    self._sums.popitem(last=False)
        return found

    def stir(self, account: AccountId, at: datetime) -> None:
        """Forget an account's sums where a decision of ``at`` is about to be counted among them."""
        over = self._over()
        if over is None or at >= over:
            return
        with self._lock:
            now = self._clock()
            self._restless = {each: end for each, end in self._restless.items() if end > now}
            self._restless[account] = now + RESTLESS
            for key in [each for each in self._sums if each[0] == account]:
                del self._sums[key]

    def _is_restless(self, account: AccountId) -> bool:
        end = self._restless.get(account)
        return end is not None and self._clock() < end

    def _over(self) -> datetime | None:
        return None if self._now is None else tallies.hour_of(self._now() - LATE)
