"""From typed bodies of the wire to what the services take, for both kinds of sockets."""

from collections.abc import Sequence
from typing import Any

from orchestrator.core.model import errors, times
from orchestrator.core.queueing import changes
from orchestrator.core.ums import bodies
from orchestrator.services.cloud import requests
from orchestrator.services.cloud.conversations import Opening
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


def changes_of(body: bodies.UpdateConversationField) -> Sequence[ChangeRequest]:
    """Return every change that one request asks for; BadInput for what we cannot do."""
    if not body.changes:
        raise errors.BadInput("conversationField holds no change.", path="conversationField")
    return [_change(field) for field in body.changes]


def _change(field: bodies.Change) -> ChangeRequest:
    match field:
        case bodies.ParticipantsChange():
            return _participants(field)
        case bodies.SkillChange():
            return changes.MoveToSkill(field.skill_id)
        case bodies.StateChange(conversation_state=state):
            if state != "CLOSE":
                raise errors.BadInput("A closed conversation cannot be opened again.")
            return requests.CloseRequest()
        case bodies.DialogChange(dialog=dialog):
            if dialog.state == "CLOSE":
                return requests.CloseDialogRequest(dialog.dialog_id, dialog.closed_cause)
            return changes.AnnotateDialog(dialog.dialog_id)
        case bodies.TtrChange(ttr_type=kind, value=seconds):
            return changes.SetResponseTime(kind, seconds)
        case bodies.CsatChange(csat_rate=rate, csat_resolution_confirmation=solved, status=status):
            sent = {
                "csatRate": rate,
                "csatResolutionConfirmation": solved,
                "status": status,
            }
            return changes.Rate({key: value for key, value in sent.items() if value is not None})


def _participants(field: bodies.ParticipantsChange) -> ChangeRequest:
    user = None if field.user_id is None else str(field.user_id)
    match field.type:
        case "ADD":
            return requests.JoinRequest(field.role, user, field.dialog_id)
        case "REMOVE":
            return requests.LeaveRequest(field.role, user)
        case "SUGGEST":
            if user is None:
                raise errors.BadInput("SUGGEST needs userId.", path="conversationField.userId")
            return requests.SuggestRequest(user)


def done(body: bodies.UpdateConversationField) -> str:
    """Return the sentence with which the platform confirms a change."""
    for field in body.changes:
        if isinstance(field, bodies.ParticipantsChange):
            verb = {"ADD": "added", "REMOVE": "removed", "SUGGEST": "suggested"}[field.type]
            return f"OK Agent {verb} successfully"
    return "OK Conversation updated successfully"
