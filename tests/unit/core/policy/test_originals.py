"""The original's policies: every shape it is known by, what was read into it, and what is refused.

The random part writes documents of ours as the original would have, and expects them back.
"""

import contextlib
import json
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator import PolicyErrors, PolicySet
from orchestrator.core.policy import original_notes, originals

TO_SKILL = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}
ALWAYS = [{"all": []}]


def read(content, name="vip.json", **choices):
    made = originals.read(
        [originals.Source(name, content)], original_notes.Choices(**choices) if choices else None
    )
    PolicySet.from_document(made.document)
    return made


def one(content, **choices):
    """Return the only policy of what was made, and the report as (path, given, read)."""
    made = read(content, **choices)
    (policy,) = made.document["policies"]
    return policy, [(each.path, each.given, each.read) for each in made.report]


def of(*conditions, **more):
    return {"name": "P", "enabled": True, "conditions": list(conditions), "actions": [TO_SKILL],
            **more}  # fmt: skip


def that(value, operator="EQUAL", name="ns.a", **more):
    return {"property": name, "type": operator, "value": value, **more}


def errors(content):
    with pytest.raises(PolicyErrors) as refused:
        read(content)
    return {problem.path: problem.message for problem in refused.value}


def test_the_page_s_own_example():
    """The mid-era JSON form, without a name: that of the file, and off until somebody says so."""
    policy, report = one(
        {
            "conditions": [
                {"property": "myNs.tier", "type": "IS_IN", "value": "{{custom.topTiers}}"},
                {"property": "conversation.minutesSincePreviousMessage", "type": "LESS_THAN",
                 "value": 90},
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "{{custom.top}}"}}],
            "exception": {
                "conditions": [{"property": "custom.outage", "type": "EQUAL", "value": "True"}],
                "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "111"}}],
            },
        }
    )  # fmt: skip
    assert (policy["name"], policy["enabled"]) == ("vip", False)
    assert policy["conditions"][0]["value"] == "{{custom.topTiers}}"
    assert policy["exception"]["conditions"][0]["value"] is True
    assert report == [
        ("vip.json", None, "vip"),
        ("vip.json", None, {"enabled": False}),
        ("vip.json: exception.conditions[0].value", "True", True),
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (that("{1440}", "LESS_THAN"), that(1440, "LESS_THAN")),
        (that("{{1440}}", "LESS_THAN"), that(1440, "LESS_THAN")),
        (that("{12.5}"), that(12.5)),
        (that("false"), that(False)),
        (that("True", dataType="string"), that("True")),
        (that("True", name="customerinfo.role"),
         that("True", name="sde.visitorinfo.customerinfo.role")),
        (that("90", dataType="number"), that(90)),
        (that(90, dataType="string"), that("90")),
        (that("ns.b", dataType="attribute"), that("{{ns.b}}")),
        (that("{{ ns.b }}"), that("{{ns.b}}")),
        (that("Hi {{ ns.b |you}}"), that("Hi {{ns.b|you}}")),
        (that("gold, silver", "IS_IN"), that(["gold", "silver"], "IS_IN")),
        (that('["gold"]', "IS_IN"), that(["gold"], "IS_IN")),
        (that("custom.tiers", "IS_IN"), that("{{custom.tiers}}", "IS_IN")),
        (that(["{{ ns.b }}", 1], "IS_IN"), that(["{{ns.b}}", 1], "IS_IN")),
        (that("x", name=" {{ns.a}} "), that("x")),
        (that("x", name="conversation.minutesSinceLastMessage"),
         that("x", name="conversation.minutesSincePreviousMessage")),
        ({"attribute": "ns.a", "operator": ">=", "dataType": "number", "value": "5"},
         that(5, "GREATER_THAN_OR_EQUAL")),
        (that(["x"], "Is in"), that(["x"], "IS_IN")),
        (that("x", "Contains"), that("x", "CONTAINS")),
    ],
)  # fmt: skip
def test_a_condition_is_read_and_reported(written, read_as):
    """Braces, texts that are numbers or booleans, the form's words: each reading is told."""
    policy, report = one(of(written))
    assert policy["conditions"] == [read_as]
    assert report or written["value"] == read_as["value"]


