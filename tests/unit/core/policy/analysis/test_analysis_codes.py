"""Every code of the table has a policy set that gives it, and a near neighbour that does not."""

from datetime import datetime
from pathlib import Path

import pytest

from oracle import deciding
from orchestrator.core.policy import analysis, document
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy.analysis import codes

PAGE = Path(__file__).parents[5] / "docs/reference/analysis.md"
CTYPE, LANGUAGE = "sde.visitorinfo.customerinfo.ctype", "conversation.language"
BALANCE, MESSAGE = "sde.visitorinfo.customerinfo.balance", "conversation.firstMessage"
FACTS = analysis.Facts(
    skills={"1": "Bot", "2": "Empty", "3": "Billing", "4": "Closed"},
    users={"901": "anna", "902": "helper", "903": "otto"},
    bot="902",
    disabled=frozenset({"903"}),
    bot_skills=frozenset({"1"}),
    unstaffed=frozenset({"2"}),
    closed=frozenset({"4"}),
    namespaces=frozenset({"shop"}),
    functions=frozenset({"score"}),
)
ALWAYS = {"all": []}


def comparing(name, operator, value=None, **more):
    made = {"property": name, "type": operator, **more}
    return made if value is None else {**made, "value": value}


def policy(name, *conditions, skill="3", **more):
    asked = {} if "expression" in more else {"conditions": list(conditions)}
    actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": skill}}]
    return {"id": name, "name": name, "enabled": True, "actions": actions, **asked, **more}


def found(policies, *, facts=FACTS, **more):
    """Check a set; every witness does what its finding says, by the oracle."""
    made = {"policies": policies, **more}
    findings = analysis.check(compiling.compile_set(document.load(made).policy_set), facts=facts)
    for finding in findings:
        if finding.witness is not None and finding.code in WINNERS:
            at = datetime.fromisoformat(finding.at) if finding.at else None
            decided = deciding.decide(made, finding.witness, at)[0]["policyId"]
            assert WINNERS[finding.code](finding, decided), finding
    return findings


def _another(finding, decided):
    return decided in [each.id for each in finding.policies[1:]]


def _itself(finding, decided):
    return decided == finding.policies[0].id


WINNERS = {
    "contradiction": lambda finding, decided: decided != finding.policies[0].id,
    "never-matches": lambda finding, decided: decided != finding.policies[0].id,
    "shadowed": _another,
    "shadowed-together": _another,
    "partly-shadowed": _another,
    "duplicate": _another,
    "gap": lambda _, decided: decided is None,
    "loop": _itself,
    "unknown-target": _itself,
    "unstaffed-target": _itself,
    "closed-target": _itself,
}

GOLD, SILVER = comparing(CTYPE, "EQUAL", "gold"), comparing(CTYPE, "EQUAL", "SILVER")
FRENCH, NOT_FRENCH = comparing(LANGUAGE, "EQUAL", "fr"), comparing(LANGUAGE, "NOT_EQUAL", "fr")
RICH, POOR = comparing(BALANCE, "GREATER_THAN", 100), comparing(BALANCE, "LESS_THAN", 50)
HELLO = [{"type": "SEND_MESSAGE", "payload": {"message": "Hello {{custom.nobody}}"}}]
EXCEPTION = {"conditions": [FRENCH], "actions": HELLO}

