"""Our words to the wire's: what a host tells agents and consumers about conversations."""

from typing import Any, Final

from orchestrator.core.model import ids, times
from orchestrator.core.model.conversation import (
    Availability,
    Conversation,
    Dialog,
    Message,
    Participant,
    Ring,
)
from orchestrator.core.ums.moves import Side

Json = dict[str, Any]

_CONTENT: Final = frozenset({"ContentEvent", "RichContentEvent"})


def conversation(snapshot: Conversation, *, side: Side) -> Json:
    """Return a ``result`` of an ExConversationChangeNotification.

    Agents see old ids and PIDs; consumers see PIDs only and nothing private.
    """
    changed = times.milliseconds(snapshot.changed_at)
    result: Json = {
        "convId": snapshot.conversation_id,
        "effectiveTTR": _answer_due(snapshot),
        "conversationDetails": _details(snapshot, side=side),
        "lastUpdateTime": changed,
    }
    last = snapshot.last_message
    if last is not None and last.event.get("type") in _CONTENT and is_for(last, side):
        result["lastContentEventNotification"] = message(last, snapshot.account, side=side)
    return result


def _answer_due(snapshot: Conversation) -> int:
    """By when an answer is due: what was set by hand, else the response time after what waits.

    -1 where the brand has said the last word.
    """
    if snapshot.manual_ettr is not None:
        return snapshot.manual_ettr
    last = snapshot.last_message
    if last is not None and last.role != "CONSUMER":
        return -1
    since = snapshot.started_at if last is None else last.at
    return times.milliseconds(since) + snapshot.ttr_seconds * 1000


def _people(snapshot: Conversation) -> tuple[Participant, ...]:
    """Everybody who is named in a dialog, the main one first.

    Clients match the n-th of a role in a dialog with the role's n-th PID (§5.1), also in a dialog
    that is closed while the survey after it is open.
    """
    if len(snapshot.dialogs) == 1:
        return in_order(snapshot.main.participants)
    everybody = (each for dialog in reversed(snapshot.dialogs) for each in dialog.participants)
    return in_order(tuple(dict.fromkeys(everybody)))


def _details(snapshot: Conversation, *, side: Side) -> Json:
    account = snapshot.account
    people = _people(snapshot)
    details: Json = {
        "convId": snapshot.conversation_id,
        "skillId": snapshot.skill_id,
        "brandId": account,
        "participants": _by_role(people, account, side=side),
        "participantsPId": _pids_by_role(people),
        "dialogs": [_dialog(dialog, account, side=side) for dialog in snapshot.dialogs],
        "state": snapshot.state,
        "stage": snapshot.stage,
        "startTs": times.milliseconds(snapshot.started_at),
        "metaDataLastUpdateTs": times.milliseconds(snapshot.changed_at),
        "firstConversation": snapshot.first,
        "csatRate": 0,
        "note": snapshot.note if side == "agent" else "",
        "groupId": "",
        "ttr": {"ttrType": snapshot.ttr_type, "value": snapshot.ttr_seconds},
        "conversationHandlerDetails": {"accountId": account, "skillId": snapshot.skill_id},
    }
    if snapshot.campaign_id is not None:
        details["campaignInfo"] = _campaign(snapshot.campaign_id, snapshot.engagement_id)
    if snapshot.context is not None:
        details["context"] = snapshot.context
    if snapshot.ended_at is not None:
        details["endTs"] = times.milliseconds(snapshot.ended_at)
        details["closeReason"] = snapshot.close_reason
    if snapshot.manual_ettr is not None:
        details["manualETTR"] = snapshot.manual_ettr
    if snapshot.delay is not None:
        details["delay"] = snapshot.delay
    if snapshot.topic is not None:
        details["topic"] = snapshot.topic
    if snapshot.csat is not None:
        details["csat"] = snapshot.csat
        details["csatRate"] = snapshot.csat.get("csatRate", 0)
    return details


