"""kill -9 at every step of the road: after the next start everything is where it belongs, once."""

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from killing import house
from killing.trap import Trap

CHAINS: dict[str, list[str]] = {
    "the claim": ["claim", "take"],
    "the sources": ["rules", "edition", "profile", "past", "first_message"],
    "the decision": ["record", "begin"],
    "the messages": ["mine", "say", "said", "finish"],
    "the skill": ["skill_name", "skill_id", "own_skills", "to_skill"],
    "the agent": ["agent_status", "to_agent"],
}
"""Calls of the ports, in the order of the road. Each life of a chain ends at one of them; the next
one finds what it left over, and gets new conversations to die in."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded folder, to be copied."""
    folder = tmp_path_factory.mktemp("kills") / "prepared"
    asyncio.run(house.seed(folder))
    return folder


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A seeded folder for one test."""
    copied = tmp_path / "data"
    shutil.copytree(prepared, copied)
    return copied


async def die(data: Path, trap: Trap) -> None:
    """Live until the trap goes off, among people."""
    life = house.Life(data, trap)
    if await life.is_ready():
        assert life.note is not None
        street = house.Street(life.note)
        async with house.Ledger.open(data) as ledger:
            skills = [await ledger.skill(name) for name in ("Front", "maven:Billing")]
        try:
            async with street.ann():
                await asyncio.gather(*(street.open(skill) for skill in skills))
                await life.end()
        except (house.errors.OrchestratorError, OSError):
            pass  # the server died under Ann's hands
    assert await life.end() == -signal.SIGKILL, f"{trap} was never reached"


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.timeout(180)
async def test_killed_at_any_call_nothing_is_lost_and_nothing_happens_twice(
    chain: str, data: Path
) -> None:
    """Before and after every call: decided once, said once, gone once, and to the right place."""
    for method in CHAINS[chain]:
        for when in ("before", "after"):
            await die(data, Trap(method, when))
    found = await house.run_out(data)
    assert found  # how many came in before the first death is the scheduler's business
    house.check(found)


async def test_killed_in_the_middle_of_fifty_conversations(data: Path) -> None:
    """Whatever was under way in each of them, it ends where it belongs."""
    life = house.Life(data, Trap("record", "after", 20))
    assert await life.is_ready()
    assert life.note is not None
    street = house.Street(life.note)
    async with house.Ledger.open(data) as ledger:
        skills = [await ledger.skill(name) for name in ("Front", "maven:Billing")]
    await asyncio.gather(*(street.open(skills[number % 2]) for number in range(50)))
    assert await life.end() == -signal.SIGKILL
    found = await house.run_out(data)
    assert len(found) >= 20
    house.check(found)