EXAMPLES = [
    (
        "contradiction",
        [policy("a", RICH, POOR)],
        [policy("a", RICH, {"none": [POOR]})],
    ),
    ("never-matches", [policy("a", comparing(LANGUAGE, "IS_IN", []))], [policy("a", FRENCH)]),
    (
        "contradiction",
        [policy("a", {"any": [{"all": [RICH, POOR]}, {"all": [GOLD, SILVER]}]})],
        [policy("a", {"any": [{"all": [RICH, GOLD]}, {"all": [POOR, SILVER]}]})],
    ),
    (
        "contradiction",
        [policy("a", expression=f"startsWith({LANGUAGE}, 'f') and startsWith({LANGUAGE}, 'd')")],
        [policy("a", expression=f"startsWith({LANGUAGE}, 'f') and startsWith({LANGUAGE}, 'fr')")],
    ),
    ("shadowed", [policy("a", GOLD), policy("b", FRENCH, GOLD)], [policy("b", FRENCH, GOLD),
                                                                  policy("a", GOLD)]),
    (
        "shadowed",
        [policy("a", expression="isTimeRange('08:00:00', '09:00:00', 'UTC')"),
         policy("b", expression="isTimeRange('08:00:00', '09:00:00', 'UTC') and isSet(shop.tier)")],
        [policy("a", expression="isTimeRange('08:00:00', '09:00:00', 'UTC')"),
         policy("b", expression="isTimeRange('08:00:00', '09:30:00', 'UTC')")],
    ),
    (
        "shadowed-together",
        [policy("a", FRENCH), policy("b", NOT_FRENCH), policy("c", GOLD)],
        [policy("a", FRENCH), policy("b", NOT_FRENCH, RICH), policy("c", GOLD)],
    ),
    (
        "shadowed-block",
        [policy("a", FRENCH, GOLD, exception=EXCEPTION)],
        [policy("a", GOLD, exception=EXCEPTION)],
    ),
    (
        "partly-shadowed",
        [policy("a", comparing(LANGUAGE, "IS_IN", ["fr", "de"])),
         policy("b", comparing(LANGUAGE, "IS_IN", ["de", "es"]))],
        [policy("a", comparing(LANGUAGE, "IS_IN", ["fr", "de"])),
         policy("b", comparing(LANGUAGE, "IS_IN", ["it", "es"]))],
    ),
    ("duplicate", [policy("a", FRENCH, GOLD), policy("b", GOLD, FRENCH)],
     [policy("a", FRENCH, GOLD), policy("b", GOLD, FRENCH, skill="2")]),
    ("type-mismatch", [policy("a", comparing("conversation.isFirst", "EQUAL", "yes"))],
     [policy("a", comparing("conversation.isFirst", "EQUAL", "TRUE"))]),
    ("unknown-attribute", [policy("a", comparing("conversation.langauge", "EQUAL", "fr"))],
     [policy("a", FRENCH)]),
    ("unknown-attribute", [policy("a", comparing("crm.tier", "EQUAL", "fr"))],
     [policy("a", comparing("shop.tier", "EQUAL", "fr"))]),
    ("unresolved-reference", [policy("a", comparing(LANGUAGE, "EQUAL", "{{custom.scores}}"))],
     [policy("a", comparing(LANGUAGE, "EQUAL", "{{custom.score}}"))]),
    ("unresolved-reference", [policy("a", FRENCH, actions=HELLO)],
     [policy("a", FRENCH, actions=[{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}])]),
    ("loop", [policy("a", FRENCH, skill="1")], [policy("a", FRENCH)]),
    ("unknown-target", [policy("a", FRENCH, skill="99")], [policy("a", FRENCH)]),
    ("unstaffed-target", [policy("a", FRENCH, skill="2")], [policy("a", FRENCH)]),
    ("closed-target", [policy("a", FRENCH, skill="4")], [policy("a", FRENCH)]),
    ("gap", [policy("a", FRENCH)], [policy("a", FRENCH), policy("b", ALWAYS)]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "example", "neighbour"), EXAMPLES)
def test_a_code_is_given_where_it_holds_and_not_beside(code, example, neighbour):
    """A finding has the table's severity, names its policies and brings a proof."""
    told = [each for each in found(example) if each.code == code]
    assert told
    assert all(each.severity == codes.BY_NAME[code].severity for each in told)
    assert all(each.witness is not None for each in told)
    assert all(each.policies or code == "gap" for each in told)
    assert code not in {each.code for each in found(neighbour)}


def test_every_code_has_an_example():
    """A new row of the table needs one."""
    assert {code for code, _, _ in EXAMPLES} == set(codes.BY_NAME)


