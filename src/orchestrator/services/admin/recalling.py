"""Recalling: what is known of a conversation when its decision is made once more, much later."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Final

from orchestrator.core.model import apparent
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.ids import UNASSIGNED_SKILL, SkillId
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.ums import sdes
from orchestrator.services.admin import retelling
from orchestrator.services.admin.facts import Facts
from orchestrator.services.admin.ports import Reading

_CURRENT: Final = "conversation.currentSkillId"
_FIRST_MESSAGE: Final = "conversation.firstMessage"
_ENTRY: Final = "conversation.entrySkill"
_CUSTOM: Final = "custom."
_PROFILE: Final = "sde.visitorinfo."
_AGENT: Final = "conversation.previousAgentId"
_FEW: Final = 20
"""Messages among which the consumer's first one is looked for."""
_LONG: Final = 100
"""Changes of hands among which the one before is looked for."""


class Recalled:
    """What was known to one recorded decision, and what is as true today as it was then.

    What it read is known as it was. So is what does not change: what a conversation says of itself,
    its first message if it was there by then, who had served its consumer, and that a value is
    missing which neither a policy set nor a function has.
    """

    def __init__(
        self, rows: Reading, receipt: Receipt, facts: Facts, *, functions: Collection[str]
    ) -> None:
        self._rows = rows
        self._receipt = receipt
        self._facts = facts
        self._functions = functions
        self._read = retelling.readings(receipt)
        self._profile: Mapping[str, Any] | None = None

    @property
    def rang_on(self) -> SkillId | None:
        """The skill on which it rang; None where a program asked."""
        return self._receipt.skill_id

    @property
    def entry(self) -> SkillId | None:
        """The skill on which it began; None where the conversation is not stored."""
        return self._conversation.entry_skill_id if self._conversation else None

    def today(self, name: str) -> AttributeValue | None:
        """Return what `then` does; else of the customer what is known of them today."""
        found = self.then(name)
        is_of_customer = name.startswith(_PROFILE) and not self._facts.is_remote
        if found is None and is_of_customer and self._receipt.asked_by is None:
            return self._of_customer(name)
        return found

    def then(self, name: str) -> AttributeValue | None:
        """Return an attribute by its canonical name; None: nobody knows any more."""
        found = self._read.get(name)
        if found is not None:
            return found
        if self._receipt.asked_by is not None:  # what else the program would have said, it keeps
            return None
        if name.startswith(_CUSTOM) and name.split(".")[1] not in self._functions:
            return Known(None, "nowhere")
        found = self._of_conversation(name)
        if found is not None:
            self._read[name] = found
        return found

    def _of_conversation(self, name: str) -> AttributeValue | None:
        if name == _CURRENT:
            rang_on = self.rang_on
            return Known(None if rang_on == UNASSIGNED_SKILL else rang_on, "conversation")
        if name == _FIRST_MESSAGE:
            return self._first_message()
        conversation = self._conversation
        if conversation is None:
            return None
        if name in apparent.NAMES:
            at = self._receipt.at
            return Known(apparent.value(conversation, name, now=at), "conversation", at)
        if name == _ENTRY:
            skill = self._facts.skills.get(conversation.entry_skill_id)
            return Known(skill.name, "history") if skill else None
        if name == _AGENT and not self._facts.is_remote:
            return self._previous_agent(conversation)
        return None

    def _previous_agent(self, conversation: Conversation) -> AttributeValue | None:
        """Who had it before, else who had the newest of those that the consumer began before."""
        at, own = self._receipt.at, conversation.conversation_id
        bot = self._facts.bot.id if self._facts.bot else ""
        had = self._rows.served(
            conversation.account, conversation.consumer_id, before=at, limit=_LONG
        )
        first = {each.conversation_id: each.at for each in had}  # the earliest is the last
        first = {key: began for key, began in first.items() if began <= conversation.started_at}
        for key in (own, *sorted(first, key=lambda key: first[key], reverse=True)):
            for each in had:
                if each.conversation_id == key and each.user_id != bot:
                    return Known(each.user_id, "history", at)
        return Known(None, "history", at) if len(had) < _LONG else None

    def _first_message(self) -> AttributeValue | None:
        receipt = self._receipt
        said = self._rows.messages(receipt.account, receipt.conversation_id, limit=_FEW)
        for message in said:
            if message.role == "CONSUMER" and message.text is not None:
                is_early = message.at <= receipt.at
                return Known(message.text, "messages", message.at) if is_early else None
        return None

    def _of_customer(self, name: str) -> AttributeValue | None:
        conversation = self._conversation
        if conversation is None:
            return None
        if self._profile is None:
            found = self._rows.profile(conversation.account, conversation.consumer_id)
            self._profile = sdes.profile(found)
        return Known(apparent.dig(self._profile, name.removeprefix(_PROFILE).split(".")), "profile")

    @cached_property
    def _conversation(self) -> Conversation | None:
        receipt = self._receipt
        if not receipt.conversation_id:
            return None
        return self._rows.conversation(receipt.account, receipt.conversation_id)
