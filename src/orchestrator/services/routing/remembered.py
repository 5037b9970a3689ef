"""Answers of functions, kept for as long as their contracts say, in bounded space."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json, Known

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 32_000_000
LARGEST: Final = 256_000
"""Bytes of JSON. A larger answer is not kept."""

Key = tuple[str, str, datetime, bytes]
"""Account, name, when the function was changed last, and what is sent as canonical JSON."""


class _Kept(msgspec.Struct, frozen=True):
    value: bytes
    as_of: datetime
    until: datetime


class Remembered:
    """Values by key; the least recently used go first. Each reader gets a copy of its own."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, *, now: datetime) -> Known | None:
        """Return what was answered, while it is good."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found.until <= now:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return Known(msgspec.json.decode(found.value), "function", found.as_of)

    def put(self, key: Key, value: Json, *, as_of: datetime, until: datetime) -> None:
        """Keep an answer, unless it is very large."""
        encoded = msgspec.json.encode(value)
        if len(encoded) > LARGEST:
            return
        self._drop(key)
        self._kept[key] = _Kept(encoded, as_of, until)
        self._bytes += _size(key, encoded)
        while len(self._kept) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def forget(self, account: str) -> None:
        """Drop all answers of an account's functions."""
        for key in [key for key in self._kept if key[0] == account]:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= _size(key, found.value)


def _size(key: Key, value: bytes) -> int:
    return len(key[3]) + len(value)
