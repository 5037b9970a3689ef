"""Ids of decisions: those of one time stand together, so that writing many touches few pages."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from orchestrator.core.model import times

_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_A: Final = 12
_RANDOM_B: Final = 62


def new(now: datetime) -> str:
    """Return a UUID of version 7 (RFC 9562, 5.7): the millisecond, then 74 random bits."""
    chance = secrets.randbits(_RANDOM_A + _RANDOM_B)
    high = (times.milliseconds(now) & 0xFFFF_FFFF_FFFF) << 80
    middle = (chance >> _RANDOM_B) << 64
    low = chance & ((1 << _RANDOM_B) - 1)
    return str(UUID(int=high | _VERSION | middle | _VARIANT | low))