def test_the_direction_of_contains_is_a_choice():
    """Ours, unless asked for what the original printed; always told; lists only one way."""
    kept, report = one(of(that("x", "CONTAINS")))
    assert kept["conditions"][0]["type"] == "CONTAINS"
    assert report == [("vip.json: conditions[0].type", "CONTAINS", "CONTAINS")]
    turned, _ = one(of(that("x", "CONTAINS")), contains="IS_PART_OF")
    assert turned["conditions"][0]["type"] == "IS_PART_OF"
    number, _ = one(of(that(5, "CONTAINS")), contains="IS_PART_OF")
    assert number["conditions"][0]["type"] == "CONTAINS"


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        ({"type": "TRANSFER_TO_AGENT", "payload": {"userId": 901, "skillId": "12"}},
         {"userId": "901", "skillId": "12"}),
        ({"type": "TRANSFER_TO_AGENT", "payload": {"agentId": "a-1", "fallbackSkillId": "900"}},
         {"userId": "a-1", "skillId": "900"}),
        ({"type": "TRANSFER_TO_AGENT", "payload": {"userId": 9.0, "fallbackSkillId": "-1"}},
         {"userId": "9"}),
        ({"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1", "agentId": "1", "skillId": None}},
         {"userId": "1"}),
        ({"type": "SEND_MESSAGE", "payload": {"text": "One moment"}}, {"message": "One moment"}),
        ({"type": "send message", "message": "Hi"}, {"message": "Hi"}),
        ({"actionType": "TRANSFER_TO_SKILL", "valueType": "skill", "value": 12},
         {"skillId": "12"}),
        ({"actionType": "TRANSFER_TO_SKILL", "valueType": "attribute", "value": "custom.top"},
         {"skillId": "{{custom.top}}"}),
        ({"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "custom.top"}},
         {"skillId": "{{custom.top}}"}),
    ],
)  # fmt: skip
def test_an_action_is_read_in_either_spelling(written, payload):
    """Canonical fields, ids as text, no fallback where the samples say -1."""
    policy, _ = one(of(that("x"), actions=[written]))
    assert policy["actions"][0]["payload"] == payload


def test_wrapped_and_listed_policies_are_found():
    """A list, an object with policies, an object by name, a rule: names come from what is there."""
    bare = {"conditions": [that("x")], "actions": [TO_SKILL], "enabled": True}
    names = {
        "list": ([bare, bare], ["vip 1", "vip 2"]),
        "policies": ({"policies": [bare], "total": 1}, ["vip"]),
        "rule": ({"policy": bare}, ["vip"]),
        "by name": ({"Gold": bare, "Night": bare}, ["Gold", "Night"]),
        "twice": ([bare | {"name": "A"}, bare | {"policyName": "A"}], ["A", "A (2)"]),
    }
    for content, expected in names.values():
        assert [each["name"] for each in read(content).document["policies"]] == expected


def test_order_and_state_are_read():
    """Lowest number first, those without one last; states in the words of forms."""
    made = read(
        [
            of(that("x")) | {"name": "C", "order": 3, "enabled": "False"},
            of(that("x")) | {"name": "none", "enabled": "on"},
            of(that("x")) | {"name": "A", "order": "1", "enabled": 1},
        ]
    )
    policies = made.document["policies"]
    assert [each["name"] for each in policies] == ["A", "C", "none"]
    assert [each["enabled"] for each in policies] == [True, False, True]
    unsaid = {key: value for key, value in of(that("x")).items() if key != "enabled"}
    assert one(unsaid, unsaid="on")[0]["enabled"] is True


def test_what_is_empty_or_alone_is_read():
    """No conditions always match, an empty exception is none, one alone is a list of one."""
    policy, report = one(of() | {"exception": {"conditions": [], "actions": []}})
    assert policy["conditions"] == ALWAYS
    assert "exception" not in policy
    assert [path for path, *_ in report] == ["vip.json: conditions", "vip.json: exception"]
    alone, _ = one(of() | {"conditions": that("x"), "actions": TO_SKILL})
    assert alone["conditions"] == [that("x")]
    inner = {"conditions": [that("x")], "actions": [TO_SKILL]}
    bare, _ = one({"name": "P", "enabled": True, "exception": inner})
    assert (bare["conditions"], bare["actions"]) == ([that("x")], [TO_SKILL])


