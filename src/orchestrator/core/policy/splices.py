"""Where two versions of a row differ: beside the gaps, both have the very same objects in order."""

import itertools
import operator
from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Gap(msgspec.Struct, frozen=True, gc=False):
    """What stood from ``old`` to ``old_end`` made room for what stands from ``new`` to ``new_end``.

    The ends are behind the last; either may be empty.
    """

    old: int
    old_end: int
    new: int
    new_end: int


def gaps(before: Sequence[object], after: Sequence[object]) -> tuple[Gap, ...]:
    """Return where ``after`` has other objects than ``before``, in order; none if nowhere.

    Something moved is in two gaps: where it went, and where it came from. All else is compared
    without a step of our own for each, so that one edit among thousands is found soon.
    """
    shorter = min(len(before), len(after))
    start = _alike(before, after, shorter)
    if start == len(before) == len(after):
        return ()
    tail = _alike(_turned(before, start), _turned(after, start), shorter - start)
    whole = Gap(start, len(before) - tail, start, len(after) - tail)
    old, new = whole.old_end - start, whole.new_end - start
    if min(old, new) <= 1 and max(old, new) <= 1:
        return (whole,)
    if old == new:
        if _are_alike(before[start + 1 : whole.old_end], after[start : whole.new_end - 1]):
            return _moved(whole, old=1, new=0)
        if _are_alike(before[start : whole.old_end - 1], after[start + 1 : whole.new_end]):
            return _moved(whole, old=0, new=1)
    return _many(before, after, whole)


def carried(row: tuple[T, ...], over: Sequence[Gap], made: Sequence[Sequence[T]]) -> tuple[T, ...]:
    """Return ``row``, one item for each object before, as one for each after.

    ``made`` has the items for each gap.
    """
    if not over:
        return row
    parts: list[Sequence[T]] = []
    place = 0
    for gap, items in zip(over, made, strict=True):
        parts += (row[place : gap.old], items)
        place = gap.old_end
    return tuple(itertools.chain.from_iterable((*parts, row[place:])))


def _turned(row: Sequence[object], start: int) -> Sequence[object]:
    """Return what stands from ``start`` on, from the back."""
    return row[: start - 1 if start else None : -1]


def _alike(one: Sequence[object], other: Sequence[object], most: int) -> int:
    """Return how many objects both begin with; ``most`` if there is no difference."""
    differs = map(operator.is_not, one, other)
    return next(itertools.compress(itertools.count(), differs), most)


def _are_alike(one: Sequence[object], other: Sequence[object]) -> bool:
    return all(map(operator.is_, one, other))


def _moved(whole: Gap, *, old: int, new: int) -> tuple[Gap, Gap]:
    """Return the gaps of one that was moved from the front of ``whole`` (``old``), or to it."""
    return (
        Gap(whole.old, whole.old + old, whole.new, whole.new + new),
        Gap(whole.old_end - new, whole.old_end, whole.new_end - old, whole.new_end),
    )


def _many(before: Sequence[object], after: Sequence[object], whole: Gap) -> tuple[Gap, ...]:
    """Return the gaps between the longest run of objects that are in both in the same order."""
    places = {id(before[place]): place for place in range(whole.old, whole.old_end)}
    pairs = [
        (place, position)
        for position in range(whole.new, whole.new_end)
        if (place := places.get(id(after[position]))) is not None
    ]
    found: list[Gap] = []
    old, new = whole.old, whole.new
    for place, position in (*_rising(pairs), (whole.old_end, whole.new_end)):
        if (old, new) != (place, position):
            found.append(Gap(old, place, new, position))
        old, new = place + 1, position + 1
    return tuple(found)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a longest choice of ``pairs`` whose first numbers rise as well as the second do."""
    ends: list[int] = []  # the lowest place that ends a run of each length
    last: list[int] = []  # its number
    before: list[int] = []
    for number, (place, _) in enumerate(pairs):
        length = len(ends) if not ends or place > ends[-1] else bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            last.append(number)
        else:
            ends[length], last[length] = place, number
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    found.reverse()
    return found
