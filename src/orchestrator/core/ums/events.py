"""What a client learns from its socket, as typed events."""

from typing import Any, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Availability, Conversation, Message, Ring
from orchestrator.core.ums import refusals


class RingOffered(msgspec.Struct, frozen=True):
    """A ring waits for this agent."""

    ring: Ring


class RingEnded(msgspec.Struct, frozen=True):
    """A ring was accepted, rejected, withdrawn, or has expired: ``ring.state`` says which."""

    ring: Ring


class ConversationUpserted(msgspec.Struct, frozen=True):
    """A conversation is new here, or different."""

    conversation: Conversation
    subscription_id: str = ""


class ConversationGone(msgspec.Struct, frozen=True):
    """A conversation stopped matching a subscription; ``conversation`` is its last state."""

    conversation_id: str
    conversation: Conversation
    subscription_id: str = ""


class MessageArrived(msgspec.Struct, frozen=True):
    """Somebody said something. Chat states have sequence 0."""

    message: Message


class AvailabilityTold(msgspec.Struct, frozen=True):
    """An agent's state; ``user_id`` is this client's own where the host does not say."""

    user_id: str
    availability: Availability


class Answered(msgspec.Struct, frozen=True):
    """A request went well. ``raw`` is the JSON of the answer."""

    request_id: str
    name: str
    code: int
    raw: bytes

    @property
    def body(self) -> Any:
        """The answer as plain data, None when there was none."""
        return msgspec.json.decode(self.raw) if self.raw else None


class Refused(msgspec.Struct, frozen=True):
    """A request was refused with a sentence."""

    request_id: str
    name: str
    code: int
    text: str

    def error(self) -> errors.OrchestratorError:
        """Return the refusal as an error of the tree."""
        return refusals.error_of(self.code, f"{self.name} was refused ({self.code}): {self.text}")


class TimedOut(msgspec.Struct, frozen=True):
    """A request got no answer in time; a late answer will be ignored."""

    request_id: str
    name: str
    seconds: float

    def error(self) -> errors.OrchestratorError:
        """Return the silence as an error of the tree."""
        return errors.Unavailable(f"{self.name} was not answered within {self.seconds:g} s.")


class Lost(msgspec.Struct, frozen=True):
    """The socket closed while a request was open; it may or may not have been done."""

    request_id: str
    name: str


class Malformed(msgspec.Struct, frozen=True):
    """The host sent what we cannot read; the rest of the socket goes on."""

    reason: str
    fault: Literal["host"] = "host"


Ending = Answered | Refused | TimedOut | Lost
"""How a request ends: exactly one of these."""

Told = (
    RingOffered
    | RingEnded
    | ConversationUpserted
    | ConversationGone
    | MessageArrived
    | AvailabilityTold
    | Malformed
)
"""What comes without being asked."""

Event = Ending | Told
