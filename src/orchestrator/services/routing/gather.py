"""Where attributes come from: each source is asked at most once per decision, only when needed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.model.conversation import Conversation
from orchestrator.services.clock import Clock
from orchestrator.services.routing import retry
from orchestrator.services.routing.ports import Offline, Past, Platform

_CHANNELS: Final[dict[str, str]] = {"SharkContext": "web", "MobileAppContext": "app"}
"""Context type on the wire → what managers call the channel; connectors give their own name."""

_AT_HAND: Final[dict[str, Callable[[Conversation, datetime], Json]]] = {
    "conversation.conversationId": lambda conversation, _: conversation.conversation_id,
    "conversation.groupId": lambda conversation, _: conversation.conversation_id,
    "conversation.consumerId": lambda conversation, _: conversation.consumer_id,
    "conversation.currentSkillId": lambda conversation, _: (
        conversation.skill_id if conversation.has_skill else None
    ),
    "conversation.minutesSinceStartConversation": lambda conversation, now: _minutes(
        conversation.started_at, now
    ),
    "conversation.engagementId": lambda conversation, _: conversation.engagement_id,
    "conversation.campaignId": lambda conversation, _: conversation.campaign_id,
    "conversation.channel": lambda conversation, _: channel(conversation.context),
    "conversation.language": lambda conversation, _: _context(conversation, "lang"),
    "conversation.device": lambda conversation, _: _context(
        conversation, "clientProperties", "deviceFamily"
    ),
    "conversation.isFirst": lambda conversation, _: conversation.first,
}

_FROM_PAST: Final[dict[str, Callable[[Past, datetime], Json]]] = {
    "conversation.previousAgentId": lambda past, _: past.previous_agent_id,
    "conversation.previousSkillId": lambda past, _: past.previous_skill_id,
    "conversation.minutesSincePreviousMessage": lambda past, now: (
        None if past.last_spoken_at is None else _minutes(past.last_spoken_at, now)
    ),
}

T = TypeVar("T")

PAUSES: Final = (0.2, 1.0, 3.0, 5.0, 5.0)
"""Seconds between attempts at one source, before its attributes count as not fetched."""

PATIENCE: Final = timedelta(seconds=sum(PAUSES))
"""When nothing has answered for so long, no source is asked a second time: what is away as a whole
costs a conversation this much once, not once for each source."""


class Gatherer:
    """Fetches attributes of one conversation for one decision. Sources run side by side."""

    def __init__(
        self,
        platform: Platform,
        conversation: Conversation,
        *,
        clock: Clock,
        now: datetime,
        first_message_wait: timedelta,
    ) -> None:
        self._platform = platform
        self._conversation = conversation
        self._clock = clock
        self._now = now
        self._wait = first_message_wait
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._silent_since: datetime | None = None

    async def fetch(self, names: Iterable[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name: missing ones are `Known(None)`, failures `Unfetched`.

        Raises `ports.Offline` when the bot has lost its platform and is not back in a moment.
        """
        wanted = list(names)
        found = await asyncio.gather(*(self._one(name) for name in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _one(self, name: str) -> AttributeValue:
        if name in _AT_HAND:
            value = _AT_HAND[name](self._conversation, self._now)
            return Known(value, "conversation", self._now)
        try:
            if name in _FROM_PAST:
                past = await self._past()
                return Known(_FROM_PAST[name](past, self._now), "history", self._now)
            if name == "conversation.entrySkill":
                return Known(await self._entry_skill(), "history", self._now)
            if name == "conversation.firstMessage":
                return await self._first_message()
            if name.startswith("sde.visitorinfo."):
                profile = await self._profile()
                path = name.removeprefix("sde.visitorinfo.").split(".")
                return Known(_dig(profile, path), "profile", self._now)
        except Offline:
            raise  # what is decided now could not be done now: there is time to find out
        except errors.OrchestratorError as error:
            return Unfetched(error.message, name.partition(".")[0])
        return Known(None, "nowhere")

    async def _past(self) -> Past:
        return await self._once("history", lambda: self._platform.past(self._conversation))

    async def _profile(self) -> Mapping[str, Any]:
        consumer = self._conversation.consumer_id
        return await self._once("profile", lambda: self._platform.profile(consumer))

    async def _once(self, source: str, call: Callable[[], Awaitable[T]]) -> T:
        """Ask each source once, however many attributes of one batch, or of later ones, need it."""
        if source not in self._asked:
            self._asked[source] = asyncio.ensure_future(self._patiently(call))
        return await self._asked[source]

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Try again over the seconds that a restart takes: what is away is not a lost value."""
        for pause in PAUSES:
            try:
                return self._answered(await call())
            except errors.OrchestratorError as error:
                if retry.verdict(error) != "again" or self._is_out_of_patience():
                    raise
                await self._clock.sleep(pause)
        return self._answered(await call())

    def _answered(self, value: T) -> T:
        self._silent_since = None
        return value

    def _is_out_of_patience(self) -> bool:
        now = self._clock.now()
        self._silent_since = self._silent_since or now
        return now - self._silent_since >= PATIENCE

    async def _entry_skill(self) -> Json:
        past = await self._past()
        entry = past.entry_skill_id or self._conversation.entry_skill_id
        return await self._once("skills", lambda: self._platform.skill_name(entry))

    async def _first_message(self) -> AttributeValue:
        message = await self._once(
            "messages",
            lambda: self._platform.first_message(
                self._conversation.conversation_id, wait=self._wait
            ),
        )
        if message is None:
            return Known(None, "messages", self._now)
        return Known(message.text, "messages", message.at)


def channel(context: Mapping[str, Any] | None) -> str | None:
    """Return what managers call the channel of a conversation context; None when unknown."""
    kind = (context or {}).get("type")
    if kind == "CustomContext":
        name = (context or {}).get("name")
        return name if isinstance(name, str) else None
    return _CHANNELS.get(kind) if isinstance(kind, str) else None


def _context(conversation: Conversation, *path: str) -> Json:
    return _dig(conversation.context or {}, path)


def _dig(value: Any, path: Iterable[str]) -> Json:
    for part in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _minutes(since: datetime, now: datetime) -> float:
    # A platform whose clock runs ahead of ours must not make durations negative.
    return max(0.0, (now - since).total_seconds() / 60)
