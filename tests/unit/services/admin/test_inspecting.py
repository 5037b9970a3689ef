"""Findings are kept with what they are of, so that an edit is looked at by itself."""

from typing import Any

import msgspec

from orchestrator.core.policy import document
from orchestrator.core.policy.analysis import Edit, Facts, Finding
from orchestrator.services.admin import inspecting
from orchestrator.services.admin.inspecting import Inspecting
from orchestrator.testing.clock import TurnedClock

FACTS = Facts(skills={"7": "Billing"})


def _policies(number: int) -> document.Document:
    made: list[dict[str, Any]] = [
        {
            "id": f"p-{at}",
            "name": f"Policy {at}",
            "enabled": True,
            "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": at % 3}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "7"}}],
        }
        for at in range(number)
    ]
    return document.load({"policies": made}).policy_set


async def test_after_an_edit_only_the_edit_is_told() -> None:
    """The first look is at everything, and so is one after the account has changed."""
    told: list[Edit | None] = []

    async def examine(
        policies: document.Document, facts: Facts, edit: Edit | None
    ) -> tuple[Finding, ...]:
        told.append(edit)
        return inspecting.found(policies, facts, edit)

    clock = TurnedClock()
    looking = Inspecting(clock, examine=examine)
    before = _policies(9)
    await looking.of("1", ("v1", 1), before, facts=FACTS)
    off = msgspec.structs.replace(before.policies[0], enabled=False)
    after = msgspec.structs.replace(before, policies=(off, *before.policies[1:]))
    seen = await looking.of("1", ("v2", 2), after, facts=FACTS)
    assert seen.is_current
    other = Facts(skills={})
    assert (await looking.of("1", ("v2", 3), after, facts=other)).is_current
    first, second, third = told
    assert first is None
    assert second is not None
    assert second.places == (0,)
    assert third is None
    whole = inspecting.found(after, FACTS)
    assert {each.policies[0].id for each in whole if each.policies} == set(seen.findings)
