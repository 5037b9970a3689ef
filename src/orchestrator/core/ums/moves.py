"""THE table of legal requests: spelling, who may ask, body, and the type of the good answer."""

from functools import cached_property
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.ums import bodies
from orchestrator.core.ums.frames import STRING_RESPONSE

Side = Literal["agent", "consumer"]
BOTH: Final[frozenset[Side]] = frozenset({"agent", "consumer"})
AGENT: Final[frozenset[Side]] = frozenset({"agent"})
CONSUMER: Final[frozenset[Side]] = frozenset({"consumer"})


class Move(msgspec.Struct, frozen=True, dict=True, kw_only=True):
    """One kind of request.

    ``spellings`` are accepted from everybody; a client of ours sends ``long`` as an agent and
    ``short`` as a consumer, and the host answers with the type that belongs to the socket's side.
    ``string_field`` names the field that a bare-string body fills. ``before_introduction`` marks
    what a socket may ask before it has said who it is.
    """

    name: str
    long: str
    short: str
    askers: frozenset[Side]
    body: type[bodies.Body]
    long_answer: str = STRING_RESPONSE
    short_answer: str = STRING_RESPONSE
    also: tuple[str, ...] = ()
    string_field: str | None = None
    before_introduction: bool = False
    purpose: str

    @property
    def subscribes(self) -> bool:
        """Whether notifications follow the answer."""
        return self.name.startswith("Subscribe")

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every type under which this request may arrive."""
        return (self.long, self.short, *self.also)

    def answer_type(self, side: Side) -> str:
        """Return the type of a good answer on a socket of this side."""
        return self.long_answer if side == "agent" else self.short_answer

    def spelling(self, side: Side) -> str:
        """Return the type that a client of this side sends."""
        return self.long if side == "agent" else self.short

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        if self.string_field is None:
            return msgspec.json.Decoder(self.body)
        return msgspec.json.Decoder(self.body | str)

    def read(self, body: msgspec.Raw) -> Any:
        """Return the typed body. Raises ``msgspec.ValidationError`` with a path for the sender."""
        if self.body is bodies.Anything:
            return bodies.Anything()
        if not body or bytes(body) == b"null":
            body = msgspec.Raw(b"{}")
        value = self._decoder.decode(body)
        if isinstance(value, str) and self.string_field is not None:
            return self.body(**{self.string_field: value})
        return value


MOVES: Final[tuple[Move, ...]] = (
    Move(
        name="InitConnection",
        long=".InitConnection",
        short="InitConnection",
        askers=CONSUMER,
        body=bodies.Nothing,
        long_answer="InitConnectionResponse",
        short_answer="InitConnectionResponse",
        before_introduction=True,
        purpose="Say who I am by a header with the JWT",
    ),
    Move(
        name="GetClock",
        long=".GetClock",
        short="GetClock",
        askers=BOTH,
        body=bodies.Nothing,
        long_answer=".GetClock$Response",
        short_answer="GetClockResponse",
        before_introduction=True,
        purpose="The host's time; also keeps the socket alive",
    ),
    Move(
        name="KeepAlive",
        long=".KeepAlive",
        short="KeepAlive",
        askers=BOTH,
        body=bodies.Nothing,
        before_introduction=True,
        purpose="Keep the socket alive",
    ),
    Move(
        name="SetAgentState",
        long=".ams.routing.SetAgentState",
        short="routing.SetAgentState",
        askers=AGENT,
        body=bodies.SetAgentState,
        purpose="Be available, or not",
    ),
    Move(
        name="SubscribeAgentsState",
        long=".ams.routing.SubscribeAgentsState",
        short="routing.SubscribeAgentsState",
        askers=AGENT,
        body=bodies.SubscribeAgentsState,
        long_answer=".ams.GenericSubscribe$Response",
        short_answer="GenericSubscribeResponse",
        purpose="Be told an agent's state",
    ),
    Move(
        name="SubscribeRoutingTasks",
        long=".ams.routing.SubscribeRoutingTasks",
        short="routing.SubscribeRoutingTasks",
        askers=AGENT,
        body=bodies.SubscribeRoutingTasks,
        long_answer=".ams.GenericSubscribe$Response",
        short_answer="GenericSubscribeResponse",
        purpose="Be told my rings",
    ),
    Move(
        name="UpdateRoutingTaskSubscription",
        long=".ams.routing.UpdateRoutingTaskSubscription",
        short="routing.UpdateRoutingTaskSubscription",
        askers=AGENT,
        body=bodies.Anything,
        purpose="Accepted and without effect",
    ),
    Move(
        name="UpdateRingState",
        long=".ams.routing.UpdateRingState",
        short="routing.UpdateRingState",
        askers=AGENT,
        body=bodies.UpdateRingState,
        purpose="Accept or reject a ring",
    ),
    Move(
        name="SubscribeExConversations",
        long=".ams.aam.SubscribeExConversations",
        short="cqm.SubscribeExConversations",
        also=("aam.SubscribeExConversations", ".ams.cqm.SubscribeExConversations"),
        askers=BOTH,
        body=bodies.SubscribeExConversations,
        long_answer=".ams.aam.SubscribeExConversations$Response",
        short_answer="cqm.SubscribeExConversationsResponse",
        purpose="Be told conversations that match a filter",
    ),
    Move(
        name="UnsubscribeExConversations",
        long=".ams.aam.UnsubscribeExConversations",
        short="cqm.UnsubscribeExConversations",
        also=("aam.UnsubscribeExConversations", ".ams.cqm.UnsubscribeExConversations"),
        askers=BOTH,
        body=bodies.UnsubscribeExConversations,
        purpose="Stop being told",
    ),
    Move(
        name="QueryMessages",
        long=".ams.ms.QueryMessages",
        short="ms.QueryMessages",
        askers=BOTH,
        body=bodies.QueryMessages,
        long_answer=".ams.ms.QueryMessages$Response",
        short_answer="ms.QueryMessagesResponse",
        purpose="The stored events of a dialog",
    ),
    Move(
        name="SubscribeMessagingEvents",
        long=".ams.ms.SubscribeMessagingEvents",
        short="ms.SubscribeMessagingEvents",
        askers=CONSUMER,
        body=bodies.SubscribeMessagingEvents,
        long_answer=".ams.GenericSubscribe$Response",
        short_answer="GenericSubscribeResponse",
        purpose="Be told the events of a dialog",
    ),
    Move(
        name="PublishEvent",
        long=".ams.ms.PublishEvent",
        short="ms.PublishEvent",
        askers=BOTH,
        body=bodies.PublishEvent,
        long_answer=".ams.ms.PublishEvent$Response",
        short_answer="ms.PublishEventResponse",
        purpose="Say something in a dialog",
    ),
    Move(
        name="GetUserProfile",
        long=".ams.userprofile.GetUserProfile",
        short="userprofile.GetUserProfile",
        askers=BOTH,
        body=bodies.GetUserProfile,
        long_answer=".ams.userprofile.GetUserProfile$Response",
        short_answer="userprofile.GetUserProfileResponse",
        string_field="user_id",
        purpose="A consumer's profile with its SDEs",
    ),
    Move(
        name="SetUserProfile",
        long=".ams.userprofile.SetUserProfile",
        short="userprofile.SetUserProfile",
        askers=CONSUMER,
        body=bodies.SetUserProfile,
        purpose="Say my name and SDEs",
    ),
    Move(
        name="UpdateConversationField",
        long=".ams.cm.UpdateConversationField",
        short="cm.UpdateConversationField",
        askers=BOTH,
        body=bodies.UpdateConversationField,
        purpose="Transfer, join, leave, close, rate: all changes or none",
    ),
    Move(
        name="GenerateURLForUploadFile",
        long=".ams.ms.GenerateURLForUploadFile",
        short="ms.GenerateURLForUploadFile",
        askers=BOTH,
        body=bodies.GenerateUrlForUpload,
        long_answer="ms.GenerateURLResponse",
        short_answer="ms.GenerateURLResponse",
        purpose="Where to put a file, for a short time",
    ),
    Move(
        name="GenerateURLForDownloadFile",
        long=".ams.ms.GenerateURLForDownloadFile",
        short="ms.GenerateURLForDownloadFile",
        askers=BOTH,
        body=bodies.GenerateUrlForDownload,
        long_answer="ms.GenerateURLResponse",
        short_answer="ms.GenerateURLResponse",
        purpose="Where to get a file, for a short time",
    ),
    Move(
        name="GenerateDownloadToken",
        long=".ams.ms.token.GenerateDownloadToken",
        short="ms.token.GenerateDownloadToken",
        askers=AGENT,
        body=bodies.GenerateDownloadToken,
        purpose="May I read a secure form? None are kept here: 404",
    ),
    Move(
        name="ConsumerRequestConversation",
        long=".ams.cm.ConsumerRequestConversation",
        short="cm.ConsumerRequestConversation",
        askers=CONSUMER,
        body=bodies.ConsumerRequestConversation,
        long_answer="cm.RequestConversationResponse",
        short_answer="cm.RequestConversationResponse",
        purpose="Open a conversation",
    ),
    Move(
        name="AgentRequestConversation",
        long=".ams.cm.AgentRequestConversation",
        short="cm.AgentRequestConversation",
        askers=AGENT,
        body=bodies.AgentRequestConversation,
        long_answer="cm.RequestConversationResponse",
        short_answer="cm.RequestConversationResponse",
        purpose="Open a conversation with a known consumer",
    ),
)

BY_NAME: Final[dict[str, Move]] = {move.name: move for move in MOVES}
BY_SPELLING: Final[dict[str, Move]] = {
    spelling: move for move in MOVES for spelling in move.spellings
}
