"""What history's records say about a conversation and its consumer, as pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from orchestrator.adapters.platforms.liveperson import translate
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.ids import UNASSIGNED_SKILL, ConversationId, SkillId, UserId
from orchestrator.services.routing.ports import Departure, Past

Record = Mapping[str, Any]

_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_ASSIGNED: Final = "ASSIGNED_AGENT"
_MOVES: Final[dict[str, tuple[str, str, str]]] = {
    "transfers": ("sourceSkillId", "targetSkillId", "sourceAgentId"),
    "skillChanges": ("prevSkillId", "newSkillId", "agentId"),
}
"""Where history tells changes of skill → its names of the skill before, after, and of the agent
before. The first that has any is believed."""


class Bot(msgspec.Struct, frozen=True):
    """Who is never meant by "previous": the bot, and the skills that it serves."""

    account: str
    user_id: UserId
    pid: str
    skills: frozenset[SkillId]


class _Stay(msgspec.Struct, frozen=True):
    at: datetime
    agent: UserId


class _Move(msgspec.Struct, frozen=True):
    at: datetime
    source: SkillId | None
    target: SkillId | None
    agent: UserId | None
    """Who had it before."""
    to: UserId | None = None
    """To whom it was suggested, where that is told."""


def read(
    conversation: Conversation,
    records: Sequence[Record],
    *,
    own: Record | None,
    me: Bot,
    rung_at: datetime | None = None,
) -> Past:
    """Return the past of ``conversation``.

    ``own`` is its record by itself, ``records`` those of its consumer, in any order. ``rung_at`` is
    when it rang, by the platform's clock, where the bot knows that: what the consumer said later
    was not said before the arrival.

    The previous skill and agent are the newest that are not the bot's, in this conversation before
    it came here, else in the consumer's earlier conversations, newest first.
    """
    current = own or _of(records, conversation.conversation_id) or {}
    others = _others(records, conversation)
    stays, moves = _stays(current, me), _moves(current, me)
    assigned_at = max((stay.at for stay in stays if _is_me(stay.agent, me)), default=None)
    arrived_at = rung_at or assigned_at
    trails = [
        _before(_trail(moves), conversation.skill_id),
        *(_handled_in(record, me) for record in others),
    ]
    people = [
        [*(move.agent for move in moves), *(stay.agent for stay in stays)],
        *(_agents(record, me) for record in others),
    ]
    everything = [*([own] if own else []), *records]
    return Past(
        entry_skill_id=_entry(moves) or _known(conversation.skill_id),
        previous_agent_id=_newest(_foreign(agents, me) for agents in people),
        previous_skill_id=_newest(
            (skill for skill in trail if skill not in me.skills) for trail in trails
        ),
        last_spoken_at=_last_spoken(everything, before=arrived_at),
        assigned_at=assigned_at,
    )


def conversation(record: Record, account: str) -> Conversation | None:
    """Return the conversation that a record is about, as far as it says; None without an id.

    History has no dialogs and no participants by role, so those are empty.
    """
    info = _info(record)
    conversation_id = info.get("conversationId")
    consumer = next(
        (
            str(found)
            for each in _items(record, "consumerParticipants")
            if (found := each.get("participantId") or each.get("consumerId"))
        ),
        None,
    )
    if not isinstance(conversation_id, str) or consumer is None:
        return None
    skill = translate.identifier(info.get("latestSkillId"), account) or UNASSIGNED_SKILL
    nobody = Bot(account, "", "", frozenset())
    campaign = record.get("campaign")
    named = campaign if isinstance(campaign, dict) else {}
    begun = started(record)
    return Conversation(
        account=account,
        conversation_id=conversation_id,
        consumer_id=consumer,
        skill_id=skill,
        entry_skill_id=_entry(_moves(record, nobody)) or skill,
        started_at=begun,
        changed_at=translate.instant(info.get("endTimeL")) or begun,
        dialogs=(),
        state="CLOSE" if _is_closed(record) else "OPEN",
        campaign_id=translate.identifier(named.get("campaignId"), account),
        engagement_id=translate.identifier(
            named.get("campaignEngagementId") or named.get("engagementId"), account
        ),
        context=_context(record),
    )


def _context(record: Record) -> dict[str, Any] | None:
    """What history says of the page: the device, by the word that the socket has for it."""
    device = _info(record).get("device")
    if not isinstance(device, str) or not device:
        return None
    return {"clientProperties": {"deviceFamily": device}}


def is_with(record: Record, me: Bot) -> bool:
    """Whether the record says that the conversation is open and with the bot now.

    The latest agent stays the latest while a conversation waits in a queue, so what counts as well
    is whether the bot has handed it on since it last got it.
    """
    info = _info(record)
    agent = translate.identifier(info.get("latestAgentId"), me.account)
    if agent is None or not _is_me(agent, me):
        return False
    if _is_closed(record):
        return False
    if str(info.get("latestQueueState") or "").upper() == "IN_QUEUE":
        return False
    got = [stay.at for stay in _stays(record, me) if _is_me(stay.agent, me)]
    left = [move.at for move in _moves(record, me) if move.agent and _is_me(move.agent, me)]
    return not left or max(got, default=_EARLIEST) > max(left)


def departure(record: Record, me: Bot) -> Departure | None:
    """Return how the bot lost the conversation; None when the record does not show that it did."""
    if _is_closed(record):
        return Departure()
    stays = _stays(record, me)
    got = max((stay.at for stay in stays if _is_me(stay.agent, me)), default=_EARLIEST)
    for move in reversed(_moves(record, me)):
        if move.at >= got and move.agent is not None and _is_me(move.agent, me):
            return Departure(move.target, move.to, at=move.at)
    if stays and stays[-1].at > got and not _is_me(stays[-1].agent, me):
        return Departure(at=stays[-1].at)
    return None


def _is_closed(record: Record) -> bool:
    return str(_info(record).get("status") or "").upper() in {"CLOSE", "CLOSED"}


def _info(record: Record) -> Record:
    info = record.get("info")
    return info if isinstance(info, dict) else {}


def _items(record: Record, key: str) -> list[Record]:
    items = record.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _of(records: Sequence[Record], conversation_id: ConversationId) -> Record | None:
    for record in records:
        if _info(record).get("conversationId") == conversation_id:
            return record
    return None


def started(record: Record) -> datetime:
    """Return when the conversation began; a very early moment when the record does not say."""
    return translate.instant(_info(record).get("startTimeL")) or _EARLIEST


def _others(records: Sequence[Record], conversation: Conversation) -> list[Record]:
    """The consumer's earlier conversations, the newest first."""
    others = [
        record
        for record in records
        if _info(record).get("conversationId") != conversation.conversation_id
        and started(record) <= conversation.started_at
    ]
    return sorted(others, key=started, reverse=True)


