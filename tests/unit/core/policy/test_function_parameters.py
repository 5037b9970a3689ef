"""What functions are sent, and that no function ever needs itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import cycles, parameters, reference

NAMES = [f"custom.f{number}" for number in range(6)]
PLAIN = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inside: st.lists(inside) | st.dictionaries(st.text(max_size=5), inside),
)


@given(JSON)
def test_what_has_no_reference_is_sent_as_it_is(payload: Any) -> None:
    """Whatever its shape; keys are never references."""
    assert parameters.references(payload) == frozenset()
    assert parameters.fill(payload, {}) == payload


@given(JSON)
def test_a_value_takes_the_place_of_its_reference(value: Any) -> None:
    """With its type, however deep the reference stands; null where it has none."""
    payload = {"a": ["{{shop.cart}}", {"b": "{{shop.cart|none}}"}]}
    expected = "none" if value is None else value
    assert parameters.references(payload) == {"shop.cart"}
    found = parameters.fill(payload, {"shop.cart": Known(value)})
    assert found == {"a": [value, {"b": expected}]}


def test_aliases_are_resolved_and_parts_need_the_whole() -> None:
    """A part of what a function answers needs that function."""
    payload = ["{{customerinfo.ctype}}", "x {{custom.crm.tier}} {{custom.vip}}"]
    assert parameters.references(payload) == {
        "sde.visitorinfo.customerinfo.ctype",
        "custom.crm.tier",
        "custom.vip",
    }
    assert parameters.needed(payload) == {"sde.visitorinfo", "custom.crm", "custom.vip"}


def test_what_was_not_fetched_is_no_value() -> None:
    """Who calls decides whether that is a failure; nothing is made up here."""
    assert parameters.fill("{{a.b}}", {"a.b": Unfetched("gone")}) is None
    assert parameters.fill("x{{a.b}}y", {"a.b": Unfetched("gone")}) == "xy"


@pytest.mark.parametrize("text", ["{{", "}}", "{{a}}", "{{a.b", "{{ a.b }}", "{{a.b|{{c.d}}}}"])
def test_malformed_braces_are_refused(text: str) -> None:
    """Wherever they stand."""
    with pytest.raises(reference.Malformed):
        parameters.references({"a": [text]})


@given(st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from([*NAMES, "x.y"]))))
def test_a_circle_is_found_and_nothing_else(graph: dict[str, set[str]]) -> None:
    """Against walking every path as far as there are names."""

    def is_endless(name: str, steps: int) -> bool:
        if name not in graph:
            return False
        return steps == 0 or any(is_endless(other, steps - 1) for other in graph[name])

    expected = {name for name in graph if is_endless(name, len(NAMES))}
    assert cycles.members(graph) == expected
