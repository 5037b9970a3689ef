"""The conversation and its consumer: ``conversation.*`` and ``sde.*``."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from orchestrator.core.model import apparent
from orchestrator.core.model.attributes import AttributeValue, Json, Known
from orchestrator.core.model.conversation import Conversation
from orchestrator.services.routing.ports import Knowledge, Past
from orchestrator.services.routing.sources import once

_FROM_PAST: Final[dict[str, Callable[[Past, datetime], Json]]] = {
    "conversation.previousAgentId": lambda past, _: past.previous_agent_id,
    "conversation.previousSkillId": lambda past, _: past.previous_skill_id,
    "conversation.minutesSincePreviousMessage": lambda past, now: (
        None if past.last_spoken_at is None else apparent.minutes(past.last_spoken_at, now)
    ),
}

_OURS: Final = ("conversation.", "sde.")
_PROFILE: Final = "sde.visitorinfo."


class Subject(msgspec.Struct, frozen=True):
    """Whom a decision is about, as far as whoever asks has said.

    ``session`` is the group or session id under which context is looked up; None means the
    conversation's id.
    """

    account: str
    conversation_id: str | None = None
    consumer_id: str | None = None
    session: str | None = None

    @property
    def said(self) -> Mapping[str, Json]:
        """The attributes that are the ids themselves."""
        return {
            "conversation.conversationId": self.conversation_id,
            "conversation.groupId": self.session or self.conversation_id,
            "conversation.consumerId": self.consumer_id,
        }


Find = Callable[[], Awaitable[Conversation | None]]
"""How to come by the conversation; None: there is none."""


class OfConversation:
    """Knows ``conversation.*`` and ``sde.*``.

    The conversation is at hand, or ``find`` is called when it matters: one that is at hand says
    nothing about whether the platform answers, and must not end its silence (`once.Once`).
    """

    def __init__(
        self,
        subject: Subject,
        knowledge: Knowledge,
        find: Conversation | Find,
        *,
        asked: once.Once,
        now: datetime,
        first_message_wait: timedelta,
    ) -> None:
        self._subject = subject
        self._knowledge = knowledge
        self._find = find
        self._asked = asked
        self._now = now
        self._wait = first_message_wait

    def knows(self, name: str) -> bool:
        """Whether the attribute is of this source."""
        return name.startswith(_OURS)

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name. Raises as `once.each`."""
        return await once.each(names, self._one)

    async def _one(self, name: str) -> AttributeValue:
        known = at_hand(self._subject, name, now=self._now)
        if known is not None:
            return known
        if name.startswith(_PROFILE):
            profile = await self._profile()
            return Known(
                apparent.dig(profile, name.removeprefix(_PROFILE).split(".")), "profile", self._now
            )
        conversation = await self._conversation()
        if conversation is None:
            return Known(None, "nowhere")
        return await self._of(conversation, name)

    async def _of(self, conversation: Conversation, name: str) -> AttributeValue:
        if name in apparent.NAMES:
            said = apparent.value(conversation, name, now=self._now)
            return Known(said, "conversation", self._now)
        if name in _FROM_PAST:
            past = await self._past(conversation)
            return Known(_FROM_PAST[name](past, self._now), "history", self._now)
        if name == "conversation.entrySkill":
            return Known(await self._entry_skill(conversation), "history", self._now)
        if name == "conversation.firstMessage":
            return await self._first_message(conversation)
        return Known(None, "nowhere")

    async def _conversation(self) -> Conversation | None:
        if isinstance(self._find, Conversation):
            return self._find
        return await self._asked.ask("conversation", self._find)

    async def _past(self, conversation: Conversation) -> Past:
        return await self._asked.ask("history", lambda: self._knowledge.past(conversation))

    async def _profile(self) -> Mapping[str, Any]:
        consumer = self._subject.consumer_id
        if consumer is None and self._subject.conversation_id is not None:
            conversation = await self._conversation()
            consumer = conversation.consumer_id if conversation else None
        if consumer is None:
            return {}
        whom = consumer
        return await self._asked.ask("profile", lambda: self._knowledge.profile(whom))

    async def _entry_skill(self, conversation: Conversation) -> Json:
        past = await self._past(conversation)
        entry = past.entry_skill_id or conversation.entry_skill_id
        return await self._asked.ask("skills", lambda: self._knowledge.skill_name(entry))

    async def _first_message(self, conversation: Conversation) -> AttributeValue:
        message = await self._asked.ask(
            "messages",
            lambda: self._knowledge.first_message(conversation.conversation_id, wait=self._wait),
        )
        if message is None:
            return Known(None, "messages", self._now)
        return Known(message.text, "messages", message.at)


def at_hand(subject: Subject, name: str, *, now: datetime) -> AttributeValue | None:
    """Return what is known without asking anybody: the ids, and what nobody is there to say.

    None: it has to be asked for, here or elsewhere.
    """
    if not name.startswith(_OURS):
        return None
    said = subject.said.get(name)
    if said is not None:
        return Known(said, "conversation", now)
    if subject.conversation_id is not None:
        return None
    if not name.startswith(_PROFILE):
        return Known(None, "nowhere")
    return Known(None, "profile", now) if subject.consumer_id is None else None
