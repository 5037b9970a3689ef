"""Ids of decisions: those of one time stand together, so that writing many touches few pages."""

import os
from datetime import datetime
from typing import Final

from orchestrator.core.model import times

_EACH: Final = 10
"""Random bytes of an id, of which 74 bits are used."""

_AT_ONCE: Final = 400
"""Ids for which chance is fetched together: asking the system costs more than it gives."""


class Ids:
    """Gives ids. For one thread."""

    def __init__(self) -> None:
        self._chance = b""
        self._used = 0

    def new(self, now: datetime) -> str:
        """Return a UUID of version 7 (RFC 9562, 5.7): the millisecond, then 74 random bits."""
        if self._used >= len(self._chance):
            self._chance, self._used = os.urandom(_EACH * _AT_ONCE), 0
        drawn = int.from_bytes(self._chance[self._used : self._used + _EACH])
        self._used += _EACH
        time = times.milliseconds(now) & 0xFFFF_FFFF_FFFF
        low = 0x8000_0000_0000_0000 | (drawn & 0x3FFF_FFFF_FFFF_FFFF)
        shown = f"{time:012x}7{drawn >> 68:03x}{low:016x}"
        return f"{shown[:8]}-{shown[8:12]}-{shown[12:16]}-{shown[16:20]}-{shown[20:]}"
