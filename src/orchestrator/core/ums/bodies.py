"""Typed bodies of the requests; None means "not sent" and is never encoded."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

import msgspec

from orchestrator.core.model.conversation import (
    Audience,
    Availability,
    OpenOrClosed,
    ParticipantRole,
)
from orchestrator.core.model.ids import UNASSIGNED_SKILL

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""A moment up to the end of the year 9999, which is as far as our clocks go."""

Id = str | int
"""Ids are text inside; other programs also send them as numbers."""


def text_of(value: Id) -> str:
    """Return an id as text, whichever way it was sent."""
    return str(value)


def _many(value: Any) -> tuple[Any, ...]:
    """Undo the wire's freedom to send a one-element array as the bare element."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What all bodies share: camelCase on the wire, unknown keys ignored."""


class Nothing(Body, frozen=True):
    """GetClock, KeepAlive, InitConnection: the type and the headers say everything."""


class Anything(Body, frozen=True):
    """UpdateRoutingTaskSubscription: nobody says what is in it, so that anything may be."""


class SetAgentState(Body, frozen=True):
    """An agent's availability. ``agent_user_id`` defaults to the asker."""

    availability: Availability
    channels: list[str] | str | None = None
    agent_user_id: Id | None = None


class SubscribeAgentsState(Body, frozen=True):
    """Tell me when this agent's state changes; without ``agent_id``, my own."""

    agent_id: Id | None = None
    brand_id: Id | None = None


class SubscribeRoutingTasks(Body, frozen=True):
    """Tell me my rings."""

    agent_id: Id | None = None
    channel_type: str | None = None
    brand_id: Id | None = None


class UpdateRingState(Body, frozen=True):
    """Accept or reject a ring."""

    ring_id: str
    ring_state: Literal["ACCEPTED", "REJECTED"]


class SubscribeExConversations(Body, frozen=True):
    """Tell me conversations. An absent filter lets everything through.

    ``min_last_updated_time`` is in epoch milliseconds. Read the filters through ``states``,
    ``stages`` and ``agents``: the wire may send a lone element without its array.
    """

    conv_state: tuple[OpenOrClosed, ...] | OpenOrClosed | None = None
    stage: tuple[OpenOrClosed, ...] | OpenOrClosed | None = None
    agent_ids: tuple[Id, ...] | Id | None = None
    min_last_updated_time: int | None = None
    brand_id: Id | None = None

    @property
    def states(self) -> frozenset[str]:
        """States to let through; empty means all."""
        return frozenset(_many(self.conv_state))

    @property
    def stages(self) -> frozenset[str]:
        """Stages to let through; empty means all."""
        return frozenset(_many(self.stage))

    @property
    def agents(self) -> frozenset[str]:
        """Agents (old id, user id or PID) of whom one must take part; empty means all."""
        return frozenset(map(text_of, _many(self.agent_ids)))


class UnsubscribeExConversations(Body, frozen=True):
    """Stop telling me."""

    subscription_id: str


class QueryMessages(Body, frozen=True):
    """The stored events of a dialog after a sequence; 0 or absent means all."""

    dialog_id: str
    newer_than_sequence: int | None = None
    max_quantity: int | None = None
    conversation_id: str | None = None


class SubscribeMessagingEvents(Body, frozen=True):
    """Tell me (a consumer) the events of a dialog, beginning with ``from_seq``."""

    dialog_id: str
    from_seq: int | None = None
    conversation_id: str | None = None


_CHOICES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "AcceptStatusEvent": (
        "status",
        frozenset({"ACCEPT", "READ", "ACCESS", "NACK", "ACTION", "ENRICH"}),
    ),
    "ChatStateEvent": (
        "chatState",
        frozenset({"ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE", "BACKGROUND"}),
    ),
}
_SHAPES: Final[dict[str, tuple[tuple[str, type | tuple[type, ...]], ...]]] = {
    "ContentEvent": (("message", (str, dict)),),
    "RichContentEvent": (("content", dict),),
    "AcceptStatusEvent": (("status", str), ("sequenceList", list)),
    "ChatStateEvent": (("chatState", str),),
}
"""Event type → the keys it must have; everything else in an event is passed on as it came."""


