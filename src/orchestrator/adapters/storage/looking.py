"""What people look for among conversations and decisions, as conditions that indexes answer."""

import re
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy
from sqlalchemy import and_, literal_column, or_, select
from sqlalchemy.sql import elements, operators

from orchestrator.adapters.storage import tables
from orchestrator.core.model.wanted import ConversationsWanted, DecisionsWanted, Ending
from orchestrator.services.admin.ports import Place

Clause = sqlalchemy.ColumnElement[bool]

LATELY: Final = 2_000
"""How many decisions of a policy are looked at for the conversations that it decided about."""

PREFIXED: Final = 50
"""Conversations whose ids begin as asked; whoever asks for more writes more of the id."""

_BEGINNING: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,27}")
"""How a conversation's id, which is a UUID, begins; lists show that much of it."""

_OPEN: Final = tables.conversations.c.state == literal_column("'OPEN'")
_CLOSED: Final = tables.conversations.c.state == literal_column("'CLOSE'")
_FAILED: Final = literal_column("'failed'")
"""Literals: an index of some rows serves only who says which, before there are parameters."""

_EQUAL: Final[Mapping[str, sqlalchemy.ColumnElement[Any]]] = {
    "skill": tables.decisions.c.skill_id,
    "target": tables.decisions.c.target,
    "took": tables.decisions.c.took,
}
"""Field of `DecisionsWanted` → the column that has its value."""

_ENDED: Final[Mapping[Ending, Clause]] = {
    "matched": tables.decisions.c.policy_id.is_not(None),
    "fell-back": tables.decisions.c.policy_id.is_(None),
    "trouble": tables.decisions.c.trouble.is_not(None),
}


def _apart(column: sqlalchemy.ColumnElement[Any]) -> sqlalchemy.ColumnElement[Any]:
    """Return the same value as no column of an index.

    Where few rows are named by something else, the index by time would only lead through all rows.
    """
    return elements.UnaryExpression(
        column, operator=operators.custom_op("+", is_comparison=False), type_=column.type
    )


def kept_at(wanted: DecisionsWanted) -> sqlalchemy.ColumnElement[Any]:
    """Return by what a list of decisions is ordered."""
    named = wanted.conversation is not None or wanted.consumer is not None
    if wanted.function is None:
        named = named or wanted.call is not None
    elif not named:
        return tables.function_uses.c.at  # the same moment, from the index that leads
    return _apart(tables.decisions.c.at) if named else tables.decisions.c.at


def started_at(wanted: ConversationsWanted) -> sqlalchemy.ColumnElement[Any]:
    """Return by what a list of conversations is ordered."""
    named = wanted.about is not None or wanted.policy is not None
    return _apart(tables.conversations.c.started_at) if named else tables.conversations.c.started_at


def decisions(account: str, wanted: DecisionsWanted) -> list[Clause]:
    """Return the conditions of a list of decisions."""
    column = tables.decisions.c
    found: list[Any] = [column.account == account]
    for name, equal in _EQUAL.items():
        if (value := getattr(wanted, name)) is not None:
            found.append(equal == value)
    found += _about(account, wanted)
    if wanted.function is not None:
        found += _used(account, wanted)
    elif wanted.call is not None:
        found.append(column.id.in_(_users(account, wanted)))
    if wanted.policy is not None:
        # Troubles are rare and a policy may be frequent: then the index of troubles is to lead.
        matched = column.policy_id + "" if wanted.ending == "trouble" else column.policy_id
        found.append(matched == wanted.policy)
    if wanted.ending is not None:
        found.append(_ENDED[wanted.ending])
    if wanted.since is not None:
        found.append(kept_at(wanted) >= wanted.since)
    if wanted.until is not None:
        found.append(kept_at(wanted) < wanted.until)
    return found


def conversations(account: str, wanted: ConversationsWanted) -> list[Clause]:
    """Return the conditions of a list of conversations."""
    column = tables.conversations.c
    found: list[Any] = [column.account == account]
    if wanted.about is not None:
        known = _beginning(account, wanted.about)
        found.append(or_(column.consumer_id == wanted.about, column.id.in_(known)))
    if wanted.consumer is not None:
        found.append(column.consumer_id == wanted.consumer)
    if wanted.skill is not None:
        found.append(column.skill_id == wanted.skill)
    if wanted.agent is not None:
        found += [_OPEN, column.assigned_user == wanted.agent]
    if wanted.policy is not None:
        found.append(column.id.in_(_decided_lately(account, wanted.policy)))
    return found + _standing(account, wanted)


