"""How often somebody may do what costs others: buckets that are emptied by use and fill with time.

Everything is in the memory of one process and forgotten at a restart. What is remembered is
bounded; what was used longest ago is forgotten first.
"""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Final

import msgspec

_HOUSE: Final = 64
"""Bits of an IPv6 address that name a house; the others everybody chooses alone (RFC 4291)."""


class Allowance(msgspec.Struct, frozen=True):
    """``burst`` uses at once, and one more every ``seconds``."""

    burst: int
    seconds: float


Counted = tuple[Hashable, Allowance]
"""Whose bucket, and how large it is."""


class Allowances:
    """The buckets of many, of whom at most ``remembered`` are remembered."""

    def __init__(self, *, remembered: int) -> None:
        self._remembered = remembered
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._buckets)

    def wait(self, counted: Iterable[Counted], *, now: datetime) -> int:
        """Return the seconds until none of these buckets is empty any more, 0 for now."""
        waits = [
            0.0 if (bucket := self._buckets.get(key)) is None else bucket.wait(now, allowance)
            for key, allowance in counted
        ]
        return math.ceil(max(waits, default=0.0))

    def spend(self, counted: Iterable[Counted], *, now: datetime) -> None:
        """Take one use out of each of these buckets; an empty one stays so."""
        for key, allowance in counted:
            self._bucket(key, now).spend(now, allowance)

    def _bucket(self, key: Hashable, now: datetime) -> "_Bucket":
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = _Bucket(now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return found


def neighbourhood(address: str) -> str:
    """Return what stands for an address: for IPv6 its network, in which one person has them all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, ipaddress.IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), _HOUSE), strict=False))


class _Bucket:
    """Uses so far, less those that time has made good."""

    def __init__(self, now: datetime) -> None:
        self._used = 0.0
        self._at = now

    def wait(self, now: datetime, allowance: Allowance) -> float:
        """Return the seconds until it holds one more, 0 for now."""
        self._refill(now, allowance)
        return max(0.0, (self._used - (allowance.burst - 1)) * allowance.seconds)

    def spend(self, now: datetime, allowance: Allowance) -> None:
        """Note a use."""
        self._refill(now, allowance)
        self._used = min(self._used + 1, float(allowance.burst))

    def _refill(self, now: datetime, allowance: Allowance) -> None:
        passed = max(0.0, (now - self._at).total_seconds())
        self._used = max(0.0, self._used - passed / allowance.seconds)
        self._at = now
