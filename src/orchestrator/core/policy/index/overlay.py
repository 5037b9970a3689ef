"""An index for a set that differs a little from the one it was made of, without making it anew.

What is gone, changed, moved or switched off is masked out; what is new, changed, moved or switched
on stands beside, each with its place between the rows of the index. A few policies beside cost
little; when they are many, the index is to be made anew.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy.compiled import CompiledPolicy
from orchestrator.core.policy.index import build, search
from orchestrator.core.policy.index.search import Get
from orchestrator.core.policy.index.table import Beside, Index

MOST_BESIDE: Final = 64
"""With more policies beside, an index is worn."""


def patched(
    index: Index, policies: tuple[CompiledPolicy, ...], custom: Mapping[str, Json]
) -> Index:
    """Return an index of ``policies``, which are mostly those of ``index``.

    Policies are the same when their blocks are the same objects and their id and name are alike;
    ``custom`` are the very values that ``index`` was made with.
    """
    base = index if index.beside is None else index.beside.base
    floors = _floors(base) if index.beside is None else index.beside.floors
    places = _places(base, policies)
    stays = _rising(places)
    kept = {places[position] for position in stays}
    gone = _rows(base, floors, (place for place in range(len(base.policies)) if place not in kept))
    off = _rows(base, floors, (places[each] for each in stays if not policies[each].enabled))
    beside, under = _beside(policies, places, frozenset(stays), floors)
    little = build.index(beside, custom)
    alive = ~(gone | off)
    return msgspec.structs.replace(
        base,
        policies=policies,
        possible=base.possible & alive,
        true=base.true & alive,
        odd=base.odd | little.odd,
        nothing=build.nothing(policies),
        beside=Beside(
            base,
            floors,
            tuple(zip(under, beside, strict=True)),
            little,
            _under(little, beside, under),
        ),
    )