def test_an_expression_is_taken_as_it_is():
    """The newest form; with an empty list of conditions beside it; every mistake in it is told."""
    bare = {"name": "P", "enabled": True, "actions": [TO_SKILL], "conditions": []}
    policy, report = one(bare | {"expression": "ns.a == 1 and not (ns.b in custom.list)"})
    assert policy["expression"] == "ns.a == 1 and not (ns.b in custom.list)"
    assert report == [("vip.json: conditions", [], None)]
    with pytest.raises(PolicyErrors) as refused:
        read(bare | {"expression": "isNight('x') and isDay('y')"})
    assert [problem.path for problem in refused.value] == ["vip.json: expression"] * 2


def test_typographic_quotes_of_an_expression_are_told():
    """The published examples have them; an apostrophe inside a text is no such reading."""
    plain = {"name": "P", "enabled": True, "actions": [TO_SKILL]}
    curly = "ns.a == ‘gold’ or ns.b == 'don’t'"
    policy, report = one(plain | {"expression": curly})
    assert policy["expression"] == curly
    assert report == [("vip.json: expression", curly, "ns.a == 'gold' or ns.b == 'don’t'")]
    assert one(plain | {"expression": "ns.b == 'don’t'"})[1] == []
    with pytest.raises(PolicyErrors):
        read(plain | {"expression": "ns.a == ‘gold"})


@pytest.mark.parametrize(
    ("expression", "noted"),
    [
        ("not ns.a == 1", True),
        ("ns.b == 1 and (not min(ns.a, 2) in [1])", True),
        ("not (ns.a) == 1", True),
        ("not (ns.a == 1) and ns.b == 2", False),
        ("not contains(ns.a, 'not x == y') or ns.b == 2", False),
    ],
)
def test_a_not_before_a_bare_comparison_is_told(expression, noted):
    """The pages of the original leave open what it denies: the comparison, or its left side."""
    _, report = one({"name": "P", "enabled": True, "actions": [TO_SKILL], "expression": expression})
    assert [path for path, *_ in report] == ["vip.json: expression"] * noted


def test_attributes_become_custom_values():
    """Static ones; functions and names that could never be read are left out, and told."""
    made = read(
        [
            {"name": "topTiers", "type": "static", "payload": ["gold"]},
            {"name": "vip list", "type": "static", "payload": []},
            {"name": "score", "type": "faas", "payload": {"faasId": "f"}},
            of(that("{{custom.topTiers}}", "IS_IN")),
        ]
    )
    assert made.document["custom"] == {"topTiers": ["gold"]}
    assert [each.read for each in made.report if each.given in ("vip list", "score")] == [None] * 2


def test_nothing_is_silently_dropped():
    """What means nothing is told, what might mean something is refused; all of it at once."""
    policy, report = one(of(that("x")) | {"description": "for people"})
    assert report == [("vip.json: description", "for people", None)]
    assert "description" not in policy
    found = errors(
        [
            of(that("x"), hidden=True),
            of({"property": "ns.a", "type": "RESEMBLES", "value": 1, "weight": 2}),
            of(that("x", "LESS_THAN"), that("soon", dataType="number"), 7),
            of(that("x")) | {"actions": [{"type": "CALL", "payload": {}}, {**TO_SKILL, "when": 1}]},
            of(that("x")) | {"exception": [1, 2], "enabled": "maybe"},
            {"rule": {"id": "1"}, "nextActionId": "n"},
            "policy",
        ]
    )
    assert set(found) == {
        "vip.json: [0].hidden",
        "vip.json: [1].conditions[0].type",
        "vip.json: [1].conditions[0].weight",
        "vip.json: [2].conditions[0].value",
        "vip.json: [2].conditions[1].value",
        "vip.json: [2].conditions[2]",
        "vip.json: [3].actions[0].type",
        "vip.json: [3].actions[1].when",
        "vip.json: [4].exception",
        "vip.json: [4].enabled",
        "vip.json: [5]",
        "vip.json: [6]",
    }


@pytest.mark.parametrize(
    "content",
    [None, 5, "x", [], {}, [[]], {"policies": {}}, {"policies": None}, [None], {"conditions": []},
     {"conditions": 5, "actions": 5}, {"conditions": [[]], "actions": [[]]},
     {"conditions": [{}], "actions": [{}]}, {"actions": [{"type": []}]}, {"exception": 5},
     {"exception": {"conditions": {"type": {}}}}, {"name": {}, "conditions": [], "actions": []},
     {"name": 1, "type": 2, "payload": 3}, {"custom": 5}, {"a": {"conditions": {}}}],
)  # fmt: skip
def test_whatever_it_is_there_is_an_answer(content):
    """Nonsense is refused with a path, never with a crash."""
    assert all(path.startswith("vip.json") or path == "" for path in errors(content))


