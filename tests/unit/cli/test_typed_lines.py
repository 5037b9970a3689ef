"""Lines typed on stdin, read beside the event loop."""

import asyncio
import io
import os
import sys

import pytest

from orchestrator.cli import lines


@pytest.fixture
def typing(monkeypatch):
    """Make stdin hold these bytes."""

    def hold(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "ascii"))

    return hold


async def test_lines_come_without_their_ends_and_then_none(typing):
    """The end of stdin is None, as often as it is asked for; bytes that are no text are shown."""
    typing("héllo\r\n\n".encode() + b"\xff!\nlast")
    typed = lines.Typed()

    assert [await typed.next() for _ in range(6)] == ["héllo", "", "�!", "last", None, None]


async def test_a_cancelled_wait_loses_nothing(monkeypatch):
    """What is typed after somebody stopped waiting is there for the next who waits."""
    end, keyboard = os.pipe()
    with os.fdopen(end, "rb") as read, os.fdopen(keyboard, "wb") as written:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(read, "utf-8"))
        typed = lines.Typed()
        waiting = asyncio.ensure_future(typed.next())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        written.write(b"one\n")
        written.close()

        assert [await typed.next(), await typed.next()] == ["one", None]
