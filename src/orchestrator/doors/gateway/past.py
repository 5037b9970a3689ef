"""The history service (``msgHist``): searches, and how agents are doing now."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.times import milliseconds
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.history import AgentStatus, Part, Record

_PARTS: Final = ("transfers", "agentParticipants", "messageRecords")
_READ: Final[dict[str, Part]] = {"transfers": "transfers", "messageRecords": "messages"}


class _Search(msgspec.Struct, rename="camel"):
    consumer: str | None = None
    conversation_id: str | None = None
    status: list[str] | None = None
    content_to_retrieve: list[str] | None = None


class _Agents(msgspec.Struct, rename="camel"):
    agent_ids: list[str | int] = []


class Past:
    """Three POSTs with a bearer. Shapes after the messaging protocol, 5.6."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def of_consumer(self, request: Request) -> Response:
        """Answer with a consumer's conversations, oldest first."""
        await self._may_read(request)
        account = web.account_of(request)
        sent = await web.body(request, _Search, limit=self._rooms.limits.body_bytes)
        if sent.consumer is None:
            raise errors.BadInput("Send consumer.", path="consumer")
        found = await self._rooms.history.of_consumer(account, sent.consumer, parts=_parts(sent))
        wanted = [
            each for each in found if sent.status is None or each.conversation.state in sent.status
        ]
        return _records(wanted, sent)

    async def of_conversation(self, request: Request) -> Response:
        """Answer with one conversation; an empty list for an unknown one."""
        await self._may_read(request)
        account = web.account_of(request)
        sent = await web.body(request, _Search, limit=self._rooms.limits.body_bytes)
        if sent.conversation_id is None:
            raise errors.BadInput("Send conversationId.", path="conversationId")
        try:
            found = await self._rooms.history.of_conversation(
                account, sent.conversation_id, parts=_parts(sent)
            )
        except errors.NotFound:
            return _records((), sent)
        return _records((found,), sent)

    async def agents(self, request: Request) -> Response:
        """Answer how agents are doing; unknown ones are left out."""
        await self._may_read(request)
        sent = await web.body(request, _Agents, limit=self._rooms.limits.body_bytes)
        statuses = await self._rooms.history.agents(
            web.account_of(request), [str(each) for each in sent.agent_ids]
        )
        return web.json({"agentStatusRecords": [_status(each) for each in statuses]})

    async def _may_read(self, request: Request) -> None:
        session = await web.signed_in(self._rooms, request)
        access.demand(session.actor, "conversations.serve")


def _wanted(sent: _Search) -> Sequence[str]:
    return _PARTS if sent.content_to_retrieve is None else sent.content_to_retrieve


def _parts(sent: _Search) -> set[Part]:
    return {_READ[each] for each in _wanted(sent) if each in _READ}


def _records(found: Sequence[Record], sent: _Search) -> Response:
    parts = set(_wanted(sent))
    return web.json(
        {
            "_metadata": {"count": len(found)},
            "conversationHistoryRecords": [_record(each, parts) for each in found],
        }
    )


def _record(record: Record, parts: set[str]) -> dict[str, Any]:
    conversation = record.conversation
    shown: dict[str, Any] = {
        "info": {
            "conversationId": conversation.conversation_id,
            "brandId": conversation.account,
            "status": conversation.state,
            "startTimeL": milliseconds(conversation.started_at),
            "endTimeL": None
            if conversation.ended_at is None
            else milliseconds(conversation.ended_at),
            "latestAgentId": record.latest_agent,
            "latestSkillId": conversation.skill_id,
            "firstConversation": conversation.first,
        }
    }
    if "transfers" in parts:
        shown["transfers"] = [
            {
                "timeL": milliseconds(each.at),
                "sourceSkillId": each.source_skill,
                "targetSkillId": each.target_skill,
                "sourceAgentId": each.source_agent or "null",
                "assignedAgentId": each.target_agent or "null",
                "reason": each.reason,
                "by": each.by,
            }
            for each in record.transfers
        ]
    if "agentParticipants" in parts:
        shown["agentParticipants"] = [
            {
                "agentId": each.user_id,
                "timeL": milliseconds(each.from_at),
                "role": "ASSIGNED_AGENT",
                "skillId": each.skill_id,
            }
            for each in record.assignments
        ]
    if "messageRecords" in parts:
        shown["messageRecords"] = [
            {
                "timeL": milliseconds(each.at),
                "seq": each.sequence,
                "dialogId": each.dialog_id,
                "participantId": each.originator,
                "sentBy": "Consumer" if each.role == "CONSUMER" else "Agent",
                "type": "TEXT_PLAIN" if each.text is not None else "OTHER",
                "messageData": None if each.text is None else {"msg": {"text": each.text}},
            }
            for each in record.messages
            if each.event.get("type") in ("ContentEvent", "RichContentEvent")
        ]
    return shown


def _status(status: AgentStatus) -> dict[str, Any]:
    return {
        "agentId": status.user_id,
        "currentStatus": status.availability,
        "currentConnectionState": "CONNECTED" if status.connected else "DISCONNECTED",
        "load": _percent(status),
        "configuredMaxSlots": -1 if status.slots is None else status.slots,
        "busySlots": status.busy,
        "openAssignedConversations": status.busy,
        "agentSkills": [{"skillId": skill, "skillName": name} for skill, name in status.skills],
    }


def _percent(status: AgentStatus) -> int:
    return 0 if not status.slots else min(100, round(100 * status.busy / status.slots))
