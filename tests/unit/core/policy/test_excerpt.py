"""The part of a trace that people look at."""

from datetime import UTC, datetime

import pytest

from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, engine, excerpt, nearest

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
POLICIES = 600


def nobody_asks(*_given: object) -> None:
    raise AssertionError("no schedule is in it")


def rules(count: int = POLICIES) -> compiler.CompiledSet:
    """Policies that want a number of their own; every seventh is switched off."""
    policies = [
        {
            "id": f"p{number}",
            "name": f"Policy {number}",
            "enabled": number % 7 != 0,
            "conditions": [{"property": "shop.n", "type": "EQUAL", "value": number}],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
        }
        for number in range(count)
    ]
    loaded = document.load({"policies": policies}, calendar=nobody_asks)
    return compiler.compile_set(loaded.policy_set)


def reading(number: int):
    return lambda name: Known(number if name == "shop.n" else None)


@pytest.mark.parametrize("wanted", [0, 1, 40, 500, 599, 10_000])
def test_an_excerpt_says_of_its_policies_what_the_whole_trace_says(wanted: int) -> None:
    """The one that decided is in it, each has its number, and the others are counted."""
    policy_set = rules()
    whole = engine.run(policy_set, reading(wanted), at=AT, tracing="on")
    assert whole.trace is not None
    part = excerpt.trace(policy_set, reading(wanted), at=AT, most=20, also=("p30", "p999"))
    entries = part["policies"]
    by_id = {entry["id"]: entry for entry in whole.trace["policies"]}
    assert [{k: v for k, v in each.items() if k != "number"} for each in entries] == [
        by_id[each["id"]] for each in entries
    ]
    assert [each["number"] for each in entries] == [int(each["id"][1:]) + 1 for each in entries]
    assert len(entries) + part["leftOut"] == len(by_id)
    assert whole.policy_id is None or entries[-1]["id"] == whole.policy_id
    assert ("p30" in {each["id"] for each in entries}) == (len(by_id) > 30)


def test_a_short_trace_is_whole() -> None:
    """Nothing is left out of what fits."""
    policy_set = rules(10)
    whole = engine.run(policy_set, reading(8), at=AT, tracing="on").trace
    part = excerpt.trace(policy_set, reading(8), at=AT, most=20)
    assert whole is not None
    assert part["leftOut"] == 0
    assert [each["id"] for each in part["policies"]] == [each["id"] for each in whole["policies"]]


def test_the_search_for_near_misses_does_not_grow_with_the_set(monkeypatch) -> None:
    """Of thousands of policies some hundreds are looked at; what is found stays true."""
    looked = []
    judged = nearest._Search._candidate

    def counted(self, index, *rest):
        looked.append(index)
        return judged(self, index, *rest)

    monkeypatch.setattr(nearest._Search, "_candidate", counted)
    found = nearest.suggestions(rules(3_000), reading(1_501), at=AT)
    assert found[0].place == "winner"
    assert {each.place for each in found} == {"winner", "above", "below"}
    assert len(looked) <= 2 * nearest.MAX_LOOKED_AT + 1
