"""Rows that no key finds, some hundreds at once, and needles of several texts: as found in turn."""

import enum
import math
import random
from decimal import Decimal

import msgspec
import pytest

from orchestrator.core.model import errors
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, engine
from running import amount

EDGES = [-3, 0, 0.5, 1, 7, 7.0, 2**53, 2**53 + 1, 1e17]
CHANNELS = ["app", "web", "sms", "é"]
WORDS = ["amber", "brook", "ook c", "r br", "cedar", "dar", "élan", "élan vital"]
TEXTS = [f"mask.t{number}" for number in range(3)]
NUMBERS = [f"mask.n{number}" for number in range(4)]


class Channel(enum.StrEnum):
    """A text whose hash is that of its name."""

    APP = "app"


ODD = [
    *(None, True, False, "7", "7.0", "", math.nan, math.inf, -math.inf, 10**399, 10**401),
    *(Decimal(7), ["app"], Channel.APP, "app\ud800", {"a": 1}),
]


def a_condition(chance, *, sentences):
    match chance.randrange(8):
        case 0 | 1 | 2:
            kinds = ["LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL"]
            name, value = chance.choice(NUMBERS), chance.choice(EDGES)
            return {"property": name, "type": chance.choice(kinds), "value": value}
        case 3:
            kind = chance.choice(["EQUAL", "NOT_EQUAL"])
            name, value = chance.choice(NUMBERS), chance.choice(EDGES)
            return {"property": name, "type": kind, "value": value}
        case 4 | 5:
            kind = chance.choice(["EQUAL", "NOT_EQUAL"])
            return {"property": "mask.channel", "type": kind, "value": chance.choice(CHANNELS)}
        case 6:
            kind = chance.choice(["IS_IN", "NOT_IN"])
            value = chance.sample(CHANNELS, 2)
            return {"property": "mask.channel", "type": kind, "value": value}
    if sentences:
        name, value = chance.choice(TEXTS), " ".join(chance.choices(WORDS, k=chance.choice([1, 2])))
        return {"property": name, "type": "CONTAINS", "value": value}
    kind = chance.choice(["EQUAL", "NOT_EQUAL"])
    return {"property": "mask.flag", "type": kind, "value": chance.random() < 0.5}


def a_set(chance, *, size, sentences):
    policies = []
    for number in range(size):
        conditions = [a_condition(chance, sentences=sentences) for _ in range(chance.randint(3, 7))]
        policies.append(
            {
                "id": f"p{number}",
                "name": f"Policy {number}",
                "enabled": True,
                "conditions": conditions,
                "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}],
            }
        )
    return compiling.compile_set(document.load({"policies": policies}).policy_set)


def attributes(chance):
    near = [*EDGES, *(edge + 1 for edge in EDGES), *(edge - 0.25 for edge in EDGES)]
    given = {name: chance.choice(near) for name in NUMBERS}
    given["mask.channel"] = chance.choice([*CHANNELS, "fax"])
    given["mask.flag"] = chance.random() < 0.5
    given |= {name: " ".join(chance.choices(WORDS, k=3)) for name in TEXTS}
    if chance.random() < 0.4:
        given[chance.choice(list(given))] = chance.choice(ODD)
    if chance.random() < 0.1:
        del given[chance.choice(list(given))]
    return given


def decided(policy_set, given):
    try:
        return engine.run_on(policy_set, given, at=None)
    except errors.BadInput as error:
        return str(error)


@pytest.mark.parametrize("sentences", [False, True], ids=["thresholds", "sentences"])
@pytest.mark.parametrize("size", [30, 90, 400, 1_100])
def test_rows_tested_masked_or_left_to_lanes_are_found_as_in_turn(size, sentences):
    """Whatever the values are, and be they no JSON: the same decision, or the same error.

    What is tried in turn may stumble over a value that would not have mattered.
    """
    for seed in range(3):
        chance = random.Random(f"{seed} {size} {sentences}")  # noqa: S311  a seed is wanted
        made = a_set(chance, size=size, sentences=sentences)
        in_turn = msgspec.structs.replace(made, index=None)
        for _ in range((200 if size < 100 else 30) * amount.TIMES):
            given = attributes(chance)
            found, expected = decided(made, given), decided(in_turn, given)
            if isinstance(found, str) or not isinstance(expected, str):
                assert found == expected, given
