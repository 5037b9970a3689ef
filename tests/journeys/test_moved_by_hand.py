"""Supervisors by the API and the command line: the floor live, moves under a race, and the log."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from running import api, inside, server, wire

RACES = 6


@pytest.fixture
def town(shared_server: server.Server, account_ids: Iterator[int]) -> wire.Town:
    """An account of the test's own: anna sells, ben bills, may manages."""
    return wire.seeded(shared_server, str(next(account_ids)))


@pytest.fixture
async def there(town: wire.Town) -> AsyncIterator[api.Api]:
    """The API of that account."""
    key = await api.key(town.server.data, town.account)
    async with api.Api(town.server, town.account, key) as opened:
        yield opened


async def test_an_accept_and_a_move_at_once_have_one_winner(
    town: wire.Town, there: api.Api
) -> None:
    """Either anna has it and the move is refused with 412, or Billing has it and her accept is.

    What was refused has changed nothing: neither the conversation nor its history.
    """
    async with wire.Visit(town) as visit:
        anna, consumer = await visit.agent("anna"), await visit.consumer()
        for _ in range(RACES):
            key = await visit.opened(consumer, "Sales")
            ring = await visit.rung(anna, key)
            seen = (await there.get(f"/conversations/{key}/transfers"))["place"]
            body = {"move": "SKILL", "skill": "Billing", "reason": "Misplaced.", "place": seen}
            accept = {"ringId": ring, "ringState": "ACCEPTED"}
            said, moved = await asyncio.gather(
                anna.ask(".ams.routing.UpdateRingState", accept),
                there.ask("POST", f"/conversations/{key}/transfers", body),
            )
            now = await there.get(f"/conversations/{key}/transfers")
            if moved.status_code == 201:
                assert said["code"] >= 400
                assert (now["skill"], now["agent"]) == ("Billing", None)
                (told,) = now["moves"]
                assert told["kind"] == "BY_HAND"
            else:
                assert (moved.status_code, moved.json()["code"]) == (412, "stale")
                assert "anna has it" in moved.json()["detail"]
                assert (now["skill"], now["agent"], now["moves"]) == ("Sales", "anna", [])
            await there.do("POST", f"/conversations/{key}/transfers", {"move": "CLOSE"})
            await there.refused(409, "POST", f"/conversations/{key}/transfers", {"move": "QUEUE"})


async def test_the_floor_tells_of_it_and_commands_move_on_a_running_server(
    town: wire.Town, there: api.Api
) -> None:
    """What a command moved rings at whoever serves it now, and the former agent is told."""
    orchestrator = inside.Inside(town.server.data, town.account)
    async with wire.Visit(town) as visit:
        anna, consumer = await visit.agent("anna"), await visit.consumer()
        ben = await visit.agent("ben")
        key = await visit.opened(consumer, "Sales")
        ring = await visit.rung(anna, key)
        found = await there.get("/floor")
        (sales,) = [each for each in found["queues"] if each["skill"] == "Sales"]
        assert (sales["waiting"], sales["open"], sales["staff"]["online"]) == (1, 1, 1)
        agents = {each["login"]: each for each in found["agents"]}
        assert (agents["anna"]["ringing"], agents["anna"]["availability"]) == (1, "ONLINE")
        (row,) = await there.get("/queues/Sales/conversations")
        assert (row["conversationId"], row["ringingAt"]) == (key, "anna")
        assert row["cause"]["sentence"] == "The customer came in on this skill."

        moved = await asyncio.to_thread(
            orchestrator,
            *("conversations", "transfer", key[:12], "--skill", "Billing", "--reason", "Money."),
        )
        assert (moved["skill"], moved["agent"], moved["state"]) == ("Billing", None, "OPEN")
        await visit.rung(ben, key)
        await visit.rung(anna, key, state="CANCELLED")
        refused = await anna.ask(
            ".ams.routing.UpdateRingState", {"ringId": ring, "ringState": "ACCEPTED"}
        )
        assert refused["code"] >= 400

        taken = await asyncio.to_thread(orchestrator, "conversations", "take-over", key, "may")
        assert taken["agent"] == "may"
        (row,) = [each for each in (await there.get("/floor"))["agents"] if each["login"] == "may"]
        assert row["conversations"] == 1
        listed = await asyncio.to_thread(orchestrator, "queues", "show", "Billing")
        assert listed == []
        await asyncio.to_thread(orchestrator, "conversations", "close", key)
        now = await there.get(f"/conversations/{key}/transfers")
        assert (now["state"], [each["kind"] for each in now["moves"]]) == (
            "CLOSE",
            ["BY_HAND", "TAKEN_OVER"],
        )
        told = await asyncio.to_thread(orchestrator, "conversations", "show", key[:12])
        assert [each["kind"] for each in told["moves"]] == ["BY_HAND", "TAKEN_OVER"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"move": "SKILL"}, "skill"),
        ({"move": "AGENT"}, "agent"),
        ({"move": "TAKE_OVER"}, "user"),
        ({"move": "AGENT", "agent": "router"}, "agent"),
    ],
)
async def test_what_is_missing_is_named(
    town: wire.Town, there: api.Api, body: dict[str, str], path: str
) -> None:
    """And a bot gets nothing by name: its skill is where the policies are asked again."""
    async with wire.Visit(town) as visit:
        key = await visit.opened(await visit.consumer(), "Sales")
        problem = await there.refused(400, "POST", f"/conversations/{key}/transfers", body)
    assert [each["path"] for each in problem["errors"]] == [path]
