"""The index against trying policies in turn: the same questions, the same decision, every time."""

import json
import random

import msgspec
import pytest

from orchestrator import PolicySet
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import answer, document, engine
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy.index import build

NAMES = [
    "conversation.channel",
    "conversation.previousSkillId",
    "sde.visitorinfo.customerinfo.ctype",
    "shop.tier",
    "shop.words",
    "shop.amount",
    "custom.fromCaller",
]
TEXTS = ["gold", "Gold", "GOLD", "silver", "old", "g", "", "a gold ring", "ring", "ßa", "SSA", "İ"]
SPELLED = ["12", "12.0", "012", "-3", "1e3", "true", "TRUE", "falſe", "false", "2026-11-22"]
MOMENTS = ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "2026-11-22T10:00", "2026-13-40"]
NUMBERS = [0, 1, 1.0, 12, 12.0, 12.5, -3, 10**30, 1e30, 0.1]
SCALARS = [*TEXTS, *SPELLED, *MOMENTS, *NUMBERS, True, False]
LISTS = [[], ["gold", 12], [True], ["12"], [["gold"]], [None, "g"], ["GOLD", "ring"], [1, 2, 3]]
VALUES = [None, None, *SCALARS, *LISTS, {}, {"a": 1}]
THRESHOLDS = [0, 1, 12, 12.5, -3, "12", "12.5", 10**30, "2026-11-22", *MOMENTS[:3]]
NEEDLES = ["g", "gold", "old", "", "ring", "SS", "12", " ", "gold r", "rin", "GO"]
ORDERS = ["LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL"]
LONG = [f"v{number}" for number in range(30)]
EXPRESSIONS = [
    "shop.amount > 5 and not shop.tier == 'gold'",
    "custom.fromCaller",
    "not custom.fromCaller or shop.tier in ['gold', 'silver', 12]",
    "shop.amount + 1 > 12 or conversation.channel == shop.tier",
    "not (shop.words == 'ring' and (shop.amount < 3 or shop.tier != '12'))",
    "startsWith(shop.words, 'a') and isSet(shop.tier)",
    "contains('a gold ring', shop.tier) or custom.flag",
]
CUSTOM = {
    "list": ["gold", 12, "ring"],
    "long": [*LONG, "gold", 12, True, None],
    "mixed": ["silver", ["gold"], *LONG],
    "word": "gold",
    "nothing": None,
    "flag": True,
    "limit": 12,
}


def a_test(chance):
    name = chance.choice([*NAMES, "custom.word", "custom.limit"])
    kind = chance.choice(
        [
            "EQUAL",
            "EQUAL",
            "NOT_EQUAL",
            "IS_IN",
            "NOT_IN",
            "order",
            "order",
            "CONTAINS",
            "NOT_CONTAINS",
            "STARTS_WITH",
            "ENDS_WITH",
            "IS_SET",
            "IS_NOT_SET",
            "IS_PART_OF",
        ]
    )
    if kind == "order":
        kind, value = chance.choice(ORDERS), chance.choice([*THRESHOLDS, "{{custom.limit}}"])
    elif kind in {"IS_IN", "NOT_IN"}:
        some = chance.sample(SCALARS, chance.randrange(5))
        value = chance.choice(
            [
                some,
                some,
                some + LONG,
                ["{{custom.word}}", "12"],
                [["gold"], "g"],
                "{{custom.list}}",
                "{{custom.long}}",
                "{{custom.mixed}}",
                "{{custom.word}}",
            ]
        )
    elif kind in {"STARTS_WITH", "ENDS_WITH", "IS_PART_OF"}:
        value = chance.choice([*NEEDLES, "{{custom.word}}"])
    elif kind in {"CONTAINS", "NOT_CONTAINS"}:
        value = chance.choice([*NEEDLES, *NEEDLES, *SCALARS, ["gold"], "{{shop.tier}}"])
    else:
        value = chance.choice([*SCALARS, ["gold", 12], "{{custom.word}}", "{{custom.nothing}}"])
        if chance.random() < 0.05:
            value = "{{shop.tier}}"
    made = {"property": name, "type": kind}
    if kind not in {"IS_SET", "IS_NOT_SET"}:
        made["value"] = value
    if chance.random() < 0.2:
        made["ignoreCase"] = True
    return made


def a_condition(chance, depth=0):
    if depth < 3 and chance.random() < 0.3:
        members = [a_condition(chance, depth + 1) for _ in range(chance.randrange(5))]
        return {chance.choice(["all", "any", "none"]): members}
    return a_test(chance)


