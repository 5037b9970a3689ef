"""What a policy set decides, by example: exceptions, references, actions, asking, the trace."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import answer, document, engine
from orchestrator.core.policy import compile as compiling

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def skill(identity="77", **payload):
    return {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": identity} | payload}


def say(message):
    return {"type": "SEND_MESSAGE", "payload": {"message": message}}


def agent(identity, **payload):
    return {"type": "TRANSFER_TO_AGENT", "payload": {"userId": identity} | payload}


def cond(name, operator="EQUAL", value="yes", **more):
    made = {"property": name, "type": operator, **more}
    return made if operator.endswith("_SET") else made | {"value": value}


ALWAYS = {"all": []}
NEVER = {"any": []}


def policy(*conditions, name="P", actions=None, exception=None, enabled=True):
    made = {"name": name, "enabled": enabled, "conditions": list(conditions) or [ALWAYS]}
    made["actions"] = actions or [skill()]
    return made if exception is None else made | {"exception": exception}


def decide(policies, given=(), *, custom=None, at=AT):
    """Return the decision and the batches in which attributes were asked for."""
    made = {"policies": policies} | ({"custom": custom} if custom else {})
    compiled = compiling.compile_set(document.load_stored(made).policy_set)
    values = {
        name: value if isinstance(value, Known | Unfetched) else Known(value, "test")
        for name, value in dict(given).items()
    }
    batches = []
    evaluation = engine.evaluate(compiled, at=at, tracing="on")
    try:
        needs = next(evaluation)
        while True:
            batches.append(list(needs.names))
            needs = evaluation.send({n: values[n] for n in needs.names if n in values})
    except StopIteration as end:
        return end.value, batches


def payloads(decision):
    return [action["payload"] for action in answer.Decision(decision).document()["actions"]]


def states(decision):
    return [(entry["block"], entry["state"]) for entry in decision.trace["policies"]]


def test_first_match_of_the_enabled_ones_wins():
    """A disabled policy that is true, then two that match: the first of the enabled."""
    decision, _ = decide(
        [policy(name="P1", enabled=False), policy(name="P2"), policy(cond("a.b"), name="P3")]
    )
    assert decision.policy_name == "P2"
    assert [entry["state"] for entry in decision.trace["policies"]] == ["DISABLED", "TRUE"]


def test_no_match_says_which_kind():
    """Nothing enabled is told apart from nothing matched."""
    assert decide([])[0].no_match_reason == "NO_POLICIES_ENABLED"
    assert decide([policy(enabled=False)])[0].no_match_reason == "NO_POLICIES_ENABLED"
    assert decide([policy(NEVER)])[0].no_match_reason == "NO_MATCHED_RULES"


def test_all_conditions_must_hold():
    """Two conditions, one of them false: the policy is false."""
    decision, _ = decide([policy(cond("a.b"), cond("a.c"))], {"a.b": "yes", "a.c": "no"})
    assert decision.policy_id is None


def test_the_exception_takes_precedence():
    """When both match only the exception's actions are carried out, and root is not tried."""
    exception = {"conditions": [ALWAYS], "actions": [say("Outage.")]}
    decision, _ = decide([policy(exception=exception)])
    assert payloads(decision) == [{"message": "Outage."}]
    assert states(decision) == [("exception", "TRUE")]


@pytest.mark.parametrize("value", [Unfetched("down"), None])
def test_an_exception_that_is_unknown_or_failed_leaves_the_root(value):
    """The root is tried, and the trace shows what became of the exception."""
    exception = {"conditions": [cond("a.b", "LESS_THAN", 5)], "actions": [say("x")]}
    decision, _ = decide([policy(exception=exception)], {"a.b": value})
    assert payloads(decision) == [{"skillId": "77"}]
    assert states(decision)[0] == ("exception", "UNKNOWN" if value is None else "ERROR")


def test_an_exception_whose_actions_cannot_be_resolved_is_an_error_and_leaves_the_root():
    """Such an exception does not match."""
    exception = {"conditions": [ALWAYS], "actions": [skill("{{a.skill}}")]}
    decision, _ = decide([policy(exception=exception)])
    assert payloads(decision) == [{"skillId": "77"}]
    assert states(decision) == [("exception", "ERROR"), ("root", "TRUE")]


def test_unresolved_actions_make_the_policy_an_error_as_a_whole():
    """No half of it is carried out: the next policy is tried."""
    broken = policy(name="A", actions=[say("Hello"), skill("{{a.skill}}")])
    decision, _ = decide([broken, policy(name="B")])
    assert decision.policy_name == "B"
    entry = decision.trace["policies"][0]
    assert (entry["state"], "a.skill" in entry["reason"]) == ("ERROR", True)


