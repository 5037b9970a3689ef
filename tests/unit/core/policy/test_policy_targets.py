"""Targets: names against an account, unknown ones, exports, loops."""

import pytest

from orchestrator.core.policy import document, targets

SKILLS = {"12": "Billing", "13": "Sales"}
USERS = {"1001": "jo", "1002": "al"}
PID = "a4c1e2f0-7d7b-5f0e-9f58-2f6d6d4f9a31"
ACCOUNT = targets.Account("1", SKILLS, USERS, {PID: "1001"})
EMPTY = targets.Account("1", {}, {}, {})


def load(*actions):
    made = {"name": "P", "enabled": True, "conditions": [{"all": []}], "actions": list(actions)}
    return document.load([made]).policy_set


def to_skill(**payload):
    return {"type": "TRANSFER_TO_SKILL", "payload": payload}


def to_agent(**payload):
    return {"type": "TRANSFER_TO_AGENT", "payload": payload}


@pytest.mark.parametrize(
    ("payload", "expected", "warned"),
    [
        ({"skillId": "12"}, {"skillId": "12"}, None),
        ({"skillName": "Sales"}, {"skillId": "13"}, None),
        ({"skillId": "12", "skillName": "Billing"}, {"skillId": "12"}, None),
        ({"skillId": "12", "skillName": "Sales"}, {"skillId": "13"}, None),
        ({"skillId": "99", "skillName": "Sales"}, {"skillId": "13"}, None),
        ({"skillId": "99", "skillName": "Gone"}, {"skillName": "Gone"}, "skillName"),
        ({"skillId": "12", "skillName": "Gone"}, {"skillName": "Gone"}, "skillName"),
        ({"skillName": "billing"}, {"skillName": "billing"}, "skillName"),
        ({"skillId": "99"}, {"skillId": "99"}, "skillId"),
        ({"skillId": "{{a.b}}"}, {"skillId": "{{a.b}}"}, None),
    ],
)
def test_the_id_counts_if_it_bears_the_name_otherwise_the_name(payload, expected, warned):
    """What neither finds is an unknown target: kept as it was meant, with a warning."""
    resolved, warnings = targets.resolve_names(load(to_skill(**payload)), ACCOUNT)
    (action,) = document.dump(resolved)["policies"][0]["actions"]
    assert action["payload"] == expected
    expected_paths = [f"policies[0].actions[0].payload.{warned}"] if warned else []
    assert [warning.path for warning in warnings] == expected_paths
    assert all(warning.code == "unknown-target" for warning in warnings)


def test_agents_are_found_by_login_and_their_fallback_by_name():
    """Both halves of a transfer to an agent, in exceptions as well."""
    action = to_agent(loginName="jo", skillName="Sales")
    block = {"conditions": [{"all": []}], "actions": [action]}
    made = {"name": "P", "enabled": True, **block, "exception": block}
    loaded = document.load([made]).policy_set
    resolved, warnings = targets.resolve_names(loaded, ACCOUNT)
    shown = document.dump(resolved)["policies"][0]
    assert shown["actions"][0]["payload"] == {"userId": "1001", "skillId": "13"}
    assert shown["exception"]["actions"] == shown["actions"]
    assert warnings == ()
    _, warnings = targets.resolve_names(load(to_agent(userId="7", skillName="Gone")), ACCOUNT)
    assert [warning.message for warning in warnings] == [
        "the account has no user with the id '7'",
        "the account has no skill called 'Gone'",
    ]
    assert [warning.path for warning in warnings] == [
        "policies[0].actions[0].payload.userId",
        "policies[0].actions[0].payload.skillName",
    ]


@pytest.mark.parametrize(
    ("spelled", "expected", "warned"),
    [
        ("1001", "1001", False),
        ("1.1001", "1001", False),
        (PID, "1001", False),
        (PID.upper(), "1001", False),
        ("1.1003", "1003", True),
        ("2.1001", "2.1001", True),
        ("{{a.b}}.1001", "{{a.b}}.1001", False),
    ],
)
def test_every_spelling_of_an_agent_becomes_the_user_id(spelled, expected, warned):
    """Outside the wire an agent is a user id: ACCOUNT.USER and PIDs are taken and normalised."""
    resolved, warnings = targets.resolve_names(load(to_agent(userId=spelled)), ACCOUNT)
    (action,) = document.dump(resolved)["policies"][0]["actions"]
    assert action["payload"] == {"userId": expected}
    assert bool(warnings) == warned


def test_a_pid_counts_if_its_agent_bears_the_login():
    """As with ids: it is normalised first, and compared with the name then."""
    resolved, _ = targets.resolve_names(load(to_agent(userId=PID, loginName="jo")), ACCOUNT)
    assert document.dump(resolved)["policies"][0]["actions"][0]["payload"] == {"userId": "1001"}


def test_an_export_names_ids_and_comes_back_the_same():
    """Ids and names are written; loading them again gives the ids."""
    loaded = load(to_skill(skillId="12"), to_agent(userId="1002", skillId="{{a.b}}"))
    exported = targets.name_targets(loaded, ACCOUNT)
    payloads = [each["payload"] for each in document.dump(exported)["policies"][0]["actions"]]
    assert payloads[0] == {"skillId": "12", "skillName": "Billing"}
    assert payloads[1] == {"userId": "1002", "loginName": "al", "skillId": "{{a.b}}"}
    again = document.load(document.dump(exported)).policy_set
    assert targets.resolve_names(again, ACCOUNT)[0] == loaded


def test_literal_targets_are_listed():
    """References say nothing before a conversation is there."""
    loaded = load(
        to_skill(skillId="{{a.b}}"), to_skill(skillName="X"), to_agent(userId="1", skillId="2")
    )
    assert targets.targets(loaded.policies[0]) == (
        targets.Target("skill", None, "X", "actions[1].payload"),
        targets.Target("agent", "1", None, "actions[2].payload"),
        targets.Target("fallback", "2", None, "actions[2].payload"),
    )


def test_transfers_to_a_skill_of_the_bot_are_loops():
    """As a target and as a fallback; other skills are none."""
    loaded = load(to_skill(skillId="5"), to_agent(userId="5", skillId="5"), to_skill(skillId="6"))
    problems = targets.own_skill_loops(loaded, {"5"})
    assert [(problem.code, problem.path) for problem in problems] == [
        ("loop", "policies[0].actions[0].payload.skillId"),
        ("loop", "policies[0].actions[1].payload.skillId"),
    ]


def test_invalid_stored_policies_pass_through():
    """They have no targets, and nothing about them changes."""
    stored = document.load_stored([{"name": "Old", "conditions": 5}]).policy_set
    assert targets.resolve_names(stored, EMPTY) == (stored, ())
    assert targets.name_targets(stored, EMPTY) == stored
    assert targets.own_skill_loops(stored, {"5"}) == ()
