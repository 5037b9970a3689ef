"""An agent's connection, human's or bot's: typed requests over the agent socket."""

import ssl
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from websockets.asyncio import client as websocket

from orchestrator.client.messaging import connection, discovery, login, socket
from orchestrator.core.model import errors, times
from orchestrator.core.model.conversation import Audience, Availability, Message
from orchestrator.core.ums import agent_side, asks, reading


class AgentConnection(connection.Connection):
    """One agent's socket. All requests raise as ``Connection.request`` does."""

    def __init__(
        self,
        services: discovery.Services,
        session: login.Session,
        *,
        tls: ssl.SSLContext,
        options: socket.Options = socket.DEFAULT,
    ) -> None:
        self._agent = agent_side.AgentSide(
            session.account, session.user_id, timeout_seconds=options.request_seconds
        )
        super().__init__(self._agent, options=options)
        self._services = services
        self._session = session
        self._tls = tls

    async def _connect(self) -> websocket.ClientConnection:
        host = self._services.host("asyncMessagingEnt")
        path = f"/ws_api/account/{self._session.account}/messaging/brand/{self._session.bearer}"
        url = f"wss://{host}{path}?v=2.1"
        return await socket.connect(url, tls=self._tls, options=self._options)

    async def clock(self) -> datetime:
        """Return the host's time; asked every 30 s it also keeps the socket alive."""
        answer = await self.request(asks.Ask("GetClock"))
        return times.moment(connection.field(answer, "currentTime", int))

    async def set_state(self, availability: Availability) -> None:
        """Be available, or not."""
        await self.request(asks.set_state(availability, agent=self._agent.agent))

    async def subscribe_state(self) -> None:
        """Be told my own state."""
        await self.request(asks.subscribe_state(self._agent.account, agent=self._agent.agent))

    async def subscribe_rings(self) -> None:
        """Be told my rings."""
        await self.request(asks.subscribe_rings(self._agent.account, agent=self._agent.agent))

    async def subscribe_conversations(
        self, *, states: Iterable[Literal["OPEN", "CLOSE"]] = ("OPEN",), since: int | None = None
    ) -> str:
        """Be told my own conversations; returns the subscription's id."""
        ask = asks.subscribe_conversations(states=states, agents=(self._agent.agent,), since=since)
        return connection.field(await self.request(ask), "subscriptionId", str)

    async def subscribe_all_conversations(
        self, *, states: Iterable[Literal["OPEN", "CLOSE"]] = ("OPEN",), since: int | None = None
    ) -> str:
        """Be told every conversation that I may see; returns the subscription's id."""
        ask = asks.subscribe_conversations(states=states, since=since)
        return connection.field(await self.request(ask), "subscriptionId", str)

    async def accept(self, ring_id: str) -> None:
        """Accept a ring; Conflict or another refusal when it is no longer to be had."""
        await self.request(asks.ring(ring_id, state="ACCEPTED"))

    async def reject(self, ring_id: str) -> None:
        """Reject a ring."""
        await self.request(asks.ring(ring_id, state="REJECTED"))

    async def query_messages(self, dialog_id: str, *, newer_than: int = 0) -> list[Message]:
        """Return the stored events of a dialog after a sequence, in order."""
        answer = await self.request(asks.query_messages(dialog_id, newer_than=newer_than))
        try:
            return reading.messages(answer.raw, self._agent.account)
        except (msgspec.MsgspecError, UnicodeError, OverflowError) as error:
            raise errors.Unavailable("The host's answer to QueryMessages is malformed.") from error

    async def publish(
        self,
        dialog_id: str,
        event: Mapping[str, Any],
        *,
        metadata: list[Any] | None = None,
        audience: Audience | None = None,
    ) -> int:
        """Publish an event; returns its sequence, 0 for chat states."""
        ask = asks.publish(dialog_id, event, metadata=metadata, audience=audience)
        return connection.field(await self.request(ask), "sequence", int)

    async def say(self, dialog_id: str, text: str, *, metadata: list[Any] | None = None) -> int:
        """Say plain text; returns its sequence."""
        return await self.publish(dialog_id, asks.text(text), metadata=metadata)

    async def profile(self, consumer_id: str) -> dict[str, Any]:
        """Return a consumer's profile as the host tells it, SDEs in their wire shape."""
        body = (await self.request(asks.profile(consumer_id))).body
        return body if isinstance(body, dict) else {}

    async def transfer_to_skill(self, conversation_id: str, *, skill_id: str) -> None:
        """Hand my conversation to a skill's queue."""
        await self.request(
            asks.to_skill(conversation_id, skill_id=skill_id, agent=self._agent.agent)
        )

    async def transfer_to_agent(self, conversation_id: str, *, user_id: str, skill_id: str) -> None:
        """Suggest my conversation to an agent (plain user id), within a skill."""
        target = f"{self._agent.account}.{user_id}"
        ask = asks.to_agent(
            conversation_id, target=target, skill_id=skill_id, agent=self._agent.agent
        )
        await self.request(ask)

    async def back_to_queue(self, conversation_id: str) -> None:
        """Let go of my conversation; it rings again on the same skill."""
        await self.request(asks.change(conversation_id, (asks.leave(self._agent.agent),)))

    async def join(self, conversation_id: str) -> None:
        """Join as a manager."""
        await self.request(asks.join(conversation_id, agent=self._agent.agent))

    async def leave(self, conversation_id: str) -> None:
        """Leave what was joined as a manager."""
        left = asks.leave(self._agent.agent, role="MANAGER")
        await self.request(asks.change(conversation_id, (left,)))

    async def close_conversation(self, conversation_id: str) -> None:
        """End the conversation."""
        await self.request(asks.close(conversation_id))