def _stays(record: Record, me: Bot) -> list[_Stay]:
    """Who had it and since when, in order."""
    found = []
    for item in _items(record, "agentParticipants"):
        role = item.get("role") or item.get("permission") or _ASSIGNED
        agent = translate.identifier(item.get("agentId"), me.account)
        if role == _ASSIGNED and agent is not None:
            found.append(_Stay(translate.instant(item.get("timeL")) or _EARLIEST, agent))
    return sorted(found, key=lambda stay: stay.at)


def _moves(record: Record, me: Bot) -> list[_Move]:
    """Its changes of skill in order, whether told as transfers or as skill changes."""
    for noun, names in _MOVES.items():
        found = [_move(item, me, names=names) for item in _items(record, noun)]
        if found:
            return sorted(found, key=lambda move: move.at)
    return []


def _move(item: Record, me: Bot, *, names: tuple[str, str, str]) -> _Move:
    source, target, agent = (translate.identifier(item.get(name), me.account) for name in names)
    to = translate.identifier(item.get("assignedAgentId"), me.account)
    return _Move(translate.instant(item.get("timeL")) or _EARLIEST, source, target, agent, to)


def _entry(moves: Sequence[_Move]) -> SkillId | None:
    return next((move.source for move in moves if move.source is not None), None)


def _trail(moves: Sequence[_Move]) -> list[SkillId]:
    """The skills that it went through, the newest first."""
    trail: list[SkillId] = []
    for move in moves:
        for skill in (move.source, move.target):
            if skill is not None and (not trail or trail[-1] != skill):
                trail.append(skill)
    return trail[::-1]


def _before(trail: list[SkillId], now: SkillId) -> list[SkillId]:
    """Leave out where it is now."""
    return trail[1:] if trail and trail[0] == now else trail


def _handled_in(record: Record, me: Bot) -> list[SkillId]:
    """The skills of an earlier conversation, the newest first."""
    last = translate.identifier(_info(record).get("latestSkillId"), me.account)
    trail = _trail(_moves(record, me))
    return [last, *trail] if last is not None else trail


def _agents(record: Record, me: Bot) -> list[UserId | None]:
    """Everybody who had an earlier conversation, the last one last."""
    last = translate.identifier(_info(record).get("latestAgentId"), me.account)
    return [
        *(move.agent for move in _moves(record, me)),
        *(stay.agent for stay in _stays(record, me)),
        last,
    ]


def _foreign(agents: Sequence[UserId | None], me: Bot) -> Iterable[UserId]:
    return (agent for agent in reversed(agents) if agent is not None and not _is_me(agent, me))


def _newest(groups: Iterable[Iterable[str]]) -> str | None:
    return next((one for group in groups for one in group), None)


def _is_me(agent: UserId, me: Bot) -> bool:
    return agent in {me.user_id, me.pid}


def _known(skill: SkillId) -> SkillId | None:
    return None if skill == UNASSIGNED_SKILL else skill


def _last_spoken(records: Iterable[Record], *, before: datetime | None) -> datetime | None:
    spoken = (
        translate.instant(item.get("timeL"))
        for record in records
        for item in _items(record, "messageRecords")
        if str(item.get("sentBy") or "").upper() == "CONSUMER"
    )
    return max(
        (at for at in spoken if at is not None and (before is None or at < before)), default=None
    )
