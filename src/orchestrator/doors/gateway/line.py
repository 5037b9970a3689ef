"""One open socket: frames in, requests to services, answers and happenings out, in order.

Order is kept by holding happenings back, never by waiting for requests one by one:

- while a subscription reads the current state, or a page of it, everything that happens waits until
  that has been written, so that nothing falls between the reading and the subscription;
- while a request changes a conversation, what happens to that conversation waits until the answer
  has been written, so that a client hears "202" before its ring is ACCEPTED.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from orchestrator.core.model import errors
from orchestrator.core.model.happening import (
    ConversationChanged,
    Happening,
    MessagePublished,
    RingChanged,
    SessionEnded,
)
from orchestrator.core.ums import host_side
from orchestrator.doors.gateway.outgoing import OVERFLOW, Outgoing
from orchestrator.doors.gateway.rooms import Limits
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.consumers import Expired

SESSION_OVER = 4401
EXTEND = 4407
"""Close code "extend your token": an unauthenticated one that can be renewed (protocol 6.2)."""
TRY_LATER = 1013


class Followed(NamedTuple):
    """An answer of which more follows, a page at a time, as fast as the client reads."""

    frames: list[str]
    more: AsyncIterator[list[str]]


Answer = list[str] | Followed
Handler = Callable[[host_side.Asked], Awaitable[Answer]]
_log = structlog.get_logger(__name__)


class Line:
    """The conversation with one client, from accept to close."""

    def __init__(
        self,
        socket: WebSocket,
        host: host_side.HostSide,
        *,
        handlers: Mapping[str, Handler],
        limits: Limits,
        clock: Clock,
        session_id: str | None = None,
    ) -> None:
        self._socket = socket
        self._host = host
        self._handlers = handlers
        self._session_id = session_id
        self._limits = limits
        self._clock = clock
        self._mistakes = 0
        self._ending: int | None = None
        self._gate = asyncio.Semaphore(limits.open_requests)
        self._outgoing = Outgoing(limits)
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions_in_work = 0
        self._in_work: Counter[str] = Counter()
        self._held: list[Happening] = []

    async def serve(self) -> None:
        """Talk until either side ends it. Never raises for what the client does."""
        sender = asyncio.create_task(self._send())
        receiver = asyncio.create_task(self._receive())
        closing = asyncio.create_task(self._outgoing.closing())
        both = (sender, receiver)
        try:
            await asyncio.wait((*both, closing), return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                if closing.result() == OVERFLOW:
                    self._log.warning("gateway.slow-reader")
                await self._farewell(both)
        finally:
            for task in (*both, closing, *self._tasks):
                task.cancel()
            await asyncio.gather(*both, closing, *self._tasks, return_exceptions=True)
            # They know this line. Without them a closed connection is let go of at once, not when
            # the garbage collector comes, which is minutes and some hundred connections later.
            self._handlers = {}
            if self._mistakes > self._limits.mistakes_logged:
                self._log.warning("gateway.many-mistakes", count=self._mistakes)

    def end(self, code: int) -> None:
        """Close the socket with ``code`` after what waits has been sent."""
        self._outgoing.close(code)

    async def _send(self) -> None:
        """Send what waits until the socket is to be closed, and then close it."""
        code = await self._outgoing.send(self._socket)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the client was faster
            await self._socket.close(code)

    async def _farewell(self, tasks: tuple[asyncio.Task[None], ...]) -> None:
        """Wait a while for the client to read the last words; who does not read gets none."""
        patience = asyncio.create_task(self._clock.sleep(self._limits.farewell.total_seconds()))
        try:
            await asyncio.wait((patience, *tasks), return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()

    def hear(self, happening: Happening) -> None:
        """Take a happening from the announcements; tell the client if it is meant to know."""
        if self._outgoing.is_closing:
            return
        if isinstance(happening, SessionEnded):
            if happening.session_id in (None, self._session_id):
                caller = self._host.caller
                if caller is not None and caller.user_id == happening.user_id:
                    self.end(SESSION_OVER)
            return
        if self._must_wait(happening):
            self._held.append(happening)
        else:
            self._outgoing.put(self._host.happened(happening))

    def _must_wait(self, happening: Happening) -> bool:
        if self._subscriptions_in_work:
            return True
        if not self._in_work and not self._held:
            return False
        return conversation_of(happening) in self._in_work

    def _release(self) -> None:
        held, self._held = self._held, list[Happening]()
        for happening in held:
            self.hear(happening)

    async def _receive(self) -> None:
        while True:
            try:
                message = await self._socket.receive()
            except (WebSocketDisconnect, RuntimeError):
                return
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            received = self._host.receive(text if text is not None else message.get("bytes", b""))
            match received:
                case host_side.Replied(frames, reason):
                    self._mistake("gateway.bad-request", reason=without_quotes(reason))
                    self._outgoing.put(list(frames))
                case host_side.Broken(reason):
                    self._mistake("gateway.broken-frame", reason=without_quotes(reason))
                case host_side.Asked() as asked:
                    await self._gate.acquire()
                    task = asyncio.create_task(self._answer(asked))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: host_side.Asked) -> None:
        subject = subject_of(asked)
        subscribes = asked.move.subscribes
        self._subscriptions_in_work += subscribes
        if subject is not None:
            self._in_work[subject] += 1
        pages: AsyncIterator[list[str]] | None = None
        try:
            answer = await self._handled(asked)
            if isinstance(answer, Followed):
                answer, pages = answer
            self._outgoing.put(answer)
            if self._ending is not None:
                self.end(self._ending)
        finally:
            self._subscriptions_in_work -= subscribes
            if subject is not None:
                self._in_work[subject] -= 1
                if not self._in_work[subject]:
                    del self._in_work[subject]
            self._release()
        try:
            if pages is not None:
                await self._follow(pages)
        finally:
            self._gate.release()

    async def _follow(self, pages: AsyncIterator[list[str]]) -> None:
        """Send page after page; while one is read, whatever happens waits, as at the beginning."""
        while not self._outgoing.is_closing:
            await self._outgoing.room()
            self._subscriptions_in_work += 1
            try:
                frames = await anext(pages, None)
                if frames is None:
                    return
                self._outgoing.put(frames)
            except Exception:  # noqa: BLE001 - half of an answer is none: the client begins again
                self._log.exception("gateway.unfinished-answer")
                self.end(TRY_LATER)
            finally:
                self._subscriptions_in_work -= 1
                self._release()

    async def _handled(self, asked: host_side.Asked) -> Answer:
        handler = self._handlers.get(asked.name)
        try:
            if handler is None:
                return self._host.refuse(asked, f"{asked.name} is not served here.", code=501)
            async with asyncio.timeout(self._limits.answer.total_seconds()):
                return await handler(asked)
        except TimeoutError:
            self._log.warning("gateway.late", request=asked.name, conversation=subject_of(asked))
            return self._host.refuse(asked, "That took too long; try again later.", code=504)
        except errors.OrchestratorError as error:
            self._mistake(
                "gateway.refused", request=asked.name, code=error.code, about=subject_of(asked)
            )
            # Whoever fails to say who they are is told so, and then that the socket is of no use.
            if isinstance(error, errors.Unauthenticated):
                self._ending = close_code(error)
            return self._host.refuse_error(asked, error)
        except Exception:  # noqa: BLE001 - the last fence: a bug costs this request only
            self._log.exception("gateway.bug", request=asked.name, conversation=subject_of(asked))
            return self._host.refuse(asked, "Something went wrong here.", code=500)

    def _mistake(self, event: str, **facts: str | None) -> None:
        """Log what a client did wrong, without what it said; many are counted, not listed."""
        self._mistakes += 1
        if self._mistakes <= self._limits.mistakes_logged:
            self._log.info(event, **facts)

    @property
    def _log(self) -> Any:
        caller = self._host.caller
        who = None if caller is None else caller.user_id
        return _log.bind(account=self._host.account, side=self._host.side, user=who)


def close_code(error: errors.OrchestratorError) -> int:
    """Return the close code that tells a client what to do about ``error``: sign in, or wait."""
    if isinstance(error, errors.Unavailable):
        return TRY_LATER
    return EXTEND if isinstance(error, Expired) and error.renewable else SESSION_OVER


_QUOTED: Final = re.compile(r"(['\"]).*\1", re.DOTALL)


def without_quotes(reason: str) -> str:
    """Return the reason of a refusal without the client's own words, which logs never hold."""
    return _QUOTED.sub("…", reason)


def subject_of(asked: host_side.Asked) -> str | None:
    """Return the conversation that a request changes; a ring's id begins with it."""
    if asked.name == "UpdateRingState":
        return asked.body.ring_id.partition("_")[0]
    if asked.name == "UpdateConversationField":
        return asked.body.conversation_id
    return None


def conversation_of(happening: Happening) -> str | None:
    """Return the conversation that something happened to."""
    match happening:
        case ConversationChanged(_, conversation) | MessagePublished(_, conversation):
            return conversation.conversation_id
        case RingChanged(_, ring):
            return ring.conversation_id
        case _:
            return None
