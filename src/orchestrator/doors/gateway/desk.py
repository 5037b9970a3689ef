"""What agents and consumers ask alike. Every handler returns the frames of its answer."""

import abc
from collections.abc import AsyncIterator, Mapping
from typing import Any

from orchestrator.core.model.times import milliseconds
from orchestrator.core.ums.host_side import Asked, HostSide
from orchestrator.doors.gateway import asking
from orchestrator.doors.gateway.line import Answer, Followed, Handler
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.conversations import MAX_MESSAGES
from orchestrator.services.cloud.ports import ConversationFilter, Place, Speaker

PAGE = 500
"""Conversations that are read at a time for a subscription. The original tells the first 1000; a
bot that comes back must hear of all that it holds, however many, so that we go on. Large ones make
a shorter page."""


class Desk(abc.ABC):
    """One socket's requests, as far as both kinds of sockets may make them."""

    def __init__(self, rooms: Rooms, host: HostSide) -> None:
        self._rooms = rooms
        self._host = host
        self._properties: dict[str, Any] | None = None
        """What a consumer's program says of itself; agents' programs say nothing."""

    @property
    @abc.abstractmethod
    def _me(self) -> Speaker:
        """Who asks. Raises Unauthenticated as long as nobody said so."""

    @property
    def shared(self) -> Mapping[str, Handler]:
        """THE table of requests that both sides make."""
        return {
            "GetClock": self.clock,
            "KeepAlive": self.keep_alive,
            "SubscribeExConversations": self.subscribe_conversations,
            "UnsubscribeExConversations": self.unsubscribe,
            "QueryMessages": self.messages,
            "PublishEvent": self.publish,
            "UpdateConversationField": self.change,
            "GenerateURLForUploadFile": self.upload,
            "GenerateURLForDownloadFile": self.download,
        }

    async def clock(self, asked: Asked) -> list[str]:
        """GetClock."""
        return self._host.answer(asked, {"currentTime": milliseconds(self._rooms.clock.now())})

    async def keep_alive(self, asked: Asked) -> list[str]:
        """KeepAlive, and what is accepted without effect."""
        return self._host.answer(asked, "OK")

    async def subscribe_conversations(self, asked: Asked) -> Answer:
        """SubscribeExConversations, with what matches already: the oldest first, in pages."""
        wanted = asking.filter_of(asked.body)
        page = await self._rooms.conversations.matching(self._me, wanted, limit=PAGE)
        frames = self._host.subscribe_conversations(asked, current=page.found)
        if page.next is None:
            return frames
        return Followed(frames, self._further(asked, wanted, page.next))

    async def _further(
        self, asked: Asked, wanted: ConversationFilter, after: Place
    ) -> AsyncIterator[list[str]]:
        place: Place | None = after
        while place is not None:
            page = await self._rooms.conversations.matching(
                self._me, wanted, limit=PAGE, after=place
            )
            frames = self._host.continue_conversations(asked, current=page.found)
            if frames is None:
                return
            yield frames
            place = page.next

    async def unsubscribe(self, asked: Asked) -> list[str]:
        """UnsubscribeExConversations."""
        return self._host.unsubscribe_conversations(asked)

    async def messages(self, asked: Asked) -> list[str]:
        """QueryMessages."""
        most = asked.body.max_quantity
        found = await self._rooms.conversations.messages(
            self._me,
            asked.body.dialog_id,
            newer_than=asking.sequence_of(asked.body.newer_than_sequence),
            limit=MAX_MESSAGES if most is None else max(most, 0),
        )
        return self._host.answer_messages(asked, found)

    async def publish(self, asked: Asked) -> list[str]:
        """PublishEvent. Only agents may speak among themselves."""
        private = self._me.kind == "agent" and asked.body.message_audience is not None
        sequence = await self._rooms.conversations.publish(
            self._me,
            asked.body.dialog_id,
            event=asked.body.event,
            metadata=asked.metadata,
            audience=asked.body.message_audience if private else "ALL",
            client_properties=self._properties,
        )
        return self._host.answer(asked, {"sequence": sequence})

    async def change(self, asked: Asked) -> list[str]:
        """UpdateConversationField: what may be changed by whom is the service's to say."""
        await self._rooms.conversations.change(
            self._me, asked.body.conversation_id, asking.changes_of(asked.body, asked.metadata)
        )
        return self._host.answer(asked, asking.done(asked.body))

    async def upload(self, asked: Asked) -> list[str]:
        """GenerateURLForUploadFile."""
        signed = await self._rooms.files.for_upload(
            self._me,
            size=asked.body.size,
            kind=asked.body.file_type,
            name=asked.body.file_name or "",
        )
        return self._host.answer(asked, asking.address_of(signed))

    async def download(self, asked: Asked) -> list[str]:
        """GenerateURLForDownloadFile."""
        signed = await self._rooms.files.for_download(self._me, asked.body.relative_path)
        return self._host.answer(asked, asking.address_of(signed))
