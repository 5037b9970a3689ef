"""Large sets in which everything is alike, so that an index has little to go by."""

from oracle import pools, varied

BALANCE = "sde.visitorinfo.customerinfo.balance"
CTYPE = "sde.visitorinfo.customerinfo.ctype"
NEEDLES = ["", "a", "b", "aa", "ab", "aba", "bab", "aaaa", "abba", "ba", "aabaa", "ß", "Ss", "é"]
ITEMS = [f"item {number}" for number in range(960)] + [*range(20), *map(str, range(10, 20))]
ITEMS += ["true", "Gold", True, 1.0, "1.0", 12.5, "12.5", [1], {"a": 1}, "ß"]
DAYS = [f"2026-{month:02}-{day:02}" for month in (11, 12) for day in (1, 9, 22)]
MOMENTS = ["2026-11-22T10:00:00Z", "2026-11-22T12:00:00+02:00", "2026-11-22T10:00:01Z"]
LOCAL = ["2026-11-22T10:00:00", "2026-11-22T10:00", "2026-11-22T10:00:00.5"]


def check(name, operator, value=None, **others):
    made = {"property": name, "type": operator} | others
    return made if value is None else made | {"value": value}


def one_skill(chance, _):
    """All on one skill; the rest tells them apart, or nothing does."""
    rest = check("shop.tier", "EQUAL", f"tier {chance.randrange(3000)}")
    return [check("conversation.currentSkillId", "EQUAL", "77"), rest]


def thresholds(chance, _):
    """One to three orders, of every sort, on few attributes; intervals that are often empty."""
    made = []
    for _ in range(chance.randint(1, 3)):
        name = chance.choice([BALANCE, "skills.77.waiting", "custom.score"])
        number = chance.choice([chance.randrange(-20, 400), chance.randrange(400) / 4])
        value = chance.choice([number, number, str(number), *DAYS[:2], MOMENTS[0], LOCAL[0]])
        made.append(check(name, chance.choice(varied.ORDERS), value))
    return made


def times(chance, _):
    """Dates and moments: those with an offset and those without never meet."""
    literal = chance.choice([*DAYS, *MOMENTS, *LOCAL])
    return [
        check("shop.when", chance.choice(varied.ORDERS), literal)
        for _ in range(chance.randint(1, 2))
    ]


def needles(chance, _):
    """Parts of texts that overlap, one of them empty; several must be there at once."""
    return [
        check("shop.note", chance.choice(["CONTAINS", "CONTAINS", "NOT_CONTAINS"]), needle)
        | ({"ignoreCase": True} if chance.random() < 0.2 else {})
        for needle in chance.sample(NEEDLES, chance.randint(1, 4))
    ]


def long_needles(chance, index):
    """Parts that are all different and share beginnings."""
    return [check("shop.note", "CONTAINS", "ab" * chance.randrange(1, 30) + str(index % 50))]


def ends(chance, _):
    """Beginnings and endings, with and without case, and the other way round."""
    return [
        check(
            "shop.note", chance.choice(varied.TEXTS), chance.choice(NEEDLES) + chance.choice("ab ")
        )
        | ({"ignoreCase": True} if chance.random() < 0.3 else {})
        for _ in range(chance.randint(1, 2))
    ]


def pairs(chance, _):
    """Two or three conditions on one attribute everywhere, of every operator."""
    taste = varied.Taste(chance)
    taste.operators, taste.references, taste.groups = varied.OPERATORS, 0.0, 0.0
    name = chance.choice(["custom.fromCaller", BALANCE, "shop.note"])
    return [varied.a_test(chance, taste, name) for _ in range(chance.choice([2, 3]))]


def one_list(chance, _):
    """The same thousand items in all, as a list, a reference to one, or their opposite."""
    listed = check("custom.fromCaller", chance.choice(["IS_IN", "NOT_IN"]), ITEMS)
    if chance.random() < 0.8:
        listed["value"] = "{{custom.big}}"
    if chance.random() < 0.3:
        listed["ignoreCase"] = True
    return [listed, check(BALANCE, "EQUAL", chance.randrange(300))]


def deep(chance, _):
    """Groups in groups, 64 of them, a test at every level."""
    taste = varied.Taste(chance)
    taste.operators, taste.references = ["EQUAL", "NOT_EQUAL", "LESS_THAN"], 0.0
    found = varied.a_test(chance, taste)
    for _ in range(chance.choice([8, 63, 64])):
        members = [found, varied.a_test(chance, taste)][: chance.choice([1, 2, 2])]
        found = {chance.choice(["all", "any", "none"]): members}
    return [found]


def wide(chance, _):
    """Any of forty; some twice and thrice, so that there are too many ways to hold."""
    names = [*pools.NAMES[:6], "shop.note"]
    groups = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        members = [
            check(chance.choice(names), "EQUAL", f"{chance.randrange(400)}") for _ in range(40)
        ]
        groups.append({"any": members})
    return groups


