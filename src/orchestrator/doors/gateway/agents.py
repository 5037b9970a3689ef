"""The agent's socket: who may open it, and what each request asks of the services."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.responses import Response
from starlette.websockets import WebSocket

from orchestrator.core.model import access, errors
from orchestrator.core.model.ids import user_of
from orchestrator.core.ums import refusals
from orchestrator.core.ums.host_side import Asked, Caller, HostSide
from orchestrator.doors.gateway import asking, web
from orchestrator.doors.gateway.desk import Desk
from orchestrator.doors.gateway.line import SESSION_OVER, TRY_LATER, Handler, Line
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.ports import Speaker
from orchestrator.services.directory.sessions import SignedIn

_log = structlog.get_logger(__name__)


class _Over(errors.Unauthenticated):
    """The bearer was good once."""


SUBPROTOCOL: Final = "ums"
_BEARER: Final = "bearer."


class AgentSockets:
    """Accepts agents' and bots' sockets: ``/ws_api/account/{acc}/messaging/brand/{bearer}``.

    The platform's clients know no other place for the bearer than the address. Browsers keep it
    out of there: they offer the subprotocols ``ums`` and ``bearer.…`` at ``…/messaging/brand``.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def accept(self, socket: WebSocket) -> None:
        """Serve one socket.

        A bearer that was never issued is refused with HTTP 401; one that has expired is accepted
        and closed with 4401, which tells an SDK to log in again (messaging protocol 9.3).
        """
        account, bearer, chosen = socket.path_params["account"], *_shown(socket)
        try:
            session = await self._session(account, bearer)
        except _Over:
            await socket.accept(chosen)
            await socket.close(SESSION_OVER)
            return
        except errors.OrchestratorError as error:
            await self._deny(socket, account, status=refusals.code_of(error))
            return
        web.introduced(socket)
        await socket.accept(chosen)
        await self._serve(socket, account, bearer, session)

    async def _session(self, account: str, bearer: str) -> SignedIn:
        """Return the session of a bearer who may serve. Raises `_Over` for one that has ended."""
        logins = self._rooms.directory.logins
        try:
            session = await logins.check(account, bearer=bearer)
        except errors.Unauthenticated as error:
            if await logins.issued(account, bearer=bearer):
                raise _Over(error.message) from error
            raise
        access.demand(session.actor, "conversations.serve")
        return session

    async def _deny(self, socket: WebSocket, account: str, *, status: int) -> None:
        _log.info("gateway.socket-refused", account=account, side="agent", status=status)
        await socket.send_denial_response(Response(status_code=status))

    async def _serve(self, socket: WebSocket, account: str, bearer: str, session: SignedIn) -> None:
        user = session.user
        supervises = session.actor.may("conversations.manage")
        speaker = Speaker(account, user.id, user.pid, "agent", supervises)
        host = HostSide(
            account,
            "agent",
            caller=Caller(user.id, user.pid, supervises),
            limits=self._rooms.limits.frames,
        )
        desk = AgentDesk(self._rooms, host, speaker)
        line = Line(
            socket,
            host,
            handlers=desk.handlers,
            limits=self._rooms.limits,
            clock=self._rooms.clock,
            session_id=session.session_id,
        )
        stop = self._rooms.announcements.listen(speaker, line.hear)
        watch = asyncio.create_task(self._watch(line, account, bearer, session))
        try:
            await self._rooms.presences.connected(speaker)
            await line.serve()
        except errors.Unavailable:
            await socket.close(TRY_LATER)
        finally:
            stop()
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            with contextlib.suppress(errors.Unavailable):  # a restart resets presence
                await asyncio.shield(self._rooms.presences.disconnected(speaker))

    async def _watch(self, line: Line, account: str, bearer: str, session: SignedIn) -> None:
        """Close the socket when its session runs out; refreshes move that moment."""
        while True:
            await self._rooms.clock.sleep_until(session.expires_at)
            try:
                session = await self._rooms.directory.logins.check(account, bearer=bearer)
            except errors.Unauthenticated:
                line.end(SESSION_OVER)
                return
            except errors.Unavailable:
                await self._rooms.clock.sleep(1)


