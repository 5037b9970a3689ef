"""Which rows hold, in order, where every attribute is at hand."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import lookup
from orchestrator.core.policy.index.table import Beside, Index
from orchestrator.core.policy.operators import Absent

Get = Callable[[str], Any]
"""From a canonical name to its value, None where it is missing, an `Absent` where it was lost."""

_LARGEST: Final = 1e300
"""Numbers beyond it are looked at more closely: they may be no JSON."""
_DONE: Final = 255


class Elsewhere(Exception):
    """A name is no key of the mapping, but may stand in it as an alias, or nested."""


def rows(  # noqa: C901, PLR0912 — calls would double what it costs
    index: Index, get: Get, given: Mapping[str, Any] | None = None
) -> Iterator[int]:
    """Yield the bits of the rows whose indexed literals all hold, in the order of the policies.

    ``given`` is the mapping that ``get`` reads by its very keys. Raises `Elsewhere`, and
    `errors.BadInput` for a value that is no JSON, be it one that matters or not.
    """
    if index.beside is not None:
        yield from _merged(index.beside, get, given)
        return
    left = index.true
    asks, needs = index.asks, index.needs
    asked = bytearray(len(asks))
    while left:
        length = left.bit_length()
        for number in needs[length - 1]:
            times = asked[number]
            if times == _DONE:
                continue
            name, true, holds, singly = asks[number]
            value = get(name)
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    _check(value, name)
            elif kind is int or kind is float:
                if not -_LARGEST < value < _LARGEST:
                    _check(value, name)
            elif value is None:
                if given is not None:
                    if not index.odd.isdisjoint(given):
                        raise Elsewhere
                    given = None
            elif kind is not bool:
                value = _check(value, name)
            if holds is not None and times < singly:
                asked[number] = times + 1
                if holds(value, length - 1):
                    continue
                left ^= 1 << (length - 1)
                break
            asked[number] = _DONE
            left &= true(value)
            if left.bit_length() != length:
                break
        else:
            yield length - 1
            left ^= 1 << (length - 1)


def _merged(beside: Beside, get: Get, given: Mapping[str, Any] | None) -> Iterator[int]:
    """Yield the bits of both indexes in the order of the policies."""
    size = len(beside.base.entrances)
    rest = rows(beside.masked, get, given)
    bit = next(rest, -1)
    for own in rows(beside.little, get, given):
        while bit >= beside.under[own]:
            yield bit
            bit = next(rest, -1)
        yield size + own
    if bit >= 0:
        yield bit
    yield from rest


def _check(value: object, name: str) -> Json | Absent:
    return value if isinstance(value, Absent) else lookup.plain_json(value, name)
