"""Hypothesis strategies for policy sets, attributes and edits; what fails shrinks to the least.

Pools come first in what is simplest, groups and references after plain tests, so that shrinking
ends with one policy of one condition where one is enough.
"""

from hypothesis import strategies as st

from oracle import comparing, pools, varied

NAMES = ["shop.tier", "custom.fromCaller", "sde.visitorinfo.customerinfo.ctype", "shop.when"]
VALUES = [
    "gold", 5, True, "", "5", "Gold", 5.0, "true", False, 0, -3, 12.5, "12.5", [], ["gold", 5], {},
    {"a": 1}, [["gold"]], "straße", "STRASSE", "2026-11-22", "2026-11-23", "2026-11-22T10:00:00Z",
    "2026-11-22T10:00", 2**53 + 1, float(2**53), 10**399, "old gold",
]  # fmt: skip
ORDERED = [each for each in VALUES if comparing.order("LESS_THAN", each, each) != comparing.U]
REFERENCES = ["{{shop.tier}}", "{{custom.limit}}", "{{sde.visitorinfo.customerinfo.ctype}}"]
EXPRESSIONS = [
    "shop.tier == 'gold'", "not (shop.tier == 5 or custom.fromCaller > 5)",
    "custom.fromCaller in ['gold', 5] and isSet(shop.when)", "custom.fromCaller + 1 > 5",
    "contains(shop.tier, 'g') or shop.when >= '2026-11-22'", "lower(shop.tier) == 'gold'",
    "5 < custom.fromCaller and custom.fromCaller <= 12.5", "shop.tier",
]  # fmt: skip

odd = st.sampled_from([None, *pools.ODD])
values = st.one_of(
    st.sampled_from(VALUES),
    st.none(),
    st.just(comparing.FAILED),
    odd,
    st.integers(-20, 20),
    st.integers(-20, 20).map(str),
    st.text("gold", max_size=4),
)
literals = st.one_of(
    st.sampled_from(VALUES),
    st.integers(-20, 20),
    st.text("gold", max_size=3),
    st.sampled_from(REFERENCES),
)


def attributes():
    """A value of every attribute that `documents` reads; missing is the simplest but one."""
    return st.fixed_dictionaries(dict.fromkeys(NAMES, values))


@st.composite
def tests(draw):
    """One condition on one attribute."""
    operator = draw(st.sampled_from(list(dict.fromkeys(varied.OPERATORS))))
    made = {"property": draw(st.sampled_from(NAMES)), "type": operator}
    if operator in ("IS_IN", "NOT_IN"):
        lists = st.lists(literals, max_size=20)
        made["value"] = draw(st.one_of(lists, st.just("{{custom.tiers}}")))
    elif operator in comparing.ORDERS:
        made["value"] = draw(st.sampled_from([*ORDERED, *REFERENCES]))
    elif operator == "MATCHES":
        made["value"] = draw(st.sampled_from(varied.PATTERNS))
    elif operator in varied.TEXTS:
        made["value"] = draw(st.one_of(st.text("gold", max_size=3), st.sampled_from(REFERENCES)))
    elif not operator.endswith("_SET"):
        made["value"] = draw(literals)
    if operator != "MATCHES" and draw(st.booleans()):
        made["ignoreCase"] = True
    return made


def groups(members):
    """A group of any of the three sorts."""
    quantifiers = st.sampled_from(["all", "any", "none"])
    return st.builds(lambda word, inner: {word: inner}, quantifiers, st.lists(members, max_size=3))


conditions = st.recursive(tests(), groups, max_leaves=6)
actions = st.sampled_from(
    [
        {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}},
        {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "{{shop.tier}}"}},
        {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "{{custom.fromCaller}}"}},
        {"type": "SEND_MESSAGE", "payload": {"message": "Hello {{shop.when}}"}},
    ]
)


@st.composite
def blocks(draw):
    """Conditions or an expression, and what happens then."""
    done = draw(st.lists(actions, min_size=1, max_size=2))
    if draw(st.integers(0, 4)) == 4:
        return {"expression": draw(st.sampled_from(EXPRESSIONS)), "actions": done}
    return {"conditions": draw(st.lists(conditions, min_size=1, max_size=3)), "actions": done}


@st.composite
def policies(draw):
    """A policy without its id and name."""
    made = {"enabled": draw(st.sampled_from([True, True, True, False]))} | draw(blocks())
    if draw(st.integers(0, 3)) == 3:
        made["exception"] = draw(blocks())
    return made


def named(bodies, first=0):
    """The policies with ids and names of their own."""
    return [
        {"id": f"p{index}", "name": f"P{index}", **body} for index, body in enumerate(bodies, first)
    ]


custom = st.fixed_dictionaries(
    {
        "tiers": st.one_of(st.lists(st.sampled_from(VALUES), max_size=20), st.just("gold")),
        "limit": st.sampled_from([5, "gold", "2026-11-22", *VALUES]),
    }
)


def documents(most=6):
    """Policy sets of at most ``most`` policies, in the canonical form."""
    return st.builds(
        lambda bodies, own: {"policies": named(bodies), "custom": own},
        st.lists(policies(), max_size=most),
        custom,
    )


def edits():
    """What people do to a set, one after the other; positions are taken modulo its length."""
    place = st.integers(0, 9)
    return st.one_of(
        st.tuples(st.just("toggle"), place),
        st.tuples(st.just("move"), place, place),
        st.tuples(st.just("remove"), place),
        st.tuples(st.just("edit"), place, policies()),
        st.tuples(st.just("add"), place, policies()),
        st.tuples(st.just("twin"), place),
        st.tuples(st.just("static"), custom),
    )