def behind(at: sqlalchemy.ColumnElement[Any], identifier: Any, after: Place | None) -> list[Clause]:
    """Return the condition for what comes after a place, the newest first and then by id.

    That nothing is newer is said once more by itself: by that an index finds where to begin.
    """
    if after is None:
        return []
    same = and_(at == after.at, identifier > after.id)
    return [at <= after.at, or_(at < after.at, same)]


def _standing(account: str, wanted: ConversationsWanted) -> list[Any]:
    column, rings, users = tables.conversations.c, tables.rings.c, tables.users.c
    ringing = select(rings.conversation_id).where(
        rings.account == account, rings.state == literal_column("'WAITING'")
    )
    bots = select(users.id).where(users.account == account, users.type == "bot")
    held, free = column.assigned_user.is_not(None), column.assigned_user.is_(None)
    match wanted.standing:
        case "CLOSED":
            return [_CLOSED]
        case "QUEUED":
            return [_OPEN, free, column.id.not_in(ringing)]
        case "RINGING":
            return [_OPEN, free, column.id.in_(ringing)]
        case "WITH_BOT":
            return [_OPEN, held, column.assigned_user.in_(bots)]
        case "WITH_AGENT":
            return [_OPEN, held, column.assigned_user.not_in(bots)]
        case None:
            return []


def _beginning(account: str, asked: str) -> sqlalchemy.Select[Any]:
    """Conversations whose ids begin like that."""
    column = tables.conversations.c
    named = select(column.id).where(
        column.account == account, column.id.startswith(asked, autoescape=True)
    )
    return named.order_by(column.id).limit(PREFIXED)


def _about(account: str, wanted: DecisionsWanted) -> list[Clause]:
    """Whose decisions, by the conversation and by the consumer."""
    found: list[Clause] = []
    if wanted.conversation is not None:
        found.append(_of_conversation(account, wanted.conversation))
    if wanted.consumer is not None:
        found.append(tables.decisions.c.id.in_(_of_consumer(account, wanted.consumer)))
    return found


def _of_conversation(account: str, asked: str) -> Clause:
    """Programs name conversations as they like, so only what looks like a beginning is one."""
    column = tables.decisions.c.conversation_id
    if not _BEGINNING.fullmatch(asked):
        return column == asked
    known = select(_beginning(account, asked).subquery().c.id)
    return column.in_(select(sqlalchemy.literal(asked)).union_all(known))


def _used(account: str, wanted: DecisionsWanted) -> list[Any]:
    """Return the condition for decisions that used a function."""
    column = tables.function_uses.c
    found = [column.account == account, column.decision_id == tables.decisions.c.id]
    found.append(column.name == wanted.function)
    if wanted.call is not None:
        found.append(column.ended == wanted.call)
    return found


def _users(account: str, wanted: DecisionsWanted) -> sqlalchemy.Select[Any]:
    """Return the decisions of the period in which the call of any function ended so."""
    column = tables.function_uses.c
    ended = column.ended == (_FAILED if wanted.call == "failed" else wanted.call)
    found = select(column.decision_id).where(column.account == account, ended)
    if wanted.since is not None:
        found = found.where(column.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(column.at < wanted.until)
    return found


def _of_consumer(account: str, consumer: str) -> sqlalchemy.CompoundSelect[Any]:
    """Decisions that were asked for about a consumer, and those on the consumer's conversations."""
    decided, conversation = tables.decisions.c, tables.conversations.c
    asked = select(decided.id).where(decided.account == account, decided.consumer_id == consumer)
    theirs = select(conversation.id).where(
        conversation.account == account, conversation.consumer_id == consumer
    )
    own = select(decided.id).where(decided.account == account, decided.conversation_id.in_(theirs))
    return asked.union(own)


def _decided_lately(account: str, policy: str) -> sqlalchemy.Select[Any]:
    column = tables.decisions.c
    newest = (
        select(column.conversation_id)
        .where(column.account == account, column.policy_id == policy, column.asked_by.is_(None))
        .order_by(column.at.desc())
        .limit(LATELY)
        .subquery()
    )
    return select(newest.c.conversation_id)
