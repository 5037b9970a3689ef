"""Policies are told in every language of the table, and in English without one."""

import string
from typing import Any

import msgspec
import pytest

from orchestrator.core.policy import document, operators, phrases, telling
from orchestrator.core.policy.telling import Names

GIVEN: dict[str, Any] = {
    "policies": [
        {
            "id": "p1",
            "name": "VIP",
            "enabled": True,
            "conditions": [
                {"type": "IS_IN", "property": "crm.tier", "value": ["gold", "vip"]},
                {"none": [{"type": "IS_SET", "property": "crm.tier"}]},
            ],
            "actions": [
                {"type": "SEND_MESSAGE", "payload": {"message": "Hi"}},
                {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}},
            ],
        }
    ]
}


def test_a_policy_is_told_in_german() -> None:
    """Openings, operators and actions are German; names and values are as they are."""
    policy: Any = document.load(GIVEN).policy_set.policies[0]
    assert telling.sentence(policy, names=Names(language="de")) == (
        "WENN crm.tier ist in ['gold', 'vip'] und nicht (crm.tier ist gesetzt) "
        "DANN sage 'Hi', dann leite an „Billing“ weiter"
    )
    english = telling.sentence(policy)
    assert english.startswith(
        "IF crm.tier is in ['gold', 'vip'] and not (crm.tier is set) THEN say 'Hi'"
    )
    assert telling.sentence(policy, names=Names(language="tlh")) == english


@pytest.mark.parametrize("language", sorted(phrases.BY_LANGUAGE))
def test_a_language_has_every_phrase_with_its_places(language: str) -> None:
    """Every operator has a phrase, and each phrase has the places that the English one has."""
    said, english = (msgspec.to_builtins(phrases.of(each)) for each in (language, "en"))
    assert set(said["holds"]) == {row.name for row in operators.ROWS}
    assert _places(said) == _places(english)


def _places(said: dict[str, Any]) -> dict[str, Any]:
    """Return the places of each phrase, by its name."""
    return {
        name: _places(told)
        if isinstance(told, dict)
        else sorted(field for _, field, *_ in string.Formatter().parse(told) if field is not None)
        for name, told in said.items()
    }
