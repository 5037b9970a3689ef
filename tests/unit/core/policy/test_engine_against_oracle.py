"""Whole policy sets against the oracle: decisions, states, and what is never fetched."""

import json
import random

import pytest

from oracle import comparing, deciding, inventing
from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import answer, document, engine
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy.expression import check, parse

NAMES = [
    "conversation.language",
    "conversation.isFirst",
    "conversation.previousSkillId",
    "sde.visitorinfo.customerinfo.ctype",
    "sde.visitorinfo.customerinfo.balance",
    "shop.tier",
    "custom.fromCaller",
    "custom.tiers",
    "custom.limit",
]
POOL = [
    None, None, True, False, 0, 5, 12, 12.5, "5", "12", "gold", "Gold", "silver", "true",
    "2026-11-22", "2026-11-23", [], ["gold", "silver"], [5, "x"], {"a": 1}, "",
]  # fmt: skip
ORDERS = [*comparing.ORDERS]
TEXTS = ["STARTS_WITH", "ENDS_WITH", "IS_PART_OF", "MATCHES"]


def a_value(chance, operator):
    references = [f"{{{{{name}}}}}" for name in NAMES]
    if operator in ("IS_IN", "NOT_IN"):
        return chance.choice([*references, [], ["gold", 5], [chance.choice(references), "silver"]])
    mixed = [*references, f"g{chance.choice(references)}", "{{shop.tier|gold}}"]
    if operator in ORDERS:
        return chance.choice([*mixed, 5, "12", "2026-11-22"])
    if operator in TEXTS:
        return chance.choice([*mixed, "g", "old", "gold"])
    return chance.choice([*mixed, True, 5, "gold", "GOLD", "12", ["gold", "silver"], {"a": 1}])


def a_condition(chance, depth):
    if depth < 4 and chance.random() < 0.35:
        quantifier = chance.choice(["all", "any", "none"])
        return {quantifier: [a_condition(chance, depth + 1) for _ in range(chance.randrange(4))]}
    operator = chance.choice([*ORDERS, *TEXTS, "EQUAL", "EQUAL", "NOT_EQUAL", "IS_IN", "NOT_IN",
                              "CONTAINS", "NOT_CONTAINS", "IS_SET", "IS_NOT_SET"])  # fmt: skip
    made = {"property": chance.choice(NAMES), "type": operator}
    if not operator.endswith("_SET"):
        made["value"] = a_value(chance, operator)
    if chance.random() < 0.2:
        made["ignoreCase"] = True
    return made


def an_action(chance):
    reference = f"{{{{{chance.choice(NAMES)}}}}}"
    skill = chance.choice(["77", "77", "77", reference])
    agent = chance.choice(["901", reference])
    return chance.choice(
        [
            {"type": "SEND_MESSAGE", "payload": {"message": f"Hello {reference}!"}},
            {"type": "SEND_MESSAGE", "payload": {"message": reference}},
            {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}},
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": agent}},
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": agent, "skillId": skill}},
        ]
    )


def an_expression(chance):
    while True:
        text = inventing.condition(chance, NAMES)
        if not check.check(parse.read(text), check.Scope()).errors:
            return text


def a_block(chance):
    if chance.random() < 0.3:
        asked = {"expression": an_expression(chance)}
    else:
        asked = {"conditions": [a_condition(chance, 0) for _ in range(chance.randrange(1, 4))]}
    return {
        **asked,
        "actions": [an_action(chance) for _ in range(chance.randrange(1, 4))],
    }


def a_document(chance):
    policies = []
    for index in range(chance.randrange(0, 5)):
        policy = {"id": f"p{index}", "name": f"P{index}", "enabled": chance.random() < 0.85}
        policy |= a_block(chance)
        if chance.random() < 0.4:
            policy["exception"] = a_block(chance)
        policies.append(policy)
    custom = {"tiers": chance.choice(POOL), "limit": chance.choice(POOL)}
    return {"policies": policies, "custom": custom}


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
