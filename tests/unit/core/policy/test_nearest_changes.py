"""Near misses: the smallest change that would have mattered, never said unless it is true."""

import random
from datetime import UTC, datetime

import pytest

from oracle import deciding
from orchestrator import PolicySet
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, lookup, nearest, operators

NAMES = ["a.text", "a.number", "a.list", "a.flag", "custom.limit", "custom.fromCaller"]
VALUES = [None, None, True, False, 0, 5, 12, 12.5, "5", "go", "gold", "Gold", "goldfish",
          "2026-11-22", [], ["gold", 5]]  # fmt: skip
_LISTS = [["gold", 5], ["silver"], "{{a.list}}"]
_ORDERED = [5, "12", "2026-11-22", "{{custom.limit}}"]
_TEXTS = ["go", "{{a.text}}"]
_ANY = [True, 5, "gold", "{{a.number}}", ["gold", 5]]
LITERALS = {
    "EQUAL": _ANY,
    "NOT_EQUAL": _ANY,
    "LESS_THAN": _ORDERED,
    "LESS_THAN_OR_EQUAL": _ORDERED,
    "GREATER_THAN": _ORDERED,
    "GREATER_THAN_OR_EQUAL": _ORDERED,
    "IS_IN": _LISTS,
    "NOT_IN": _LISTS,
    "CONTAINS": ["gold", 5],
    "NOT_CONTAINS": ["gold", "o"],
    "IS_PART_OF": _TEXTS,
    "STARTS_WITH": _TEXTS,
    "ENDS_WITH": _TEXTS,
    "MATCHES": ["^gold$", "o.d"],
    "IS_SET": [],
    "IS_NOT_SET": [],
}


def policy(name, *conditions, enabled=True, **more):
    return {
        "id": name,
        "name": name,
        "enabled": enabled,
        "conditions": list(conditions),
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}],
        **more,
    }


def that(name, operator, *value):
    made = {"property": name, "type": operator}
    return made | {"value": value[0]} if value else made


ALWAYS = {"all": []}


def ask(policies, attributes, custom=None, at=None):
    """Return the sentences by policy and block."""
    loaded = document.load({"policies": policies, "custom": custom or {}})
    compiled = compiling.compile_set(loaded.policy_set)
    found = nearest.suggestions(compiled, lookup.reader(attributes), at=at)
    return {(each.policy_name, each.block): each.sentence for each in found}


def alone(condition, attributes, custom=None):
    """Return the sentence about a set of one policy with one condition."""
    return ask([policy("P", condition)], attributes, custom).get(("P", "root"))


@pytest.mark.parametrize(
    ("condition", "attributes", "sentence"),
    [
        (that("a.b", "EQUAL", "x"), {"a.b": "y"}, "would match if `a.b` were 'x'; it is 'y'"),
        (that("a.b", "EQUAL", "x"), {}, "would match if `a.b` were 'x'; it is missing"),
        (that("a.b", "EQUAL", True), {"a.b": False}, "would match if `a.b` were true; it is false"),
        (that("a.b", "NOT_EQUAL", "x"), {"a.b": "x"},
         "would match if `a.b` were not 'x'; it is 'x'"),
        (that("a.b", "GREATER_THAN_OR_EQUAL", 500), {"a.b": 480},
         "would match if `a.b` were at least 500; it is 480"),
        (that("a.b", "LESS_THAN", "2026-11-22"), {"a.b": "2026-12-24"},
         "would match if `a.b` were less than '2026-11-22'; it is '2026-12-24'"),
        (that("a.b", "IS_IN", ["x", "y"]), {"a.b": "z"},
         "would match if `a.b` were 'x' or 'y'; it is 'z'"),
        (that("a.b", "NOT_IN", ["x", "y"]), {"a.b": "x"},
         'would match if `a.b` were not in ["x","y"]; it is \'x\''),
        (that("a.b", "CONTAINS", "x"), {"a.b": ["y"]},
         "would match if `a.b` contained 'x'; it is [\"y\"]"),
        (that("a.b", "NOT_CONTAINS", "x"), {"a.b": "axe"},
         "would match if `a.b` did not contain 'x'; it is 'axe'"),
        (that("a.b", "STARTS_WITH", "lp_"), {"a.b": "fb"},
         "would match if `a.b` started with 'lp_'; it is 'fb'"),
        (that("a.b", "MATCHES", "^gold$"), {"a.b": "fb"},
         "would match if `a.b` matched '^gold$'; it is 'fb'"),
        (that("a.b", "IS_SET"), {}, "would match if `a.b` were set; it is missing"),
        (that("a.b", "IS_NOT_SET"), {"a.b": 1}, "would match if `a.b` were missing; it is 1"),
    ],
)  # fmt: skip
def test_every_operator_has_its_words(condition, attributes, sentence):
    """The attribute, what it would have to be, and what it is."""
    assert alone(condition, attributes) == sentence


