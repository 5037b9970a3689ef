"""Pages are drawn in strokes: one page at a time, and whatever else there is goes on meanwhile."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from orchestrator.doors.console import drawing


def slow(name: str, log: list[str], *, strokes: int) -> Iterator[str]:
    """Draw a page whose every piece takes longer than a stroke."""
    for number in range(strokes):
        until = time.perf_counter() + drawing.STROKE
        while time.perf_counter() < until:
            pass
        log.append(name)
        yield f"{name}{number} "


async def test_what_else_waits_has_its_turn_between_two_strokes() -> None:
    """Whatever the length of the page."""
    log: list[str] = []

    async def routing() -> None:
        for _ in range(4):
            log.append("routing")
            await asyncio.sleep(0)

    beside = asyncio.ensure_future(routing())
    page = await drawing.Pencil().draw(slow("page", log, strokes=4))
    await beside
    assert page == "page0 page1 page2 page3 "
    assert log == ["page", "routing"] * 4


async def test_pages_are_drawn_one_after_the_other() -> None:
    """The one that was asked for first is there first, and is not late for the others' sake."""
    pencil, log = drawing.Pencil(), list[str]()
    drawn = [pencil.draw(slow(name, log, strokes=3)) for name in ("a", "b", "c")]
    await asyncio.gather(*drawn)
    assert log == [*"aaabbbccc"]


async def test_a_page_that_breaks_does_not_keep_the_pencil() -> None:
    """The next one is drawn, and whoever asked for the first is told."""

    def broken() -> Iterator[str]:
        yield "a"
        raise ValueError("torn")

    pencil = drawing.Pencil()
    with pytest.raises(ValueError, match="torn"):
        await drawing.Page(broken(), 200).finish(pencil)
    assert await pencil.draw(iter(("whole",))) == "whole"
