"""``GET …/events``: what happens in an account, as server-sent events.

``change`` is a line of the change log and carries its sequence as the event's id: a client that
comes back with ``Last-Event-ID`` misses none. ``conversation``, ``ring``, ``agent``, ``queue`` and
``bot`` say what to read again; they are not kept, so after a pause a client reads its lists anew.
Everybody is sent what they may see. Source of the form: the HTML standard, 9.2.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.api import credentials, feed
from orchestrator.doors.api.feed import Box, Event, Feed
from orchestrator.doors.api.plain import Parameter, Plain
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.admin import audit

PATH: Final = "/v3/accounts/{account}/events"

_RETRY: Final = b"retry: 2000\n\n"
_HEARTBEAT: Final = b": still here\n\n"
_LONGEST_ID: Final = 15
_PATIENCE: Final = 30
"""Seconds after which who found no room may try again."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Events:
    """The endpoint, and a feed for each account in which somebody listens."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._feeds: dict[AccountId, Feed] = {}

    def row(self) -> Plain:
        """Return the route."""
        return Plain(
            "GET",
            PATH,
            self.listen,
            "Follow what happens, as server-sent events",
            "events",
            answers={200: None},
            parameters=(
                Parameter("Last-Event-ID", str, "The id of the last event seen.", place="header"),
            ),
            about="`change` (its id resumes), `conversation`, `ring`, `agent`, `queue`, `bot`, as "
            "far as the caller may see them. `ready` comes first; comments keep the stream open.",
        )

    async def listen(self, request: Request) -> Response:
        """Answer with the stream."""
        account = request.path_params["account"]
        actor = await credentials.asker(self._rooms, request, account=account)
        after = _resumed(request)
        self._demand_room(account)
        return StreamingResponse(
            self._stream(request, actor, after), media_type="text/event-stream", headers=_HEADERS
        )

    def _demand_room(self, account: AccountId) -> None:
        limits = self._rooms.limits
        mine = self._feeds.get(account)
        if mine is not None and mine.listeners >= limits.listeners_each:
            raise errors.TooMany(
                f"The account has {mine.listeners} streams of events open, which is the most.",
                seconds=_PATIENCE,
            )
        if sum(each.listeners for each in self._feeds.values()) >= limits.listeners:
            raise errors.TooMany("Too many streams of events are open.", seconds=_PATIENCE)

    async def _stream(
        self, request: Request, actor: Actor, after: int | None
    ) -> AsyncIterator[bytes]:
        limits = self._rooms.limits
        box = Box(actor, most=limits.waiting_events)
        found = self._feeds.setdefault(actor.account, Feed(self._rooms, actor.account))
        with found.listening(box):
            newest = await found.begin()
            yield _RETRY
            sent = newest if after is None else min(after, newest)
            async for event in self._missed(actor, after=sent, newest=newest):
                yield _written(event)
            yield _written(Event("ready", "", {"sequence": newest}, newest))
            while not box.overflowing:
                if not await _within(box, limits.heartbeat.total_seconds()):
                    if not await self._is_welcome(request, actor):
                        return
                    yield _HEARTBEAT
                for event in box.take():
                    if event.sequence is None or event.sequence > newest:
                        yield _written(event)

    async def _missed(self, actor: Actor, *, after: int, newest: int) -> AsyncIterator[Event]:
        """Yield what the log holds behind ``after``, up to where the feed has begun."""
        while after < newest:
            lines = await self._rooms.log.since(actor.account, after, limit=feed.AT_ONCE)
            for line in lines:
                if line.sequence > newest:
                    return
                if audit.may_see(actor, line):
                    yield feed.told(line)
            if not lines:
                return
            after = lines[-1].sequence

    async def _is_welcome(self, request: Request, actor: Actor) -> bool:
        """Whether the credential still holds and may do what it could: keys are revoked."""
        with contextlib.suppress(errors.TooMany):
            try:
                asker = await credentials.asker(self._rooms, request, account=actor.account)
            except (errors.Unauthenticated, errors.Forbidden):
                return False
            return asker.permissions == actor.permissions
        return True


def _resumed(request: Request) -> int | None:
    given = request.headers.get("last-event-id", "").strip()
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > _LONGEST_ID:
        raise errors.BadInput("Last-Event-ID is none of ours.", path="Last-Event-ID")
    return int(given)


async def _within(box: Box, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await box.filled()
    except TimeoutError:
        return False
    return True


def _written(event: Event) -> bytes:
    name = f"id: {event.sequence}\n" if event.sequence is not None else ""
    data = msgspec.json.encode(event.data).decode()
    return f"{name}event: {event.name}\ndata: {data}\n\n".encode()