@pytest.mark.parametrize(
    "pattern",
    [r"(?i)\b(mortgage|loan)s?\b", "^gold$", "gold|silver", r"^\d+$", r"a\.b", r"no (?:way|go)!?"],
)
def test_a_simple_pattern_is_met(pattern):
    """Its first words are tried; what they do not fit is never said."""
    said = f"would match if `a.b` matched '{pattern}'; it is 'x'"
    assert alone(that("a.b", "MATCHES", pattern), {"a.b": "x"}) == said
    assert alone(that("a.b", "MATCHES", "[^a-z]{7}(?:q|[r-t])"), {"a.b": "x"}) is None


@pytest.mark.parametrize("name", list(operators.BY_NAME))
def test_every_operator_is_turned_both_ways(name):
    """From false to true, and a winner from true to false: for some attribute there is a change."""
    condition = that("a.text", name, *LITERALS[name][:1])
    told = [alone(condition, {"a.text": value, "a.list": ["gold"]}) or "" for value in VALUES]
    assert any(each.startswith("would match if") for each in told)
    assert any(each.startswith("would not match if") for each in told)


def test_groups_say_the_fewest_changes():
    """One member of an *any* is enough; a *none* wants what holds to be otherwise."""
    both = {"all": [that("a.b", "EQUAL", 1), that("a.c", "EQUAL", 2)]}
    one = that("a.d", "GREATER_THAN", 3)
    assert alone({"any": [both, one]}, {"a.d": 1}) == (
        "would match if `a.d` were more than 3; it is 1"
    )
    assert alone({"none": [one]}, {"a.d": 4}) == "would match if `a.d` were at most 3; it is 4"
    assert alone(both, {"a.c": 1}) == (
        "would match if `a.b` were 1 (it is missing) and `a.c` were 2 (it is 1)"
    )


def test_what_is_not_true_in_general_is_said_exactly():
    """It is no use to say "at least 500" where another condition says "below 600"."""
    window = {"all": [that("a.b", "GREATER_THAN_OR_EQUAL", 500), that("a.b", "LESS_THAN", 600)]}
    assert alone(window, {"a.b": 480}) == "would match if `a.b` were 500; it is 480"
    closed = {"all": [that("a.b", "GREATER_THAN", 500), that("a.b", "LESS_THAN", 400)]}
    assert alone(closed, {"a.b": 480}) is None
    twice = {"all": [that("a.b", "GREATER_THAN", 5), that("a.b", "GREATER_THAN", 10)]}
    assert alone(twice, {"a.b": 1}) == "would match if `a.b` were more than 10; it is 1"


