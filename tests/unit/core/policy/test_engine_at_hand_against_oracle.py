"""With attributes at hand, all or some of them, the answers are those of asking for each."""

import random
from datetime import UTC, datetime

import pytest

import orchestrator
from oracle import deciding, driving, pools, shaping, varied
from orchestrator.core.model import errors
from orchestrator.core.policy import engine
from running import amount

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_set(seed):
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    return chance, varied.a_document(chance)


def usable(made):
    """The same set without what only a stored one may hold."""
    kept = [policy for policy in made["policies"] if policy.get("conditions") != "whenever"]
    return made | {"policies": kept}


@pytest.mark.parametrize("part", range(6))
def test_what_is_at_hand_is_never_asked_for_and_changes_no_decision(part):
    """Some attributes at hand, all of them, or none: then the batches are those of nothing given.

    Tracing changes neither the decision nor what is asked for.
    """
    for seed in range(part, 80 * amount.TIMES, 6):
        chance, made = a_set(20_000 + seed)
        policy_set = driving.compiled(made)
        for turn in range(12):
            given = varied.attributes_for(chance, made, 0.15 if turn % 4 == 0 else 0.0)
            expected, _ = deciding.decide(made, given, NOON)
            known = driving.replies(given | {"conversation.nobody": None})
            share = chance.choice([0.1, 0.5, 0.9])
            hand = {name: each for name, each in known.items() if chance.random() < share}
            decision, batches = driving.asked(policy_set, known, at=NOON, given=hand.get)
            assert driving.shown(decision) == expected, (seed, turn)
            assert not any(hand.keys() & batch for batch in batches), (seed, turn)
            traced = driving.asked(policy_set, known, at=NOON, tracing="on", given=hand.get)
            assert (driving.shown(traced[0]), traced[1]) == (expected, batches), (seed, turn)
            decision, batches = driving.asked(policy_set, {}, at=NOON, given=known.get)
            assert (driving.shown(decision), batches) == (expected, []), (seed, turn)
            plain = driving.asked(policy_set, known, at=NOON)
            assert driving.asked(policy_set, known, at=NOON, given={}.get) == plain, (seed, turn)


@pytest.mark.parametrize("part", range(6))
def test_reading_from_a_source_that_has_all_decides_as_the_oracle(part):
    """`engine.run`, with what failed and what is no JSON; traced and not."""
    for seed in range(part, 80 * amount.TIMES, 6):
        chance, made = a_set(30_000 + seed)
        policy_set = driving.compiled(made)
        for turn in range(25):
            given = varied.attributes_for(chance, made, 0.15 if turn % 4 == 0 else 0.0)
            expected, _ = deciding.decide(made, given, NOON)
            read = driving.replies(given | {"conversation.nobody": None}).__getitem__
            assert driving.shown(engine.run(policy_set, read, at=NOON)) == expected, (seed, turn)
            if turn % 8 == 0:
                decision = engine.run(policy_set, read, at=NOON, tracing="on")
                assert driving.shown(decision) == expected, (seed, turn)


@pytest.mark.parametrize("shape", shaping.SHAPES, ids=lambda shape: shape.__name__)
def test_mappings_of_every_shape_decide_as_the_oracle(shape):
    """`PolicySet.decide` and `explain` of flat and nested mappings, old names and odd types."""
    for seed in range(20 * amount.TIMES):
        chance, made = a_set(40_000 + seed)
        made = usable(made)
        policy_set = orchestrator.PolicySet.from_document(made)
        for _ in range(25):
            given = varied.attributes_for(chance, made)
            given = {name: each if shaping.is_json(each) else "x" for name, each in given.items()}
            expected, _ = deciding.decide(made, given, NOON)
            mapping = shape(chance, given)
            assert policy_set.decide(mapping, at=NOON).document() == expected, (seed, mapping)
            explained = policy_set.explain(mapping, at=NOON).document()
            del explained["trace"]
            assert explained == expected, (seed, mapping)


def test_what_is_no_json_is_refused_or_does_not_matter():
    """NaN, infinity, half a pair, a set: refused only where the engine would ask for it.

    Where it is not refused the decision is that of any value in its place.
    """
    refused = ignored = 0
    for seed in range(150):
        chance, made = a_set(50_000 + seed)
        made = usable(made)
        policy_set = orchestrator.PolicySet.from_document(made)
        compiled = driving.compiled(made)
        for _ in range(10):
            given = varied.attributes_for(chance, made)
            odd = {name for name in given if chance.random() < 0.2}
            given |= {name: chance.choice([float("nan"), "\ud800", {1, 2}]) for name in odd}
            odd = {name for name, each in given.items() if not shaping.is_json(each)}
            plain = given | dict.fromkeys(odd, "x")
            decision, batches = driving.asked(compiled, driving.replies(plain), at=NOON)
            try:
                found = policy_set.decide(given, at=NOON).document()
            except errors.BadInput:
                assert any(odd.intersection(batch) for batch in batches), (seed, given)
                refused += 1
                continue
            assert found == driving.shown(decision), (seed, given)
            for _ in range(5 if odd else 0):
                other = plain | {name: pools.value(chance, name) for name in odd}
                assert deciding.decide(made, other, NOON)[0] == found, (seed, given)
            ignored += bool(odd)
    assert min(refused, ignored) > 100


def test_the_names_that_policies_read_are_all_in_the_pools():
    """So that no decision above rests on a name that nobody thought of."""
    assert set(varied.REFERENCED) - set(pools.NAMES) - set(pools.STATIC) == {
        "customerinfo.ctype",
        "conversation.nobody",
        "shop.tier|gold",
    }