@pytest.mark.parametrize(
    ("value", "identity"), [("12", "12"), (12, "12"), (12.0, "12"), (" 12 ", "12")]
)
def test_ids_from_attributes_become_text(value, identity):
    """Numbers by which systems of record name skills are ids as well."""
    decision, _ = decide([policy(actions=[skill("{{a.skill}}")])], {"a.skill": value})
    assert payloads(decision) == [{"skillId": identity}]


@pytest.mark.parametrize("value", [None, "", True, 12.5, ["12"], {"id": 1}, Unfetched("down")])
def test_what_is_no_id_is_an_error_of_its_policy(value):
    """A skill that is missing or of no use never becomes a transfer to nowhere."""
    decision, _ = decide([policy(actions=[skill("{{a.skill}}")])], {"a.skill": value})
    assert (decision.policy_id, states(decision)) == (None, [("root", "ERROR")])


def test_a_missing_agent_stays_in_the_decision():
    """It is an agent that cannot take it; the fallback skill follows. A missing skill is not."""
    decision, _ = decide([policy(actions=[agent("{{a.agent}}", skillId="5")])])
    assert payloads(decision) == [{"userId": None, "skillId": "5"}]
    decision, _ = decide([policy(actions=[agent("9", skillId="{{a.skill}}")])])
    assert states(decision) == [("root", "ERROR")]


def test_messages_come_first_then_the_last_transfer_alone():
    """References of transfers that are not carried out are not even fetched."""
    actions = [skill("{{a.first}}"), say("one"), agent("9"), say("two"), skill("{{a.last}}")]
    decision, batches = decide([policy(actions=actions)], {"a.last": "8"})
    assert payloads(decision) == [{"message": "one"}, {"message": "two"}, {"skillId": "8"}]
    assert batches == [["a.last"]]


def test_names_are_left_alone():
    """Nobody has looked them up: they stay in the payload."""
    actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}]
    assert payloads(decide([policy(actions=actions)])[0]) == [{"skillName": "Billing"}]
    payload = {"loginName": "jo", "skillName": "Billing", "skillId": "5"}
    actions = [{"type": "TRANSFER_TO_AGENT", "payload": payload}]
    assert payloads(decide([policy(actions=actions)])[0]) == [payload]


def test_references_inside_a_message():
    """Values in their plain form, defaults, and nothing with a warning where one is missing."""
    message = say("Hi {{a.name|there}}{{a.gone}}: {{a.whole}} {{a.half}} {{a.yes}} {{a.list}}")
    given = {"a.whole": 3.0, "a.half": 2.5, "a.yes": True, "a.list": ["é", 1]}
    decision, _ = decide([policy(actions=[message])], given)
    assert payloads(decision) == [{"message": 'Hi there: 3 2.5 true ["é",1]'}]
    (warning,) = decision.trace["policies"][0]["warnings"]
    assert "a.gone" in warning


def test_a_message_that_is_nothing_but_a_missing_reference_is_not_sent():
    """The policy matches all the same."""
    decision, _ = decide([policy(actions=[say("{{a.text}}"), skill()])])
    assert payloads(decision) == [{"skillId": "77"}]


def test_the_trace_names_what_left_a_message_empty():
    """A routing manager can see which attribute was missing."""
    decision, _ = decide([policy(actions=[say("{{a.b}}")])])
    assert decision.trace["policies"][0]["warnings"] == [
        "a message came out empty and is not sent: `a.b` says nothing"
    ]


def test_references_in_conditions():
    """As the whole value, as an element, inside a text, with a default."""
    given = {"a.x": "gold", "a.y": "gold", "a.z": "g"}
    for value, operator in [
        ("{{a.y}}", "EQUAL"),
        (["{{a.y}}", "x"], "IS_IN"),
        ("{{a.z}}old", "EQUAL"),
        ("{{a.none|gold}}", "EQUAL"),
        ("g{{a.none|o}}ld", "EQUAL"),
    ]:
        assert decide([policy(cond("a.x", operator, value))], given)[0].policy_id, value


def test_case_is_disregarded_for_type_and_status_of_a_customer():
    """On either side, in lists too; elsewhere only where the condition says so."""
    kind = "sde.visitorinfo.customerinfo.ctype"
    given = {kind: "VIP", "a.b": "vip", "a.list": ["vip"]}
    for made in (
        cond(kind, "EQUAL", "vip"),
        cond("customerinfo.ctype", "IS_IN", ["vip"]),
        cond("a.b", "EQUAL", "{{customerinfo.ctype}}"),
        cond("a.b", "IS_IN", ["{{customerinfo.ctype}}"]),
        cond(kind, "STARTS_WITH", "vi"),
        cond(kind, "MATCHES", "^vip$"),
        cond(kind, "IS_IN", "{{a.list}}"),
        cond("a.b", "EQUAL", "Vip", ignoreCase=True),
    ):
        assert decide([policy(made)], given)[0].policy_id, made
    assert not decide([policy(cond("a.b", "EQUAL", "VIP"))], given)[0].policy_id


