"""What the messaging cloud tells its sockets: facts, in the order in which they became true.

They carry their name as a tag, so that a list of them can be read by another process.
"""

import msgspec

from orchestrator.core.model.conversation import Availability, Conversation, Message, Ring
from orchestrator.core.model.ids import AccountId, UserId


class ConversationChanged(msgspec.Struct, frozen=True, tag=True):
    """A conversation is new or different; the snapshot is the state after the change."""

    account: AccountId
    conversation: Conversation


class MessagePublished(msgspec.Struct, frozen=True, tag=True):
    """Somebody said something. Chat states come as messages with sequence 0 and are not stored."""

    account: AccountId
    conversation: Conversation
    message: Message


class RingChanged(msgspec.Struct, frozen=True, tag=True):
    """A ring is new, or was answered, expired or withdrawn. Concerns its agent alone."""

    account: AccountId
    ring: Ring


class AvailabilityChanged(msgspec.Struct, frozen=True, tag=True):
    """An agent changed state, or lost the last socket."""

    account: AccountId
    user_id: UserId
    availability: Availability


class SessionEnded(msgspec.Struct, frozen=True, tag=True):
    """A login session is over (logout, revoked key, disabled user): close its sockets with 4401."""

    account: AccountId
    user_id: UserId
    session_id: str | None = None
    """None means every session of the user."""


Happening = (
    ConversationChanged | MessagePublished | RingChanged | AvailabilityChanged | SessionEnded
)
