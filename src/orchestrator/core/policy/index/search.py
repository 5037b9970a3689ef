"""Which rows hold, in order, where every attribute is at hand: each lane is asked at most once."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import lookup
from orchestrator.core.policy.index.table import Index
from orchestrator.core.policy.operators import Absent

Get = Callable[[str], Any]
"""From a canonical name to its value, None where it is missing, an `Absent` where it was lost."""

_LARGEST: Final = 1e300
"""Numbers beyond it are looked at more closely: they may be no JSON."""


def rows(index: Index, get: Get) -> Iterator[int]:
    """Yield the bits of the rows whose indexed literals all hold, in the order of the policies.

    Raises `errors.BadInput` for a value that is no JSON, be it one that matters or not.
    """
    left = index.true
    units, needs = index.asks, index.needs
    asked = bytearray(len(units))
    while left:
        length = left.bit_length()
        for number in needs[length - 1]:
            if asked[number]:
                continue
            asked[number] = 1
            name, true = units[number]
            value = get(name)
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    _check(value, name)
            elif kind is int or kind is float:
                if not -_LARGEST < value < _LARGEST:
                    _check(value, name)
            elif value is not None and kind is not bool:
                value = _check(value, name)
            left &= true(value)
            if left.bit_length() != length:
                break
        else:
            yield length - 1
            left ^= 1 << (length - 1)


def _check(value: object, name: str) -> Json | Absent:
    return value if isinstance(value, Absent) else lookup.plain_json(value, name)
