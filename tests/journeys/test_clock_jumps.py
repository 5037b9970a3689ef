"""The clock of the cloud, of the bot, or of both jumps by hours, forward and back: nobody cares."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chaos import house, pair
from chaos.faults import Treatment
from chaos.pair import by_bot, told
from orchestrator.services.clock import Clock

RING, ACCEPT, TRANSFER = "RoutingTaskNotification", "UpdateRingState", "UpdateConversationField"
HOURS = (9, -9)
"""More than a session lasts, which is eight hours."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> house.Folders:
    """The seeded folders, to be copied."""
    return asyncio.run(house.prepare(tmp_path_factory.mktemp("jumps"), ring_seconds=2))


class Clocks:
    """The clocks that a server reads, to be set together."""

    def __init__(self) -> None:
        self.made: list[pair.Shifted] = []

    def __call__(self, clock: Clock) -> pair.Shifted:
        """Make one."""
        self.made.append(pair.Shifted(clock))
        return self.made[-1]

    def jump(self, hours: float) -> None:
        """Set them all."""
        for clock in self.made:
            clock.offset += timedelta(hours=hours)


Plan = Callable[[pair.Pair], None]


def a_lost_ring(both: pair.Pair) -> None:
    """The ring waits, unheard, when the clock jumps."""
    both.script.on_frame(told(RING), Treatment("drop"))


def a_lost_acceptance(both: pair.Pair) -> None:
    """The bot waits for an answer, and will try again."""
    both.script.on_frame(by_bot(ACCEPT), Treatment("drop"))


def a_lost_transfer(both: pair.Pair) -> None:
    """A step is postponed."""
    both.script.on_frame(by_bot(TRANSFER), Treatment("drop"))


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(
    "whose",
    [*(pytest.param(whose, marks=pytest.mark.thorough) for whose in ("cloud", "bot")), "both"],
)
async def test_a_clock_that_jumps_costs_nothing(
    whose: str, hours: int, prepared: house.Folders, tmp_path: Path
) -> None:
    """Before, in the middle of waiting, and afterwards: everybody ends where they belong, soon."""
    clocks = Clocks()
    jumping = {name: clocks for name in ("cloud", "bot") if whose in (name, "both")}
    async with pair.open_pair(prepared, tmp_path, **jumping) as both:
        await both.crowd(2)
        await both.settled()
        for plan in (a_lost_ring, a_lost_acceptance, a_lost_transfer):
            plan(both)
            await both.write()
            await pair.until(lambda: _is_met(both), what="fault")
            clocks.jump(hours)
            await both.crowd(2)
            await both.settled()
        await both.check()


async def _is_met(both: pair.Pair) -> bool:
    return not both.script.missing