@pytest.mark.parametrize(
    ("expression", "attributes", "sentence"),
    [
        ("a.b >= 500 and a.c == 'x'", {"a.b": 480, "a.c": "x"},
         "would match if `a.b` were at least 500; it is 480"),
        ("not (a.b in ['x'] or a.c == 1)", {"a.b": "x"},
         'would match if `a.b` were not in ["x"]; it is \'x\''),
        ("custom.flag", {}, "would match if `custom.flag` were true; it is false"),
        ("(a.b + a.c) * 2 >= 24", {"a.b": 3, "a.c": 4}, "would match if `a.b` were 8; it is 3"),
        ("a.b / 2 < -40", {"a.b": 3}, "would match if `a.b` were -81; it is 3"),
        ("lower(a.b) == 'gold'", {"a.b": "silver"},
         "would match if `a.b` were 'gold'; it is 'silver'"),
        ("a.b and a.c > 1", {"a.b": 1, "a.c": 1},
         "would match if `a.b` were true (it is 1) and `a.c` were more than 1 (it is 1)"),
        ("isTimeRange('01:00:00', '02:00:00', 'UTC') and a.b == 1", {"a.b": 2}, None),
        ("isTimeRange('11:00:00', '13:00:00', 'UTC') and a.b == 1", {"a.b": 2},
         "would match if `a.b` were 1; it is 2"),
        ("length(a.b) > 30", {"a.b": "x"}, None),
    ],
)  # fmt: skip
def test_an_expression_is_taken_apart(expression, attributes, sentence):
    """Its comparisons as conditions, the rest by trying its literals; else nothing is said."""
    written = policy("P") | {"expression": expression}
    del written["conditions"]
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    told = ask([written], attributes, {"flag": False}, at=noon)
    assert told.get(("P", "root")) == sentence


def test_three_changes_are_no_near_miss():
    """Nobody learns from a sentence that changes everything."""
    far = [that(f"a.a{index}", "EQUAL", index) for index in range(3)]
    assert ask([policy("P", *far)], {}) == {}


def test_below_the_winner_it_says_who_is_above():
    """It matches by itself; that the winner stays above is said, and so is that it would not."""
    told = ask(
        [
            policy("First", that("a.b", "LESS_THAN", 10)),
            policy("Second", that("a.b", "GREATER_THAN", 20)),
            policy("Third", that("a.c", "EQUAL", 1)),
            policy("Last", ALWAYS),
            policy("Off", ALWAYS, enabled=False),
        ],
        {"a.b": 5},
    )
    assert told == {
        ("First", "root"): "would not match if `a.b` were at least 10; it is 5",
        ("Second", "root"): "would match if `a.b` were more than 20; it is 5",
        ("Third", "root"): "would match if `a.c` were 1 (it is missing), but “First” above it wins",
        ("Last", "root"): "would match, but “First” above it wins",
        ("Off", "root"): "would match if it were switched on, but “First” above it wins",
    }


def test_above_the_winner_it_must_win():
    """A change that lets another one above it win is no answer."""
    told = ask(
        [policy("First", that("a.b", "EQUAL", 1)), policy("Same", that("a.b", "EQUAL", 1))], {}
    )
    assert told == {("First", "root"): "would match if `a.b` were 1; it is missing"}


def test_an_exception_is_a_block_of_its_own():
    """It may be the nearest; the document's own values may be what would have to change."""
    outage = {
        "conditions": [that("custom.outage", "EQUAL", True)],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "We know."}}],
    }
    told = ask([policy("P", ALWAYS, exception=outage)], {}, {"outage": False})
    assert told == {("P", "exception"): "would match if `custom.outage` were true; it is false"}


def test_sensitive_values_stay_masked():
    """Neither what it is nor what is made of it is shown; the rule's own words are."""
    first = "conversation.firstMessage"
    parcel = that(first, "CONTAINS", "parcel")
    assert alone(parcel, {first: "my secret"}) == (
        f"would match if `{first}` contained 'parcel'; it is •••"
    )
    sized = {"all": [parcel, {"none": [that(first, "CONTAINS", "{{a.b}}")]}]}
    for value in ("secret", "secret parcel", "parcel"):
        for other in ("secret", "parcel", "t p"):
            told = alone(sized, {first: value, "a.b": other}) or ""
            assert value not in told or value in (other, "parcel")
    listed = that("a.b", "IS_IN", ["{{conversation.firstMessage}}", "x"])
    assert "secret" not in (alone(listed, {first: "secret", "a.b": "y"}) or "")


