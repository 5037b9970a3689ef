"""Keys, candidates, lanes for the rest: whatever finds a policy, it is the one found in turn."""

import random

import msgspec
import pytest

from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, engine
from running import amount

TEXTS = [f"v{number}" for number in range(60)]
ODD = ["12", 12, 12.0, "true", True, "TRUE", "", "é", "v1 v2 v3", "V3", None, ["v1", 12], {"a": 1}]
WORDS = ["amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "am", "ro", "é"]
NAMES = [f"shop.a{number}" for number in range(5)]
NUMBERS = ["shop.n0", "shop.n1"]
SENTENCE = "shop.s0"


class Kept(str):
    """A text of a class of its own, as some programs have them."""

    __slots__ = ()


def a_condition(chance):
    name = chance.choice(NAMES)
    match chance.randrange(9):
        case 0 | 1 | 2:
            return {"property": name, "type": "EQUAL", "value": chance.choice([*TEXTS, 12, True])}
        case 3:
            return {"property": name, "type": "NOT_EQUAL", "value": chance.choice(TEXTS)}
        case 4:
            some = chance.sample(TEXTS, chance.choice([2, 5, 20, 40]))
            kind = chance.choice(["IS_IN", "IS_IN", "NOT_IN"])
            return {"property": name, "type": kind, "value": [*some, chance.choice([12, "12"])]}
        case 5 | 6:
            kind = chance.choice(["LESS_THAN", "GREATER_THAN_OR_EQUAL"])
            return {"property": chance.choice(NUMBERS), "type": kind, "value": chance.randrange(30)}
        case 7:
            kind = chance.choice(["CONTAINS", "CONTAINS", "NOT_CONTAINS", "STARTS_WITH"])
            folds = chance.random() < 0.3
            needle = chance.choice(WORDS)
            return {"property": SENTENCE, "type": kind, "value": needle, "ignoreCase": folds}
        case _:
            return {"property": name, "type": chance.choice(["IS_SET", "IS_NOT_SET"])}


def a_set(chance, *, size, crowded):
    policies = []
    for number in range(size):
        conditions = [a_condition(chance) for _ in range(chance.randint(2, 4))]
        if crowded:
            conditions.append({"property": "shop.all", "type": "EQUAL", "value": "v1"})
        actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}]
        named = {"id": f"p{number}", "name": f"Policy {number}", "enabled": chance.random() < 0.9}
        policies.append({**named, "conditions": conditions, "actions": actions})
    return compiling.compile_set(document.load({"policies": policies}).policy_set)


def attributes(chance):
    given = {name: chance.choice([*TEXTS, *ODD]) for name in NAMES if chance.random() < 0.95}
    given |= {name: chance.choice([*range(-1, 31), "12", 7.5, None]) for name in NUMBERS}
    given[SENTENCE] = " ".join(chance.choices([*WORDS, "AMBER", "Brook"], k=chance.randrange(5)))
    given["shop.all"] = chance.choice(["v1", "v1", "v2"])
    if chance.random() < 0.2:
        name = chance.choice([*NAMES, SENTENCE])
        given[name] = Kept(given.get(name))
    return given


@pytest.mark.parametrize("crowded", [False, True], ids=["keyed", "crowded"])
@pytest.mark.parametrize("size", [5, 40, 300, 800])
def test_the_policy_found_is_the_one_found_in_turn(size, crowded):
    """With few rows and many, with rows under keys of their own and all under one."""
    for seed in range(2 * amount.TIMES):
        chance = random.Random(f"{seed} {size} {crowded}")  # noqa: S311  a seed is wanted
        made = a_set(chance, size=size, crowded=crowded)
        in_turn = msgspec.structs.replace(made, index=None)
        for _ in range(60):
            given = attributes(chance)
            found = engine.run_on(made, given, at=None)
            assert found == engine.run_on(in_turn, given, at=None), (seed, given)


def test_sets_as_above_have_rows_of_every_sort():
    """Keys, rows that are always candidates, lanes of their own, and the lanes of all."""
    small, large, crowd = (
        a_set(random.Random(1), size=size, crowded=crowded).index  # noqa: S311  a seed is wanted
        for size, crowded in ((40, False), (800, False), (800, True))
    )
    assert small.keyed.probes
    assert small.keyed.always
    assert large.keyed.probes
    assert 128 < len(large.rest.bits) < 800
    assert crowd.rest.left


def test_one_function_finds_candidates_or_gives_up():
    """Both happen with sets as above; with plain values only, the function never gives up."""
    index = a_set(random.Random(1), size=40, crowded=False).index  # noqa: S311  a seed is wanted
    chance = random.Random(2)  # noqa: S311  a seed is wanted
    gave_up = [index.keyed.quick(attributes(chance).get) is None for _ in range(200)]
    assert 0 < sum(gave_up) < 200
    plain = dict.fromkeys((*NAMES, SENTENCE, "shop.all"), "v1") | dict.fromkeys(NUMBERS, 7.5)
    assert index.keyed.quick(plain.get) is not None
    assert index.keyed.quick({}.get) is not None
