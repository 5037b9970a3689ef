"""Decisions in words: what is told of a trace, and that what people wrote stays text."""

from typing import Any, get_args

import pytest
from markupsafe import Markup

from orchestrator.core.model.decision import State
from orchestrator.core.policy import operators
from orchestrator.doors.console import stories

EVIL = "<script>alert(1)</script>"


def policy(number: int, state: str, conditions: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """One policy of a trace."""
    return {
        "id": f"p-{number}",
        "block": "conditions",
        "name": str(number),
        "state": state,
        "conditions": list(conditions),
    }


def condition(state: str, reason: str = "`a` is 1") -> dict[str, Any]:
    """One condition of a trace."""
    return {"property": "custom.a", "type": "EQUAL", "value": 1, "state": state, "reason": reason}


def test_only_backticks_are_markup() -> None:
    """Values of customers stand in reasons: they are text, within code and outside of it."""
    told = stories.coded(f"`{EVIL}` is {EVIL} & “x”")
    assert isinstance(told, Markup)
    assert "<script>" not in told
    assert told == (
        "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code> is "
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “x”"
    )
    assert stories.coded("one ` alone") == "one ` alone"


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"type": "SEND_MESSAGE", "payload": {"message": "Hi 100 %(x)s"}}, "say “Hi 100 %(x)s”"),
        (
            {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing", "skillId": "7"}},
            "transfer to the skill Billing",
        ),
        (
            {"type": "TRANSFER_TO_AGENT", "payload": {"loginName": "ann", "skillName": "Gold"}},
            "transfer to the agent ann, or else to the skill Gold",
        ),
        (
            {"type": "TRANSFER_TO_AGENT", "payload": {"skillId": "7"}},
            "transfer to an agent who is missing, or else to the skill 7",
        ),
        ({"type": "TRANSFER_TO_AGENT", "payload": {"userId": "9"}}, "transfer to the agent 9"),
    ],
)
def test_actions_are_told(shown: dict[str, Any], told: str) -> None:
    """By name where there is one; a percent sign is one."""
    assert stories.action(shown) == told


def test_the_winner_is_the_policy_that_decided_and_holds() -> None:
    """Numbered as in the list, where a policy with an exception has one number."""
    exception = {**policy(1, "FALSE"), "block": "exceptions"}
    trace = {"policies": [policy(1, "TRUE"), exception, policy(2, "TRUE")]}
    told = stories.of(trace, (), policy="p-2")
    assert [each.number for each in told.tried] == [1, 1, 2]
    assert told.won is not None
    assert told.won.number == 2
    assert stories.of(trace, (), policy=None).won is None


def test_of_a_long_trace_the_winner_is_always_shown() -> None:
    """And how many are not."""
    trace = {"policies": [policy(number, "FALSE") for number in range(1, 500)]}
    trace["policies"].append(policy(500, "TRUE"))
    told = stories.of(trace, (), policy="p-500")
    assert len(told.tried) == stories.SHOWN
    assert told.left_out == 500 - stories.SHOWN
    assert told.tried[-1].won
    assert [each.number for each in told.tried[:-1]] == list(range(1, stories.SHOWN))


def test_why_is_told_by_what_holds() -> None:
    """Groups are looked into, what was not needed or does not hold is left out, and much is cut."""
    group = {"any": [condition("FALSE", "no"), condition("TRUE", "r2")], "state": "TRUE"}
    none = {"none": [condition("FALSE", "no")], "state": "TRUE"}
    many = [condition("TRUE", f"r{number}") for number in (3, 4, 5)]
    shown = policy(1, "TRUE", (condition("TRUE", "r1"), group, none, *many))
    entry = stories.Entry(1, shown, won=True, suggestion="")
    assert stories.because(entry) == "r1, and r2, and r3, and 2 more hold"
    nothing = stories.Entry(1, policy(1, "TRUE"), won=True, suggestion="")
    assert stories.because(nothing) == "it asks for nothing"


@pytest.mark.parametrize("name", operators.BY_NAME)
def test_every_operator_is_written_as_its_author_wrote_it(name: str) -> None:
    """With its value where it takes one; a reference stands for what it names."""
    shown = {"property": "custom.a", "type": name, "value": "{{custom.b}}"}
    told = stories.written(shown)
    assert told.startswith("`")
    assert "{" not in told


def test_every_state_has_its_mark() -> None:
    """What the engine can say of a policy or a condition is in the table."""
    assert set(get_args(State)) | {None} == set(stories.MARKS)
