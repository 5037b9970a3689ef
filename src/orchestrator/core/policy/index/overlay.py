"""An index for a set that differs a little from the one it was made of, without making it anew.

What is gone, changed, moved or switched off is masked out; what is new, changed, moved or switched
on stands beside, with an index of its own, each policy with its place between the rows of the
other. A few policies beside cost little; when they are many, the index is to be made anew.
"""

import itertools
import operator
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.compiled import CompiledPolicy
from orchestrator.core.policy.index import build
from orchestrator.core.policy.index.table import Beside, Index

MOST_BESIDE: Final = 64
"""With more policies beside, an index is worn."""


def is_worn(index: Index) -> bool:
    """Return whether so many policies stand beside that it had better be made anew."""
    return index.beside is not None and len(index.beside.stops) > MOST_BESIDE


def patched(
    index: Index, policies: tuple[CompiledPolicy, ...], custom: Mapping[str, Json]
) -> Index:
    """Return an index of ``policies``, which are mostly those of ``index``.

    Policies are the same when their blocks are the same objects, and id and name are alike;
    ``custom`` are the very values that ``index`` was made with.
    """
    base = index if index.beside is None else index.beside.base
    floors = _floors(base) if index.beside is None else index.beside.floors
    beside = frozenset(id(policy) for _, policy in index.beside.stops) if index.beside else ()
    standing = _standing(base)
    places = _places(base, policies, standing, beside=beside)
    stays = _rising(places)
    stops = _stops(policies, places, stays, floors=floors)
    little = build.index(tuple(policy for _, policy in stops), custom)
    under = {id(policy): floor for floor, policy in stops}
    gone = set(standing.values()).difference([places[position] for position in stays])
    alive = ~_rows(floors, gone)
    masked = msgspec.structs.replace(
        base, possible=base.possible & alive, true=base.true & alive, beside=None
    )
    size = len(base.entrances)
    return msgspec.structs.replace(
        masked,
        policies=policies,
        entrances=base.entrances + little.entrances,
        opaque={**base.opaque, **{size + bit: found for bit, found in little.opaque.items()}},
        odd=base.odd | little.odd,
        nothing=build.nothing(policies),
        beside=Beside(
            base,
            floors,
            masked,
            little,
            tuple(under[id(entrance.policy)] for entrance in little.entrances),
            tuple(stops),
        ),
    )


def _floors(index: Index) -> tuple[int, ...]:
    """Return the lowest bit of every policy; of one without rows, that of the one before it."""
    lowest = {id(entrance.policy): entrance.policy_floor for entrance in index.entrances}
    floor = len(index.entrances)
    found: list[int] = []
    for policy in index.policies:
        floor = lowest.get(id(policy), floor)
        found.append(floor)
    return (*found, len(index.entrances))  # at -1: what is in front of the first


def _rows(floors: Sequence[int], places: Iterable[int]) -> int:
    """Return the rows of the policies at ``places``."""
    found = 0
    for place in places:
        low, high = floors[place], floors[place - 1]
        if high > low:
            found |= ((1 << (high - low)) - 1) << low
    return found


def _standing(base: Index) -> dict[int, int]:
    """Return the places of the policies that decide by ``base``, by identity."""
    return {
        id(policy): place
        for place, policy in enumerate(base.policies)
        if policy.enabled and policy.blocks
    }


def _places(
    base: Index,
    policies: Sequence[CompiledPolicy],
    standing: Mapping[int, int],
    *,
    beside: Collection[int],
) -> list[int]:
    """Return where each policy stands in ``base``; -1 for those that do not decide there so.

    What stood ``beside`` stays there: else every policy that was moved would be looked for again.
    """
    found = [standing.get(id(policy), -1) for policy in policies]
    strangers = [
        position
        for position, place in enumerate(found)
        if place < 0 and policies[position].enabled and policies[position].blocks
    ]
    if beside:
        for position, policy in enumerate(policies):
            if id(policy) in beside:
                found[position] = -1
        strangers = [each for each in strangers if id(policies[each]) not in beside]
    if strangers:  # perhaps one that was switched off and on again
        known = {id(base.policies[place].blocks): place for place in standing.values()}
        for position in strangers:
            policy = policies[position]
            place = known.get(id(policy.blocks))
            if place is None:
                continue
            old = base.policies[place]
            if old.name == policy.name and old.id == policy.id:
                found[position] = place
    return found


def _rising(places: Sequence[int]) -> list[int]:
    """Return the positions of a longest run of places, with gaps, that are in rising order."""
    known = [position for position, place in enumerate(places) if place >= 0]
    row = [places[position] for position in known]
    fall = next(itertools.compress(itertools.count(), map(operator.gt, row, row[1:])), None)
    if fall is None:
        return known
    for odd in (fall, fall + 1):  # one that was moved is the usual reason
        rest = row[:odd] + row[odd + 1 :]
        if all(map(operator.lt, rest, rest[1:])):
            return known[:odd] + known[odd + 1 :]
    return _longest(places, known)


def _longest(places: Sequence[int], known: Sequence[int]) -> list[int]:
    ends: list[int] = []  # the lowest place that ends a run of each length
    last: list[int] = []  # its position
    before: dict[int, int] = {}
    for position in known:
        place = places[position]
        length = len(ends) if not ends or place > ends[-1] else bisect_left(ends, place)
        if length == len(ends):
            ends.append(place)
            last.append(position)
        else:
            ends[length], last[length] = place, position
        before[position] = last[length - 1] if length else -1
    found: list[int] = []
    position = last[-1] if last else -1
    while position >= 0:
        found.append(position)
        position = before[position]
    found.reverse()
    return found


def _stops(
    policies: Sequence[CompiledPolicy],
    places: Sequence[int],
    stays: Sequence[int],
    *,
    floors: Sequence[int],
) -> list[tuple[int, CompiledPolicy]]:
    """Return what stands beside, in order: each with the bit above which rows precede it."""
    staying = frozenset(stays)
    found: list[tuple[int, CompiledPolicy]] = []
    for position, policy in enumerate(policies):
        if position not in staying and policy.enabled and policy.blocks:
            before = bisect_left(stays, position)
            floor = floors[places[stays[before - 1]]] if before else floors[-1]
            found.append((floor, policy))
    return found
