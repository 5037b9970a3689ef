"""What the engine asks for, against an exhaustive search: all that can matter, nothing else."""

import itertools
import random

import pytest

from oracle import deciding, driving, exhaustive
from orchestrator.core.model import attributes


@pytest.mark.parametrize("tracing", ["off", "on"])
@pytest.mark.parametrize("seed", range(10))
def test_exactly_what_can_matter_is_asked_for(seed, tracing):
    """Each batch is the cheapest of the names that can still change the outcome; then none can."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    asked = spared = 0
    for _ in range(12):
        room = exhaustive.Room(chance)
        policy_set = driving.compiled(room.document)
        for _ in range(6):
            given = {name: chance.choice(pool) for name, pool in room.pools.items()}
            known = {}
            decision, batches = driving.asked(policy_set, driving.replies(given), tracing=tracing)
            assert driving.shown(decision) == deciding.decide(room.document, given)[0]
            for batch in batches:
                matters = room.matters(known)
                least = min(attributes.cost(name) for name in matters)
                cheapest = {name for name in matters if attributes.cost(name) == least}
                assert set(batch) == cheapest, (room.document, known)
                known |= {name: given[name] for name in batch}
            assert room.matters(known) == set(), (room.document, known)
            spared += len(given) - len(known)
            asked += len(known)
    assert min(asked, spared) > 50


def test_small_sets_are_right_for_all_that_their_attributes_can_make_of_them():
    """Every combination of values that make the conditions true, false, unknown and an error."""
    chance = random.Random(99)  # noqa: S311 — reproducible, not secret
    for _ in range(20):
        room = exhaustive.Room(chance)
        policy_set = driving.compiled(room.document)
        for chosen in itertools.islice(itertools.product(*room.pools.values()), 60):
            given = dict(zip(room.pools, chosen, strict=True))
            known = driving.replies(given)
            expected = deciding.decide(room.document, given)[0]
            assert driving.shown(driving.asked(policy_set, known)[0]) == expected
