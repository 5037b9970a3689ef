"""``GET /live``: that conversations have changed, as server-sent events; never oftener than seen.

With ``?conversation=`` it tells of that one alone, of what is said in it too; with ``?agents=yes``
of what agents say of themselves as well.

Whoever hears it asks for what is on the screen anew, so that a busy account costs a page each
`PACE` and not each change. A stream ends by itself; the browser comes back and is asked for its
session again. Source of the form: the HTML standard, 9.2.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from starlette.responses import Response, StreamingResponse

from orchestrator.core.model import access
from orchestrator.core.model.happening import (
    AvailabilityChanged,
    ConversationChanged,
    Happening,
    MessagePublished,
    RingChanged,
)
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.services.cloud.ports import Speaker

PACE: Final = 1.0
"""Seconds between two events at least."""
HEARTBEAT: Final = 10.0
"""Seconds of silence after which a comment keeps the stream open."""
LIFE: Final = timedelta(minutes=2)
"""How long a stream lasts."""

_CHANGED: Final = b"event: conversations\ndata: {}\n\n"
_OPENED: Final = b"retry: 1500\n\nevent: ready\ndata: {}\n\n"


async def listen(visit: Visit) -> Response:
    """Answer with the stream."""
    access.demand(visit.actor, "conversations.read")
    visit.rooms.streams.refuse_many(visit.account, visit.signed.user.id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(visit), media_type="text/event-stream", headers=headers)


async def _stream(visit: Visit) -> AsyncIterator[bytes]:
    clock = visit.rooms.clock
    changed = asyncio.Event()

    conversation, agents = visit.asked("conversation"), visit.asked("agents")

    def hear(happening: Happening) -> None:
        is_presence = isinstance(happening, AvailabilityChanged)
        if (is_presence and agents) or concerns(happening, conversation):
            changed.set()

    ear = Speaker(visit.actor.account, "console", "console", "agent", supervises=True)
    deaf = visit.rooms.announcements.listen(ear, hear)
    end = clock.now() + LIFE
    try:
        with visit.rooms.streams.one(visit.account, visit.signed.user.id):
            yield _OPENED
            while clock.now() < end:
                if not await _within(changed):
                    yield b": still here\n\n"
                    continue
                changed.clear()
                yield _CHANGED
                await clock.sleep(PACE)
    finally:
        deaf()


def concerns(happening: Happening, conversation: str) -> bool:
    """Whether what happened shows on the page of a conversation; without one, on the list."""
    match happening:
        case ConversationChanged(conversation=found):
            return conversation in {"", found.conversation_id}
        case RingChanged(ring=ring):
            return conversation in {"", ring.conversation_id}
        case MessagePublished(conversation=found, message=message):
            return conversation == found.conversation_id and message.sequence > 0
    return False


async def _within(changed: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT):
            await changed.wait()
    except TimeoutError:
        return False
    return True


ROWS: Final = (Row("GET", "/live", listen),)
