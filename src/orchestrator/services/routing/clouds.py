"""What is known of conversations on whatever cloud they are, for decisions that programs ask."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId, SkillId
from orchestrator.services.routing.ports import Past, Platform, Surroundings


class Cloud:
    """One account's cloud for one decision: its rows where it is the embedded one, else its bot.

    The embedded one answers without a bot too, but for the past, which the bot's session reads.
    Implements `ports.Knowledge`.
    """

    def __init__(
        self,
        account: AccountId,
        surroundings: Surroundings,
        platforms: Callable[[AccountId], Platform],
    ) -> None:
        self._account = account
        self._surroundings = surroundings
        self._platforms = platforms
        self._elsewhere: bool | None = None

    async def conversation(self, conversation_id: ConversationId) -> Conversation | None:
        """Return a conversation of the account, whoever has it; None when there is none."""
        found = await self._surroundings.conversation(self._account, conversation_id)
        if found is None and await self._is_elsewhere():
            found = await self._platform.known(conversation_id)
        return found

    async def profile(self, consumer_id: ConsumerId) -> dict[str, Any]:
        """Return the consumer's SDEs."""
        if await self._is_elsewhere():
            return await self._platform.profile(consumer_id)
        return await self._surroundings.profile(self._account, consumer_id)

    async def first_message(
        self, conversation_id: ConversationId, *, wait: timedelta
    ) -> Message | None:
        """Return the consumer's first text so far: who asks for a decision waits for nothing."""
        del wait
        if await self._is_elsewhere():
            return await self._platform.first_message(conversation_id, wait=timedelta())
        return await self._surroundings.first_message(self._account, conversation_id)

    async def past(self, conversation: Conversation) -> Past:
        """Return what history says about the conversation and its consumer."""
        return await self._platform.past(conversation)

    async def skill_name(self, skill_id: SkillId) -> str | None:
        """Return a skill's name; None when the account has no such skill."""
        if await self._is_elsewhere():
            return await self._platform.skill_name(skill_id)
        return await self._surroundings.skill_name(self._account, skill_id)

    async def _is_elsewhere(self) -> bool:
        if self._elsewhere is None:  # read once for all that a decision asks here
            self._elsewhere = await self._surroundings.is_elsewhere(self._account)
        return self._elsewhere

    @property
    def _platform(self) -> Platform:
        return self._platforms(self._account)
