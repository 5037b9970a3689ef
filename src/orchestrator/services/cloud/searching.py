"""What is looked for among conversations, and a page of what was found."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.ids import ConsumerId, ConversationId, SkillId, UserId


class Place(msgspec.Struct, frozen=True):
    """A place in the order of conversations by start."""

    started_at: datetime
    conversation_id: ConversationId


class Matches(msgspec.Struct, frozen=True):
    """One page of a subscription's conversations; ``next`` None: there are no more."""

    found: Sequence[Conversation]
    next: Place | None


class PastFilter(msgspec.Struct, frozen=True):
    """Which conversations a search of the past wants. None leaves a field open."""

    since: datetime
    until: datetime
    states: tuple[str, ...] | None = None
    skills: tuple[SkillId, ...] | None = None
    agents: tuple[UserId, ...] | None = None
    """Somebody who had it at any time."""


class ConversationFilter(msgspec.Struct, frozen=True):
    """Which conversations a subscription wants. None leaves a field open."""

    states: tuple[str, ...] | None = None
    stages: tuple[str, ...] | None = None
    agents: tuple[UserId, ...] | None = None
    consumer: ConsumerId | None = None
    changed_since: datetime | None = None
