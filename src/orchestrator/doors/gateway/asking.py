"""From typed bodies of the wire to what the services take, for both kinds of sockets."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors, times
from orchestrator.core.queueing import changes
from orchestrator.core.ums import bodies
from orchestrator.services.cloud import requests
from orchestrator.services.cloud.conversations import Opening
from orchestrator.services.cloud.files import Signed
from orchestrator.services.cloud.ports import ConversationFilter
from orchestrator.services.cloud.requests import ChangeRequest

_RESPONSE_TIMES = ("NORMAL", "URGENT", "PRIORITIZED", "CUSTOM", "null")
"""As sent by web clients, the word null included (messaging protocol 6.3)."""

_MOST = 2**63 - 1
"""The largest number a database keeps; no sequence comes near."""


def sequence_of(sent: int | None) -> int:
    """Return the sequence after which messages are asked for, 0 for all."""
    return min(max(sent or 0, 0), _MOST)


def filter_of(body: bodies.SubscribeExConversations) -> ConversationFilter:
    """Return the filter of a subscription; what is absent stays open."""
    since = body.min_last_updated_time
    try:
        changed_since = times.moment(since) if since else None
    except OverflowError as error:
        raise errors.BadInput("That is no time.", path="minLastUpdatedTime") from error
    return ConversationFilter(
        states=tuple(sorted(body.states)) or None,
        stages=tuple(sorted(body.stages)) or None,
        agents=tuple(sorted(body.agents)) or None,
        changed_since=changed_since,
    )


def opening_of(
    body: bodies.ConsumerRequestConversation, client_properties: dict[str, Any] | None
) -> Opening:
    """Return what a consumer asks for; client properties from the socket join the context."""
    campaign = body.campaign_info
    context = body.conversation_context
    if client_properties is not None:
        context = {"clientProperties": client_properties, **(context or {})}
    kind = body.ttr_def_name or "NORMAL"
    if kind not in _RESPONSE_TIMES:
        raise errors.BadInput(
            f"ttrDefName is one of {', '.join(_RESPONSE_TIMES)}.", path="ttrDefName"
        )
    return Opening(
        skill_id=None if body.skill_id is None else str(body.skill_id),
        campaign_id=None if campaign is None else str(campaign.campaign_id),
        engagement_id=None
        if campaign is None or campaign.engagement_id is None
        else str(campaign.engagement_id),
        context=context,
        ttr_type="NORMAL" if kind == "null" else kind,
    )


def opening_by_agent(context: dict[str, Any] | None) -> Opening:
    """Return a proactive conversation: under no skill, with the agent's context."""
    return Opening(context=context)


def changes_of(
    body: bodies.UpdateConversationField, metadata: list[Any] | None
) -> Sequence[ChangeRequest]:
    """Return every change that one request asks for; BadInput for what we cannot do.

    ``metadata`` of the request stays with the dialog of which it speaks.
    """
    if not body.changes:
        raise errors.BadInput("conversationField holds no change.", path="conversationField")
    found: list[ChangeRequest] = []
    for field in body.changes:
        if isinstance(field, bodies.DialogChange):
            found.append(changes.AnnotateDialog(field.dialog.dialog_id, tuple(metadata or ())))
            if field.dialog.state != "CLOSE":
                continue
        found.append(_change(field, body.dialog_id))
    return found


def _change(field: bodies.Change, dialog_id: str | None) -> ChangeRequest:
    match field:
        case bodies.ParticipantsChange():
            return _participants(field, field.dialog_id or dialog_id)
        case bodies.SkillChange():
            return changes.MoveToSkill(field.skill_id)
        case bodies.StateChange(conversation_state=state):
            if state != "CLOSE":
                raise errors.BadInput("A closed conversation cannot be opened again.")
            return requests.CloseRequest()
        case bodies.DialogChange(dialog=dialog):
            return requests.CloseDialogRequest(dialog.dialog_id, dialog.closed_cause)
        case bodies.TtrChange(ttr_type=kind, value=seconds):
            return changes.SetResponseTime(kind, seconds)
        case bodies.CsatChange(csat_rate=rate, csat_resolution_confirmation=solved, status=status):
            sent = {
                "csatRate": rate,
                "csatResolutionConfirmation": solved,
                "status": status,
            }
            return changes.Rate({key: value for key, value in sent.items() if value is not None})
        case _:
            return _kept(field)


def _kept(
    field: bodies.NoteChange | bodies.TopicChange | bodies.ManualEttrChange | bodies.DelayChange,
) -> ChangeRequest:
    match field:
        case bodies.NoteChange(note=note):
            return changes.Keep("note", note)
        case bodies.TopicChange(topic=topic):
            return changes.Keep("topic", topic)
        case bodies.ManualEttrChange(manual_ettr=due, value=value):
            return changes.Keep("manual_ettr", value if due is None else due)
        case bodies.DelayChange(delay=delay):
            return changes.Keep("delay", None if delay is None else msgspec.to_builtins(delay))


def _participants(field: bodies.ParticipantsChange, dialog_id: str | None) -> ChangeRequest:
    user = None if field.user_id is None else str(field.user_id)
    match field.type:
        case "ADD":
            return requests.JoinRequest(field.role, user, dialog_id)
        case "REMOVE":
            return requests.LeaveRequest(field.role, user, dialog_id)
        case "UPDATE":
            # In the schema and nowhere explained: the one reading that fits its name is a new role.
            return requests.RecastRequest(field.role, user, dialog_id)
        case "SUGGEST":
            if user is None:
                raise errors.BadInput("SUGGEST needs userId.", path="conversationField.userId")
            if field.role != "ASSIGNED_AGENT":
                raise errors.BadInput("SUGGEST is for the role ASSIGNED_AGENT.", path="role")
            return requests.SuggestRequest(user)


_DONE: Final = {
    "ADD": "added",
    "REMOVE": "removed",
    "SUGGEST": "suggested",
    "UPDATE": "updated",
}


def done(body: bodies.UpdateConversationField) -> str:
    """Return the sentence with which the platform confirms a change."""
    for field in body.changes:
        if isinstance(field, bodies.ParticipantsChange):
            return f"OK Agent {_DONE[field.type]} successfully"
    return "OK Conversation updated successfully"


def address_of(signed: Signed) -> dict[str, Any]:
    """Return an address of a file as both sides read it (messaging protocol 4.14)."""
    return {
        "relativePath": signed.path,
        "queryParams": {
            "temp_url_sig": signed.signature,
            "temp_url_expires": str(signed.expires),
        },
    }
