"""What happens in an account, for everybody who listens: one look at the rows serves them all.

Each listener has a box of its own. What replaces something in it (a conversation that changed
again) takes its place, so that a slow reader costs what has changed and not how often.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
import structlog

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor, Permission
from orchestrator.core.model.happening import (
    AvailabilityChanged,
    ConversationChanged,
    Happening,
    RingChanged,
)
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.api import wire
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.admin import audit
from orchestrator.services.admin.ports import Line
from orchestrator.services.cloud.ports import Speaker

PACE: Final = 1.0
"""Seconds between two looks at the rows while somebody listens."""

AT_ONCE: Final = 500
"""Lines of the change log that are read at a time."""

_log = structlog.get_logger(__name__)


class Event(msgspec.Struct, frozen=True):
    """One event. ``key`` says what it replaces; ``sequence`` is where a listener can resume."""

    name: str
    key: str
    data: dict[str, Any]
    sequence: int | None = None


class Box:
    """What waits for one listener; `overflowing` once that is more than it may be."""

    def __init__(self, actor: Actor, *, most: int) -> None:
        self.actor = actor
        self.overflowing = False
        self._most = most
        self._waiting: dict[tuple[str, str], Event] = {}
        self._filled = asyncio.Event()

    def put(self, event: Event) -> None:
        """Keep an event until it is taken."""
        place = (event.name, event.key)
        if len(self._waiting) >= self._most and place not in self._waiting:
            self.overflowing = True
        else:
            self._waiting[place] = event
        self._filled.set()

    async def filled(self) -> None:
        """Return when something waits."""
        await self._filled.wait()

    def take(self) -> list[Event]:
        """Return what waits, in the order in which it came."""
        found = list(self._waiting.values())
        self._waiting.clear()
        self._filled.clear()
        return found


class Feed:
    """Fills the boxes of an account's listeners, while there are any."""

    def __init__(self, rooms: Rooms, account: AccountId) -> None:
        self._rooms = rooms
        self._account = account
        self._boxes: set[Box] = set()
        self._sequence = 0
        self._bot: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._deaf: Callable[[], None] = lambda: None

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._boxes)

    async def begin(self) -> int:
        """Follow the account from now on; return where the change log is."""
        if self._task is None:
            self._sequence = await self._rooms.log.newest(self._account)
        if self._task is None:  # still: another listener may have come while that was read
            ear = Speaker(self._account, "events", "events", "agent", supervises=True)
            self._deaf = self._rooms.announcements.listen(ear, self._heard)
            self._task = asyncio.create_task(self._look())
        return self._sequence

    @contextlib.contextmanager
    def listening(self, box: Box) -> Iterator[None]:
        """Fill ``box`` until the block ends; with the last one, looking ends as well."""
        self._boxes.add(box)
        if self._bot is not None and box.actor.may("directory.read"):
            box.put(Event("bot", "", self._bot))
        try:
            yield
        finally:
            self._boxes.discard(box)
            if not self._boxes and self._task is not None:
                self._deaf()
                self._task.cancel()
                self._task = self._bot = None

    async def _look(self) -> None:
        while True:
            try:
                await self._once()
            except Exception as error:  # noqa: BLE001 - whatever it is, later changes must be seen
                _log.warning("api.events-unread", account=self._account, error=type(error).__name__)
            await self._rooms.clock.sleep(PACE)

    async def _once(self) -> None:
        for line in await self._rooms.log.since(self._account, self._sequence, limit=AT_ONCE):
            self._sequence = line.sequence
            for box in self._boxes:
                if audit.may_see(box.actor, line):
                    box.put(told(line))
        # Nothing of this leaves but to those who may see it: the feed itself may see everything.
        everybody = access.operator(self._account)
        bot = wire.record(await self._rooms.directory.bots.show(everybody), but=("caFile",))
        if bot != self._bot:
            self._bot = bot
            self._put("directory.read", Event("bot", "", bot))

    def _heard(self, happening: Happening) -> None:
        match happening:
            case ConversationChanged(conversation=found):
                data = {
                    "conversationId": found.conversation_id,
                    "state": found.state,
                    "skillId": found.skill_id,
                    "agentId": found.assigned.user_id if found.assigned else None,
                    "changedAt": wire.plain(found.changed_at),
                }
                self._put("conversations.read", Event("conversation", found.conversation_id, data))
                self._queue(found.skill_id)
            case RingChanged(ring=ring):
                data = {"conversationId": ring.conversation_id, "state": ring.state}
                data |= {"skillId": ring.skill_id, "agentId": ring.user_id}
                self._put("conversations.read", Event("ring", ring.conversation_id, data))
                self._queue(ring.skill_id)
            case AvailabilityChanged(user_id=user, availability=availability):
                data = {"agentId": user, "availability": availability}
                self._put("conversations.read", Event("agent", user, data))
            case _:
                pass

    def _queue(self, skill: str) -> None:
        self._put("conversations.read", Event("queue", skill, {"skillId": skill}))

    def _put(self, permission: Permission, event: Event) -> None:
        for box in self._boxes:
            if box.actor.may(permission):
                box.put(event)


def told(line: Line) -> Event:
    """Return a line of the change log as an event."""
    return Event("change", str(line.sequence), wire.plain(line), line.sequence)
