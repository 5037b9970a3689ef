"""Policy sets of every kind at random, and attributes that match early, late and nowhere."""

from oracle import comparing, pools
from oracle.documents import an_expression_of

ORDERS = [*comparing.ORDERS]
TEXTS = ["STARTS_WITH", "ENDS_WITH", "IS_PART_OF"]
CONTAINING = ["CONTAINS", "NOT_CONTAINS"]
OPERATORS = [
    *["EQUAL"] * 6, *["NOT_EQUAL"] * 2, *["IS_IN"] * 3, "NOT_IN", *["CONTAINS"] * 3, "NOT_CONTAINS",
    *ORDERS, *ORDERS, *TEXTS, "MATCHES", "IS_SET", "IS_NOT_SET",
]  # fmt: skip
PATTERNS = ["^g", "old$", "^go?ld$", "", "^$", "[0-9]+", "r.*g"]
SHORT = {"sde.visitorinfo.customerinfo.": "customerinfo."}
REFERENCED = [
    *pools.NAMES, *pools.STATIC, "customerinfo.ctype", "conversation.nobody", "shop.tier|gold",
]  # fmt: skip


class Taste:
    """What one set is like: its attributes, how hard it is to match, and how deep it goes."""

    def __init__(self, chance):
        self.names = chance.sample(pools.NAMES, chance.choice([1, 2, 3, 5, 8, 14]))
        self.references = chance.choice([0.0, 0.0, 0.1, 0.3])
        self.expressions = chance.choice([0.0, 0.0, 0.2, 0.6])
        self.groups = chance.choice([0.0, 0.1, 0.3, 0.5])
        self.exceptions = chance.choice([0.0, 0.1, 0.4])
        self.harder = chance.choice([1, 2, 2, 3, 3, 4])
        self.operators = OPERATORS
        if chance.random() < 0.3:
            self.operators = chance.choice(
                [ORDERS, ["EQUAL"], ["CONTAINS", *TEXTS], ["IS_IN", "NOT_IN"], ["EQUAL", *ORDERS]]
            )


def reference(chance):
    return f"{{{{{chance.choice(REFERENCED)}}}}}"


def rank(name, chance):
    """A literal that can be ordered."""
    usual = pools.literals(name)
    fitting = [each for each in usual if comparing.order(ORDERS[0], each, each) != comparing.U]
    return chance.choice(fitting or [*pools.NUMBERS[:12], *pools.TIMES[:3]])


def operand(chance, name, operator, taste):
    usual = pools.literals(name)
    if chance.random() < taste.references:
        made = reference(chance)
        if operator in ("IS_IN", "NOT_IN"):
            return chance.choice([made, "{{custom.big}}", "{{custom.tiers}}", [made, "silver"]])
        return made if operator == "MATCHES" or chance.random() < 0.6 else f"g{made}"
    if operator in ("IS_IN", "NOT_IN"):
        count = chance.choice([0, 1, 2, 3, 5, 20, 60])
        kind = [*usual, *pools.LITERALS] if chance.random() < 0.3 else usual
        return [chance.choice(kind) for _ in range(count)]
    if operator in ORDERS:
        return chance.choice([rank(name, chance), rank(name, chance), "{12}"])
    if operator == "MATCHES":
        return chance.choice(PATTERNS)
    if operator in TEXTS:
        texts = [each for each in usual if isinstance(each, str)]
        return chance.choice([*texts, *pools.TEXTS[:8], ""])
    if operator in CONTAINING:
        parts = [part for each in usual if isinstance(each, list) for part in each]
        return chance.choice([*parts, *usual, "g", "old", "", "ring"])
    return chance.choice(usual if chance.random() < 0.85 else pools.LITERALS)


def a_test(chance, taste, name=None):
    name = name or chance.choice(taste.names)
    if chance.random() < 0.08:
        name = chance.choice(pools.STATIC)
    operator = chance.choice(taste.operators)
    made = {"property": name, "type": operator}
    for full, short in SHORT.items():
        if name.startswith(full) and chance.random() < 0.2:
            made["property"] = short + name.removeprefix(full)
    if not operator.endswith("_SET"):
        made["value"] = operand(chance, name, operator, taste)
    if operator == "MATCHES" and "{{" in made["value"]:
        made["value"] = chance.choice(["{{shop.tier}}", "{{custom.limit}}", "^{{custom.limit}}"])
        made["property"] = "shop.note"  # the two libraries fold some letters differently
    elif chance.random() < 0.12:
        made["ignoreCase"] = True
    return made


