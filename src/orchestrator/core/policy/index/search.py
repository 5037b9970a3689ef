"""Which rows hold, in order, where every attribute is at hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from orchestrator.core.policy.index import checks, flat
from orchestrator.core.policy.index.flat import LARGEST, Get
from orchestrator.core.policy.index.table import Beside, Index

NONE: Final = -1
"""No row."""
_DONE: Final = 255


class Elsewhere(Exception):
    """A name is no key of the mapping, but may stand in it as an alias, or nested."""


def rows(index: Index, get: Get, given: Mapping[str, Any] | None = None) -> Iterator[int]:
    """Yield the bits of the rows whose indexed literals all hold, in the order of the policies.

    ``given`` is the mapping that ``get`` reads by its very keys. Raises `Elsewhere`, and
    `errors.BadInput` for a value that is no JSON, be it one that matters or not.
    """
    if index.beside is not None:
        yield from _merged(index.beside, get, given)
        return
    quick = index.keyed.quick(get)
    if quick is None:
        found = _looked_up(index, get, given)
    else:
        found, missing = quick
        if missing and given is not None:
            _missing(index, given)
    found.sort(reverse=True)
    masked = quick is not None and index.keyed.masked
    rest = None if masked or not index.rest.left else _Rest(index, get, given)
    for bit in onward(index, found, get, given):
        if rest is not None:
            yield from rest.down_to(bit)
        yield bit
    if rest is not None:
        yield from rest.down_to(0)


def onward(
    index: Index, found: Sequence[int], get: Get, given: Mapping[str, Any] | None
) -> Iterator[int]:
    """Yield the candidates whose indexed literals all hold, each once."""
    left = found
    while (bit := first(index, left, get, given)) != NONE:
        yield bit
        left = [other for other in left if other < bit]  # two values may have found it


def first(  # noqa: C901, PLR0912 — calls would double what it costs
    index: Index, found: Sequence[int], get: Get, given: Mapping[str, Any] | None
) -> int:
    """Return the first candidate whose indexed literals all hold, `NONE` if there is none.

    Raises as `rows` does.
    """
    chains = index.keyed.checks
    for bit in found:
        check = chains[bit]
        while check is not None:
            name, kind, kinds, asked, constant, on_none, literal, check = check
            value = get(name)
            its_kind = type(value)
            if its_kind is kind or its_kind in kinds:
                if its_kind is str:
                    if not value.isascii():
                        flat.check(value, name)
                elif its_kind is not bool and not -LARGEST < value < LARGEST:
                    flat.check(value, name)
                if asked(value, constant):
                    continue
                break
            if value is None:
                if given is not None:
                    _missing(index, given)
                if on_none:
                    continue
                break
            if not checks.slow(literal, flat.check(value, name)):
                break
        else:
            if index.true >> bit & 1:
                return bit
    return NONE


def _looked_up(index: Index, get: Get, given: Mapping[str, Any] | None) -> list[int]:
    """Return candidates by values of whatever kinds."""
    found = [*index.keyed.always]
    for probe in index.keyed.probes:
        value = get(probe.name)
        if value is None:
            if given is not None:
                _missing(index, given)
                given = None
        elif type(value) is str:
            if not value.isascii():
                flat.check(value, probe.name)
            found += probe.by_text(value) or ()
        else:
            found += flat.other(value, probe.name, probe.by_value)
    return found


def _missing(index: Index, given: Mapping[str, Any]) -> None:
    """A name that is no key may have another spelling, or stand inside another value."""
    if not index.odd.isdisjoint(given):
        raise Elsewhere


class _Rest:
    """The rows that no key finds, in order: the first that is left asks the lanes it needs."""

    __slots__ = ("_asked", "_get", "_given", "_index", "_left")

    def __init__(self, index: Index, get: Get, given: Mapping[str, Any] | None) -> None:
        self._index, self._get, self._given = index, get, given
        self._left = index.rest.left
        self._asked = bytearray(len(index.rest.asks))

    def down_to(self, floor: int) -> Iterator[int]:
        """Yield the rows that hold and were not yielded yet, down to the bit ``floor``."""
        places, true = self._index.rest.bits, self._index.true
        while self._left:
            top = self._left.bit_length() - 1
            bit = places[top]
            if bit < floor:
                return
            if self._stands(top):
                self._left ^= 1 << top
                if true >> bit & 1:
                    yield bit

    def _stands(self, top: int) -> bool:  # noqa: C901 — calls would double what it costs
        """Whether the first row left, ``top``, holds; what fails with it is left no more."""
        index, get, asked = self._index, self._get, self._asked
        asks = index.rest.asks
        for number in index.rest.needs[top]:
            times = asked[number]
            if times == _DONE:
                continue
            name, true, holds, singly = asks[number]
            value = get(name)
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    flat.check(value, name)
            elif kind is int or kind is float:
                if not -LARGEST < value < LARGEST:
                    flat.check(value, name)
            elif value is None:
                if self._given is not None:
                    _missing(index, self._given)
                    self._given = None
            elif kind is not bool:
                value = flat.check(value, name)
            if holds is not None and times < singly:
                asked[number] = times + 1
                if holds(value, top):
                    continue
                self._left ^= 1 << top
                return False
            asked[number] = _DONE
            left = self._left = self._left & true(value)
            if left.bit_length() <= top:
                return False
        return True


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
