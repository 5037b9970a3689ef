"""A policy in one sentence."""

from typing import Any

import pytest

from orchestrator.core.policy import document, telling
from orchestrator.core.policy.document import Policy

TRANSFER = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}


def told(names: telling.Names | None = None, **fields: Any) -> str:
    """Return the sentence of a policy with these fields."""
    given = {"name": "One", "enabled": True, "actions": [TRANSFER], **fields}
    (policy,) = document.load([given]).policy_set.policies
    assert isinstance(policy, Policy)
    return telling.sentence(policy, names=names)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([{"all": []}], "always"),
        ([{"any": []}], "never"),
        ([{"none": []}], "always"),
        ([{"property": "customerinfo.ctype", "type": "EQUAL", "value": "vip"}],
         "ctype equals 'vip'"),
        ([{"property": "custom.a", "type": "IS_NOT_SET"}], "custom.a is missing"),
        ([{"property": "custom.a", "type": "GREATER_THAN", "value": "{{custom.b}}"}],
         "custom.a is more than custom.b"),
        ([{"property": "custom.a", "type": "IS_IN", "value": [1, 2, 3, 4, 5, 6]}],
         "custom.a is in [1, 2, 3, 4, 2 more]"),
        ([{"property": "custom.a", "type": "IS_SET"},
          {"any": [{"property": "custom.b", "type": "IS_SET"},
                   {"none": [{"property": "custom.c", "type": "IS_SET"},
                             {"property": "custom.d", "type": "IS_SET"}]}]}],
         "custom.a is set and (custom.b is set or not (custom.c is set or custom.d is set))"),
        ([{"any": [{"any": [{"property": "custom.a", "type": "IS_SET"}]},
                   {"any": [{"property": "custom.b", "type": "IS_SET"}]}]}],
         "(custom.a is set) or (custom.b is set)"),
    ],
)  # fmt: skip
def test_conditions_are_told_in_the_words_of_the_operators(
    conditions: list[Any], expected: str
) -> None:
    """Groups are joined by their word, long lists are cut, references go by name."""
    assert told(conditions=conditions) == f"IF {expected} THEN transfer to “12”"


def test_actions_go_by_the_names_of_the_account_and_an_exception_follows() -> None:
    """Ids that are known have names; a reference says where the id comes from."""
    sentence = told(
        telling.Names({"12": "Billing"}, {"901": "anna"}),
        expression="custom.a  ==\n 1",
        actions=[
            {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}},
            {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "901", "skillId": "12"}},
        ],
        exception={
            "conditions": [{"all": []}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "{{custom.s}}"}}],
        },
    )
    assert sentence == (
        "IF custom.a == 1 THEN say 'Hello', then transfer to the agent “anna”, else to “Billing”, "
        "EXCEPT IF always THEN transfer to the one in custom.s"
    )


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "IF always THEN transfer to the agent in custom.who, else to “12”"),
        ("de", "WENN immer DANN leite an den Agenten in custom.who weiter, sonst an „12“"),
    ],
)
def test_an_agent_who_stands_in_an_attribute_is_told_by_it(language: str, expected: str) -> None:
    """The sentence is one that people would say: no article stands beside another."""
    payload = {"userId": "{{custom.who}}", "skillId": "12"}
    action = {"type": "TRANSFER_TO_AGENT", "payload": payload}
    names = telling.Names(language=language)
    assert told(names, conditions=[{"all": []}], actions=[action]) == expected


def test_a_long_message_is_cut_within_its_quotes() -> None:
    """What somebody wrote never runs into what is told of it."""
    message = {"type": "SEND_MESSAGE", "payload": {"message": "a" * 200}}
    sentence = told(conditions=[{"all": []}], actions=[message, TRANSFER])
    assert sentence == f"IF always THEN say '{'a' * 57}…', then transfer to “12”"