def test_the_page_has_the_table():
    """docs/reference/analysis.md has one row for each code, equal to the table."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert lines == [
        f"| `{row.name}` | {row.severity} | {row.meaning} | {row.proof} |" for row in codes.ROWS
    ]


def test_a_bare_file_says_nothing_of_an_account():
    """Targets, namespaces and functions of an unknown account may well exist."""
    policies = [policy("a", comparing("crm.tier", "EQUAL", "{{custom.score}}"), skill="99")]
    assert {each.code for each in found(policies, facts=analysis.NOTHING_KNOWN)} == {"gap"}


def test_static_values_are_constants():
    """What the set itself says of custom.* decides: a policy on it always or never matches."""
    policies = [policy("a", comparing("custom.outage", "EQUAL", True)), policy("b", FRENCH)]
    on = {each.code for each in found(policies, custom={"outage": True})}
    off = {each.code for each in found(policies, custom={"outage": False})}
    assert "shadowed" in on
    assert "never-matches" not in on
    assert "never-matches" in off


def test_what_needs_the_documented_type_is_said_as_may():
    """A list that contains 'billing' does not contain 'bill', but messages are texts."""
    policies = [
        policy("a", comparing(MESSAGE, "CONTAINS", "bill")),
        policy("b", comparing(MESSAGE, "CONTAINS", "billing")),
    ]
    told = next(each for each in found(policies) if each.code == "shadowed")
    assert told.severity == "may"
    assert "type" in told.message


def test_a_target_behind_a_reference_takes_nothing_for_certain():
    """Where the id is missing, the policy is an error and the next one has its turn."""
    first = policy("a", GOLD, skill="{{shop.skill}}")
    assert "shadowed" not in {each.code for each in found([first, policy("b", GOLD, FRENCH)])}


def test_hours_that_never_open_are_never_matched():
    """isOpen of a schedule without any hours."""
    schedules = {"never": {"zone": "UTC", "weekly": {}}}
    told = found([policy("a", expression="isOpen('never')")], schedules=schedules)
    assert "never-matches" in {each.code for each in told}


def test_disabled_policies_take_nothing_and_are_looked_at_alone():
    """They shadow nobody and are not called shadowed; what is wrong in them is said."""
    off = policy("a", GOLD, enabled=False)
    assert {each.code for each in found([off, policy("b", GOLD)])} == {"gap"}
    assert {each.code for each in found([policy("b", GOLD), off])} == {"gap"}
    wrong = policy("a", GOLD, SILVER, enabled=False)
    assert "contradiction" in {each.code for each in found([wrong])}


def test_one_policy_is_told_of_as_the_whole_set_tells_of_it():
    """Findings in which it takes part, those on later policies too."""
    policies = [policy("a", GOLD), policy("b", GOLD, FRENCH), policy("c", RICH, POOR)]
    made = compiling.compile_set(document.load({"policies": policies}).policy_set)
    every = [each for each in analysis.check(made) if each.code != "gap"]
    for wanted in "abc":
        own = [each for each in every if wanted in [named.id for named in each.policies]]
        assert list(analysis.check_one(made, wanted)) == own
    assert analysis.check_one(made, "nobody") == ()


@pytest.mark.parametrize("together", [[FRENCH, NOT_FRENCH], [NOT_FRENCH, FRENCH]])
def test_one_policy_is_told_of_what_it_takes_with_others(together):
    """Each of those that take all of a later one, though it does not ask for their attribute."""
    one, other = (policy(name, each) for name, each in zip("ab", together, strict=True))
    policies = [one, other, policy("c", GOLD), policy("d", RICH, enabled=False)]
    made = compiling.compile_set(document.load({"policies": policies}).policy_set)
    told = [each for each in analysis.check(made) if each.code == "shadowed-together"]
    assert len(told) == 1
    for wanted in "abc":
        assert [
            each for each in analysis.check_one(made, wanted) if each.code == "shadowed-together"
        ] == told


def test_sentences_are_those_of_a_routing_manager():
    """Numbers and names, no ids and no jargon."""
    told = found([policy("Gold", GOLD), policy("Gold in Paris", GOLD, FRENCH)])
    assert told[0].message == (
        "Policy 1 “Gold” already takes everything that policy 2 “Gold in Paris” would"
    )
    assert told[0].witness == {CTYPE: "gold", LANGUAGE: "fr"}


NOWHERE = comparing(LANGUAGE, "IS_IN", [])
MANY = [{"any": [comparing(f"shop.a{each}", "EQUAL", other) for other in "xyz"]}
        for each in range(6)]  # fmt: skip
TO_THE_BOT = [{"type": "TRANSFER_TO_AGENT", "payload": {"userId": "902"}}]
TO_NOBODY = [{"type": "TRANSFER_TO_AGENT", "payload": {"userId": "903"}}]
ONE_WAY, OTHER_WAY = (comparing(LANGUAGE, "IS_IN", order) for order in (["fr", "de"], ["de", "fr"]))
TOLD_ONCE = [
    ([policy("a", FRENCH, actions=TO_THE_BOT)], {"loop": "error"}),
    ([policy("a", FRENCH, actions=TO_NOBODY)], {"unstaffed-target": "warning"}),
    ([policy("a", ONE_WAY), policy("b", OTHER_WAY)], {"duplicate": "error"}),
    ([policy("a", GOLD, SILVER)], {"contradiction": "error"}),
    ([policy("a", NOWHERE, RICH, POOR)], {"never-matches": "error"}),
    ([policy("a", {"any": [NOWHERE, {"all": [RICH, POOR]}]})], {"never-matches": "error"}),
    ([policy("a", {"any": [FRENCH, {"all": [RICH, POOR]}]})], {"contradiction": "warning"}),
    ([policy("a", {"any": [FRENCH, NOWHERE]})], {"never-matches": "warning"}),
    ([policy("a", GOLD, SILVER, exception=EXCEPTION)],
     {"contradiction": "warning", "unresolved-reference": "warning"}),
    ([policy("a", GOLD, SILVER, skill="1")], {"contradiction": "error"}),
    ([policy("a", GOLD), policy("b", GOLD, FRENCH, skill="2")], {"shadowed": "error"}),
    ([policy("a", GOLD, FRENCH), policy("b", FRENCH, GOLD)], {"duplicate": "error"}),
    ([policy("a", *MANY), policy("b", *MANY)], {"duplicate": "may"}),
    ([policy("a", comparing("conversation.isFirst", "EQUAL", "yes"))],
     {"type-mismatch": "warning"}),
    ([policy("a", comparing("custom.nobody", "EQUAL", "x"), actions=HELLO)],
     {"unknown-attribute": "warning"}),
]  # fmt: skip


@pytest.mark.parametrize(("policies", "told"), TOLD_ONCE)
def test_one_mistake_is_told_once(policies, told):
    """A contradiction explains the never-matching; what never comes to pass is sent nowhere."""
    findings = [each for each in found(policies) if each.code != "gap"]
    assert sorted((each.code, each.severity) for each in findings) == sorted(told.items())


def test_every_way_that_is_closed_is_named():
    """Two alternatives with a contradiction each are one finding that says both."""
    closed = {"any": [{"all": [RICH, POOR]}, {"all": [GOLD, SILVER]}]}
    message = found([policy("Odd", closed)])[0].message
    assert message == (
        "`balance` is more than 100 and `balance` is less than 50 contradict each other, and so do "
        "`ctype` equals 'gold' and `ctype` equals 'SILVER', in policy 1 “Odd”, so that it never "
        "matches"
    )


def test_a_gap_names_two_attributes_and_proves_all():
    """The sentence stays short; what is left out of it stands in the witness."""
    asked = [comparing(f"shop.a{each}", "EQUAL", "x") for each in range(4)]
    told = found([policy("a", *asked)])[-1]
    assert told.message == (
        "No policy matches when `shop.a0` is 'other', `shop.a1` is 'other', and so on: the "
        "conversation goes to the fallback"
    )
    assert len(told.witness) == 4
