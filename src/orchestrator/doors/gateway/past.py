"""The history service (``msgHist``): searches, and how agents are doing now."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors, times
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.times import milliseconds
from orchestrator.core.ums.bodies import Milliseconds
from orchestrator.doors.gateway import credentials, web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.cloud.history import AgentStatus, Page, Part, Record
from orchestrator.services.cloud.ports import PastFilter

_PARTS: Final = ("transfers", "agentParticipants", "messageRecords")
_READ: Final[dict[str, Part]] = {
    "transfers": "transfers",
    "skillChanges": "transfers",
    "messageRecords": "messages",
}
MOST_RECORDS: Final = 100
FURTHEST: Final = 1_000_000
LONGEST_SPAN: Final = timedelta(days=93)
"""Three months, the longest of them."""


class _Search(msgspec.Struct, rename="camel"):
    consumer: str | None = None
    conversation_id: str | None = None
    status: list[str] | None = None
    content_to_retrieve: list[str] | None = None


class _Between(msgspec.Struct, forbid_unknown_fields=True):
    """When conversations began: two moments in epoch milliseconds."""

    since: Milliseconds = msgspec.field(name="from")
    until: Milliseconds = msgspec.field(name="to")


class _Query(msgspec.Struct, rename="camel"):
    start: _Between
    status: list[str] | None = None
    skill_ids: list[str | int] | None = None
    agent_ids: list[str | int] | None = None
    content_to_retrieve: list[str] | None = None


class _Agents(msgspec.Struct, rename="camel"):
    agent_ids: list[str | int] | None = None


class Past:
    """Four POSTs with a bearer. Shapes after the messaging protocol, 5.6."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def search(self, request: Request) -> Response:
        """Answer with one page of the account's conversations that began in a span of time."""
        await self._may_read(request)
        sent = await web.body(request, _Query, limit=self._rooms.limits.body_bytes)
        since, until = times.moment(sent.start.since), times.moment(sent.start.until)
        if not since <= until <= since + LONGEST_SPAN:
            raise errors.BadInput("start has from ≤ to, at most three months apart.", path="start")
        found = await self._rooms.history.search(
            web.account_of(request),
            PastFilter(
                since,
                until,
                states=None if sent.status is None else tuple(sent.status),
                skills=_texts(sent.skill_ids),
                agents=_texts(sent.agent_ids),
            ),
            parts=_parts(sent),
            page=_page(request),
        )
        return _records(found.records, sent, count=found.count)

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
        """Answer how agents are doing: those named, else all who ever were there."""
        await self._may_read(request)
        sent = await web.body(request, _Agents, limit=self._rooms.limits.body_bytes)
        statuses = await self._rooms.history.agents(web.account_of(request), _texts(sent.agent_ids))
        return web.json({"agentStatusRecords": [_status(each) for each in statuses]})

    async def _may_read(self, request: Request) -> None:
        actor = await credentials.asker(self._rooms, request)
        if not actor.may("conversations.read"):
            access.demand(actor, "conversations.serve")


def _wanted(sent: _Search | _Query) -> Sequence[str]:
    return _PARTS if sent.content_to_retrieve is None else sent.content_to_retrieve


def _parts(sent: _Search | _Query) -> set[Part]:
    return {_READ[each] for each in _wanted(sent) if each in _READ}


def _page(request: Request) -> Page:
    """Read ``offset``, ``limit`` and ``sort`` as the platform spells them."""
    query = request.query_params
    sort = query.get("sort", "start:desc")
    if sort not in ("start:desc", "start:asc"):
        raise errors.BadInput("sort is start:desc or start:asc.", path="sort")
    return Page(
        limit=_number(query.get("limit", "50"), name="limit", most=MOST_RECORDS),
        offset=_number(query.get("offset", "0"), name="offset", most=FURTHEST),
        order="asc" if sort == "start:asc" else "desc",
    )


def _number(text: str, *, name: str, most: int) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or int(text) > most:
        raise errors.BadInput(f"{name} is a number from 0 to {most}.", path=name)
    return int(text)


def _texts(ids: list[str | int] | None) -> tuple[str, ...] | None:
    return None if ids is None else tuple(map(str, ids))


def _records(
    found: Sequence[Record], sent: _Search | _Query, *, count: int | None = None
) -> Response:
    parts = set(_wanted(sent))
    return web.json(
        {
            "_metadata": {"count": len(found) if count is None else count},
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
            "latestQueueState": "IN_QUEUE" if conversation.queued_at else "ACTIVE",
            "closeReason": conversation.close_reason,
            "csatRate": None if conversation.csat is None else conversation.csat.get("csatRate"),
            "mcs": None,  # a score of the original's own, which nothing here computes
            "duration": _duration(conversation),
            "firstConversation": conversation.first,
        },
        "campaign": {
            "campaignId": conversation.campaign_id,
            "campaignEngagementId": conversation.engagement_id,
        },
        "consumerParticipants": [{"participantId": conversation.consumer_id}],
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
    if "skillChanges" in parts:
        shown["skillChanges"] = [
            {
                "timeL": milliseconds(each.at),
                "previousSkillId": each.source_skill,
                "skillId": each.target_skill,
                "by": each.by,
            }
            for each in record.transfers
            if each.source_skill != each.target_skill
        ]
    if "interactions" in parts:
        shown["interactions"] = [
            {
                "assignedAgentId": each.user_id,
                "interactionTimeL": milliseconds(each.from_at),
                "interactiveSequence": number,
            }
            for number, each in enumerate(record.assignments, 1)
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


def _duration(conversation: Conversation) -> int | None:
    """Return how many milliseconds it lasted, None while it does."""
    if conversation.ended_at is None:
        return None
    return milliseconds(conversation.ended_at) - milliseconds(conversation.started_at)


def _status(status: AgentStatus) -> dict[str, Any]:
    return {
        "agentId": status.user_id,
        "currentStatus": status.availability,
        "currentConnectionState": "CONNECTED" if status.connected else "DISCONNECTED",
        "load": _percent(status),
        "configuredMaxSlots": -1 if status.slots is None else status.slots,
        "busySlots": status.busy,
        "openAssignedConversations": status.held,
        "agentSkills": [{"skillId": skill, "skillName": name} for skill, name in status.skills],
    }


def _percent(status: AgentStatus) -> int:
    return 0 if not status.slots else min(100, round(100 * status.busy / status.slots))
