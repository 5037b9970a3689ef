"""The consumer's socket: how it says who it is, and what each request asks of the services."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.websockets import WebSocket

from orchestrator.core.model import errors
from orchestrator.core.ums import bodies
from orchestrator.core.ums.host_side import Asked, Caller, HostSide
from orchestrator.doors.gateway import asking, web
from orchestrator.doors.gateway.agents import profile_of
from orchestrator.doors.gateway.desk import Desk
from orchestrator.doors.gateway.line import EXTEND, SESSION_OVER, Handler, Line, close_code
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.consumers import Visitor
from orchestrator.services.cloud.ports import Speaker

_log = structlog.get_logger(__name__)


class VisitorSockets:
    """Accepts consumers' sockets: ``/ws_api/account/{acc}/messaging/consumer``."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def accept(self, socket: WebSocket) -> None:
        """Serve one socket; without a good token, in the headers or soon after, close with 4401.

        It closes too when the token expires: with 4407 where the token can be renewed, else 4401.
        """
        account = socket.path_params["account"]
        await socket.accept()
        visitor = None
        try:
            token = _token(socket.headers)
            if token is not None:
                visitor = await self._rooms.consumers.identify(account, token)
            elif await self._rooms.directory.accounts.found(account) is None:
                raise errors.Unauthenticated("There is no such account.")
        except errors.OrchestratorError as error:
            _log.info("gateway.socket-refused", account=account, side="consumer", code=error.code)
            await socket.close(close_code(error))
            return
        host = HostSide(account, "consumer", limits=self._rooms.limits.frames)
        desk = VisitorDesk(self._rooms, host, account)
        line = Line(
            socket,
            host,
            handlers=desk.handlers,
            limits=self._rooms.limits,
            clock=self._rooms.clock,
        )
        desk.attach(line, properties_of(socket.headers), known=partial(web.introduced, socket))
        if visitor is not None:
            desk.introduce(visitor)
        watch = asyncio.create_task(self._watch(desk, line))
        try:
            await line.serve()
        finally:
            watch.cancel()
            desk.leave()

    async def _watch(self, desk: "VisitorDesk", line: Line) -> None:
        """Close the socket of who never says who they are, or whose token expires.

        A client may send InitConnection again with a younger token; that moves the moment.
        """
        if desk.visitor is None:
            await self._rooms.clock.sleep(self._rooms.limits.introduction.total_seconds())
        while (visitor := desk.visitor) is not None:
            if visitor.expires_at <= self._rooms.clock.now():
                line.end(EXTEND if visitor.standing == "unauthenticated" else SESSION_OVER)
                return
            await self._rooms.clock.sleep_until(visitor.expires_at)
        line.end(SESSION_OVER)


class VisitorDesk(Desk):
    """One consumer's requests."""

    def __init__(self, rooms: Rooms, host: HostSide, account: str) -> None:
        super().__init__(rooms, host)
        self._account = account
        self._visitor: Visitor | None = None
        self._line: Line | None = None
        self._stop: Callable[[], None] = lambda: None
        self._known: Callable[[], None] = lambda: None

    def attach(
        self,
        line: Line | None,
        properties: dict[str, Any] | None,
        *,
        known: Callable[[], None] = lambda: None,
    ) -> None:
        """Say over which line the consumer talks, if over one, and what is said of the program.

        ``known`` is called when they have said who they are.
        """
        self._line = line
        self._properties = properties
        self._known = known

    @property
    def visitor(self) -> Visitor | None:
        """Who the consumer is and how long their token is good; None: they have yet to say so."""
        return self._visitor

    def introduce(self, visitor: Visitor) -> None:
        """Begin to tell this consumer what happens."""
        self._visitor, speaker = visitor, visitor.speaker
        self._host.introduce(Caller(speaker.user_id, speaker.pid))
        self._known()
        if self._line is not None:
            self._stop()
            self._stop = self._rooms.announcements.listen(speaker, self._line.hear)

    @property
    def patience(self) -> float:
        """How many seconds a request may take."""
        return self._rooms.limits.answer.total_seconds()

    def leave(self) -> None:
        """The socket is closed."""
        self._stop()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """THE table: what is served, and by what."""
        return {
            **self.shared,
            "InitConnection": self.init,
            "SetUserProfile": self.set_profile,
            "GetUserProfile": self.profile,
            "ConsumerRequestConversation": self.open,
            "SubscribeMessagingEvents": self.subscribe_messages,
        }

    async def init(self, asked: Asked) -> list[str]:
        """InitConnection: the token in its headers says who it is."""
        properties = bodies.client_properties(asked.headers)
        if properties is not None:
            self._properties = properties
        token = bodies.consumer_token(asked.headers)
        if token is not None:
            await self._identify(token)
        if self._visitor is None:
            raise errors.Unauthenticated("InitConnection carries no ConsumerAuthentication.")
        return self._host.answer(asked, {})

    async def _identify(self, token: str) -> None:
        visitor = await self._rooms.consumers.identify(self._account, token)
        if self._visitor is not None and self._visitor.speaker != visitor.speaker:
            raise errors.Conflict("This socket speaks for another consumer already.")
        self.introduce(visitor)

    async def set_profile(self, asked: Asked) -> list[str]:
        """SetUserProfile."""
        profile = msgspec.to_builtins(asked.body)
        await self._rooms.consumers.set_profile(self._me, profile)
        return self._host.answer(asked, "OK User Profile set successfully")

    async def profile(self, asked: Asked) -> list[str]:
        """GetUserProfile: one's own."""
        me = self._me
        whom = asked.body.user_id
        found = await self._rooms.consumers.profile(me, None if whom is None else str(whom))
        return self._host.answer(asked, profile_of(me.user_id, found))

    async def open(self, asked: Asked) -> list[str]:
        """ConsumerRequestConversation."""
        opened = await self._rooms.conversations.open(
            self._me, asking.opening_of(asked.body, self._properties)
        )
        return self._host.answer(asked, {"conversationId": opened.conversation_id})

    async def subscribe_messages(self, asked: Asked) -> list[str]:
        """SubscribeMessagingEvents, with what was said already."""
        stored = await self._rooms.conversations.messages(
            self._me,
            asked.body.dialog_id,
            newer_than=asking.sequence_of((asked.body.from_seq or 0) - 1),
        )
        return self._host.subscribe_messages(asked, messages=stored)

    @property
    def _me(self) -> Speaker:
        if self._visitor is None:
            raise errors.Unauthenticated("Send InitConnection with a token first.")
        return self._visitor.speaker


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "jwt" and token else None


def properties_of(headers: Headers) -> dict[str, Any] | None:
    """Return what the header ``Client-Properties`` says of a consumer's program."""
    try:
        found = msgspec.json.decode(headers.get("client-properties", ""), type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None
    return found
