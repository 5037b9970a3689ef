"""Analysis in a process of its own finds what it finds here, and does not outlive who asked."""

import asyncio
import os

import msgspec
import psutil
import pytest

from orchestrator.core.policy import analysis, document
from orchestrator.core.policy.analysis import Facts
from orchestrator.serve import examining
from orchestrator.services.admin import inspecting

FACTS = Facts(skills={"7": "Billing"}, functions=frozenset({"score"}))


def _policies(number: int) -> document.Document:
    """Return policies, each of them taken by one of the first seven."""
    made = [
        {
            "id": f"p-{at}",
            "name": f"Policy {at}",
            "enabled": True,
            "conditions": [
                {"property": "shop.tier", "type": "EQUAL", "value": f"tier {at % 7}"},
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": str(7 + at % 2)}}],
        }
        for at in range(number)
    ]
    return document.load({"policies": made}).policy_set


async def test_another_process_finds_the_same() -> None:
    """Many policies are looked at elsewhere, and what is found is what would be found here."""
    policies = _policies(examining.FEW + 5)
    found = await examining.examined(policies, FACTS)
    assert found == inspecting.found(policies, FACTS)
    assert found


async def test_after_an_edit_the_other_process_finds_the_same() -> None:
    """It is told what was done, and finds what the whole would have."""
    before = _policies(examining.FEW + 5)
    found = tuple(await examining.examined(before, FACTS))
    first, *rest = before.policies
    after = msgspec.structs.replace(before, policies=(*rest, first))
    edit = analysis.edit(analysis.Looked(before, FACTS, found), after, FACTS)
    assert edit is not None
    assert await examining.examined(after, FACTS, edit) == inspecting.found(after, FACTS)


async def test_few_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few policies are looked at here, for to start an interpreter takes longer."""
    monkeypatch.setattr(examining.asyncio, "create_subprocess_exec", None)
    policies = _policies(20)
    assert await examining.examined(policies, FACTS) == inspecting.found(policies, FACTS)


async def test_whoever_is_cancelled_leaves_no_process() -> None:
    """A server that ends while policies are looked at leaves nothing behind."""
    looking = asyncio.ensure_future(examining.examined(_policies(3_000), FACTS))
    while not _children():  # noqa: ASYNC110 - nobody tells when a process has begun
        await asyncio.sleep(0.01)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert not _children()


def _children() -> list[psutil.Process]:
    mine = psutil.Process(os.getpid()).children()
    return [each for each in mine if "orchestrator.serve.examining" in each.cmdline()]
