"""The wire's words to ours: what a client makes of notifications, tolerant of all it can be.

Unknown keys, roles and states are ignored, and what is optional may be missing (§3.2, §5).
"""

from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

import msgspec

from orchestrator.core.model import ids, times
from orchestrator.core.model.conversation import (
    Availability,
    Conversation,
    Dialog,
    Message,
    OpenOrClosed,
    Participant,
    ParticipantRole,
    Ring,
    RingState,
)

Id = str | int
_ROLES: Final = frozenset(get_args(ParticipantRole))
_RING_STATES: Final = frozenset(get_args(RingState))
_AVAILABILITIES: Final = frozenset(get_args(Availability))
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class _Wire(msgspec.Struct, rename="camel", kw_only=True):
    pass


class _Originator(_Wire):
    id: Id | None = None
    role: str | None = None
    client_properties: dict[str, Any] | None = None


class Event(_Wire):
    """An event object of §5.4 as it stands on the wire."""

    dialog_id: str
    event: dict[str, Any]
    conversation_id: str | None = None
    sequence: int = 0
    originator_id: Id = ""
    originator_pid: Id | None = msgspec.field(name="originatorPId", default=None)
    originator_metadata: _Originator | None = None
    server_timestamp: int = 0
    metadata: list[Any] | dict[str, Any] | None = None
    message_audience: str | None = None


class _Person(_Wire):
    id: Id
    role: str
    state: str = "ACTIVE"


class _Dialog(_Wire):
    dialog_id: str
    dialog_type: str = "MAIN"
    state: str = "OPEN"
    creation_ts: int | None = None
    meta_data_last_update_ts: int | None = None
    end_ts: int | None = None
    closed_by: str | None = None
    closed_cause: str | None = None
    meta_data: dict[str, Any] | None = None
    participants_details: list[_Person] = []


class _Ttr(_Wire):
    ttr_type: str = "NORMAL"
    value: int | None = None


class _Campaign(_Wire):
    campaign_id: Id | None = None
    engagement_id: Id | None = None


class _Details(_Wire):
    skill_id: Id | None = None
    participants: dict[str, list[Id]] | list[Any] | None = None
    participants_pid: dict[str, list[Id]] = msgspec.field(
        name="participantsPId", default_factory=dict
    )
    dialogs: list[_Dialog] = []
    state: str = "OPEN"
    stage: str | None = None
    start_ts: int = 0
    end_ts: int | None = None
    meta_data_last_update_ts: int = 0
    first_conversation: bool = False
    ttr: _Ttr | None = None
    campaign_info: _Campaign | None = None
    context: dict[str, Any] | None = None
    close_reason: str | None = None
    csat: dict[str, Any] | None = None


class ConversationResult(_Wire):
    """A ``result`` of an ExConversationChangeNotification as it stands on the wire."""

    conv_id: str
    conversation_details: _Details
    last_content_event_notification: Event | None = None


class _RingDetails(_Wire):
    ring_id: str
    ring_state: str
    ring_expiration: int = 0
    ring_expiration_ts: int | None = None


class RingResult(_Wire):
    """A ``result`` of a RoutingTaskNotification as it stands on the wire."""

    conversation_id: str
    rings_details: list[_RingDetails]
    consumer_id: str = ""
    skill_id: Id | None = None


class AvailabilityResult(_Wire):
    """A ``result`` of an AgentStateNotification as it stands on the wire."""

    availability: str
    agent_user_id: Id | None = None


def conversation(result: ConversationResult, account: str) -> Conversation:
    """Return the snapshot. The wire does not tell the entry skill: it is the present one."""
    details = result.conversation_details
    skill = ids.UNASSIGNED_SKILL if details.skill_id is None else str(details.skill_id)
    campaign = details.campaign_info or _Campaign()
    ttr = details.ttr or _Ttr()
    last = result.last_content_event_notification
    pids = details.participants_pid
    consumer = str(next(iter(pids.get("CONSUMER", ())), "")) or _consumer_of(details)
    changed = times.moment(details.meta_data_last_update_ts)
    return Conversation(
        account=account,
        conversation_id=result.conv_id,
        consumer_id=consumer,
        skill_id=skill,
        entry_skill_id=skill,
        started_at=times.moment(details.start_ts),
        changed_at=changed,
        dialogs=tuple(_dialog(dialog, details, account) for dialog in details.dialogs)
        or (_lone_dialog(result, account),),
        state=_open_or_closed(details.state),
        stage=_open_or_closed(details.stage or details.state),
        first=details.first_conversation,
        campaign_id=_text(campaign.campaign_id),
        engagement_id=_text(campaign.engagement_id),
        context=details.context,
        ttr_type=ttr.ttr_type,
        ttr_seconds=600 if ttr.value is None else ttr.value,
        ended_at=_moment(details.end_ts),
        close_reason=details.close_reason,
        csat=details.csat,
        last_message=None if last is None else message(last, account, within=result.conv_id),
    )


