"""What analysis calls proved is attacked at random: the oracle must never find an attribute set."""

import random
from datetime import UTC, datetime

import pytest

from oracle import deciding, documents
from orchestrator.core.policy import analysis, document, operators, values
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy.analysis import cells, leaves

NAMES = ["conversation.language", "conversation.isFirst", "sde.visitorinfo.customerinfo.ctype",
         "sde.visitorinfo.customerinfo.balance"]  # fmt: skip
READ = [*NAMES, "conversation.previousSkillId", "shop.tier", "custom.fromCaller"]
CONSTANTS = [
    "gold", "Gold", "GOLD", "12", "12.0", 12, 5, True, "true", "g", "old", "2026-11-22", 0, 12.5,
    "2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "2026-11-22T10:00:00",
]  # fmt: skip
VALUES = [
    None, True, False, 0, 5, 12, 12.5, 4, "5", "12", "12.0", "12.00", "5.0", "gold", "Gold",
    "goLD", "golden", "an old g", "true", "TRUE", "tRue", "false", "2026-11-22", "2026-11-23",
    "2026-11-21", [], ["gold"], ["gold", 12], ["GOLD", "12"], {"a": 1}, "", 3.5, "3.5", -1, 100,
    "100", "2026-11-22T10:00:00Z", "2026-11-22T12:00:00+02:00", "2026-11-22T09:00:00Z",
    "2027-01-01T09:00:00Z", "2026-11-22T10:00:00", "2026-11-22T10:00:00.0", "x", "g", "old", "og",
]  # fmt: skip
ORDERS = ["LESS_THAN", "GREATER_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN_OR_EQUAL"]
TEXTS = ["STARTS_WITH", "ENDS_WITH", "IS_PART_OF", "MATCHES", "CONTAINS", "NOT_CONTAINS"]
PROVED = {
    "never-matches",
    "contradiction",
    "shadowed",
    "shadowed-together",
    "shadowed-block",
    "duplicate",
}


def a_condition(chance, depth=0):
    """Few attributes and few constants, so that conditions meet each other."""
    if depth < 2 and chance.random() < 0.25:
        members = [a_condition(chance, depth + 1) for _ in range(chance.randrange(1, 3))]
        return {chance.choice(["all", "any", "none"]): members}
    name = chance.choice(NAMES[: chance.choice([1, 2, 4])])
    made = {"property": name, **a_test(chance)}
    if chance.random() < 0.2:
        made["ignoreCase"] = True
    return made


def a_test(chance):
    operator = chance.choice(
        ["EQUAL", "NOT_EQUAL", "IS_IN", "NOT_IN", "IS_SET", "IS_NOT_SET", *ORDERS, *TEXTS]
    )
    if operator in ("IS_IN", "NOT_IN"):
        listed = [chance.choice(CONSTANTS) for _ in range(chance.randrange(4))]
        return {"type": operator, "value": chance.choice([listed, listed, "{{custom.tiers}}"])}
    if operator in ORDERS:
        value = chance.choice([5, 12, "12", 0, "2026-11-22", "2026-11-22T10:00:00Z"])
        return {"type": operator, "value": value}
    if operator in TEXTS:
        return {"type": operator, "value": chance.choice(["g", "go", "old", "gold", "Gold", "o"])}
    if operator in ("IS_SET", "IS_NOT_SET"):
        return {"type": operator}
    reference = "{{sde.visitorinfo.customerinfo.ctype}}"
    return {"type": operator, "value": chance.choice([*CONSTANTS, reference, ["gold", 12]])}


def a_block(chance):
    skill = chance.choice(["7"] * 9 + ["{{conversation.language}}"])
    return {
        "conditions": [a_condition(chance) for _ in range(chance.choice([1, 1, 2, 2, 3]))],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}],
    }


def a_document(chance):
    policies = []
    for index in range(chance.randrange(2, 7)):
        made = {"id": f"p{index}", "name": f"P{index}", "enabled": chance.random() < 0.95}
        made |= a_block(chance)
        if chance.random() < 0.15:
            made["exception"] = a_block(chance)
        policies.append(made)
    tiers = chance.choice([["gold", 5], "gold", 12, None, []])
    return {"policies": policies, "custom": {"tiers": tiers}}


def is_of_a_block(finding):
    """Whether a whole block is said to be out of reach, not one of its alternatives."""
    if finding.code in ("never-matches", "contradiction"):
        return "lternative" not in finding.message
    return finding.code == "shadowed-block"


