"""Consumers, what is held of one, and how much of it was erased."""

from datetime import datetime
from typing import Any

import msgspec

from orchestrator.core.model.ids import ConsumerId, ConversationId


class Held(msgspec.Struct, frozen=True):
    """What is held of a consumer. ``profile`` None: they have none; conversations newest first."""

    profile: Any
    conversations: tuple[ConversationId, ...]
    open: tuple[ConversationId, ...]
    files: tuple[str, ...]


class ConsumerRow(msgspec.Struct, frozen=True, rename="camel"):
    """A consumer in a list. ``kind`` says who vouches for them."""

    consumer_id: ConsumerId
    kind: str
    created_at: datetime


class Erased(msgspec.Struct, frozen=True, rename="camel"):
    """How much was erased of a consumer."""

    conversations: int
    messages: int
    decisions: int
    files: int
    contexts: int
    """Properties and documents of sessions."""
    profiles: int
