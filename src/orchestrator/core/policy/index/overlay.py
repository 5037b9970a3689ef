"""An index for a set that differs a little from the one it was made of, without making it anew.

What is gone, changed, moved or switched off is masked out; what is new, changed, moved or switched
on stands beside, with an index of its own, each policy with its place between the rows of the
other. A few policies beside cost little; when they are many, the index is to be made anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import splices
from orchestrator.core.policy.compiled import CompiledPolicy
from orchestrator.core.policy.index import build
from orchestrator.core.policy.index.table import Beside, Index

MOST_BESIDE: Final = 64
"""With more policies beside, an index is worn."""

_SILENT: Final = -1
"""The place of a policy that decides nothing: it is switched off, or invalid."""
_BESIDE: Final = -2
"""The place of a policy that stands beside."""


def is_worn(index: Index) -> bool:
    """Return whether so many policies stand beside that it had better be made anew."""
    return index.beside is not None and len(index.beside.stops) > MOST_BESIDE


def patched(
    index: Index, policies: tuple[CompiledPolicy, ...], custom: Mapping[str, Json]
) -> Index:
    """Return an index of ``policies``, which are mostly those of ``index``.

    Only policies that are other objects are looked at. ``custom`` are the very values that
    ``index`` was made with.
    """
    gaps = splices.gaps(index.policies, policies)
    if not gaps:
        return index
    old = index.beside or _unpatched(index)
    base, floors = old.base, old.floors
    gone = [place for gap in gaps for place in old.places[gap.old : gap.old_end] if place >= 0]
    new = [[_standing(policy) for policy in policies[gap.new : gap.new_end]] for gap in gaps]
    places = list(splices.carried(old.places, gaps, new))
    back = _back(base, policies, places, [(gap.new, gap.new_end) for gap in gaps])
    dead = (old.dead | _rows(floors, gone)) & ~_rows(floors, back)
    stops = _stops(policies, places, floors)
    little = build.index(tuple(policy for _, policy in stops), custom)
    under = {id(policy): floor for floor, policy in stops}
    masked = msgspec.structs.replace(base, possible=base.possible & ~dead, true=base.true & ~dead)
    size = len(base.entrances)
    return msgspec.structs.replace(
        masked,
        policies=policies,
        entrances=base.entrances + little.entrances,
        opaque={**base.opaque, **{size + bit: found for bit, found in little.opaque.items()}},
        odd=base.odd | little.odd,
        nothing=build.nothing(policies),
        pick=None,
        beside=Beside(
            base,
            floors,
            masked,
            little,
            tuple(under[id(entrance.policy)] for entrance in little.entrances),
            tuple(stops),
            tuple(places),
            dead,
        ),
    )


def _unpatched(base: Index) -> Beside:
    """Return what ``base`` has beside before anything is."""
    places = tuple(
        place if policy.enabled and policy.blocks else _SILENT
        for place, policy in enumerate(base.policies)
    )
    return Beside(base, _floors(base), base, base, (), (), places, 0)


def _standing(policy: CompiledPolicy) -> int:
    """Return the place of a policy that is new."""
    return _BESIDE if policy.enabled and policy.blocks else _SILENT


def _floors(base: Index) -> tuple[int, ...]:
    """Return the lowest bit of every policy; of one without rows, that of the one before it."""
    floor = len(base.entrances)
    found: list[int] = []
    for policy in base.policies:
        if floor and base.entrances[floor - 1].policy is policy:
            floor = base.entrances[floor - 1].policy_floor
        found.append(floor)
    return (*found, len(base.entrances))  # at -1: what is in front of the first


def _rows(floors: Sequence[int], places: Iterable[int]) -> int:
    """Return the rows of the policies at ``places``."""
    found = 0
    for place in places:
        low, high = floors[place], floors[place - 1]
        if high > low:
            found |= ((1 << (high - low)) - 1) << low
    return found


def _back(
    base: Index,
    policies: Sequence[CompiledPolicy],
    places: list[int],
    new: Sequence[tuple[int, int]],
) -> list[int]:
    """Put policies back that are again what and where they were, and return their places.

    One that was switched off and on again is another object, with the same blocks.
    """
    found: list[int] = []
    for position in (position for some in new for position in range(*some)):
        if places[position] != _BESIDE:
            continue
        first = _before(places, position) + 1
        end = next((place for place in places[position + 1 :] if place >= 0), len(base.policies))
        policy = policies[position]
        for place in range(first, end):
            old = base.policies[place]
            if (
                old.blocks is policy.blocks
                and old.enabled
                and (old.id, old.name) == (policy.id, policy.name)
            ):
                places[position] = place
                found.append(place)
                break
    return found


def _before(places: Sequence[int], position: int) -> int:
    """Return the place of what precedes ``position`` in the base; -1 if nothing does."""
    while position:
        position -= 1
        if places[position] >= 0:
            return places[position]
    return -1


def _stops(
    policies: Sequence[CompiledPolicy], places: Sequence[int], floors: Sequence[int]
) -> list[tuple[int, CompiledPolicy]]:
    """Return what stands beside, in order: each with the bit above which rows precede it."""
    return [
        (floors[_before(places, position)], policies[position])
        for position, place in enumerate(places)
        if place == _BESIDE
    ]