def test_the_number_in_single_braces_of_old_documents():
    """``"{1440}"`` is a number where the operator takes one."""
    assert decide([policy(cond("a.b", "LESS_THAN", "{1440}"))], {"a.b": 1439})[0].policy_id
    assert decide([policy(cond("a.b", "EQUAL", "{1440}"))], {"a.b": 1440})[0].policy_id
    assert decide([policy(cond("a.b", "CONTAINS", "{1440}"))], {"a.b": "x{1440}"})[0].policy_id


def test_the_custom_values_of_the_set_win_and_are_never_asked_for():
    """Also nested ones; a null is missing; others are asked of the caller."""
    custom = {"a": {"b": "yes"}, "gone": None}
    rule = policy(cond("custom.a.b"), cond("custom.gone", "IS_NOT_SET"), cond("custom.other"))
    given = {"custom.a.b": "no", "custom.gone": 1, "custom.other": "yes"}
    decision, batches = decide([rule], given, custom=custom)
    assert decision.policy_id
    assert batches == [["custom.other"]]


def test_cheap_sources_are_asked_first_and_dear_ones_only_if_they_can_matter():
    """A batch holds everything of one cost that the policy may depend on, exception included."""
    exception = {"conditions": [cond("conversation.isFirst")], "actions": [say("x")]}
    rule = policy(cond("conversation.language", "EQUAL", "en"), cond("shop.a"), cond("shop.b"),
                  exception=exception)  # fmt: skip
    cheap = ["conversation.isFirst", "conversation.language"]
    _, batches = decide([rule], {"conversation.language": "fr"})
    assert batches == [cheap]
    _, batches = decide([rule], {"conversation.language": "en"})
    assert batches == [cheap, ["shop.a", "shop.b"]]


def test_what_cannot_change_a_group_is_not_fetched():
    """One true member settles any; one settled side can settle a condition."""
    rule = policy({"any": [ALWAYS, cond("shop.a")]}, {"none": [{"all": [NEVER, cond("shop.b")]}]})
    assert decide([rule])[1] == []
    rule = policy(cond("custom.x", "EQUAL", "{{shop.a}}"), {"none": [cond("shop.b", "IS_IN", [])]})
    decision, batches = decide([rule], custom={"x": None})
    assert (decision.policy_id, batches) == (None, [])


def test_an_attribute_is_asked_for_once_in_a_decision():
    """Also when several policies and their actions use it, or its alias."""
    first = policy(cond("sde.visitorinfo.customerinfo.role", "EQUAL", "x"), name="A")
    second = policy(cond("customerinfo.role", "IS_NOT_SET"), name="B",
                    actions=[say("{{customerinfo.role|friend}}")])  # fmt: skip
    decision, batches = decide([first, second])
    assert payloads(decision) == [{"message": "friend"}]
    assert batches == [["sde.visitorinfo.customerinfo.role"]]


def test_an_invalid_stored_policy_is_skipped_and_shown():
    """It counts as enabled, and stops nobody."""
    bad = {"name": "Old", "enabled": True, "conditions": 5}
    decision, _ = decide([bad, policy(name="B")])
    assert decision.policy_name == "B"
    assert decision.trace["policies"][0]["state"] == "INVALID"
    assert "conditions" in decision.trace["policies"][0]["reason"]


def test_the_trace_mirrors_the_conditions():
    """Groups stay groups; value, source and age are there; what did not matter has no state."""
    rule = policy(
        {"any": [cond("a.age", "GREATER_THAN", 65), {"none": [cond("b.c", "IS_SET")]}]},
        cond("a.tier", "IS_IN", ["gold"]),
    )
    given = {
        "a.age": Known(70, "profile", AT - timedelta(seconds=90)),
        "a.tier": Known("silver", "profile"),
        "b.c": Known("1", "profile"),
    }
    decision, _ = decide([rule], given)
    (entry,) = decision.trace["policies"]
    assert decision.trace["at"] == "2026-11-22T12:00:00.000Z"
    assert entry["reason"] == "`a.tier` is 'silver', which is not in [\"gold\"]"
    assert entry["conditions"] == [
        {
            "any": [
                {
                    "property": "a.age", "type": "GREATER_THAN", "value": 65, "actual": 70,
                    "source": "profile", "ageSeconds": 90.0, "state": "TRUE",
                    "reason": "`a.age` is 70, which is more than 65",
                },
                {
                    "none": [
                        {
                            "property": "b.c", "type": "IS_SET", "value": None, "actual": "1",
                            "source": "profile", "ageSeconds": None, "state": "TRUE",
                            "reason": "`b.c` is '1'",
                        }
                    ],
                    "state": "FALSE",
                },
            ],
            "state": "TRUE",
        },
        {
            "property": "a.tier", "type": "IS_IN", "value": ["gold"], "actual": "silver",
            "source": "profile", "ageSeconds": None, "state": "FALSE",
            "reason": "`a.tier` is 'silver', which is not in [\"gold\"]",
        },
    ]  # fmt: skip


