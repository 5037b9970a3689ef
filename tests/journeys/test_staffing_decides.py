"""“If 80 % of Billing is busy, go to Overflow” is one policy, true of agents on real sockets."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from running import api, inside, server, wire

TRIES = 100
"""Tenths of a second: what is read of the staffing is believed for one second."""


@pytest.fixture
def town(shared_server: server.Server, account_ids: Iterator[int]) -> wire.Town:
    """An account of the test's own: nobody else makes it busy."""
    return wire.seeded(shared_server, str(next(account_ids)))


async def _until(there: api.Api, policy: str | None, *, percent: float) -> None:
    """Ask until Billing is as busy as that; then this policy wins."""
    found: dict[str, Any] = {}
    for _ in range(TRIES):
        found = await there.do("POST", "/decisions", {"trace": True, "record": False})
        ((condition,),) = [each["conditions"] for each in found["trace"]["policies"]]
        if condition["actual"] == percent:
            assert condition["source"] == "staffing"
            assert found["policyId"] == policy
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"Billing was never {percent} % busy: {found}")


async def test_if_80_percent_of_billing_is_busy_go_to_overflow(town: wire.Town) -> None:
    """Ben has room for five: with three he is asked, with four he is not, and again with three."""
    orchestrator = inside.Inside(town.server.data, town.account)
    await asyncio.to_thread(orchestrator, "users", "edit", "ben", "--max-chats", "5")
    await asyncio.to_thread(orchestrator, "skills", "add", "Overflow")
    billing = town.skills["Billing"]
    busy = {
        "id": "busy",
        "name": "Billing is busy",
        "enabled": True,
        "conditions": [
            {
                "property": f"skills.{billing}.busyPercent",
                "type": "GREATER_THAN_OR_EQUAL",
                "value": 80,
            }
        ],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Overflow"}}],
    }
    key = await api.key(town.server.data, town.account, "admin", "decide")
    async with api.Api(town.server, town.account, key) as there, wire.Visit(town) as visit:
        await there.do("PUT", "/policies", {"policies": [busy]})
        await _until(there, "busy", percent=100.0)  # nobody is there to answer
        ben = await visit.agent("ben")
        await _until(there, None, percent=0.0)

        consumer = await visit.consumer()
        conversations = []
        for _ in range(3):
            conversations.append(await visit.opened(consumer, "Billing"))
            await visit.accepted(ben, conversations[-1])
        await _until(there, None, percent=60.0)
        await visit.accepted(ben, await visit.opened(consumer, "Billing"))
        await _until(there, "busy", percent=80.0)
        close = {"field": "ConversationStateField", "conversationState": "CLOSE"}
        await visit.change(consumer, conversations[0], close)
        await _until(there, None, percent=60.0)
