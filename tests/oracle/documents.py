"""Policy sets at random: conditions, groups, expressions, exceptions and actions."""

from oracle import comparing, inventing
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
    return an_expression_of(chance, NAMES)


def an_expression_of(chance, names):
    while True:
        text = inventing.condition(chance, names)
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
