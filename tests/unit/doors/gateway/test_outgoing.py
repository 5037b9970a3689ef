"""What waits for one slow reader: bounded, and what is not urgent waits for room."""

import asyncio

from orchestrator.doors.gateway.outgoing import OVERFLOW, Outgoing
from orchestrator.doors.gateway.rooms import Limits


class Reader:
    """A socket whose client reads a frame whenever the test says so."""

    def __init__(self):
        self.read = asyncio.Semaphore(0)
        self.frames = []

    async def send_text(self, frame):
        await self.read.acquire()
        self.frames.append(frame)


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_there_is_room_once_the_reader_has_caught_up():
    """At a quarter of what may wait; frames and bytes count alike."""
    for limits in (Limits(waiting_frames=8), Limits(waiting_bytes=80)):
        outgoing, reader = Outgoing(limits), Reader()
        sending = asyncio.create_task(outgoing.send(reader))
        await outgoing.room()
        outgoing.put(["0123456789"] * 6)
        waiting = asyncio.create_task(outgoing.room())
        await turns()
        assert not waiting.done()
        for _ in range(4):
            reader.read.release()
        await turns()
        assert waiting.done()
        assert len(reader.frames) == 4
        sending.cancel()


async def test_the_end_gives_room_too():
    """Nobody waits for a reader who is gone; who falls behind is cut off."""
    outgoing = Outgoing(Limits(waiting_frames=8))
    outgoing.put(["x"] * 6)
    waiting = asyncio.create_task(outgoing.room())
    await turns()
    assert not waiting.done()
    outgoing.put(["x"] * 6)
    assert await outgoing.closing() == OVERFLOW
    await waiting
    assert outgoing.is_closing