def compiled(made):
    return compiling.compile_set(document.load(made).policy_set)


def block_of(finding):
    """Which block a finding is about; None for all of them."""
    if finding.code not in ("never-matches", "contradiction", "shadowed-block"):
        return None
    return "exception" if "the exception of policy" in finding.message.lower() else "root"


@pytest.mark.parametrize("seed", range(8))
def test_nothing_reaches_what_is_said_to_be_unreachable(seed):
    """Hundreds of attribute sets for each set; every witness does what its finding says."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    for round_ in range(30):
        made = documents.a_document(chance) if round_ % 4 == 0 else a_document(chance)
        found = analysis.check(compiled(made))
        for finding in found:
            _holds(made, finding)
        claims = [
            (finding, finding.policies[0].id, block_of(finding))
            for finding in found
            if (finding.code in PROVED and finding.severity == "error")
            or (finding.severity == "warning" and is_of_a_block(finding))
        ]
        for _ in range(150 if claims else 0):
            given = {name: chance.choice(VALUES) for name in READ}
            at = chance.choice([None, datetime(2026, 11, 22, chance.randrange(24), tzinfo=UTC)])
            decided, tried = deciding.decide(made, given, at)
            for finding, policy, block in claims:
                reached = decided["policyId"] == policy and block in (None, tried[-1][1])
                assert not reached, (finding, given, made)


def _holds(made, finding):
    if finding.witness is None:
        assert finding.severity == "may"
        return
    at = datetime.fromisoformat(finding.at) if finding.at else None
    decided, tried = deciding.decide(made, finding.witness, at)
    named = [each.id for each in finding.policies]
    if finding.code in {"shadowed", "shadowed-together", "partly-shadowed", "duplicate"}:
        assert decided["policyId"] in named[1:], (finding, made)
    elif finding.code == "gap":
        assert decided["policyId"] is None, (finding, made)
    elif finding.code in {"never-matches", "contradiction"} and is_of_a_block(finding):
        reached = decided["policyId"] == named[0] and tried[-1][1] == block_of(finding)
        assert not reached, (finding, made)


@pytest.mark.parametrize("seed", range(6))
def test_every_value_has_a_cell_on_which_all_leaves_agree(seed):
    """The cells are complete: no value is unlike all of them, but where a cell is free."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    for _ in range(60):
        made = {"name": "a", "enabled": True, "actions": [
            {"type": "SEND_MESSAGE", "payload": {"message": "x"}}]}  # fmt: skip
        fold = chance.choice([0.0, 0.5, 1.0])
        made["conditions"] = [
            {"property": "shop.x", **a_test(chance), "ignoreCase": chance.random() < fold}
            for _ in range(chance.randrange(1, 5))
        ]
        policy_set = compiled({"policies": [made], "custom": {"tiers": ["gold", 5]}})
        reader = leaves.Reader(policy_set)
        rows = reader.rows(policy_set.policies[0].blocks[0].condition)
        asked = [each.leaf for row in rows for each in row if each.leaf.dimension == "shop.x"]
        table = cells.Table(asked)
        assert table.complete
        for value in VALUES:
            assert any(_alike(table, at, asked, value) for at in range(len(table.cells))), (
                value,
                made["conditions"],
            )


def _alike(table, at, asked, value):
    cell = table.cells[at]
    if cell.freedom == "fixed" and values.kind(cell.value) != values.kind(value):
        return False
    for leaf in asked:
        truth = leaf.judge(value)
        if truth == values.UNKNOWN:
            bits = table.of(leaf, values.TRUE).may | table.of(leaf, values.FALSE).may
            if bits >> at & 1:
                return False
        elif not table.of(leaf, truth).may >> at & 1:
            return False
    return True


def test_equal_values_share_a_key():
    """What is looked for by its key alone is found wherever the operators would say "equal"."""
    some = [*VALUES, *CONSTANTS, "straße", "STRASSE", "12.50", "-0", 0.0, "TrUe", 2**70, str(2**70)]
    for one in some:
        for other in some:
            if values.equal(one, other, fold=True):
                assert cells.key(one) == cells.key(other), (one, other)


def test_operators_that_analysis_knows_are_those_of_the_table():
    """A new operator needs a thought here: what its cells are, or that it is about parts."""
    presence = {"IS_SET", "IS_NOT_SET"}
    equality = {"EQUAL", "NOT_EQUAL", "IS_IN", "NOT_IN"}
    assert set(operators.BY_NAME) == presence | equality | set(ORDERS) | set(TEXTS)
