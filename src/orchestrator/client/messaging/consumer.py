"""A consumer's connection: typed requests over the consumer socket."""

import ssl
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec
from websockets.asyncio import client as websocket

from orchestrator.client.messaging import connection, discovery, socket
from orchestrator.core.ums import asks, bodies, consumer_side

BROWSER: Final[Mapping[str, Any]] = {
    "type": ".ClientProperties",
    "appId": "webAsync",
    "deviceFamily": "DESKTOP",
    "os": "LINUX",
    "features": ["PHOTO_SHARING", "RICH_CONTENT"],
}
"""The client properties of a consumer who does not say more."""


class ConsumerConnection(connection.Connection):
    """One consumer's socket, signed in with a token of ``login.sign_up`` or ``authenticate``.

    All requests raise as ``Connection.request`` does.
    """

    def __init__(
        self,
        services: discovery.Services,
        token: str,
        *,
        tls: ssl.SSLContext,
        client_properties: Mapping[str, Any] = BROWSER,
        options: socket.Options = socket.DEFAULT,
    ) -> None:
        side = consumer_side.ConsumerSide(services.account, timeout_seconds=options.request_seconds)
        super().__init__(side, options=options)
        self._services = services
        self._token = token
        self._tls = tls
        self._client_properties = client_properties

    async def _connect(self) -> websocket.ClientConnection:
        host = self._services.host("asyncMessagingEnt")
        url = f"wss://{host}/ws_api/account/{self._services.account}/messaging/consumer?v=3"
        headers = {
            "Authorization": f"jwt {self._token}",
            "Client-Properties": msgspec.json.encode(self._client_properties).decode(),
        }
        return await socket.connect(url, tls=self._tls, headers=headers, options=self._options)

    async def set_profile(
        self,
        *,
        sdes: Iterable[Mapping[str, Any]] = (),
        first_name: str | None = None,
        last_name: str | None = None,
    ) -> None:
        """Say who I am; ``sdes`` in their wire shape: ``{"type":"ctmrinfo","info":{…}}``."""
        body = bodies.SetUserProfile(
            first_name=first_name,
            last_name=last_name,
            authenticated_data={"lp_sdes": [dict(sde) for sde in sdes]},
        )
        await self.request(asks.set_profile(body))

    async def open_conversation(
        self,
        *,
        skill_id: str | None = None,
        campaign: bodies.CampaignInfo | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> str:
        """Open a conversation; returns its id, which is its main dialog's as well.

        Without a skill, the campaign's engagement decides it.
        """
        body = bodies.ConsumerRequestConversation(
            skill_id=skill_id,
            campaign_info=campaign,
            conversation_context=None if context is None else dict(context),
            channel_type="MESSAGING",
            brand_id=self._services.account,
        )
        answer = await self.request(asks.open_conversation(body))
        return connection.field(answer, "conversationId", str)

    async def subscribe_conversations(
        self, *, states: Iterable[Literal["OPEN", "CLOSE"]] = ("OPEN", "CLOSE"), since: int = 0
    ) -> str:
        """Be told my conversations; returns the subscription's id."""
        answer = await self.request(asks.subscribe_conversations(states=states, since=since))
        return connection.field(answer, "subscriptionId", str)

    async def subscribe_messages(self, dialog_id: str, *, from_sequence: int = 0) -> None:
        """Be told the events of a dialog, stored ones first."""
        await self.request(asks.subscribe_messages(dialog_id, from_sequence=from_sequence))

    async def publish(self, dialog_id: str, event: Mapping[str, Any]) -> int:
        """Publish an event; returns its sequence, 0 for chat states."""
        return connection.field(await self.request(asks.publish(dialog_id, event)), "sequence", int)

    async def say(self, dialog_id: str, text: str) -> int:
        """Say plain text; returns its sequence."""
        return await self.publish(dialog_id, asks.text(text))

    async def close_conversation(self, conversation_id: str) -> None:
        """End the conversation."""
        await self.request(asks.close(conversation_id))
