"""What is kept of a decision, so that the pure engine can tell the same story again."""

from datetime import datetime

import msgspec

from orchestrator.core.model.action import Action
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import Call
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attribute as it was when it was read. ``error`` says why it could not be fetched."""

    name: str
    value: Json = None
    source: str = ""
    as_of: datetime | None = None
    error: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """One decision: what was known, which rules, what came of it.

    ``version`` is the content address of the policy set and ``number`` the account's count of it.
    ``at`` is the clock that the rules saw. ``hop_limited`` means that the policies were not asked,
    because the conversation had come back to the bot too often.

    ``asked_by`` is who asked for a decision without a conversation in the bot's hands: then
    ``conversation_id`` is empty where none was named, and nothing was carried out here.
    ``only_policy`` is the id of the one policy that was to be asked; None: all of them.
    """

    decision_id: str
    account: AccountId
    conversation_id: ConversationId
    at: datetime
    version: str
    number: int
    readings: tuple[Reading, ...]
    policy_id: str | None
    policy_name: str | None
    no_match_reason: str | None
    actions: tuple[Action, ...]
    skill_id: str | None = None
    hop_limited: bool = False
    warnings: tuple[str, ...] = ()
    asked_by: str | None = None
    consumer_id: ConsumerId | None = None
    only_policy: str | None = None
    calls: tuple[Call, ...] = ()
    """What functions were used, in the order in which they ended, and what that cost."""
