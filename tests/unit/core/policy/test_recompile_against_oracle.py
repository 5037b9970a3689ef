"""A set that was edited again and again answers as if it had been compiled afresh."""

import hypothesis
import msgspec
import pytest

from oracle import deciding, driving, strategies
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, recompile
from running import amount

patient = hypothesis.settings(
    deadline=None,
    max_examples=50 * amount.TIMES,
    suppress_health_check=[*hypothesis.HealthCheck],
)


def loaded(bodies, custom):
    return document.load_stored({"policies": bodies, "custom": custom}).policy_set


class Desk:
    """A set as plain JSON and as a document whose untouched policies stay the same objects."""

    def __init__(self, made):
        self.bodies, self.custom = [*made["policies"]], made["custom"]
        self.document = loaded(self.bodies, self.custom)
        self.count = len(self.bodies)

    def edit(self, change):
        action, *given = change
        kept = [*zip(self.bodies, self.document.policies, strict=True)]
        custom = self.custom
        if action == "static":
            custom = given[0]
        elif action in ("add", "twin"):
            body = given[1] if action == "add" else kept[given[0] % len(kept)][0] if kept else None
            if body is not None:
                [body] = strategies.named([{**body, "id": "", "name": ""}], self.count)
                body |= {"id": f"p{self.count}", "name": f"P{self.count}"}
                kept.insert(given[0] % (len(kept) + 1), self.fresh(body))
                self.count += 1
        elif kept:
            place = given[0] % len(kept)
            body, found = kept.pop(place)
            if action == "toggle":
                kept.insert(place, self.fresh(body | {"enabled": not body["enabled"]}))
            elif action == "move":
                kept.insert(given[1] % (len(kept) + 1), (body, found))
            elif action == "edit":
                name = {"id": body["id"], "name": body["name"]}
                kept.insert(place, self.fresh({**given[1], **name}))
        self.bodies, self.custom = [body for body, _ in kept], custom
        own = self.document.custom if custom == self.document.custom else custom
        policies = tuple(found for _, found in kept)
        self.document = msgspec.structs.replace(self.document, policies=policies, custom=own)

    def fresh(self, body):
        return body, loaded([body], self.custom).policies[0]


@pytest.mark.parametrize("few", [0, 3])
def test_any_sequence_of_edits_answers_as_compiling_afresh(few, monkeypatch):
    """Edits, additions, moves, toggles, removals, twins and new static values, with what is asked.

    However few policies a set has, its index is patched: ``few`` is from how many on.
    """
    monkeypatch.setattr(recompile, "FEW", few)

    @patient
    @hypothesis.given(
        strategies.documents(8),
        strategies.st.lists(strategies.edits(), min_size=1, max_size=12),
        strategies.st.lists(strategies.attributes(), min_size=1, max_size=3),
    )
    def holds(made, changes, situations):
        desk = Desk(made)
        policy_set = compiling.compile_set(desk.document)
        for change in changes:
            before = desk.document
            desk.edit(change)
            version = compiling.version_of(desk.document)
            policy_set = recompile.recompile(policy_set, before, desk.document, version=version)
            afresh = compiling.compile_set(desk.document)
            assert policy_set.version == afresh.version
            plain = {"policies": desk.bodies, "custom": desk.custom}
            for given in situations:
                known = driving.replies(given)
                found = driving.asked(policy_set, known)
                assert found == driving.asked(afresh, known)
                assert driving.shown(found[0]) == deciding.decide(plain, given)[0]
        renewed = recompile.renewed(policy_set)
        for given in situations:
            known = driving.replies(given)
            assert driving.asked(renewed, known) == driving.asked(policy_set, known)

    holds()


def test_new_schedules_are_taken_over():
    """A set whose opening hours changed decides by the new ones."""
    body = {
        "id": "p0",
        "name": "Open",
        "enabled": True,
        "expression": "isOpen('desk')",
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}],
    }
    hours = {"zone": "UTC", "weekly": {}}
    first = {"policies": [body], "schedules": {"desk": hours}}
    second = {"policies": [body], "schedules": {"desk": hours | {"weekly": {"SUN": [
        ["00:00:00", "23:59:59"]]}}}}  # fmt: skip
    before = document.load(first).policy_set
    after = document.load(second).policy_set
    policy_set = recompile.recompile(
        compiling.compile_set(before), before, after, version=compiling.version_of(after)
    )
    assert policy_set.schedules == compiling.compile_set(after).schedules