def test_what_was_never_fetched_shows_as_not_evaluated():
    """No state, no value, and a reason that says so."""
    rule = policy(cond("conversation.language", "EQUAL", "en"), cond("shop.a"))
    decision, _ = decide([rule], {"conversation.language": "fr"})
    skipped = decision.trace["policies"][0]["conditions"][1]
    assert (skipped["state"], skipped["actual"], skipped["source"]) == (None, None, None)
    assert skipped["reason"].startswith("not evaluated")


def test_sensitive_values_are_masked_everywhere_in_the_trace():
    """As the tested side, as a reference, in reasons and in texts made of them."""
    secret = "my card is 4111"
    name = "conversation.firstMessage"
    rules = [
        policy(cond(name, "EQUAL", "x"), name="A"),
        policy(cond("a.b", "EQUAL", f"{{{{{name}}}}}"), name="B"),
        policy(cond("a.b", "EQUAL", f"to {{{{{name}}}}}"), name="C"),
        policy(cond(name, "LESS_THAN", 5), name="D"),
        policy(name="E", actions=[skill(f"{{{{{name}}}}}")]),
    ]
    decision, _ = decide(rules[:4], {name: secret, "a.b": "z"})
    assert secret not in str(decision.trace)
    assert decision.trace["policies"][0]["conditions"][0]["actual"] == "•••"


@pytest.mark.parametrize(
    ("made", "given", "reason"),
    [
        (cond("customerinfo.ctype", "IS_IN", "{{custom.topTiers}}"),
         {"sde.visitorinfo.customerinfo.ctype": "silver", "custom.topTiers": ["gold"]},
         "`ctype` is 'silver', which is not in `custom.topTiers`"),
        (cond("a.b", "EQUAL", "x"), {}, "`a.b` is missing, which does not equal 'x'"),
        (cond("a.b", "LESS_THAN", 5), {"a.b": "soon"},
         "`a.b` is 'soon', which is not comparable with 5"),
        (cond("a.b", "LESS_THAN", 5), {}, "`a.b` is missing, which is not comparable with 5"),
        (cond("a.b", "IS_IN", "{{a.list}}"), {"a.b": 1},
         "`a.b` is 1, and there is no list in `a.list`"),
        (cond("a.b"), {"a.b": Unfetched("timed out")}, "`a.b` could not be fetched: timed out"),
        (cond("a.b", "EQUAL", "{{a.c}}"), {"a.b": 1, "a.c": 2},
         "`a.b` is 1, which does not equal `a.c` (2)"),
        (cond("a.b", "IS_SET"), {}, "`a.b` is missing"),
        (cond("a.b", "STARTS_WITH", "x"), {"a.b": 5},
         "`a.b` is 5, and STARTS_WITH cannot be applied to that and 'x'"),
    ],
)  # fmt: skip
def test_reasons_are_sentences_for_a_routing_manager(made, given, reason):
    """One line, with the value and what it was held against."""
    decision, _ = decide([policy(made)], given)
    assert decision.trace["policies"][0]["reason"] == reason


def test_the_clock_is_aware_or_refused_at_once():
    """A naive datetime is a ValueError before anything is asked; others are shown in UTC."""
    compiled = compiling.compile_set(document.load([policy()]).policy_set)
    with pytest.raises(ValueError, match="naive"):
        engine.evaluate(compiled, at=datetime(2026, 1, 1))  # noqa: DTZ001 — that is the point
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(ValueError, match="range"):
        engine.evaluate(compiled, at=early)
    there = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert decide([policy()], at=there)[0].trace["at"] == "2025-12-31T22:00:00.000Z"
    assert decide([policy()], at=None)[0].trace["at"] is None


def test_the_version_is_the_content():
    """The same rules have the same version, whatever the spelling; others another."""
    made = [policy(actions=[skill("12")])]
    same = [policy(actions=[skill(12)])]
    other = [policy(actions=[skill("13")])]
    versions = [
        compiling.compile_set(document.load(each).policy_set).version
        for each in (made, same, other)
    ]
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[0]) == 64
