"""What attributes and literals are drawn from: small pools, so that they meet, and odd ones."""

from oracle import comparing

STATIC = ("custom.tiers", "custom.limit", "custom.deep.tier", "custom.big", "custom.flag")
"""Names of the set's own values; whoever asks for them gets those, never the caller's."""

TEXTS = [
    "gold", "Gold", "GOLD", "silver", "old", "g", "", "straße", "STRASSE", "strasse", "İstanbul",
    "i̇stanbul", "istanbul", "é", "e\u0301", "true", "TRUE", "False", "gold card of the house",
]  # fmt: skip
NUMBERS = [
    0, 1, 1.0, 5, 12, 12.5, -3, -0.0, 2**53 + 1, float(2**53), 10**30, 1e308, 10**399,
    "0", "1", "1.0", "1.50", "5", "12", "12.0", "12.5", "-3", "012", "1e3", "1_000",
    True, False, "true",
]  # fmt: skip
TIMES = [
    "2026-11-22", "2026-11-23", "2026-12-24", "2026-02-30", "2026-11-22T10:00:00Z",
    "2026-11-22T12:00:00+02:00", "2026-11-22T10:00:00", "2026-11-22T10:00",
    "2026-11-22T09:59:59.5", "2026-11-22T10:00:01-11:30", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "20261122",
]  # fmt: skip
LISTS = [
    [], ["gold", "silver"], ["Gold", 5], [1, "x"], ["1", True], [[1], ["gold"]], ["straße", "g"],
    {}, {"a": 1}, {"a": 1.0}, {"a": "1"}, {"b": {"a": [1]}}, [{"a": 1}], ["", 12.0],
]  # fmt: skip
SKILLS = ["77", "78", 77, 77.0, "", " ", "901", 12.5, True]

POOLS = {
    "conversation.language": TEXTS,
    "conversation.isFirst": [True, False, "true", "FALSE", 1, 0, "gold"],
    "conversation.currentSkillId": SKILLS,
    "conversation.previousSkillId": SKILLS,
    "sde.visitorinfo.customerinfo.ctype": TEXTS,
    "sde.visitorinfo.customerinfo.cstatus": TEXTS,
    "sde.visitorinfo.customerinfo.balance": NUMBERS,
    "shop.tier": [*TEXTS[:6], 5, "12"],
    "shop.tags": [*LISTS, *TEXTS[:4]],
    "shop.note": [*TEXTS, "an old golden ring of gold", "gggold", "oldold", "12 gold rings"],
    "shop.when": TIMES,
    "skills.77.waiting": NUMBERS,
    "custom.fromCaller": [*TEXTS[:8], *NUMBERS[:8], *LISTS[:5]],
    "custom.score": [*NUMBERS, *TIMES[:3]],
}
"""Every attribute that can be asked for, of all three costs, and what it usually is."""

NAMES = [*POOLS]
ODD = [
    None, None, float("nan"), float("inf"), float("-inf"), "half \ud800 a pair", "gold\ud800",
    [None], [float("nan")], {"a": None}, -(10**399), "9" * 300, "2026-11-22t10:00:00", "\x00gold",
    [["gold", "silver"]], "a" * 500 + "gold",
]  # fmt: skip
"""What nobody writes into a document, and what may be sent all the same."""

LITERALS = [*TEXTS, *NUMBERS, *TIMES, *LISTS]


def literals(name):
    """Values for a condition on ``name``: mostly those that it takes."""
    return POOLS.get(name, LITERALS)


def value(chance, name):
    """A value of ``name``: mostly a usual one, now and then none, or an odd or a strange one."""
    roll = chance.random()
    if roll < 0.75:
        return chance.choice(POOLS[name])
    return chance.choice(ODD if roll < 0.9 else LITERALS)


def attributes(chance, failures=0.0):
    """All attributes; ``failures`` is the share of those that could not be fetched."""
    lost = comparing.FAILED
    return {
        name: lost if failures and chance.random() < failures else value(chance, name)
        for name in NAMES
    }
