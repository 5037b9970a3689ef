"""The platform's REST and profile words to ours; whatever is missing or malformed is left out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast, get_args

from orchestrator.core.model import ids, times
from orchestrator.core.model.conversation import Availability, Message
from orchestrator.core.model.ids import AccountId, SkillId, UserId
from orchestrator.core.ums import sdes
from orchestrator.services.routing.ports import AgentStatus, SkillStaff, Staffing

Json = dict[str, Any]


def is_first_text(message: Message) -> bool:
    """Whether it is a text that the consumer said."""
    return message.role == "CONSUMER" and bool(message.text)


def external_ids(message: Message) -> set[str]:
    """Return the ids that its publisher gave it as ``ExternalId`` metadata."""
    return {
        str(entry.get("id"))
        for entry in message.metadata or ()
        if isinstance(entry, dict) and entry.get("type") == "ExternalId"
    }


def external_id(step_id: str) -> list[Json]:
    """Return the metadata that marks a message as the one of a step."""
    return [{"type": "ExternalId", "id": step_id}]


_AVAILABILITIES: Final = frozenset(get_args(Availability))


def agent_status(record: Mapping[str, Any]) -> AgentStatus:
    """Return what an ``agentStatusRecords`` entry says.

    An unknown state counts as AWAY, a closed connection as OFFLINE. ``configuredMaxSlots`` null,
    absent or negative means unlimited.
    """
    word = str(record.get("currentStatus") or "").strip().upper().replace(" ", "_")
    state = word.replace("-", "_")
    availability = cast("Availability", state if state in _AVAILABILITIES else "AWAY")
    connection = str(record.get("currentConnectionState") or "").upper()
    if connection in {"DISCONNECTED", "OFFLINE", "CLOSED"}:
        availability = "OFFLINE"
    slots = sdes.whole(record.get("configuredMaxSlots"))
    if slots is None or slots < 0:
        return AgentStatus(availability, None)
    busy = sdes.whole(record.get("busySlots"))
    if busy is None:
        busy = sdes.whole(record.get("openAssignedConversations")) or 0
    return AgentStatus(availability, max(slots - busy, 0))


def staffing(
    named: Sequence[Mapping[str, Any]],
    serving: Sequence[Mapping[str, Any]],
    *,
    skills: frozenset[SkillId],
    agents: frozenset[UserId],
    at: datetime,
) -> Staffing:
    """Return what ``agentStatusRecords`` say: ``named`` of agents, ``serving`` of skills."""
    found = {str(record.get("agentId")): agent_status(record) for record in (*serving, *named)}
    online: dict[SkillId, list[Mapping[str, Any]]] = {skill: [] for skill in skills}
    for record in {str(each.get("agentId")): each for each in serving}.values():
        if agent_status(record).availability == "ONLINE":
            for skill in _serves(record) & skills:
                online[skill].append(record)
    return Staffing(
        at,
        {skill: _staff(records) for skill, records in online.items()},
        {agent: found[agent] for agent in agents if agent in found},
    )


def _serves(record: Mapping[str, Any]) -> set[SkillId]:
    skills = record.get("agentSkills")
    return {
        str(each["skillId"])
        for each in (skills if isinstance(skills, list) else ())
        if isinstance(each, dict) and each.get("skillId") is not None
    }


def _staff(records: Sequence[Mapping[str, Any]]) -> SkillStaff:
    slots, free = 0, 0
    is_unlimited = False
    for record in records:
        left = agent_status(record).free
        if left is None:
            is_unlimited = True
        else:
            slots += sdes.whole(record.get("configuredMaxSlots")) or 0
            free += left
    return SkillStaff(
        len(records), None if is_unlimited else slots, None if is_unlimited else free, is_unlimited
    )


def skill_names(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return id → name of the skills that are not deleted."""
    return {
        str(item["id"]): str(item["name"])
        for item in items
        if item.get("id") is not None and item.get("name") and not item.get("deleted")
    }


def identifier(value: Any, account: AccountId) -> str | None:
    """Return a user or skill id as text; None for null, ``"null"``, ``-1`` and the like."""
    text = sdes.text(value)
    if text is None or text in {"", "null", "0", ids.UNASSIGNED_SKILL}:
        return None
    return ids.user_of(text, account)


def instant(value: Any) -> datetime | None:
    """Return the moment of epoch milliseconds; None when it is none."""
    number = sdes.whole(value)
    try:
        return None if number is None else times.moment(number)
    except OverflowError:
        return None
