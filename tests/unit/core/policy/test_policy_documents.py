"""Reading documents: every mistake with its path, warnings, canonical form, stored documents."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, mistakes, operators

SAY = [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}]
ALWAYS = [{"all": []}]


def policy(**fields):
    return {"name": "P", "enabled": True, "conditions": ALWAYS, "actions": SAY} | fields


def condition(value="x", **fields):
    return {"property": "shop.tier", "type": "EQUAL", "value": value} | fields


def where(**fields):
    return {"policies": [policy(**fields)]}


def with_condition(made):
    return where(conditions=[made])


def with_action(kind, payload):
    return where(actions=[{"type": kind, "payload": payload}])


def nested(depth):
    made = condition()
    for _ in range(depth):
        made = {"any": [made]}
    return made


C = "policies[0].conditions[0]"
A = "policies[0].actions[0]"

MISTAKES = [
    (None, "", "wrong-type"),
    ("x", "", "wrong-type"),
    ({}, "policies", "missing"),
    ({"policies": {}}, "policies", "wrong-type"),
    ({"policies": [], "extra": 1}, "extra", "unknown-key"),
    ({"policies": [], "custom": []}, "custom", "wrong-type"),
    ({"policies": [], "custom": {"vip list": 1}}, 'custom["vip list"]', "bad-value"),
    ({"policies": [], "custom": {"x": [0] * 100_001}}, "custom.x", "too-large"),
    ({"policies": [], "custom": {"x": {"y": [0] * 100_001}}}, "custom.x.y", "too-large"),
    ({"policies": [], "schedules": []}, "schedules", "wrong-type"),
    ({"policies": [], "schedules": {"day": {"weekly": {}}}}, "schedules.day.zone", "missing"),
    ({"policies": [1]}, "policies[0]", "wrong-type"),
    ([1], "policies[0]", "wrong-type"),
    (where(colour="red"), "policies[0].colour", "unknown-key"),
    (where(name=""), "policies[0].name", "bad-value"),
    (where(name=1), "policies[0].name", "wrong-type"),
    (where(id=""), "policies[0].id", "bad-value"),
    (where(id=True), "policies[0].id", "bad-value"),
    (where(enabled="yes"), "policies[0].enabled", "wrong-type"),
    ({"policies": [policy(), policy()]}, "policies[1].name", "duplicate"),
    ({"policies": [policy(id="1"), policy(name="Q", id=1)]}, "policies[1].id", "duplicate"),
    (where(conditions=[]), "policies[0].conditions", "missing"),
    (where(conditions={}), "policies[0].conditions", "wrong-type"),
    (where(conditions=[1]), C, "wrong-type"),
    (where(expression="true"), "policies[0].expression", "conflict"),
    (
        {"policies": [{"name": "P", "enabled": True, "expression": "a.b = 1", "actions": SAY}]},
        "policies[0].expression",
        "syntax",
    ),
    ({"policies": [{"name": "P", "enabled": True, "actions": SAY}]},
     "policies[0].conditions", "missing"),
    ({"policies": [{"name": "P", "enabled": True, "conditions": ALWAYS}]},
     "policies[0].actions", "missing"),
    ({"policies": [{"enabled": True, "conditions": ALWAYS, "actions": SAY}]},
     "policies[0].name", "missing"),
    (where(exception=[]), "policies[0].exception", "wrong-type"),
    (where(exception={"conditions": ALWAYS}), "policies[0].exception.actions", "missing"),
    (where(exception={"conditions": [], "actions": SAY}),
     "policies[0].exception.conditions", "missing"),
    (where(exception={"name": "x", "conditions": ALWAYS, "actions": SAY}),
     "policies[0].exception.name", "unknown-key"),
    (with_condition({"all": [], "any": []}), f"{C}.any", "conflict"),
    (with_condition({"all": [], "property": "a.b"}), f"{C}.property", "conflict"),
    (with_condition({"any": {}}), f"{C}.any", "wrong-type"),
    (with_condition({"none": [{"all": [7]}]}), f"{C}.none[0].all[0]", "wrong-type"),
    (with_condition(condition(colour=1)), f"{C}.colour", "unknown-key"),
    (with_condition({"type": "EQUAL", "value": 1}), f"{C}.property", "missing"),
    (with_condition(condition(property=1)), f"{C}.property", "wrong-type"),
    (with_condition(condition(property="tier")), f"{C}.property", "bad-value"),
    (with_condition(condition(property="{{shop.tier}}")), f"{C}.property", "bad-value"),
    (with_condition(condition(property="1a.b")), f"{C}.property", "bad-value"),
    (with_condition(condition(property="a..b")), f"{C}.property", "bad-value"),
    (with_condition({"property": "a.b", "value": 1}), f"{C}.type", "missing"),
    (with_condition(condition(type="EQUALS")), f"{C}.type", "unknown-word"),
    (with_condition(condition(type=[])), f"{C}.type", "unknown-word"),
    (with_condition({"property": "a.b", "type": "EQUAL"}), f"{C}.value", "missing"),
    (with_condition(condition(None)), f"{C}.value", "bad-value"),
    (with_condition(condition(["a", None])), f"{C}.value", "bad-value"),
    (with_condition(condition({"k": [None]})), f"{C}.value", "bad-value"),
    (with_condition(condition({"k": "{{a.b}}"})), f"{C}.value", "bad-value"),
    (with_condition(condition(ignoreCase="yes")), f"{C}.ignoreCase", "wrong-type"),
    (with_condition(condition(False, type="IS_SET")), f"{C}.value", "bad-value"),
    (with_condition(condition("x", type="IS_NOT_SET")), f"{C}.value", "bad-value"),
    (with_condition(condition(True, type="LESS_THAN")), f"{C}.value", "bad-value"),
    (with_condition(condition("abc", type="LESS_THAN")), f"{C}.value", "bad-value"),
    (with_condition(condition([1], type="GREATER_THAN")), f"{C}.value", "bad-value"),
    (with_condition(condition("x", type="IS_IN")), f"{C}.value", "bad-value"),
    (with_condition(condition("x{{a.b}}", type="NOT_IN")), f"{C}.value", "bad-value"),
    (with_condition(condition(1, type="STARTS_WITH")), f"{C}.value", "bad-value"),
    (with_condition(condition(["{{a.b}}"], type="ENDS_WITH")), f"{C}.value", "bad-value"),
    (with_condition(condition("(", type="MATCHES")), f"{C}.value", "bad-value"),
    (with_condition(condition("(?=x)", type="MATCHES")), f"{C}.value", "bad-value"),
    *[
        (with_condition(condition(braces)), f"{C}.value", "bad-value")
        for braces in ("{{a.b}", "a.b}}", "{{}}", "{{tier}}", "{{a..b}}", "{{a.b}} }}", "{{{a.b}}}",
                       "{{ a.b }}", "{{a.b|{{c.d}}}}", ["{{a.b"])
    ],
    (with_condition(condition("{" + "9" * 5000 + "}", type="LESS_THAN")),
     f"{C}.value", "bad-value"),
    (with_condition(nested(65)), f"{C}" + ".any[0]" * 64 + ".any", "too-deep"),
    (where(actions=[]), "policies[0].actions", "missing"),
    (where(actions={}), "policies[0].actions", "wrong-type"),
    (where(actions=[1]), A, "wrong-type"),
    (where(actions=[{"payload": {}}]), f"{A}.type", "missing"),
    (where(actions=[{"type": "DANCE", "payload": {}}]), f"{A}.type", "unknown-word"),
    (where(actions=[{"type": "SEND_MESSAGE"}]), f"{A}.payload", "missing"),
    (where(actions=[{"type": "SEND_MESSAGE", "payload": 1}]), f"{A}.payload", "wrong-type"),
    (where(actions=[SAY[0] | {"delay": 1}]), f"{A}.delay", "unknown-key"),
    (with_action("SEND_MESSAGE", {}), f"{A}.payload.message", "missing"),
    (with_action("SEND_MESSAGE", {"message": ""}), f"{A}.payload.message", "bad-value"),
    (with_action("SEND_MESSAGE", {"message": None}), f"{A}.payload.message", "bad-value"),
    (with_action("SEND_MESSAGE", {"message": "{{x}}"}), f"{A}.payload.message", "bad-value"),
    (with_action("SEND_MESSAGE", {"message": "a", "text": "a"}), f"{A}.payload.text", "conflict"),
    (with_action("SEND_MESSAGE", {"text": "a", "x": 1}), f"{A}.payload.x", "unknown-key"),
    (with_action("TRANSFER_TO_SKILL", {}), f"{A}.payload.skillId", "missing"),
    (with_action("TRANSFER_TO_SKILL", {"skillId": 1.5}), f"{A}.payload.skillId", "bad-value"),
    (with_action("TRANSFER_TO_SKILL", {"skillId": True}), f"{A}.payload.skillId", "bad-value"),
    (with_action("TRANSFER_TO_SKILL", {"skillId": None}), f"{A}.payload.skillId", "bad-value"),
    (with_action("TRANSFER_TO_SKILL", {"skillId": " 1"}), f"{A}.payload.skillId", "bad-value"),
    (with_action("TRANSFER_TO_SKILL", {"fallbackSkillId": "1", "skillId": "1"}),
     f"{A}.payload.fallbackSkillId", "unknown-key"),
    (with_action("TRANSFER_TO_SKILL", {"skillName": "{{a.b}}"}),
     f"{A}.payload.skillName", "bad-value"),
    (with_action("TRANSFER_TO_SKILL", {"skillId": "{{a.b}}", "skillName": "x"}),
     f"{A}.payload.skillName", "conflict"),
    (with_action("TRANSFER_TO_AGENT", {"skillId": "1"}), f"{A}.payload.userId", "missing"),
    (with_action("TRANSFER_TO_AGENT", {"userId": "1", "agentId": "1"}),
     f"{A}.payload.agentId", "conflict"),
    (with_action("TRANSFER_TO_AGENT", {"userId": "1", "fallbackSkillId": "1"}),
     f"{A}.payload.fallbackSkillId", "conflict"),
    (with_action("TRANSFER_TO_AGENT", {"agentId": "1", "skillId": "1"}),
     f"{A}.payload.skillId", "conflict"),
    (with_action("TRANSFER_TO_AGENT", {"loginName": "x", "skillId": "1", "fallbackSkillId": "1"}),
     f"{A}.payload.fallbackSkillId", "conflict"),
    ({"policies": [], "custom": {"x": float("nan")}}, "custom.x", "bad-value"),
    ({"policies": [], "custom": {"x": 10**500}}, "custom.x", "bad-value"),
    ({"policies": [], "custom": {"x": "\ud800"}}, "custom.x", "bad-value"),
    ({"policies": [], "custom": {"x": {1, 2}}}, "custom.x", "wrong-type"),
    ({"policies": [], "custom": {1: 2}}, "custom", "wrong-type"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "path", "code"), MISTAKES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_kind_of_mistake_is_refused_with_its_path(made, path, code):
    """The only problem that is reported is the one that is there, at its place."""
    with pytest.raises(mistakes.PolicyErrors) as caught:
        document.load(made)
    assert [(problem.path, problem.code) for problem in caught.value] == [(path, code)]
    assert caught.value[0].message


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_document():
    """One reading finds them all, so that nobody mends them one by one."""
    made = {
        "policies": [
            policy(name=1, conditions=[condition(None), condition(type="NO")], actions=[3]),
            policy(exception={"conditions": [], "actions": []}),
        ]
    }
    with pytest.raises(mistakes.PolicyErrors) as caught:
        document.load(made)
    assert [problem.path for problem in caught.value] == [
        "policies[0].name",
        "policies[0].conditions[0].value",
        "policies[0].conditions[1].type",
        "policies[0].actions[0]",
        "policies[1].exception.conditions",
        "policies[1].exception.actions",
    ]
    assert len(caught.value) == 6
    assert "5 more" in str(caught.value)


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ({"policies": [{"name": "P", "conditions": ALWAYS, "actions": SAY}]},
         "policies[0].enabled"),
        (with_condition({"any": []}), f"{C}.any"),
        (with_condition({"none": []}), f"{C}.none"),
        (where(actions=[{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}] * 2),
         "policies[0].actions"),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_gets_a_warning(made, path):
    """Such a document is loaded all the same."""
    assert [warning.path for warning in document.load(made).warnings] == [path]


@pytest.mark.parametrize(
    "made",
    [
        where(),
        with_condition(nested(64)),
        with_condition(condition(True, type="IS_SET")),
        with_condition(condition("{1440}", type="LESS_THAN")),
        with_condition(condition("12.5", type="LESS_THAN")),
        with_condition(condition("2026-12-24", type="GREATER_THAN")),
        with_condition(condition("g{{a.b|x y}}", type="LESS_THAN")),
        with_condition(condition("{{skills.3002.waiting}}", type="LESS_THAN")),
        with_condition(condition("{{my-ns.a-b}}", type="IS_IN")),
        with_condition(condition(["{{a.b}}", 1, {"k": 1}], type="IS_IN")),
        with_condition(condition("a{2} {x} }", type="CONTAINS")),
        with_condition(condition([1], type="CONTAINS")),
        with_action("SEND_MESSAGE", {"text": "Hello {{a.b|there}}"}),
        with_action("TRANSFER_TO_AGENT", {"agentId": 901, "fallbackSkillId": 12}),
        with_action("TRANSFER_TO_AGENT", {"loginName": "jo", "skillName": "Billing"}),
        with_action("TRANSFER_TO_SKILL", {"skillId": "{{custom.top}}"}),
        {"policies": [], "custom": {"a": None, "b.c": [1], "0": {}}, "schedules": {}},
    ],
)
def test_good_documents_survive_a_round_trip(made):
    """Dump and load give the same document, as do JSON of the structs, and the same version."""
    first = document.load(made).policy_set
    again = document.load(json.loads(json.dumps(document.dump(first))))
    assert again.policy_set == first
    assert msgspec.json.decode(msgspec.json.encode(first), type=document.Document) == first
    assert compiling.version_of(again.policy_set) == compiling.version_of(first)


def test_the_canonical_form_has_one_spelling():
    """Other spellings, ids as numbers, and what says nothing, are written in the one way."""
    made = [
        policy(
            conditions=[condition(True, type="IS_SET", ignoreCase=False)],
            actions=[
                {"type": "SEND_MESSAGE", "payload": {"text": "Hi"}},
                {"type": "TRANSFER_TO_AGENT", "payload": {"agentId": 901, "fallbackSkillId": 12}},
            ],
        )
    ]
    assert document.dump(document.load(made).policy_set) == {
        "policies": [
            {
                "id": "p-p",
                "name": "P",
                "enabled": True,
                "conditions": [{"property": "shop.tier", "type": "IS_SET"}],
                "actions": [
                    {"type": "SEND_MESSAGE", "payload": {"message": "Hi"}},
                    {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "901", "skillId": "12"}},
                ],
            }
        ]
    }


def test_a_missing_id_comes_from_the_name_whatever_the_order():
    """Ids are stable under reordering, unique, and never those that others chose."""
    names = ["VIP!", "VIP?", "Größe", "Taken"]
    made = [policy(name=name) for name in names] + [policy(name="x", id="p-taken")]
    ids = {each.name: each.id for each in document.load(made).policy_set.policies}
    turned = {each.name: each.id for each in document.load(made[::-1]).policy_set.policies}
    assert ids == turned
    assert len(set(ids.values())) == 5
    assert ids["Größe"] == "p-grösse"


def test_the_document_is_a_copy():
    """What the caller does to their objects afterwards changes nothing."""
    made = {"policies": [], "custom": {"list": [1]}}
    loaded = document.load(made).policy_set
    made["custom"]["list"].append(2)
    assert loaded.custom == {"list": [1]}


def test_a_list_has_as_many_items_as_the_original_allows():
    """100,000 are taken; what was accepted before there was a limit stays readable."""
    most = {"policies": [], "custom": {"vip": [0] * 100_000}}
    assert document.load(most).warnings == ()
    more = {"policies": [], "custom": {"vip": [0] * 100_001}}
    assert document.load_stored(more).policy_set.custom == more["custom"]


def test_stored_policies_that_no_longer_pass_are_kept_and_marked():
    """One bad policy never stops the others, and its text is not lost."""
    bad = policy(name="Old", id="old", conditions=[condition(type="WAS_OPERATOR")])
    loaded = document.load_stored({"policies": [bad, policy(), 7], "custom": {"a": 1}})
    kinds = [type(each).__name__ for each in loaded.policy_set.policies]
    assert kinds == ["InvalidPolicy", "Policy", "InvalidPolicy"]
    assert loaded.policy_set.policies[0].problems[0].path == f"{C}.type"
    assert document.dump(loaded.policy_set)["policies"][0] == bad
    assert (
        msgspec.json.decode(msgspec.json.encode(loaded.policy_set), type=document.Document)
        == loaded.policy_set
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
WORDS = ["policies", "conditions", "actions", "exception", "property", "type", "value", "all",
         "any", "none", "payload", "name", "id", "enabled", "custom", "schedules", "ignoreCase",
         "skillId", "userId", "message", "expression"]  # fmt: skip
LIKELY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["a.b", "{{a.b}}", "{{", *operators.BY_NAME]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(made=JSON | LIKELY | LIKELY.map(lambda inner: {"policies": [inner]}))
def test_nothing_but_policy_errors_comes_out_of_any_object(made):
    """Whatever the objects, the answer is a document or a list of mistakes."""
    for load in (document.load, document.load_stored):
        try:
            compiling.compile_set(load(made).policy_set)
        except mistakes.PolicyErrors:
            continue


def test_values_that_are_no_json_hide_no_other_mistakes():
    """They are told beside the others, with paths through ``policies`` in a bare list as well."""
    made = [policy(name="", conditions=[condition([1, float("nan")]), condition(object())])]
    with pytest.raises(mistakes.PolicyErrors) as caught:
        document.load(made)
    assert {problem.path for problem in caught.value} == {
        "policies[0].conditions[0].value[1]",
        "policies[0].conditions[1].value",
        "policies[0].name",
    }


def test_hostile_shapes_are_refused_quickly():
    """Cycles, great depth and a billion laughs end in a refusal, not in a crash."""
    cycle = []
    cycle.append(cycle)
    deep = []
    for _ in range(100_000):
        deep = [deep]
    laughs = "ha"
    for _ in range(30):
        laughs = [laughs, laughs]
    for made in (cycle, deep, {"policies": cycle}, {"policies": [], "custom": {"x": laughs}}):
        with pytest.raises(mistakes.PolicyErrors) as caught:
            document.load(made)
        assert caught.value[0].code in {"too-deep", "too-large"}
    while deep:
        deep = deep[0]