def _shown(socket: WebSocket) -> tuple[str, str | None]:
    """Return the bearer that was shown, and the subprotocol to choose where it came in one."""
    if "bearer" in socket.path_params:
        return socket.path_params["bearer"], None
    offered = socket.scope.get("subprotocols", ())
    found = (each.removeprefix(_BEARER) for each in offered if each.startswith(_BEARER))
    return next(found, ""), SUBPROTOCOL if SUBPROTOCOL in offered else None


class AgentDesk(Desk):
    """One agent's requests."""

    def __init__(self, rooms: Rooms, host: HostSide, speaker: Speaker) -> None:
        super().__init__(rooms, host)
        self._speaker = speaker

    @property
    def _me(self) -> Speaker:
        return self._speaker

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """THE table: what is served, and by what."""
        return {
            **self.shared,
            "SetAgentState": self.set_state,
            "SubscribeAgentsState": self.subscribe_state,
            "SubscribeRoutingTasks": self.subscribe_rings,
            "UpdateRoutingTaskSubscription": self.keep_alive,
            "UpdateRingState": self.answer_ring,
            "GetUserProfile": self.profile,
            "AgentRequestConversation": self.open,
            "GenerateDownloadToken": self.download_token,
        }

    async def set_state(self, asked: Asked) -> list[str]:
        """SetAgentState: an agent speaks for nobody else."""
        whom = asked.body.agent_user_id
        if whom is not None and not self._is_me(str(whom)):
            raise errors.Forbidden("An agent sets their own state only.")
        await self._rooms.presences.set_state(self._me, asked.body.availability)
        return self._host.answer(asked, "Agent state updated successfully", code=202)

    async def subscribe_state(self, asked: Asked) -> list[str]:
        """SubscribeAgentsState: one's own without ``agentId``."""
        whom = asked.body.agent_id
        statuses = await self._rooms.history.agents(
            self._me.account, [self._me.user_id if whom is None else str(whom)]
        )
        if not statuses:
            raise errors.NotFound(f"There is no agent {whom}.")
        return self._host.subscribe_agent_state(
            asked, user_id=statuses[0].user_id, availability=statuses[0].availability
        )

    async def subscribe_rings(self, asked: Asked) -> list[str]:
        """SubscribeRoutingTasks, with the rings that wait already."""
        rings = await self._rooms.rings.waiting_for(self._me)
        return self._host.subscribe_routing(asked, rings=rings)

    async def answer_ring(self, asked: Asked) -> list[str]:
        """UpdateRingState."""
        await self._rooms.rings.answer(self._me, asked.body.ring_id, asked.body.ring_state)
        return self._host.answer(asked, "Ring state updated successfully", code=202)

    async def profile(self, asked: Asked) -> list[str]:
        """GetUserProfile: a consumer's, or one's own, which holds no more than the name."""
        whom = asked.body.user_id
        if whom is None or self._is_me(str(whom)):
            return self._host.answer(asked, {"userId": self._me.pid, "role": "AGENT"})
        found = await self._rooms.consumers.profile(self._me, str(whom))
        return self._host.answer(asked, profile_of(str(whom), found))

    async def open(self, asked: Asked) -> list[str]:
        """AgentRequestConversation: a conversation with a consumer who is known."""
        whom = asked.body.consumer_id
        await self._rooms.consumers.profile(self._me, whom)
        consumer = Speaker(self._me.account, whom, whom, "consumer")
        opened = await self._rooms.conversations.open(
            consumer, asking.opening_by_agent(asked.body.conversation_context)
        )
        return self._host.answer(asked, {"conversationId": opened.conversation_id})

    async def download_token(self, asked: Asked) -> list[str]:
        """GenerateDownloadToken, which only the SDK's 1.4.11 sends: there are no secure forms."""
        del asked
        raise errors.NotFound("There is no secure form to read.")

    def _is_me(self, reference: str) -> bool:
        return self._me.user_id == user_of(reference, self._me.account) or (
            self._me.pid == reference
        )


def profile_of(consumer: str, stored: dict[str, object]) -> dict[str, object]:
    """Return a stored profile as agents read it: both ``mail`` and ``email`` (protocol 4.11)."""
    shown = {"userId": consumer, "avatarUrl": "", "role": "", "description": "", **stored}
    shown["userId"] = consumer
    private = shown.get("privateData")
    if isinstance(private, dict):
        mail = private.get("mail") or private.get("email")
        if mail is not None:
            shown["privateData"] = {**private, "mail": mail, "email": mail}
    return shown