KEYS = ["policies", "conditions", "actions", "exception", "name", "enabled", "order", "property",
        "type", "value", "payload", "userId", "skillId", "text", "attribute", "operator",
        "dataType", "custom", "other"]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
WORDS = st.sampled_from(["EQUAL", "<", "IS_IN", "{{a.b}}", "{1440}", "True", "static", "-1",
                         "TRANSFER_TO_AGENT", "SEND_MESSAGE", "number", "attribute"])  # fmt: skip
ANYTHING = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@example({"conditions": {"operator": [], "value": ""}})
@given(ANYTHING)
def test_anything_is_read_or_refused(content):
    """Never an uncaught exception; what is made loads, what is not is told with its file."""
    with contextlib.suppress(PolicyErrors):
        read(content)


OPERATORS = ["EQUAL", "NOT_EQUAL", "LESS_THAN", "GREATER_THAN_OR_EQUAL", "CONTAINS", "IS_IN"]
NAMES = ["ns.a", "ns.b", "custom.c", "conversation.minutesSincePreviousMessage"]
VALUES = [None, True, False, 5, 90, "5", "gold", "true", ["gold", 5], "2026-11-22"]


def a_condition(chance):
    operator = chance.choice(OPERATORS)
    name = chance.choice(NAMES)
    value = {"IS_IN": ["gold", 5], "LESS_THAN": 90, "GREATER_THAN_OR_EQUAL": 5}.get(operator)
    return that(value or chance.choice([True, 5, "gold", "{{ns.b}}"]), operator, name)


def a_block(chance):
    return {
        "conditions": [a_condition(chance) for _ in range(chance.randrange(1, 3))],
        "actions": [
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "901", "skillId": "12"}},
            {"type": "SEND_MESSAGE", "payload": {"message": "Hello {{ns.a|you}}"}},
        ][: chance.randrange(1, 3)],
    }


def as_the_original(chance, block):
    """Write a block as the original's pages might have."""
    return {
        "conditions": [_older(chance, condition) for condition in block["conditions"]],
        "actions": [_other_spelling(chance, action) for action in block["actions"]],
    }


def _older(chance, condition):
    name = condition["property"].replace("minutesSincePreviousMessage", "minutesSinceLastMessage")
    value, operator = condition["value"], condition["type"]
    if value is True and operator in ("EQUAL", "NOT_EQUAL"):
        value = chance.choice([True, "True", "true"])
    elif type(value) is int and operator not in ("CONTAINS", "IS_IN"):
        value = chance.choice([value, f"{{{value}}}"])
    elif type(value) is list:
        value = chance.choice([value, json.dumps(value)])
    if chance.random() < 0.5:
        return that(value, operator, chance.choice([name, f"{{{{{name}}}}}"]))
    label = {"EQUAL": "=", "LESS_THAN": "<", "GREATER_THAN_OR_EQUAL": ">=", "IS_IN": "Is in"}
    return {"attribute": name, "operator": label.get(operator, operator), "value": value}


def _other_spelling(chance, action):
    if chance.random() < 0.5:
        return action
    payload = action["payload"]
    if action["type"] == "SEND_MESSAGE":
        return {"type": "SEND_MESSAGE", "payload": {"text": payload["message"]}}
    other = {"agentId": 901, "fallbackSkillId": payload["skillId"]}
    return {"type": action["type"], "payload": other}


@pytest.mark.parametrize("seed", range(12))
def test_random_policies_decide_the_same_after_the_journey(seed):
    """Ours, written as the original would have, imported: equal decisions on random attributes."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    for _ in range(12):
        ours, theirs = [], []
        for index in range(chance.randrange(1, 4)):
            head = {"id": f"p{index}", "name": f"P{index}", "enabled": chance.random() < 0.9}
            root, exception = a_block(chance), a_block(chance)
            excepted = chance.random() < 0.4
            ours.append(head | root | ({"exception": exception} if excepted else {}))
            their = as_the_original(chance, root)
            if excepted:
                their["exception"] = as_the_original(chance, exception)
            theirs.append(head | their | {"order": index})
        chance.shuffle(theirs)
        wanted = PolicySet.from_document({"policies": ours})
        found = PolicySet.from_document(read({"policies": theirs}).document)
        for _ in range(8):
            attributes = {name: chance.choice(VALUES) for name in NAMES}
            assert found.decide(attributes) == wanted.decide(attributes)