def _consumer_of(details: _Details) -> str:
    people = (person for dialog in details.dialogs for person in dialog.participants_details)
    return next((str(person.id) for person in people if person.role == "CONSUMER"), "")


def _dialog(dialog: _Dialog, details: _Details, account: str) -> Dialog:
    changed = dialog.meta_data_last_update_ts
    return Dialog(
        dialog_id=dialog.dialog_id,
        participants=_people(dialog.participants_details, details, account),
        created_at=times.moment(
            details.start_ts if dialog.creation_ts is None else dialog.creation_ts
        ),
        changed_at=times.moment(details.meta_data_last_update_ts if changed is None else changed),
        type="POST_SURVEY" if dialog.dialog_type == "POST_SURVEY" else "MAIN",
        state=_open_or_closed(dialog.state),
        ended_at=_moment(dialog.end_ts),
        closed_by=dialog.closed_by,
        closed_cause=dialog.closed_cause,
        metadata=dialog.meta_data,
    )


def _lone_dialog(result: ConversationResult, account: str) -> Dialog:
    """A host may leave the dialogs out: the main one always has the conversation's id."""
    details = result.conversation_details
    named = details.participants if isinstance(details.participants, dict) else {}
    people = [
        _Person(id=person, role=role)
        for role, members in (named or details.participants_pid).items()
        for person in members
    ]
    lone = _Dialog(dialog_id=result.conv_id, state=details.state, participants_details=people)
    return _dialog(lone, details, account)


def _people(people: list[_Person], details: _Details, account: str) -> tuple[Participant, ...]:
    """Match the n-th active participant of a role with the role's n-th PID, as clients must."""
    seen: dict[str, int] = {}
    matched: list[Participant] = []
    for person in people:
        user = ids.user_of(str(person.id), account)
        if person.role not in _ROLES:
            continue
        suggested = person.state == "SUGGESTED"
        pid = user
        if not suggested:
            place = seen.get(person.role, 0)
            seen[person.role] = place + 1
            pids = details.participants_pid.get(person.role, [])
            pid = str(pids[place]) if place < len(pids) else user
        role = cast("ParticipantRole", person.role)
        matched.append(Participant(user, pid, role, suggested=suggested))
    return tuple(matched)


def message(event: Event, account: str, *, within: str | None = None) -> Message:
    """Return the message. Chat states have sequence 0 and no time on the wire: the epoch."""
    originator = event.originator_metadata or _Originator()
    user = ids.user_of(str(event.originator_id), account)
    pid = _text(event.originator_pid) or _text(originator.id) or user
    role = originator.role
    if role is None:
        role = "CONSUMER" if user == str(event.originator_id) else "ASSIGNED_AGENT"
    return Message(
        conversation_id=event.conversation_id or within or event.dialog_id,
        dialog_id=event.dialog_id,
        sequence=event.sequence,
        originator=user,
        originator_pid=pid,
        role=cast("ParticipantRole", role if role in _ROLES else "READER"),
        at=times.moment(event.server_timestamp),
        event=event.event,
        metadata=[event.metadata] if isinstance(event.metadata, dict) else event.metadata,
        audience="AGENTS_AND_MANAGERS"
        if event.message_audience == "AGENTS_AND_MANAGERS"
        else "ALL",
        client_properties=originator.client_properties,
    )


def rings(result: RingResult, account: str, *, user_id: str) -> list[Ring]:
    """Return the rings of a routing task, those in states that we know; they are ``user_id``'s.

    A ring without a deadline is good until the end of time.
    """
    return [
        Ring(
            ring_id=ring.ring_id,
            account=account,
            conversation_id=result.conversation_id,
            consumer_id=result.consumer_id,
            skill_id=ids.UNASSIGNED_SKILL if result.skill_id is None else str(result.skill_id),
            user_id=user_id,
            state=cast("RingState", _ring_state(ring)),
            created_at=times.moment((ring.ring_expiration_ts or 0) - ring.ring_expiration),
            expires_at=_moment(ring.ring_expiration_ts) or _FOREVER,
        )
        for ring in result.rings_details
        if _ring_state(ring) in _RING_STATES
    ]


def _ring_state(ring: _RingDetails) -> str:
    return "ACCEPTED" if ring.ring_state == "AUTO_ACCEPT" else ring.ring_state


def availability(result: AvailabilityResult) -> Availability | None:
    """Return the state, None when we do not know it."""
    known = result.availability in _AVAILABILITIES
    return cast("Availability", result.availability) if known else None


def _open_or_closed(state: str) -> OpenOrClosed:
    return "CLOSE" if state == "CLOSE" else "OPEN"


def _text(value: Id | None) -> str | None:
    return None if value is None else str(value)


def _moment(epoch_milliseconds: int | None) -> datetime | None:
    return None if epoch_milliseconds is None else times.moment(epoch_milliseconds)
