"""`from orchestrator import PolicySet, PolicyErrors, Decision`."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

import orchestrator
from orchestrator import Decision, PolicyErrors, PolicySet
from orchestrator.core.model import errors

DOCUMENT = {
    "policies": [
        {
            "name": "VIP",
            "enabled": True,
            "conditions": [
                {"property": "customerinfo.ctype", "type": "IS_IN", "value": "{{custom.tiers}}"}
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": 12}}],
        }
    ],
    "custom": {"tiers": ["gold"]},
}


@pytest.mark.parametrize(
    "attributes",
    [
        {"sde.visitorinfo.customerinfo.ctype": "Gold"},
        {"sde": {"visitorinfo": {"customerinfo": {"ctype": "gold"}}}},
        {"sde.visitorinfo": {"customerinfo.ctype": "gold"}},
        {"customerinfo": {"ctype": "gold"}},
        {"customerinfo.ctype": "gold"},
        {"sde": {"visitorinfo.customerinfo.ctype": "gold"}, "sde.visitorinfo": {}},
        {"customerinfo.ctype": "gold", "custom": {"tiers": []}},
    ],
)
def test_attributes_are_nested_or_dotted(attributes):
    """Whatever mixture, under the full name or its alias; the set's own values win."""
    decision = PolicySet.from_document(DOCUMENT).decide(attributes)
    assert isinstance(decision, Decision)
    assert (decision.policy_id, decision.policy_name) == ("p-vip", "VIP")
    assert decision.actions == [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}]
    assert (decision.no_match_reason, decision.trace) == (None, None)


def test_explain_is_the_decision_with_a_trace():
    """The answer is the same, and says why."""
    policy_set = PolicySet.from_document(DOCUMENT)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    explained = policy_set.explain({"customerinfo.ctype": "tin"}, at=at)
    assert explained.no_match_reason == "NO_MATCHED_RULES"
    assert explained.trace["version"] == policy_set.version
    assert explained.trace["at"] == "2026-01-01T00:00:00.000Z"
    assert explained.trace["policies"][0]["conditions"][0]["actual"] == "tin"


def test_mistakes_are_a_list_of_path_and_message():
    """Every one of them, in one exception."""
    with pytest.raises(PolicyErrors) as caught:
        PolicySet.from_document({"policies": [{"name": ""}], "custom": 1})
    assert [problem.path for problem in caught.value] == [
        "custom",
        "policies[0].name",
        "policies[0].conditions",
        "policies[0].actions",
    ]
    assert all(problem.message for problem in caught.value)


def test_a_naive_clock_is_a_value_error():
    """The offset is never guessed."""
    with pytest.raises(ValueError, match="naive"):
        PolicySet.from_document(DOCUMENT).decide({}, at=datetime(2026, 1, 1))  # noqa: DTZ001 — the point


def test_the_clock_is_now_unless_given():
    """The package root reads it."""
    before = datetime.now(UTC)
    shown = PolicySet.from_document([]).explain({}).trace["at"]
    assert abs((datetime.fromisoformat(shown) - before).total_seconds()) < 5


class Spy(Mapping):
    """A mapping that knows what was read from it."""

    def __init__(self, values):
        self.values_by_name = values
        self.read = []

    def __getitem__(self, name):
        self.read.append(name)
        return self.values_by_name[name]

    def __iter__(self):
        raise AssertionError("nobody needs all of it")

    def __len__(self):
        return len(self.values_by_name)


def test_only_what_matters_is_read():
    """A cheap condition that is false leaves the dear ones alone; nothing walks the mapping."""
    condition = {"property": "conversation.language", "type": "EQUAL", "value": "en"}
    dear = {"property": "shop.tier", "type": "EQUAL", "value": "gold"}
    policy = DOCUMENT["policies"][0] | {"conditions": [condition, dear]}
    spy = Spy({"conversation.language": "fr", "shop.tier": "gold"})
    PolicySet.from_document([policy]).decide(spy)
    assert "shop.tier" not in spy.read


def test_any_mapping_will_do_however_deep():
    """Nobody has to turn their own mappings into dicts first; aliases of aliases are found."""
    condition = {"property": "customerinfo.age.age", "type": "EQUAL", "value": {"years": [41]}}
    policy = DOCUMENT["policies"][0] | {"conditions": [condition]}
    given = MappingProxyType({"years": (41,)})
    for name in ("customerinfo.age.age", "personalinfo.age.age", "customerinfo.age"):
        attributes = {name: given} if name.endswith("age.age") else {name: {"age": given}}
        found = PolicySet.from_document([MappingProxyType(policy)]).decide(attributes)
        assert found.policy_id == "p-vip", name


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_value_that_is_no_json_is_bad_input(value):
    """It names the attribute; nothing is guessed."""
    with pytest.raises(errors.BadInput) as caught:
        PolicySet.from_document(DOCUMENT).decide({"customerinfo.ctype": value})
    assert caught.value.path == "sde.visitorinfo.customerinfo.ctype"


def test_attributes_that_are_no_mapping_are_bad_input():
    """A list or nothing at all is refused with a sentence."""
    with pytest.raises(errors.BadInput):
        PolicySet.from_document(DOCUMENT).decide([])


def test_document_is_the_canonical_form():
    """It can be loaded again and has the same version."""
    policy_set = PolicySet.from_document(DOCUMENT)
    again = PolicySet.from_document(policy_set.document())
    assert (again.version, again.warnings) == (policy_set.version, ())


def test_importing_the_package_is_cheap():
    """Nothing of a third party is imported before the first use; unknown names are errors."""
    program = "import sys, orchestrator; print('msgspec' in sys.modules, 're2' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.split() == [b"False", b"False"]
    with pytest.raises(AttributeError):
        _ = orchestrator.Nothing