def a_condition(chance, taste, depth=0, width=4):
    if depth < 5 and chance.random() < taste.groups:
        quantifier = chance.choice(["all", "any", "any", "none"])
        count = chance.choice([0, 1, 2, 2, 3, width])
        return {quantifier: [a_condition(chance, taste, depth + 1) for _ in range(count)]}
    return a_test(chance, taste)


def contradiction(chance, taste):
    """Two conditions on one attribute that can hardly hold together."""
    name = chance.choice(taste.names)
    return [a_test(chance, taste, name) for _ in range(chance.choice([2, 3]))]


def an_action(chance):
    made = reference(chance)
    skill = chance.choice(["77", "77", "77", "77", made])
    agent = chance.choice(["901", made])
    return chance.choice(
        [
            {"type": "SEND_MESSAGE", "payload": {"message": "Hello!"}},
            {"type": "SEND_MESSAGE", "payload": {"message": f"Hello {made}, and {made}!"}},
            {"type": "SEND_MESSAGE", "payload": {"message": made}},
            {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}},
            {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}},
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": agent}},
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": agent, "skillId": skill}},
        ]
    )


def a_block(chance, taste, least=1):
    actions = [an_action(chance) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
    if chance.random() < taste.expressions:
        text = an_expression_of(chance, [*taste.names, chance.choice(pools.STATIC)])
        return {"expression": text, "actions": actions}
    if chance.random() < 0.15:
        conditions = contradiction(chance, taste)
    else:
        count = max(least, chance.randint(1, taste.harder))
        conditions = [a_condition(chance, taste) for _ in range(count)]
    return {"conditions": conditions, "actions": actions}


def a_policy(chance, taste, identity, least=1):
    made = {"id": identity, "name": f"Policy {identity}", "enabled": chance.random() < 0.9}
    if chance.random() < 0.03:  # what a stored set may hold and nobody can use
        return made | {"conditions": "whenever", "actions": []}
    made |= a_block(chance, taste, least)
    if chance.random() < taste.exceptions:
        made["exception"] = a_block(chance, taste, least)
    return made


def a_document(chance, size=None):
    """A set of 1 to 40 policies, or of ``size``, in the canonical form."""
    taste = Taste(chance)
    size = size or chance.choice([*range(1, 7)] * 2 + [1, 2, 3, 8, 8, 10, 14, 40])
    policies = []
    for index in range(size):
        least = taste.harder if index < size * 0.8 and chance.random() < 0.8 else 1
        made = a_policy(chance, taste, f"p{index}", least)
        if policies and chance.random() < 0.05:
            twin = chance.choice(policies)
            made = twin | {key: made[key] for key in ("id", "name", "enabled")}
        policies.append(made)
    return {"policies": policies, "custom": custom(chance)}


def custom(chance):
    many = [chance.choice([*pools.TEXTS, *pools.NUMBERS]) for _ in range(chance.choice([0, 30]))]
    return {
        "tiers": chance.choice([*pools.LISTS, "gold"]),
        "limit": chance.choice([*pools.NUMBERS, *pools.TIMES, "gold"]),
        "deep": {"tier": chance.choice(pools.TEXTS)},
        "big": many,
        "flag": chance.choice([True, "TRUE", 1]),
    }


def attributes_for(chance, document, failures=0.0):
    """Attributes at random, half of the time bent towards one policy, so that some match late."""
    found = pools.attributes(chance, failures)
    if document["policies"] and chance.random() < 0.6:
        policy = chance.choice(document["policies"])
        block = policy.get("exception", policy) if chance.random() < 0.3 else policy
        for condition in block.get("conditions", ()) if "expression" not in block else ():
            bend(chance, condition, found)
    return found


def bend(chance, condition, found):
    """Change ``found`` so that ``condition`` probably holds."""
    if not isinstance(condition, dict) or "none" in condition:
        return
    for member in condition.get("all", condition.get("any", ())):
        bend(chance, member, found)
    name, value = condition.get("property", ""), condition.get("value")
    for full, short in SHORT.items():
        name = full + name.removeprefix(short) if name.startswith(short) else name
    if name not in found or (isinstance(value, str) and "{{" in value):
        return
    if condition["type"] in ("EQUAL", "CONTAINS", "LESS_THAN_OR_EQUAL", *TEXTS):
        found[name] = value
    elif condition["type"] == "IS_IN" and value:
        found[name] = chance.choice(value)
    elif condition["type"] == "IS_NOT_SET":
        found[name] = None
    else:
        holds = [
            each
            for each in pools.literals(name)
            if comparing.compare(condition["type"], each, value) == comparing.T
        ]
        found[name] = chance.choice(holds) if holds else found[name]
