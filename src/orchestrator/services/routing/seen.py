"""Which values attributes were last seen with: looked at in passing, written now and then."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.ids import AccountId
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.services.routing.ports import Remembered, SeenValue

EVERY: Final = timedelta(minutes=1)
"""How often an attribute's value is noted at most: an example for editors, no statistics."""

MOST_WAITING: Final = 1_000
"""Values that wait for the next `flush`; further ones are seen another time."""

MOST_NAMES: Final = 10_000
"""Attributes, of all accounts, of which is remembered when they were noted."""

LONGEST: Final = 200
"""Characters of a value's JSON; of a longer one only its kind would help, so it is left out."""


class Seen:
    """Notes values of receipts without waiting. Never a sensitive one, nor who somebody is."""

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered
        self._noted: OrderedDict[tuple[AccountId, str], datetime] = OrderedDict()
        self._waiting: dict[tuple[AccountId, str], SeenValue] = {}

    def note(self, receipt: Receipt, *, now: datetime) -> None:
        """Note what a decision read, if it is time to. Its rules may have seen another clock."""
        for reading in receipt.readings:
            key = (receipt.account, reading.name)
            noted = self._noted.get(key)
            if noted is not None and timedelta() <= now - noted < EVERY:
                continue
            if len(self._waiting) >= MOST_WAITING or not _is_fit(reading):
                continue
            self._noted[key] = now
            self._noted.move_to_end(key)
            while len(self._noted) > MOST_NAMES:
                self._noted.popitem(last=False)
            self._waiting[key] = SeenValue(
                receipt.account, reading.name, reading.value, reading.source, now
            )

    def forget(self, account: AccountId) -> None:
        """Drop what waits of an account: somebody is erased, and it may be of theirs."""
        for key in [key for key in self._waiting if key[0] == account]:
            del self._waiting[key]

    async def flush(self, _now: datetime, limit: int) -> int:
        """Write what was noted, at most ``limit`` values, in one transaction; return how many.

        What cannot be written is seen again another time.
        """
        some: Sequence[Any] = list(self._waiting)[:limit]
        values = [self._waiting.pop(key) for key in some]
        if values:
            await self._remembered.put(values)
        return len(values)


def _is_fit(reading: Reading) -> bool:
    if reading.value is None or not attributes.may_be_kept_aside(reading.name):
        return False
    return len(msgspec.json.encode(reading.value)) <= LONGEST