def negations(chance, _):
    """What holds nearly always."""
    return [
        check("shop.tier", "NOT_EQUAL", chance.choice(pools.TEXTS)),
        check("conversation.language", "NOT_IN", chance.sample(pools.TEXTS, 12)),
        {"none": [check("shop.note", "CONTAINS", chance.choice(NEEDLES)) for _ in range(2)]},
    ][: chance.randint(1, 3)]


def upended(chance, _):
    """None of one test, of every operator; any of several that differ in case alone."""
    taste = varied.Taste(chance)
    taste.operators, taste.references, taste.groups = (
        list(dict.fromkeys(varied.OPERATORS)),
        0.0,
        0.0,
    )
    names = [BALANCE, "shop.note", "shop.tags", "custom.score"]
    made = [{"none": [varied.a_test(chance, taste, chance.choice(names))]}]
    if chance.random() < 0.5:
        cases = [{"ignoreCase": True}, {}]
        texts = ("gold", "Gold", "OLD", "STRASSE")
        tests = [check("shop.tier", "EQUAL", text, **chance.choice(cases)) for text in texts]
        made.append({"any": chance.sample(tests, 2)})
    if chance.random() < 0.3:  # no part of a text, and something dearer that still may matter
        made.append(check("shop.note", chance.choice(varied.CONTAINING), chance.choice([5, True])))
        made.append(check("custom.score", "EQUAL", chance.choice(pools.NUMBERS)))
    return made


def doubles(_, index):
    """One policy again and again."""
    return [check("shop.tier", "EQUAL", "gold"), check(BALANCE, "GREATER_THAN", index // 500)]


def folded(chance, _):
    """Texts that are the same but for their case, which is never as simple as it looks."""
    variants = [
        "straße",
        "STRASSE",
        "Straße",
        "İstanbul",
        "i̇stanbul",
        "ıstanbul",
        "K",
        "K",
        "ſ",
        "s",
    ]
    operator = chance.choice(["EQUAL", "NOT_EQUAL", "CONTAINS", "STARTS_WITH"])
    return [
        check(CTYPE, operator, chance.choice(variants)),
        check("shop.tier", "EQUAL", chance.choice(variants), ignoreCase=True),
    ][: chance.randint(1, 2)]


def spellings(chance, _):
    """What equals what across types: numbers, texts that spell them, booleans and theirs."""
    values = [1, 1.0, "1", "1.0", True, "true", "TRUE", 0, False, "0", "-0", -0.0, 2**53, 2**53 + 1]
    values += [float(2**53), "9007199254740993", 10**399, 1e308, "12.50", 12.5, "12.5"]
    name = chance.choice(["custom.fromCaller", "custom.score"])
    made = [check(name, chance.choice(["EQUAL", "NOT_EQUAL"]), chance.choice(values))]
    if chance.random() < 0.4:
        made.append(check(name, chance.choice(["IS_IN", "NOT_IN"]), chance.sample(values, 5)))
    return made


CROWDS = [
    one_skill, thresholds, times, needles, long_needles, ends, pairs, one_list, deep, wide,
    negations, upended, doubles, folded, spellings,
]  # fmt: skip


def guards(size):
    """Values of the attribute that tells some policies apart: few, or as many as policies."""
    return list("abcdef") if size in (3, 400) else [str(number) for number in range(size)]


def a_document(chance, crowd, size):
    """A set of ``size`` policies of one sort; a few are off, and the last ones are the easiest."""
    policies, letters = [], guards(size)
    for index in range(size):
        conditions = crowd(chance, index)
        if index < size * 0.95 and chance.random() < 0.97:
            guard = check("conversation.isFirst", "EQUAL", chance.choice(letters))
            conditions = [*conditions, guard]
        policies.append(
            {
                "id": f"p{index}",
                "name": f"{crowd.__name__} {index}",
                "enabled": chance.random() < 0.95,
                "conditions": conditions,
                "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": f"{index}"}}],
            }
        )
    return {"policies": policies, "custom": varied.custom(chance) | {"big": ITEMS}}


def attributes_for(chance, document, failures=0.0):
    """Attributes that suit such a set; those that tell policies apart are often missing."""
    found = varied.attributes_for(chance, document, failures)
    if chance.random() < 0.6:
        letters = guards(len(document["policies"]))
        found["conversation.isFirst"] = chance.choice([*letters, "nobody"])
    if chance.random() < 0.4:
        found["shop.note"] = "".join(chance.choices(["a", "b", "ab", "ß", "é", " "], k=40))
    if chance.random() < 0.4:
        found[BALANCE] = chance.choice([chance.randrange(-20, 420), "77", 12.25, DAYS[0]])
    if chance.random() < 0.3:
        found["custom.fromCaller"] = chance.choice([*ITEMS[-60:], "ITEM 3", "nothing", 3.5, []])
    return found
