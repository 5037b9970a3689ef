"""Conditions as an expression and back, or a sentence why not."""

from typing import Any

import pytest

from orchestrator.core.policy import twins

IS_SET = {"property": "custom.a", "type": "IS_SET"}


@pytest.mark.parametrize(
    ("conditions", "expression"),
    [
        ([IS_SET], "isSet(custom.a)"),
        ([{"all": []}], "true"),
        ([{"any": [IS_SET, {"property": "custom.b", "type": "EQUAL", "value": "x"}]}],
         "isSet(custom.a) or custom.b == 'x'"),
    ],
)  # fmt: skip
def test_what_has_a_twin_goes_there_and_back(conditions: list[Any], expression: str) -> None:
    """Both directions say the same."""
    assert twins.expression(conditions) == expression
    assert twins.conditions(expression) == conditions


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"property": "custom.a", "type": "EQUAL", "value": "x", "ignoreCase": True},
         "an expression has no “ignore case”"),
        ({"property": "my-own.a", "type": "IS_SET"}, "a name with a “-”"),
        ({"property": "custom.a", "type": "EQUAL", "value": "to {{custom.b}}"},
         "a reference inside a longer text"),
        ({"property": "custom.a", "type": "EQUAL", "value": "{{custom.b|x}}"},
         "a reference with a default"),
        ({"property": "custom.a", "type": "EQUAL", "value": {"b": 1}}, "its value has no form"),
        ({"property": "custom.a"}, "not complete yet"),
    ],
)  # fmt: skip
def test_conditions_without_a_twin_say_which_and_why(condition: Any, reason: str) -> None:
    """The sentence names the condition, however deep it is."""
    with pytest.raises(twins.NoTwin, match=reason) as caught:
        twins.expression([{"any": [IS_SET, condition]}])
    assert (
        "custom.a" in str(caught.value)
        or "my-own.a" in str(caught.value)
        or "any[1]" in str(caught.value)
    )


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("custom.a == 1 and custom.b + 1 > 2", r"custom\.b \+ 1 > 2 has no form as a condition"),
        ("not isOpen('x')", "there is no schedule 'x'"),
        ("custom.a ==", "cannot be read yet: line 1, column"),
        ("lower(1) == 'a'", "cannot be used yet"),
    ],
)
def test_expressions_without_a_twin_say_why(expression: str, reason: str) -> None:
    """The first part that has none is shown as it stands."""
    with pytest.raises(twins.NoTwin, match=reason):
        twins.conditions(expression)
