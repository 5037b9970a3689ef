"""The part of a trace that people look at: of thousands of policies, a few dozen.

A trace has an entry for each policy that was tried. Whoever shows fifty of them need not have the
others made: a policy that did not match changes nothing for those behind it.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from orchestrator.core.policy import engine
from orchestrator.core.policy.compiled import CompiledSet


def trace(
    policy_set: CompiledSet,
    read: engine.Read,
    *,
    at: datetime | None,
    most: int,
    also: Collection[str] = (),
) -> dict[str, Any]:
    """Return the trace of a decision with the entries of ``most`` policies, or all if it has fewer.

    These are the one that decided, those whose ids are in ``also``, and the first ones. Each entry
    has the ``number`` of its policy in the set, from 1; ``leftOut`` counts those that were tried
    and have none. ``also`` may hold more than ``most``.
    """
    policies = policy_set.policies
    decided = engine.settle(policy_set, read, at=at).policy_id
    places = {policy.id: place for place, policy in enumerate(policies)}
    tried = len(policies) if decided is None else places[decided] + 1
    kept = {places[each] for each in also if places.get(each, tried) < tried}
    kept |= {tried - 1} if decided is not None else set()
    room = max(0, most - len(kept))
    first = (place for place in range(tried) if place not in kept)
    kept.update(place for place, _ in zip(first, range(room), strict=False))
    some = tuple(policies[place] for place in sorted(kept))
    alone = msgspec.structs.replace(policy_set, policies=some, index=None)
    made = engine.run(alone, read, at=at, tracing="on").trace or {"policies": []}
    entries = [{**each, "number": places[each["id"]] + 1} for each in made["policies"]]
    return {**made, "policies": entries, "leftOut": tried - len(kept)}
