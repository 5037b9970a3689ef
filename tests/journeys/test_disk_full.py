"""A disk that is full: nothing acknowledged is lost, what cannot be kept is refused, and it ends.

The limit on the size of files, which the system lets a parent set for a running process, stands in
for a full disk: every write that would make the database's files larger fails.
"""

import contextlib
import resource
from collections.abc import AsyncIterator, Callable

import pytest

from running import server, wire

REFUSED = range(500, 600)


class Disk:
    """The room that a server's files have."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        """Let no file grow any more: even the smallest is too large already."""
        _, hard = self._before
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (1, hard))

    def free(self) -> None:
        """Let them grow again."""
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._before)


@pytest.fixture
def filled(start_server: Callable[[], server.Server]) -> tuple[wire.Town, Disk]:
    """A town on a server of its own, and the room that it has."""
    running = start_server()
    disk = Disk(running.pid)
    return wire.seeded(running, "1"), disk


@contextlib.asynccontextmanager
async def full(disk: Disk) -> AsyncIterator[None]:
    """No room inside the block."""
    disk.fill()
    try:
        yield
    finally:
        disk.free()


async def test_a_full_disk_refuses_and_forgets_nothing(filled: tuple[wire.Town, Disk]) -> None:
    """Words and conversations that were acknowledged are there; the others are answered with 5xx;
    the same sockets go on when there is room again."""
    town, disk = filled
    async with wire.Visit(town) as visit:
        token = await visit.token()
        consumer, agent = await visit.consumer(token), await visit.agent("anna")
        conversation = await visit.opened(consumer)
        await visit.accepted(agent, conversation)
        kept = []
        async with full(disk):
            for number in range(5):
                answer = await visit.say(consumer, conversation, f"full-{number}")
                if answer["code"] == 200:
                    kept.append(f"full-{number}")
                else:
                    assert answer["code"] in REFUSED, answer
            body = {"skillId": town.skills["Sales"]}
            answer = await consumer.ask("cm.ConsumerRequestConversation", body)
            assert answer["code"] in REFUSED, answer
            # Who only reads is served, and the server says how it is.
            asked = {"dialogId": conversation, "maxQuantity": 50}
            assert (await agent.ask("ms.QueryMessages", asked))["code"] == 200
            assert (await visit.http.get(f"{town.server.http}/healthz")).status_code < 600
        assert len(kept) < 5, "the disk was not full"
        assert (await visit.say(consumer, conversation, "after"))["code"] == 200
        second = await visit.opened(await visit.consumer(), "Billing")
    town.server.stop()
    town.server.restart()
    async with wire.Visit(town) as visit:
        agent = await visit.agent("anna")
        asked = {"dialogId": conversation, "maxQuantity": 50}
        found = await agent.ask("ms.QueryMessages", asked)
        texts = [
            event["event"]["message"] for event in found["body"] if "message" in event["event"]
        ]
        assert texts == [*kept, "after"]
        ben = await visit.agent("ben")
        await visit.accepted(ben, second)


async def test_a_bot_waits_for_room_and_then_finishes(filled: tuple[wire.Town, Disk]) -> None:
    """The disk fills up while conversations are on the road: each that was acknowledged is moved,
    once, as soon as there is room to write it down."""
    town, disk = filled
    orchestrator = town.server.account("1")
    orchestrator("skills", "assign", "Sales", "router")
    orchestrator("skills", "unassign", "Sales", "anna")
    orchestrator("accounts", "edit", "--fallback-skill", "Billing")
    orchestrator("bot-config", "set", stdin=town.key)
    async with wire.Visit(town) as visit:
        ben = await visit.agent("ben")
        consumers = [await visit.consumer() for _ in range(12)]
        acknowledged = []
        for number, consumer in enumerate(consumers):
            body = {"skillId": town.skills["Sales"]}
            if number % 4 == 3:
                disk.free()
            answer = await consumer.ask("cm.ConsumerRequestConversation", body)
            if answer["code"] == 200:
                acknowledged.append(answer["body"]["conversationId"])
                disk.fill()  # the bot is at work on it
            else:
                assert answer["code"] in REFUSED, answer
        disk.free()
        assert len(acknowledged) >= 3
        for conversation in acknowledged:
            await visit.accepted(ben, conversation)
    for conversation in acknowledged:
        shown = orchestrator("conversations", "show", conversation)
        results = [outcome["result"] for each in shown["decisions"] for outcome in each["outcomes"]]
        assert results == ["TRANSFERRED_TO_SKILL"], shown
