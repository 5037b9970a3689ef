"""An index for a set that differs a little from the one it was made of, without making it anew.

What is gone, changed, moved or switched off is masked out; what is new, changed, moved or switched
on stands beside, with an index of its own, each policy with its place between the rows of the
other. A few policies beside cost little; when they are many, the index is to be made anew.
"""

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
    places = _places(base, policies)
    stays = _rising(places)
    stops = _stops(policies, places, stays, floors=floors)
    little = build.index(tuple(policy for _, policy in stops), custom)
    under = {id(policy): floor for floor, policy in stops}
    kept = {places[position] for position in stays}
    alive = ~_rows(floors, (place for place in range(len(base.policies)) if place not in kept))
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


def _places(base: Index, policies: Sequence[CompiledPolicy]) -> list[int]:
    """Return where each policy stands in ``base``; -1 for those that do not decide there so."""
    known = {id(policy.blocks): place for place, policy in enumerate(base.policies)}
    found: list[int] = []
    for policy in policies:
        place = known.get(id(policy.blocks), -1) if policy.enabled and policy.blocks else -1
        if place >= 0:
            old = base.policies[place]
            if not old.enabled or old.name != policy.name or old.id != policy.id:
                place = -1
        found.append(place)
    return found


def _rising(places: Sequence[int]) -> list[int]:
    """Return the positions of a longest run of places, with gaps, that are in rising order."""
    known = [position for position, place in enumerate(places) if place >= 0]
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
    stays: Collection[int],
    *,
    floors: Sequence[int],
) -> list[tuple[int, CompiledPolicy]]:
    """Return what stands beside, in order: each with the bit above which rows precede it."""
    staying = frozenset(stays)
    floor = floors[-1]
    found: list[tuple[int, CompiledPolicy]] = []
    for position, policy in enumerate(policies):
        if position in staying:
            floor = floors[places[position]]
        elif policy.enabled and policy.blocks:
            found.append((floor, policy))
    return found