def test_what_nobody_can_say_any_more_is_never_needed():
    """An attribute that was not read: no change of it, none that would lead to it; lost is said."""
    wanted = [policy("First", that("a.b", "EQUAL", 1)), policy("Second", that("a.c", "EQUAL", 1))]
    compiled = compiling.compile_set(document.load(wanted).policy_set)
    readings = {"a.b": Unfetched("down")}
    found = nearest.suggestions(compiled, readings.get, at=None)
    assert [each.sentence for each in found] == [
        "would match if `a.b` were 1; it could not be fetched"
    ]
    readings = {"a.c": Known(2)}
    assert nearest.suggestions(compiled, readings.get, at=None) == ()


def test_work_is_bounded_whatever_the_size():
    """A thousand policies of a hundred conditions: not more runs than allowed."""
    reads = 0

    def read(_):
        nonlocal reads
        reads += 1
        return Known(480)

    conditions = [that(f"a.a{index}", "GREATER_THAN", 470 + index % 12) for index in range(100)]
    policies = [policy(f"P{index}", {"any": [{"all": conditions}]}) for index in range(300)]
    compiled = compiling.compile_set(document.load(policies).policy_set)
    assert nearest.suggestions(compiled, read, at=datetime(2026, 1, 1, tzinfo=UTC)) == ()
    assert reads <= 100


def test_large_expressions_take_no_longer():
    """Thousands of parts, each of which only trying would turn: no more is tried than allowed."""
    written = policy("P") | {"expression": " or ".join(["a.b * 2 - a.c > 1"] * 900)}
    del written["conditions"]
    compiled = compiling.compile_set(document.load([written]).policy_set)
    given = {"a.b": Known("x"), "a.c": Known("y")}
    assert nearest.suggestions(compiled, given.get, at=None) == ()


def a_condition(chance, depth=0):
    if depth < 3 and chance.random() < 0.4:
        quantifier = chance.choice(["all", "any", "none"])
        return {quantifier: [a_condition(chance, depth + 1) for _ in range(chance.randrange(1, 4))]}
    operator = chance.choice(list(LITERALS))
    values = LITERALS[operator]
    return that(chance.choice(NAMES), operator, *([chance.choice(values)] if values else []))


@pytest.mark.parametrize("seed", range(10))
def test_every_suggestion_is_true_by_the_oracle(seed):
    """With the values it was tried with: above it wins, the winner loses, below it matches."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    said = 0
    for _ in range(25):
        policies = [
            policy(f"P{index}", *(a_condition(chance) for _ in range(chance.randrange(1, 3))))
            for index in range(4)
        ]
        made = {"policies": policies, "custom": {"limit": chance.choice(VALUES)}}
        given = {name: chance.choice(VALUES) for name in NAMES}
        compiled = compiling.compile_set(document.load(made).policy_set)
        for each in nearest.suggestions(compiled, lookup.reader(given), at=None):
            said += 1
            after = {"limit": each.changed.get("custom.limit", made["custom"]["limit"])}
            own = [one for one in policies if one["id"] == each.policy_id]
            asked = policies if each.place == "above" else own
            decision, _ = deciding.decide(
                {"policies": asked, "custom": after}, {**given, **each.changed}
            )
            matches = decision["policyId"] == each.policy_id
            assert matches == (each.place != "winner"), each.sentence
    assert said > 25


def test_nobody_is_advised_to_draw_another_lot():
    """Which text falls within a percentage is chance: there is no change worth telling."""
    policy = {
        "name": "Spring",
        "enabled": True,
        "expression": "inPercent(a.b || 'spring', 0.01)",
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}],
    }
    assert PolicySet.from_document([policy]).nearest({"a.b": "somebody"}) == ()
