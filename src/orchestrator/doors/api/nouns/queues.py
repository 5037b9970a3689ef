"""Queues: waiting conversations and staffing of each skill."""

from typing import Final

from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Shape


class Queue(Shape):
    """A skill's queue. `slots` null means that somebody online there is unlimited."""

    skill: str
    waiting: int
    longest_wait_seconds: float
    online_agents: int
    slots: int | None
    free_slots: int | None


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List every skill's queue, by name."""
    found = await asking.rooms.reports.queues(asking.actor, server="running")
    found.sort(key=lambda each: (each.skill.casefold(), each.skill))
    page, after = paging.by_key(
        found, lambda each: [each.skill.casefold(), each.skill], limit=limit, cursor=cursor
    )
    return paging.answer(asking.request, [wire.record(each) for each in page], after, headers={})


CALLS: Final = (Call("GET", "/queues", all_, list[Queue]),)