def a_block(chance):
    if chance.random() < 0.15:
        asked = {"expression": chance.choice(EXPRESSIONS)}
    else:
        asked = {"conditions": [a_condition(chance) for _ in range(chance.randrange(1, 4))]}
    skill = chance.choice(["77", "77", "77", "{{shop.amount}}", "{{custom.limit}}"])
    actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}]
    if chance.random() < 0.1:
        actions.append({"type": "SEND_MESSAGE", "payload": {"message": "Hello {{shop.tier}}!"}})
    return {**asked, "actions": actions}


def a_document(chance, policies):
    found = []
    for number in range(policies):
        policy = {"id": f"p{number}", "name": f"P{number}", "enabled": chance.random() < 0.9}
        policy |= a_block(chance)
        if chance.random() < 0.2:
            policy["exception"] = a_block(chance)
        found.append(policy)
    return {"policies": found, "custom": CUSTOM}


def a_reading(chance):
    failed = Unfetched("down")
    return {
        name: failed if chance.random() < 0.05 else Known(chance.choice(VALUES)) for name in NAMES
    }


def driven(compiled, readings, given=None, tracing="off"):
    """Return the decision and every question that was asked on the way."""
    asked = []
    evaluation = engine.evaluate(compiled, at=None, tracing=tracing, given=given)
    try:
        needs = next(evaluation)
        while True:
            asked.append(needs.names)
            needs = evaluation.send({name: readings[name] for name in needs.names})
    except StopIteration as end:
        return msgspec.structs.replace(end.value, trace=None), asked


def a_set(chance, policies):
    made = a_document(chance, policies)
    compiled = compiling.compile_set(document.load(made).policy_set)
    return made, compiled, msgspec.structs.replace(compiled, index=None)


@pytest.mark.parametrize("seed", range(12))
def test_the_index_asks_and_decides_as_trying_in_turn_does(seed):
    """Batches, their order and the decision; with nothing, some or everything at hand."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    for policies in (1, 2, 5, 12, 40):
        made, compiled, in_turn = a_set(chance, policies)
        assert compiled.usable_index is not None
        assert in_turn.usable_index is None
        for _ in range(12):
            readings = a_reading(chance)
            hand = set(chance.sample(NAMES, chance.randrange(len(NAMES) + 1)))

            def given(name, readings=readings, hand=hand):
                return readings[name] if name in hand else None

            told = json.dumps(made), readings
            assert driven(compiled, readings) == driven(in_turn, readings), told
            found = driven(compiled, readings, given)
            assert found == driven(in_turn, readings, given), told
            assert found == driven(compiled, readings, given, "on"), told
            decision = engine.run(compiled, readings.__getitem__, at=None)
            assert decision == found[0], told


@pytest.mark.parametrize("seed", range(6))
def test_mappings_of_every_shape_are_decided_as_they_are_read(seed):
    """Flat, nested, with aliases and half odd: `PolicySet.decide` is as trying in turn."""
    chance = random.Random(100 + seed)  # noqa: S311 — reproducible, not secret
    for _ in range(20):
        made = a_document(chance, 8)
        rules = PolicySet.from_document(made)
        in_turn = msgspec.structs.replace(rules._compiled, index=None)
        for _ in range(10):
            flat = {name: chance.choice(VALUES) for name in NAMES if chance.random() < 0.8}
            nested = {"shop": {"tier": flat.pop("shop.tier", None)}, **flat}
            alias = {"customerinfo.ctype": chance.choice(VALUES), **flat}
            for given in (flat, nested, alias, {"more.here": 1, **flat}):
                expected = answer.Decision(engine.run_on(in_turn, given, at=None))
                assert rules.decide(given) == expected, (json.dumps(made), given)


def test_with_no_room_for_dense_masks_the_answers_are_the_same(monkeypatch):
    """Postings kept short and stretches left out say what dense masks say."""
    monkeypatch.setattr(build, "ROOM", 0)
    monkeypatch.setattr(build, "ROOM_PER_LITERAL", 0)
    chance = random.Random(7)  # noqa: S311 — reproducible, not secret
    for _ in range(10):
        made, compiled, in_turn = a_set(chance, 40)
        for _ in range(10):
            readings = a_reading(chance)
            assert driven(compiled, readings) == driven(in_turn, readings), json.dumps(made)


def test_an_index_is_used_for_its_own_policies_and_values_alone():
    """Who replaces policies or custom values gets a set that is tried in turn."""
    _, compiled, _ = a_set(random.Random(3), 5)  # noqa: S311 — reproducible, not secret
    fewer = msgspec.structs.replace(compiled, policies=compiled.policies[1:])
    other = msgspec.structs.replace(compiled, custom={"flag": False})
    assert compiled.usable_index is not None
    assert fewer.usable_index is None
    assert other.usable_index is None
    assert compiling.only(compiled, "p1").usable_index is None