class PublishEvent(Body, frozen=True):
    """Say something in a dialog. ``event`` is kept and passed on exactly as sent."""

    dialog_id: str
    event: dict[str, Any]
    conversation_id: str | None = None
    message_audience: Audience | None = None

    def __post_init__(self) -> None:
        kind = self.event.get("type")
        if not isinstance(kind, str) or kind not in _SHAPES:
            raise ValueError(f"event.type must be one of {', '.join(_SHAPES)}")
        for key, types in _SHAPES[kind]:
            if not isinstance(self.event.get(key), types):
                # msgspec turns it into a ValidationError with the path, as it does a ValueError.
                raise TypeError(f"event.{key} is missing or of the wrong type for a {kind}")
        key, allowed = _CHOICES.get(kind, ("type", frozenset({kind})))
        if self.event[key] not in allowed:
            raise ValueError(f"event.{key} must be one of {', '.join(sorted(allowed))}")

    @property
    def is_stored(self) -> bool:
        """Whether it takes a sequence: chat states do not."""
        return self.event["type"] != "ChatStateEvent"


class GetUserProfile(Body, frozen=True):
    """A consumer's profile; without ``user_id``, my own."""

    user_id: Id | None = None


class SetUserProfile(Body, frozen=True):
    """A consumer says who they are; ``authenticated_data.lp_sdes`` holds the SDEs."""

    first_name: str | None = None
    last_name: str | None = None
    user_id: Id | None = None
    avatar_url: str | None = None
    role: str | None = None
    backgnd_img_uri: str | None = None
    description: str | None = None
    authenticated_data: dict[str, Any] | None = None
    private_data: dict[str, Any] | None = None


class ParticipantsChange(
    Body, frozen=True, tag_field="field", tag="ParticipantsChange", rename="camel"
):
    """Somebody joins, leaves, is suggested or changes role. Without ``user_id``, the asker."""

    type: Literal["ADD", "REMOVE", "SUGGEST", "UPDATE"]
    role: ParticipantRole
    user_id: Id | None = None
    dialog_id: str | None = None


class SkillChange(Body, frozen=True, tag_field="field", tag="Skill", rename="camel"):
    """The conversation moves to another skill; REMOVE means none."""

    type: Literal["UPDATE", "REMOVE"]
    skill: Id | None = None

    @property
    def skill_id(self) -> str:
        """The new skill, ``-1`` for none."""
        return text_of(
            UNASSIGNED_SKILL if self.type == "REMOVE" else self.skill or UNASSIGNED_SKILL
        )


class StateChange(Body, frozen=True, tag_field="field", tag="ConversationStateField"):
    """The conversation ends, survey or not."""

    conversation_state: OpenOrClosed


class DialogPart(Body, frozen=True):
    """What a DialogChange says of the dialog; without ``state`` it only carries metadata."""

    dialog_id: str
    state: OpenOrClosed | None = None
    closed_by: str | None = None
    closed_cause: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class DialogChange(Body, frozen=True, tag_field="field", tag="DialogChange"):
    """A dialog ends, or gets metadata."""

    type: Literal["UPDATE"]
    dialog: DialogPart


class TtrChange(Body, frozen=True, tag_field="field", tag="TTRField"):
    """Time to respond; ``value`` in seconds."""

    ttr_type: Literal["CUSTOM", "NORMAL", "PRIORITIZED", "URGENT"]
    value: int | None = None


class CsatChange(Body, frozen=True, tag_field="field", tag="CSATRate"):
    """The consumer's verdict, 1 to 5."""

    csat_rate: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    csat_resolution_confirmation: bool | None = None
    status: Literal["FILLED", "PARTIALLY_FILLED", "SKIPPED"] | None = None


