"""Two forms of one policy beside each other: what each side alone has is marked, to the word."""

from typing import Any

from orchestrator.core.policy.telling import Names
from orchestrator.doors.console import beside
from orchestrator.doors.console.beside import Both, Half


def policy(**given: Any) -> dict[str, Any]:
    """A policy that asks for a colour and says hello."""
    asked = {"property": "custom.colour", "type": "EQUAL", "value": "red"}
    action = {"type": "SEND_MESSAGE", "payload": {"message": "Hello dear people"}}
    made = {"id": "p", "name": "One", "enabled": True, "conditions": [asked], "actions": [action]}
    return made | given


def own(half: Half | None) -> list[str]:
    """What a side has alone."""
    return [each.text for each in half.pieces if each.is_own] if half else []


def differing(theirs: dict[str, Any], mine: dict[str, Any]) -> list[Both]:
    """The rows that differ."""
    return [row for row in beside.compared(theirs, mine) if not row.is_same]


def test_the_same_policy_has_no_difference() -> None:
    """Every line stands on both sides, and none is marked."""
    rows = beside.compared(policy(), policy())
    assert all(row.is_same and row.theirs == row.mine for row in rows)
    assert len(rows) == 6


def test_one_word_of_a_message_is_marked_alone() -> None:
    """The rest of the line is the same on both sides."""
    said = {"type": "SEND_MESSAGE", "payload": {"message": "Hello good people"}}
    (row,) = differing(policy(), policy(actions=[said]))
    assert own(row.theirs) == ["dear"]
    assert own(row.mine) == ["good"]


def test_conditions_in_groups_are_compared_line_by_line() -> None:
    """One that only I have stands alone, as deep as its group is."""
    asked = policy()["conditions"][0]
    more = {"property": "custom.size", "type": "IS_IN", "value": [1, "1"]}
    theirs = policy(conditions=[{"any": [asked]}])
    (row,) = differing(theirs, policy(conditions=[{"any": [asked, more]}]))
    assert row.theirs is None
    assert row.mine is not None
    assert row.mine.depth == 2
    assert own(row.mine) == ["custom.size is in [1, “1”]"]


def test_the_text_and_the_number_are_told_apart() -> None:
    """What differs only in its kind differs."""
    asked = {"property": "custom.colour", "type": "EQUAL"}
    one, other = ({**asked, "value": value} for value in (1, "1"))
    assert differing(policy(conditions=[one]), policy(conditions=[other]))


def test_what_is_no_policy_is_told_as_json() -> None:
    """Nothing of a draft with mistakes is left out."""
    strange = policy(conditions=[{"any": "all"}, 7], actions={"type": "JUMP"}, colour="blue")
    told = " ".join("".join(own(row.mine)) for row in differing(policy(), strange))
    assert all(each in told for each in ('{"any": "all"}', "7", "JUMP", "blue"))


def test_an_expression_and_an_exception_have_lines_of_their_own() -> None:
    """Each line of an expression is compared, and that of an exception as well."""
    block: dict[str, Any] = {"expression": "custom.a == 1\nor custom.b", "actions": []}
    other = {**block, "expression": "custom.a == 1\nor custom.c"}
    (row,) = differing(policy(exception=block), policy(exception=other))
    assert (own(row.theirs), own(row.mine)) == (["b"], ["c"])


def test_targets_are_called_by_name() -> None:
    """Nobody has to know which skill an id is."""
    action = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}
    rows = beside.compared(policy(), policy(actions=[action]), names=Names({"77": "Billing"}))
    assert any(own(row.mine) == ["Transfer to a skill: Billing"] for row in rows)


def test_a_long_list_is_compared_without_delay() -> None:
    """Beyond a couple of thousand words a line is marked as a whole."""
    asked = {"property": "custom.colour", "type": "IS_IN"}
    one, other = ({**asked, "value": [start + n for n in range(9_000)]} for start in (0, 1))
    rows = differing(policy(conditions=[one]), policy(conditions=[other]))
    assert [bool(row.theirs) for row in rows] == [True, False]
