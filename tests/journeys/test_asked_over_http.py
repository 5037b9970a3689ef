"""The bot routes real conversations; asked about them, the API gives the same answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from running import api, commands, inside, server

PATIENCE = 150
"""Tenths of a second for a bot to sign in, and for a conversation to be decided."""

VIP = [{"type": "ctmrinfo", "info": {"ctype": "VIP", "balance": 480.5}}]
SEGMENT = {"property": "shop.segment", "type": "EQUAL", "value": "new"}


def policy(name: str, skill: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    """Return an enabled policy that sends to a skill."""
    transfer = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": skill}}
    return {"name": name, "enabled": True, "conditions": [*conditions], "actions": [transfer]}


def compared(name: str, kind: str, value: Any) -> dict[str, Any]:
    """Return a condition."""
    return {"property": name, "type": kind, "value": value}


def document(billing: str) -> dict[str, Any]:
    """Return policies on the profile, the staffing, what was said, and where it came in."""
    full = compared(f"skills.{billing}.busyPercent", "GREATER_THAN_OR_EQUAL", 80)
    about = compared("conversation.firstMessage", "CONTAINS", "bill")
    vip = compared("customerinfo.ctype", "EQUAL", "vip")
    inside_ = compared("conversation.entrySkill", "EQUAL", "Front")
    return {
        "policies": [
            policy("New customers", "Sales", SEGMENT),
            policy("Billing is busy", "Overflow", about, full),
            policy("VIP", "Sales", vip, inside_),
        ]
    }


async def until(asked: Callable[[], Awaitable[Any]], *, what: str) -> Any:
    """Ask until there is an answer."""
    for _ in range(PATIENCE):
        if found := await asked():
            return found
        await asyncio.sleep(0.1)
    pytest.fail(f"{what} never came")


class House:
    """A new account whose bot is online, its command line, and a key."""

    def __init__(self, running: server.Server, account: str, key: str) -> None:
        self.running, self.account, self.key = running, account, key
        self._orchestrator = inside.Inside(running.data, account)

    async def __call__(self, *words: str, stdin: object = None) -> Any:
        """Run a command."""
        return await asyncio.to_thread(self._orchestrator, *words, stdin=stdin)

    async def talk(self, text: str, sdes: list[dict[str, Any]] | None) -> str:
        """Say something as a new consumer; return the conversation once the bot has decided."""
        profile = () if sdes is None else ("--profile", json.dumps(sdes))
        said = ("chat", "--skill", "Front", "--message", text, "--wait", "0.5", *profile)
        chat = commands.Commands(self.running.data, self.account)
        first = (await asyncio.to_thread(chat, *said))[0]

        async def decided() -> bool:
            shown = await self("conversations", "show", first["conversationId"])
            return bool(shown["decisions"])

        await until(decided, what="the decision")
        found: str = first["conversationId"]
        return found


@pytest.fixture
async def house(shared_server: server.Server, account_ids: Iterator[int]) -> House:
    """The account."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    made = House(
        shared_server, account, await api.key(shared_server.data, account, "admin", "decide")
    )
    for name in ("Front", "Sales", "Billing", "Overflow"):
        await made("skills", "add", name)
    await made("users", "add", "bot", "--type", "bot", "--role", "Agent", "--max-chats", "5")
    await made("skills", "assign", "Front", "bot")
    await made("accounts", "edit", account, "--fallback-skill", "Overflow")
    await made("bot-config", "set", stdin=await made("users", "generate-key", "bot"))

    async def online() -> bool:
        return bool((await made("bot-config", "show"))["state"] == "online")

    await until(online, what="the bot")
    return made


async def test_the_same_answer_by_wire_and_by_http(house: House) -> None:
    """By profile, staffing, first message and entry skill: each policy once, and none."""
    skills = {each["name"]: each["id"] for each in await house("skills", "list")}
    await house("policies", "load", "-", stdin=document(skills["Billing"]))
    said = [("About my bill", None), ("Hello", VIP), ("Hello", None)]
    policies = []
    async with api.Api(house.running, house.account, house.key) as there:
        for text, sdes in said:
            conversation = await house.talk(text, sdes)
            shown = await house("conversations", "show", conversation)
            (routed,) = shown["decisions"]
            asked = await there.do("POST", "/decisions", {"conversationId": conversation})
            assert asked["policyName"] == routed["policy"]
            assert [each["type"] for each in asked["actions"]] == [
                each["type"] for each in routed["actions"]
            ]
            assert [each["payload"]["skillId"] for each in asked["actions"]] == [
                each["payload"]["skillId"] for each in routed["actions"]
            ]
            policies.append(routed["policy"])
            (_, again) = (await house("conversations", "show", conversation))["decisions"]
            assert _told(again) == _told(routed)
    assert policies == ["Billing is busy", "VIP", None]
    found = {each["name"]: each for each in await house("attributes", "list")}
    assert found["conversation.firstMessage"]["lastSeen"] is None


def _told(decision: dict[str, Any]) -> list[Any]:
    """Return what a trace says but for ages, and for fields of the receipt's own moment."""
    return [
        (entry["name"], entry["state"], entry["reason"]) for entry in decision["trace"]["policies"]
    ]