def in_order(people: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """Suggested ones last, the rest as they are: the order that §5.1's matching by place needs."""
    return tuple(sorted(people, key=lambda participant: participant.suggested))


def _by_role(people: tuple[Participant, ...], account: str, *, side: Side) -> Json:
    roles: Json = {"CONSUMER": [], "ASSIGNED_AGENT": [], "MANAGER": [], "READER": []}
    for participant in people:
        if not participant.suggested:
            roles.setdefault(participant.role, []).append(_name(participant, account, side=side))
    return roles


def _pids_by_role(people: tuple[Participant, ...]) -> Json:
    roles: Json = {"CONSUMER": []}
    for participant in people:
        if not participant.suggested:
            roles.setdefault(participant.role, []).append(participant.pid)
    return roles


def _name(participant: Participant, account: str, *, side: Side) -> str:
    if side == "consumer" or participant.role == "CONSUMER":
        return participant.pid
    return ids.agent_key(account, participant.user_id)


def _dialog(dialog: Dialog, account: str, *, side: Side) -> Json:
    wire: Json = {
        "dialogId": dialog.dialog_id,
        "dialogType": dialog.type,
        "channelType": "MESSAGING",
        "state": dialog.state,
        "creationTs": times.milliseconds(dialog.created_at),
        "metaDataLastUpdateTs": times.milliseconds(dialog.changed_at),
        "participantsDetails": [
            {
                "id": _name(participant, account, side=side),
                "role": participant.role,
                "state": "SUGGESTED" if participant.suggested else "ACTIVE",
            }
            for participant in in_order(dialog.participants)
        ],
    }
    if dialog.ended_at is not None:
        wire["endTs"] = times.milliseconds(dialog.ended_at)
        wire["closedBy"] = dialog.closed_by
        wire["closedCause"] = dialog.closed_cause
    if dialog.metadata is not None:
        wire["metaData"] = dialog.metadata
    if dialog.annotations and side == "agent":
        wire["metadata"] = list(dialog.annotations)
    return wire


def _campaign(campaign: str, engagement: str | None) -> Json:
    info: Json = {"campaignId": _number(campaign)}
    if engagement is not None:
        info["engagementId"] = _number(engagement)
    return info


def _number(value: str) -> str | int:
    """Ids of campaigns are numbers in notifications (§5.1), where they look like numbers."""
    is_plain = value.isascii() and value.isdigit() and (value == "0" or value[0] != "0")
    return int(value) if is_plain and len(value) <= 15 else value  # noqa: PLR2004  exact in JSON


def is_for(event: Message, side: Side) -> bool:
    """Whether this side may see it: private messages are not for consumers."""
    return side == "agent" or event.audience == "ALL"


def message(event: Message, account: str, *, side: Side) -> Json:
    """Return the event object of §5.4: in notifications, in QueryMessages and as newest content.

    Consumers get PIDs only, and no client properties of others.
    """
    is_consumer = event.role == "CONSUMER"
    wire: Json = {}
    if event.sequence > 0:
        wire["sequence"] = event.sequence
        wire["serverTimestamp"] = times.milliseconds(event.at)
    metadata: Json = {"id": event.originator_pid, "role": event.role}
    if side == "consumer" or is_consumer:
        wire["originatorId"] = event.originator_pid
    else:
        wire["originatorId"] = ids.agent_key(account, event.originator)
    if side == "agent":
        wire["originatorPId"] = event.originator_pid
        if event.client_properties is not None:
            metadata["clientProperties"] = event.client_properties
            wire["originatorClientProperties"] = event.client_properties
        if event.audience != "ALL":
            wire["messageAudience"] = event.audience
    wire["originatorMetadata"] = metadata
    wire["event"] = event.event
    wire["conversationId"] = event.conversation_id
    wire["dialogId"] = event.dialog_id
    if event.metadata is not None:
        wire["metadata"] = event.metadata
    return wire


def ring(offer: Ring) -> Json:
    """Return a ``result`` of a RoutingTaskNotification; ``ringsDetails`` is always an array."""
    expires = times.milliseconds(offer.expires_at)
    return {
        "routingTaskId": offer.ring_id,
        "taskCompleted": offer.state == "ACCEPTED",
        "conversationId": offer.conversation_id,
        "consumerId": offer.consumer_id,
        "brandId": offer.account,
        "skillId": offer.skill_id,
        "assignedAgentId": ids.agent_key(offer.account, offer.user_id),
        "ringsDetails": [
            {
                "ringId": offer.ring_id,
                "ringState": offer.state,
                "ringExpiration": expires - times.milliseconds(offer.created_at),
                "ringExpirationTs": expires,
                "weight": times.milliseconds(offer.created_at),
                "brandId": offer.account,
                "convId": offer.conversation_id,
                "consumerId": offer.consumer_id,
                "skillId": offer.skill_id,
            }
        ],
    }


def availability(account: str, user_id: str, *, state: Availability) -> Json:
    """Return a ``result`` of an AgentStateNotification."""
    return {
        "channels": ["MESSAGING"],
        "agentUserId": ids.agent_key(account, user_id),
        "availability": state,
        "description": "",
    }
