"""Cells in order answer a threshold as each of them would by itself."""

import random

import pytest

from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, values
from orchestrator.core.policy.analysis import orders
from orchestrator.core.policy.analysis.finding import NOTHING_KNOWN
from orchestrator.core.policy.analysis.study import Study

ORDERS = ["LESS_THAN", "GREATER_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN_OR_EQUAL"]
CONSTANTS = [
    0, 5, 12, 12.5, -3, "12", "12.0", "7", "gold", True, None, [5], "2026-11-22", "2026-11-23",
    "2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "2026-11-22T10:00:00", "2026-02-30",
]  # fmt: skip


def _policy(number, conditions):
    transfer = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "7"}}
    head = {"id": f"p{number}", "name": f"P{number}", "enabled": True}
    return head | {"conditions": conditions, "actions": [transfer]}


@pytest.mark.parametrize("seed", range(5))
def test_every_cell_answers_for_itself(seed):
    """Whatever the thresholds, and whatever else the attribute is compared with."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    thresholds = [each for each in CONSTANTS if values.rank(each) is not None]
    asked = [(chance.choice(ORDERS), chance.choice(thresholds)) for _ in range(12)]
    asked += [("EQUAL", chance.choice(["gold", True, "12", 5])) for _ in range(6)]
    asked += [(chance.choice(ORDERS), number / 3) for number in range(100)]
    policies = [
        _policy(number, [{"property": "shop.total", "type": operator, "value": constant}])
        for number, (operator, constant) in enumerate(asked)
    ]
    read = document.load({"policies": policies}).policy_set
    study = Study(compiling.compile_set(read), NOTHING_KNOWN)
    table = study.space.table("shop.total")
    leaves = [row.literals[0].leaf for parts in study.parts for row in parts[0].rows or ()]
    for leaf in leaves:
        for wanted in (values.TRUE, values.FALSE):
            found = table.of(leaf, wanted)
            alone = sum(
                1 << at
                for at, cell in enumerate(table.cells)
                if cell.freedom == "fixed" and leaf.judge(cell.value) == wanted
            )
            fixed = sum(1 << at for at, cell in enumerate(table.cells) if cell.freedom == "fixed")
            assert found.must & fixed == alone
            if leaf.operator.name in ORDERS:
                assert found.must == found.may


def test_a_constant_of_another_sort_has_null_alone_beside_it():
    """And where there is no cell of its kind there is no group."""
    made = orders.Orders([1, 2, "2", None, "gold"])
    assert list(made.alike("number", 2)) == [0b01000, 0b00001, 0b00110]
    assert list(made.alike("date", 2)) == [0b01000]
