"""A server that stops in good order, and what the next one does with what it finds."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from killing import house
from orchestrator.serve import office


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded folder, to be copied."""
    folder = tmp_path_factory.mktemp("restarts") / "seeded"
    asyncio.run(house.seed(folder))
    return folder


@pytest.fixture
def data(seeded: Path, tmp_path: Path) -> Path:
    """A seeded folder for one test."""
    copied = tmp_path / "data"
    shutil.copytree(seeded, copied)
    return copied


async def street(life: house.Life) -> house.Street:
    """Wait for the server, and return the world outside."""
    assert await life.is_ready()
    assert life.note is not None
    return house.Street(life.note)


async def skills(data: Path) -> list[str]:
    """Return the ids of the two skills that the bot serves."""
    async with house.Ledger.open(data) as ledger:
        return [await ledger.skill(name) for name in ("Front", "maven:Billing")]


async def test_stopped_in_the_middle_of_twenty_conversations(data: Path) -> None:
    """SIGTERM finishes what is being decided and exits 0; the rest is done after the next start."""
    life = house.Life(data, None)
    outside = await street(life)
    served = await skills(data)
    consumers = asyncio.gather(*(outside.open(served[number % 2]) for number in range(20)))
    async with house.Ledger.open(data) as ledger:
        await house.until(ledger.decisions, what="a first decision")
    life.kill(signal.SIGTERM)
    assert await life.end() == 0
    await consumers
    house.check(await house.run_out(data))


async def test_what_came_in_while_there_was_no_bot_is_decided_when_there_is_one(
    data: Path,
) -> None:
    """Conversations wait in the queue of the bot's skills, over restarts too."""
    async with office.open(house.chosen(data)) as desk:
        made = await desk.directory.keys.generate(desk.actor, "bot")
        await desk.directory.bots.forget(desk.actor)
    life = house.Life(data, None)
    outside = await street(life)
    for skill in await skills(data):
        assert await outside.open(skill)
    assert await life.stop() == 0
    async with office.open(house.chosen(data)) as desk:
        await house.give_bot(desk, made)
    found = await house.run_out(data)
    assert len(found) == 2
    house.check(found)


async def test_what_stays_with_the_bot_is_decided_once_over_all_restarts(data: Path) -> None:
    """Nowhere to go: every start finds it in the bot's hands, and leaves its decision alone."""
    async with office.open(house.chosen(data)) as desk:
        await desk.policies.load(desk.actor, {"policies": []})
    (front, _) = await skills(data)
    life = house.Life(data, None)
    conversation = await (await street(life)).open(front)
    assert conversation is not None
    async with house.Ledger.open(data) as ledger:
        await house.until(ledger.decisions, what="its decision")
        for _ in range(2):
            assert await life.stop() == 0
            life = house.Life(data, None)
            await street(life)
        found = (await ledger.conversations())[conversation]
        assert (found.decisions, found.transfers, found.texts) == (1, 0, ["Hello"])
        assert found.holder is not None
    warnings = [line for line in life.log.read_text().splitlines() if "stays-with-bot" in line]
    assert len(warnings) == 1
    assert await life.stop() == 0


async def test_a_master_key_that_is_another_one_is_told_and_harms_nothing_else(
    data: Path,
) -> None:
    """The server starts, says which account has no bot, and serves everybody else."""
    key = data / "master.key"
    key.write_bytes(key.read_bytes()[::-1])
    life = house.Life(data, None)
    outside = await street(life)
    async with outside.ann():
        pass
    assert await life.stop() == 0
    assert "bot.not-started" in life.log.read_text()
