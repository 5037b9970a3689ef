"""How long analysis takes: a whole set of 1,000 policies, and one policy that somebody edits."""

import argparse
import random
import time
from pathlib import Path
from typing import Any, Final

from bench.figures import Report, milliseconds, shown
from orchestrator.core.policy import analysis, document
from orchestrator.core.policy import compile as compiling

NAME: Final = "analysis"
POLICIES: Final = 1_000
EDITS: Final = 20
WHOLE_SECONDS: Final = 10.0
EDIT_MILLISECONDS: Final = 300.0
_WORDS: Final = ("invoice", "bill", "card", "loan", "refund")


async def run(_: argparse.Namespace, __: Path) -> Report:
    """Check a seeded set, then single policies of it."""
    compiled = compiling.compile_set(document.load(policies(POLICIES)).policy_set)
    begun = time.perf_counter()
    found = analysis.check(compiled)
    whole = time.perf_counter() - begun
    edits: list[float] = []
    for number in range(0, POLICIES, POLICIES // EDITS):
        begun = time.perf_counter()
        analysis.check_one(compiled, f"p{number}")
        edits.append((time.perf_counter() - begun) * 1000)
    one = milliseconds(edits)
    faults = []
    if whole > WHOLE_SECONDS:
        faults.append(f"{whole:.1f} s for {POLICIES} policies; at most {WHOLE_SECONDS:.0f} s")
    if (one["p50"] or 0) > EDIT_MILLISECONDS:
        faults.append(f"{one['p50']} ms for one policy; at most {EDIT_MILLISECONDS:.0f} ms")
    return Report(
        f"analysis of {POLICIES} policies",
        {"policies": POLICIES, "seconds": round(whole, 2), "findings": len(found), "edit_ms": one},
        (
            ("the whole set", f"{whole:.1f} s, {len(found)} findings"),
            ("one edited policy", shown(one)),
        ),
        tuple(faults),
    )


def policies(count: int) -> dict[str, Any]:
    """Return a seeded set: 1 to 5 conditions each, mostly equality, over 80 attributes."""
    chance = random.Random(1)  # noqa: S311 - reproducible, not secret
    return {
        "policies": [
            {
                "id": f"p{number}",
                "name": f"P{number}",
                "enabled": True,
                "conditions": [_condition(chance) for _ in range(chance.randint(1, 5))],
                "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "7"}}],
            }
            for number in range(count)
        ]
    }


def _condition(chance: random.Random) -> dict[str, Any]:
    roll, attribute = chance.random(), chance.randrange(40)
    if roll < 0.6:
        return _equal(chance, attribute)
    if roll < 0.8:
        operator = chance.choice(["LESS_THAN", "GREATER_THAN_OR_EQUAL"])
        name = f"shop.number{attribute}"
        return {"property": name, "type": operator, "value": chance.randrange(1_000)}
    if roll < 0.9:
        listed = [f"v{chance.randrange(2_000)}" for _ in range(chance.randint(20, 1_000))]
        return {"property": f"shop.text{attribute}", "type": "IS_IN", "value": listed}
    if roll < 0.95:
        needle = f"{chance.choice(_WORDS)} {chance.randrange(9)}"
        return {"property": "conversation.firstMessage", "type": "CONTAINS", "value": needle}
    members = [_equal(chance, attribute), _equal(chance, chance.randrange(40))]
    return {chance.choice(["any", "none"]): members}


def _equal(chance: random.Random, attribute: int) -> dict[str, Any]:
    value = f"v{chance.randrange(50)}"
    return {"property": f"shop.text{attribute}", "type": "EQUAL", "value": value}
