"""What comes in at the front door: a conversation rings at the bot, or is found in its hands."""

from datetime import datetime

import msgspec

from orchestrator.core.model.ids import AccountId, ConversationId, RingId, SkillId


class Arrival(msgspec.Struct, frozen=True):
    """One conversation at the door.

    With ``ring_id`` it has to be accepted first. Without, the platform says that the bot has it
    already (after a reconnect, or because somebody assigned it by hand); ``assigned_at`` is then
    since when, by the platform's clock, where that is known.
    """

    account: AccountId
    conversation_id: ConversationId
    skill_id: SkillId | None
    at: datetime
    ring_id: RingId | None = None
    assigned_at: datetime | None = None
