"""The demo's sentence says in plain words why a conversation went where it went."""

from typing import Any

import pytest

from orchestrator.cli import demo_decisions


def condition(reason: str, state: str = "TRUE") -> dict[str, Any]:
    return {"property": "x", "state": state, "reason": reason}


def outcome(*refusals: dict[str, Any], **target: str | None) -> dict[str, Any]:
    return {"result": "TRANSFERRED_TO_SKILL", "target": target, "refusals": list(refusals)}


def why(policy: str | None, conditions: list[Any], result: dict[str, Any], block: str) -> str:
    won = {"conditions": conditions, "reason": "all conditions hold", "block": block}
    return demo_decisions._why(policy, {"policies": [won]}, result, entry="maven:Billing")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "`conversation.firstMessage` is •••, which contains 'card'",
            "firstMessage contains 'card'",
        ),
        ("`conversation.device` is 'MOBILE', which equals 'MOBILE'", "device is 'MOBILE'"),
        ("`ctype` is 'Gold', which equals 'gold'", "ctype is 'Gold', which equals 'gold'"),
        (
            "`conversation.minutesSincePreviousMessage` is 0.0560269, which is less than 30",
            "minutesSincePreviousMessage is 0.056, which is less than 30",
        ),
    ],
)
def test_a_condition_is_said_shortly(reason: str, said: str) -> None:
    """No code quotes, no prefix, no mask, no digits that nobody needs."""
    assert why("A", [condition(reason)], outcome(skill="Cards", origin="policy"), "root") == said


def test_only_what_holds_is_said() -> None:
    """In groups, the members that hold; of a "none", nothing."""
    conditions = [
        {"any": [condition("a", "FALSE"), condition("b")], "state": "TRUE"},
        {"none": [condition("c", "FALSE")], "state": "TRUE"},
    ]
    assert why("A", conditions, outcome(skill="Cards", origin="policy"), "exception") == (
        "exception: b"
    )


def test_an_agent_who_could_not_take_it_is_named_first() -> None:
    """The surprise comes before the rule, and ids become names."""
    refusal = {"target": {"agent": "olga.petrova"}, "reason": "Agent 1025 is offline."}
    result = outcome(refusal, skill="Lending", origin="actionFallback")
    assert why("A", [condition("b")], result, "root") == "Olga Petrova is offline; b"


def test_a_fallback_says_whose_it_is() -> None:
    """Without a policy the reason is the rule of the fallback chain."""
    assert why(None, [], outcome(skill="Billing", origin="originalSkill"), "root") == (
        "maven:Billing belongs to Billing"
    )
    assert why(None, [], outcome(skill="General Service", origin="accountFallback"), "root") == (
        "General Service is the account's fallback skill"
    )
