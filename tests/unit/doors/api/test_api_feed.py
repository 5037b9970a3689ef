"""A listener's box: what replaces something takes its place, and there is a limit."""

import asyncio

from orchestrator.core.model import access
from orchestrator.doors.api.feed import Box, Event


def _event(key: str, state: str = "OPEN") -> Event:
    return Event("conversation", key, {"state": state})


async def test_a_slow_reader_is_told_the_last_state_of_each() -> None:
    """Two changes of one conversation are one event, in the place of the first."""
    box = Box(access.operator("1"), most=10)
    for each in (_event("a"), _event("b"), _event("a", "CLOSE")):
        box.put(each)
    async with asyncio.timeout(1):
        await box.filled()
    assert [(each.key, each.data["state"]) for each in box.take()] == [
        ("a", "CLOSE"),
        ("b", "OPEN"),
    ]
    assert box.take() == []


async def test_a_box_that_is_full_says_so() -> None:
    """Its stream is then closed; what is there already can still change."""
    box = Box(access.operator("1"), most=2)
    for key in ("a", "b", "a"):
        box.put(_event(key))
    assert not box.overflowing
    box.put(_event("c"))
    assert box.overflowing
    assert len(box.take()) == 2
