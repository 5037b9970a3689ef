"""Whole policy sets against the oracle: decisions, states, and what is never fetched."""

import json
import random

import pytest

from oracle import comparing, deciding
from oracle.documents import NAMES, POOL, a_document
from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import answer, document, engine
from orchestrator.core.policy import compile as compiling


def attributes_of(chance, failures):
    found = {name: chance.choice(POOL) for name in NAMES}
    for name in NAMES:
        if chance.random() < failures:
            found[name] = comparing.FAILED
    return found


def run(compiled, given, tracing="on"):
    """Decide, and hold the promises about asking: by cost, once each, never the set's own."""
    asked = []
    evaluation = engine.evaluate(compiled, at=None, tracing=tracing)
    try:
        needs = next(evaluation)
        while True:
            assert needs.names
            assert len({attributes.cost(name) for name in needs.names}) == 1
            assert not {"custom.tiers", "custom.limit"} & set(needs.names)
            assert not set(needs.names) & set(asked)
            asked += needs.names
            needs = evaluation.send({name: reply(given[name]) for name in needs.names})
    except StopIteration as end:
        return end.value, asked


def reply(value):
    return Unfetched("down") if value is comparing.FAILED else Known(value)


def tried(decision):
    return [(entry["id"], entry["block"], entry["state"]) for entry in decision.trace["policies"]]


def without_trace(decision):
    shown = answer.of(decision).document()
    del shown["trace"]
    return shown


@pytest.mark.parametrize("failures", [0.0, 0.15])
@pytest.mark.parametrize("seed", range(12))
def test_random_policy_sets_agree_with_the_oracle(seed, failures):
    """Decision and state of every block tried; tracing changes neither the answer nor the asking.

    Where an attribute failed, unknown and error are the same to the oracle's eager reading.
    """
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    for _ in range(50):
        made = a_document(chance)
        compiled = compiling.compile_set(document.load(made).policy_set)
        for _ in range(3):
            given = attributes_of(chance, failures)
            expected, states = deciding.decide(made, given)
            decision, asked = run(compiled, given)
            assert without_trace(decision) == expected, json.dumps(made)
            found = tried(decision)
            if failures:
                states = [(*key, "UNKNOWN" if s == "ERROR" else s) for *key, s in states]
                found = [(*key, "UNKNOWN" if s == "ERROR" else s) for *key, s in found]
            assert found == states, json.dumps(made)
            quiet, asked_quietly = run(compiled, given, tracing="off")
            assert (answer.of(quiet).document(), asked_quietly) == (expected, asked)


@pytest.mark.parametrize("seed", range(8))
def test_what_was_not_fetched_could_not_have_changed_the_decision(seed):
    """Whatever an attribute that was left alone held, oracle and trace say the same."""
    chance = random.Random(1000 + seed)  # noqa: S311 — reproducible, not secret
    left_alone = 0
    for _ in range(40):
        made = a_document(chance)
        compiled = compiling.compile_set(document.load(made).policy_set)
        given = attributes_of(chance, 0.1)
        decision, asked = run(compiled, given)
        others = [name for name in NAMES if name not in asked]
        left_alone += len(others)
        for _ in range(4):
            changed = given | {name: chance.choice([*POOL, comparing.FAILED]) for name in others}
            assert deciding.decide(made, changed)[0] == without_trace(decision), json.dumps(made)
            assert run(compiled, changed) == (decision, asked)
    assert left_alone > 40
