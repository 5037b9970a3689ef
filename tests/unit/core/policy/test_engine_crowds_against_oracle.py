"""Large sets of one sort against the oracle: where an index is of least use, it is as right."""

import random

import pytest

from oracle import crowds, deciding, driving, mixing
from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import engine
from orchestrator.core.policy.index import build, checks
from running import amount

SIZES = {3: 20, 65: 40, 400: 15, 2_000: 6}
"""Decisions for sets of so many policies."""
HEAVY_SIZES = {3: 20, 65: 20, 400: 4}
TRACED = 6
HEAVY = (crowds.wide, crowds.deep)
"""So many conditions in each policy that the oracle would take minutes for the largest sets."""


@pytest.mark.parametrize("crowd", crowds.CROWDS, ids=lambda crowd: crowd.__name__)
def test_crowds_agree_with_the_oracle(crowd):
    """Decisions at every size; what is asked for is what walking the set in order asks for."""
    mix = mixing.Mix()
    sizes = HEAVY_SIZES if crowd in HEAVY else SIZES
    for size, once in sizes.items():
        times = once * amount.TIMES
        chance = random.Random(size)  # noqa: S311 — reproducible, not secret
        made = crowds.a_document(chance, crowd, size)
        policy_set = driving.compiled(made)
        for turn in range(times):
            given = crowds.attributes_for(chance, made, 0.2 if turn % 5 == 0 else 0.0)
            expected, tried = deciding.decide(made, given)
            known = driving.replies(given)
            decision, batches = driving.asked(policy_set, known)
            assert driving.shown(decision) == expected, (size, turn)
            if turn < TRACED or (size < 100 and turn % 5 == 0):
                traced, asked = driving.asked(policy_set, known, tracing="on")
                assert (driving.shown(traced), asked) == (expected, batches), (size, turn)
                assert driving.alike(driving.states(traced)) == driving.alike(tried), (size, turn)
            mix.add(made, expected, tried)
    print(mix)  # noqa: T201 — pytest -rP shows it
    assert mix.places.total() == (sum(sizes.values()) - sizes[3]) * amount.TIMES
    assert min(mix.states["TRUE"], mix.states["FALSE"]) > 5


@pytest.mark.parametrize("crowd", crowds.CROWDS, ids=lambda crowd: crowd.__name__)
@pytest.mark.parametrize("room", [0, 400])
def test_crowds_agree_where_there_is_little_room(crowd, room, monkeypatch):
    """With no room for dense masks, or for a few of them, the short ones say the same."""
    monkeypatch.setattr(build, "ROOM", room)
    monkeypatch.setattr(build, "ROOM_PER_LITERAL", 0)
    monkeypatch.setattr(checks, "FEW_LISTS", 1)
    chance = random.Random(room)  # noqa: S311 — reproducible, not secret
    made = crowds.a_document(chance, crowd, 40)
    policy_set = driving.compiled(made)
    for turn in range(15 * amount.TIMES):
        given = crowds.attributes_for(chance, made, 0.2 if turn % 5 == 0 else 0.0)
        known = driving.replies(given)
        expected = deciding.decide(made, given)[0]
        decision, batches = driving.asked(policy_set, known)
        assert driving.shown(decision) == expected, turn
        traced, asked = driving.asked(policy_set, known, tracing="on")
        assert (driving.shown(traced), asked) == (expected, batches), turn
        read = (known | {"conversation.nobody": Known(None)}).__getitem__
        assert driving.shown(engine.run(policy_set, read, at=None)) == expected, turn