class NoteChange(Body, frozen=True, tag_field="field", tag="Note"):
    """What people write on a conversation.

    This shape and the next three are not published: we read the keys under which notifications
    show the same things.
    """

    note: str = ""


class TopicChange(Body, frozen=True, tag_field="field", tag="TopicField"):
    """What it is about; kept and shown as sent."""

    topic: Any = None


class ManualEttrChange(Body, frozen=True, tag_field="field", tag="ManualETTR"):
    """By when an answer is due, epoch milliseconds; None leaves it to the response time."""

    manual_ettr: Milliseconds | None = msgspec.field(name="manualETTR", default=None)
    value: Milliseconds | None = None


class Delay(Body, frozen=True):
    """Why nobody answers, and until when (epoch milliseconds)."""

    type: Literal["NIGHT", "WEEKEND", "HOLIDAY"]
    till_when: Milliseconds


class DelayChange(Body, frozen=True, tag_field="field", tag="DelayField"):
    """The conversation rests, or (without ``delay``) rests no more."""

    delay: Delay | None = None


Change = (
    ParticipantsChange
    | SkillChange
    | StateChange
    | DialogChange
    | TtrChange
    | CsatChange
    | NoteChange
    | TopicChange
    | ManualEttrChange
    | DelayChange
)


class UpdateConversationField(Body, frozen=True):
    """Changes of one conversation; all of them apply, or none (conformance 32)."""

    conversation_id: str
    conversation_field: tuple[Change, ...] | Change
    dialog_id: str | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes in the order sent, also when one came without its array."""
        return _many(self.conversation_field)


class CampaignInfo(Body, frozen=True):
    """Where a conversation comes from."""

    campaign_id: Id
    engagement_id: Id | None = None


class ConsumerRequestConversation(Body, frozen=True):
    """A consumer opens a conversation; everything is optional."""

    skill_id: Id | None = None
    campaign_info: CampaignInfo | None = None
    conversation_context: dict[str, Any] | None = None
    ttr_def_name: str | None = None
    channel_type: str | None = None
    brand_id: Id | None = None


class AgentRequestConversation(Body, frozen=True):
    """An agent opens a conversation with a consumer they know."""

    consumer_id: str
    conversation_context: dict[str, Any] | None = None
    channel_type: str | None = None


_FILE_TYPE: Final = r"^[A-Za-z0-9./+-]{1,100}$"


class GenerateUrlForUpload(Body, frozen=True):
    """May I store a file? ``file_size`` in bytes; ``file_type`` is an ending or a media type.

    ``file_name``, which is ours, is what whoever gets it saves it as.
    """

    file_size: Annotated[int, msgspec.Meta(ge=1)] | str
    file_type: Annotated[str, msgspec.Meta(pattern=_FILE_TYPE)]
    file_name: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.file_size, str) and not _is_count(self.file_size):
            raise ValueError("fileSize is a whole number of bytes")

    @property
    def size(self) -> int:
        """The size in bytes, whichever way it was sent."""
        return int(self.file_size)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0  # noqa: PLR2004  exact in JSON


class GenerateUrlForDownload(Body, frozen=True):
    """May I read a file? By the path that its message carries."""

    relative_path: str


class GenerateDownloadToken(Body, frozen=True):
    """May I read what a customer has filled in? ``downloadable`` names a secure form."""

    downloadable: dict[str, Any] | None = None


def client_properties(headers: Iterable[Any]) -> dict[str, Any] | None:
    """Return the ClientProperties header of a request as sent, or None."""
    return _header(headers, ".ams.headers.ClientProperties")


def consumer_token(headers: Iterable[Any]) -> str | None:
    """Return the JWT in the ConsumerAuthentication header of an InitConnection, or None."""
    header = _header(headers, ".ams.headers.ConsumerAuthentication") or {}
    token = header.get("jwt")
    return token if isinstance(token, str) else None


def _header(headers: Iterable[Any], kind: str) -> dict[str, Any] | None:
    for header in headers:
        if isinstance(header, dict) and header.get("type") in (kind, kind.rpartition(".")[2]):
            return header
    return None
