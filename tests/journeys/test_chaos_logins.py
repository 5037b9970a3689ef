"""A cloud that does not let the bot in for a while, answers late, or closes everything."""

import asyncio
from pathlib import Path

import pytest

from chaos import house, pair
from chaos.faults import CLOSE_CODES, REFUSALS, Request, Treatment


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> house.Folders:
    """The seeded folders, to be copied."""
    return asyncio.run(house.prepare(tmp_path_factory.mktemp("chaos"), ring_seconds=2))


def is_login(request: Request) -> bool:
    """Whether somebody signs in with it."""
    return request.is_login


def is_handshake(request: Request) -> bool:
    """Whether a socket is opened with it."""
    return request.is_handshake


def is_history(request: Request) -> bool:
    """Whether history is asked."""
    return "messaging_history" in request.path


async def test_refused_logins_are_tried_again(prepared: house.Folders, tmp_path: Path) -> None:
    """401, 403, 500, 503, a page of HTML, a reset and silence: each once, then it lets the bot in,
    and whoever wrote meanwhile is served."""
    async with pair.open_pair(prepared, tmp_path, bot=pair.Hurried) as both:
        await both.write()
        await both.settled()
        refusals = [Treatment("refuse", number=status) for status in REFUSALS]
        trouble = (*refusals, Treatment("reset"), Treatment("slow", seconds=0.6))
        both.script.on_request(is_login, *trouble)
        both.script.on_request(is_handshake, Treatment("refuse", number=401), Treatment("reset"))
        both.proxy.cut(4401)
        await asyncio.gather(*(both.write() for _ in range(3)))
        await both.check()


async def test_history_may_be_late_or_away(prepared: house.Folders, tmp_path: Path) -> None:
    """What history does not say at once is asked again."""
    async with pair.open_pair(prepared, tmp_path) as both:
        both.script.on_request(
            is_history,
            Treatment("refuse", number=503),
            Treatment("slow", seconds=0.6),
            Treatment("reset"),
        )
        await both.crowd(3)
        await both.check()


async def test_every_socket_closes_in_the_middle_of_many_conversations(
    prepared: house.Folders, tmp_path: Path
) -> None:
    """With every code, while people write: each conversation still ends where it belongs."""
    async with pair.open_pair(prepared, tmp_path, bot=pair.Brisk, durations=pair.PATIENT) as both:
        for code in CLOSE_CODES:
            for _ in range(2):
                both.street.write()
            await asyncio.sleep(0.05)  # some of them are with the bot by now
            both.proxy.cut(code)
        assert await both.street.served(seconds=pair.PATIENCE) == 0
        await both.check()
