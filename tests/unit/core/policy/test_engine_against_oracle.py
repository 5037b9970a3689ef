"""Whole policy sets against the oracle: decisions, states, and what is asked for.

2,000 seeded sets with 100 attribute sets each; ``ORACLE_TIMES=10`` looks at ten times as many. A
set that fails is `varied.a_document(random.Random(seed))` with the seed of the message.
"""

import random
from datetime import UTC, datetime

import pytest

from oracle import comparing, deciding, driving, mixing, pools, varied
from oracle.documents import NAMES, POOL, a_document
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document
from running import amount

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PARTS = 40
SETS = 2_000 * amount.TIMES
LARGE = 400
"""One set of so many has 300 policies."""


def a_set(seed):
    """The chance that goes on, a document and a clock."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    made = varied.a_document(chance, 300 if seed % LARGE == 0 else None)
    return chance, made, chance.choice([None, NOON])


@pytest.mark.parametrize("part", range(PARTS))
def test_random_policy_sets_agree_with_the_oracle(part):
    """Decision and asking for all; for every twentieth the trace says the states of the oracle.

    Traced, a set is walked in order and every state is kept; untraced it need not be: both ask for
    the same batches and decide the same. A quarter of the attributes could not all be fetched.
    """
    for seed in range(part, SETS, PARTS):
        chance, made, at = a_set(seed)
        policy_set = driving.compiled(made)
        for turn in range(100):
            failures = 0.15 if turn % 4 == 0 else 0.0
            given = varied.attributes_for(chance, made, failures)
            expected, tried = deciding.decide(made, given, at)
            known = driving.replies(given)
            decision, batches = driving.asked(policy_set, known, at=at)
            assert driving.shown(decision) == expected, (seed, turn)
            if turn % 20 == 0:
                traced, asked = driving.asked(policy_set, known, at=at, tracing="on")
                assert driving.shown(traced) == expected, (seed, turn)
                assert asked == batches, (seed, turn)
                found = driving.states(traced)
                if failures:
                    found, tried = driving.alike(found), driving.alike(tried)
                assert found == tried, (seed, turn)


def test_the_random_sets_match_early_late_and_nowhere():
    """The mix of the sets above; every state comes up, in every place of a set."""
    mix = mixing.Mix()
    for seed in range(1, 399):
        chance, made, at = a_set(seed)
        for turn in range(10):
            given = varied.attributes_for(chance, made, 0.15 if turn % 4 == 0 else 0.0)
            mix.add(made, *deciding.decide(made, given, at))
    print(mix)  # noqa: T201 — pytest -rP shows it
    assert min(mix.share(place) for place in ("early", "between", "late", "nowhere")) > 0.05, mix
    for state in ("TRUE", "FALSE", "UNKNOWN", "ERROR", "DISABLED", "INVALID"):
        assert mix.states[state] > 50, mix


@pytest.mark.parametrize("seed", range(8))
def test_what_was_not_fetched_could_not_have_changed_the_decision(seed):
    """Whatever an attribute that was left alone held, oracle and trace say the same."""
    chance = random.Random(1000 + seed)  # noqa: S311 — reproducible, not secret
    left_alone = 0
    for _ in range(40):
        made = a_document(chance)
        policy_set = compiling.compile_set(document.load(made).policy_set)
        given = {name: chance.choice(POOL) for name in NAMES}
        lost = [name for name in NAMES if chance.random() < 0.1]
        given |= dict.fromkeys(lost, comparing.FAILED)
        decision, batches = driving.asked(policy_set, driving.replies(given), tracing="on")
        others = [name for name in NAMES if all(name not in batch for batch in batches)]
        left_alone += len(others)
        for _ in range(4):
            changed = given | {name: chance.choice([*POOL, comparing.FAILED]) for name in others}
            assert deciding.decide(made, changed)[0] == driving.shown(decision), made
            known = driving.replies(changed)
            assert driving.asked(policy_set, known, tracing="on") == (decision, batches)
            quiet, asked = driving.asked(policy_set, known)
            assert (driving.shown(quiet), asked) == (driving.shown(decision), batches)
    assert left_alone > 40


@pytest.mark.parametrize("seed", range(8))
def test_what_was_left_alone_in_large_sets_could_not_have_mattered(seed):
    """The same for sets in which much is skipped: the trace, kept whole, stays as it was."""
    chance, made, at = a_set(5_000 + seed * 7)
    policy_set = driving.compiled(made)
    for _ in range(25):
        given = varied.attributes_for(chance, made, 0.1)
        decision, batches = driving.asked(policy_set, driving.replies(given), at=at)
        others = set(pools.NAMES).difference(*batches)
        for _ in range(3):
            changed = given | {name: pools.value(chance, name) for name in others}
            known = driving.replies(changed)
            assert driving.asked(policy_set, known, at=at) == (decision, batches)
            traced, asked = driving.asked(policy_set, known, at=at, tracing="on")
            assert (driving.shown(traced), asked) == (driving.shown(decision), batches)
