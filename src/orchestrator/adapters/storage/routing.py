"""Claims, decisions and steps on the database: implements `services.routing.ports.Records`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import and_, bindparam, func, select

from orchestrator.adapters.storage import (
    decided,
    editions,
    engine,
    kept,
    prepared,
    processes,
    retention,
    tables,
)
from orchestrator.core.model import errors
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.ids import AccountId
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import Outcome, Step, Work
from orchestrator.core.model.times import milliseconds
from orchestrator.core.policy.editions import Edition
from orchestrator.services.routing import ports

HOP_WINDOW: Final = timedelta(hours=1)

TOLERANCE: Final = timedelta(seconds=1)
"""Two sources of the platform date one assignment; they may differ by its own delays."""

_work = msgspec.json.Decoder(Work)

_CLAIM: Final = tables.claims.c
_ACCOUNT: Final = bindparam("account")
_CONVERSATION: Final = bindparam("conversation")
_CLAIMS: Final = prepared.Statement(
    select(tables.claims)
    .where(_CLAIM.account == _ACCOUNT, _CLAIM.conversation_id == _CONVERSATION)
    .order_by(_CLAIM.opened_at.desc())
)
_OF_CONVERSATION: Final = tables.claims.update().where(
    _CLAIM.account == bindparam("key_account"),
    _CLAIM.conversation_id == bindparam("key_conversation"),
)
_IS: Final = _OF_CONVERSATION.where(_CLAIM.arrival == bindparam("key_arrival"))
_REPLACE: Final = prepared.Statement(_OF_CONVERSATION.where(_CLAIM.finished_at.is_(None)))
_SET_CLAIM: Final = prepared.Statement(_IS)
_SET_UNFINISHED: Final = prepared.Statement(_IS.where(_CLAIM.finished_at.is_(None)))
_ADD_CLAIM: Final = prepared.Statement(tables.claims.insert())
_ADD_STEP: Final = prepared.Statement(tables.steps.insert())
_SET_STEP: Final = prepared.Statement(
    tables.steps.update().where(
        tables.steps.c.account == bindparam("key_account"),
        tables.steps.c.step_id == bindparam("key_step"),
    )
)
_HOPS: Final = prepared.Statement(
    select(func.count()).where(
        tables.decisions.c.account == _ACCOUNT,
        tables.decisions.c.conversation_id == _CONVERSATION,
        tables.decisions.c.at > bindparam("since"),
        tables.decisions.c.asked_by.is_(None),  # what programs ask does not move a conversation
    )
)
_RULES: Final = prepared.Statement(
    select(
        tables.accounts.c.fallback_skill_id,
        tables.accounts.c.first_message_seconds,
        tables.policy_versions.c.number,
        tables.policy_versions.c.hash,
    )
    .select_from(tables.accounts)
    .outerjoin(tables.policy_sets, tables.policy_sets.c.account == tables.accounts.c.id)
    .outerjoin(
        tables.policy_versions,
        and_(
            tables.policy_versions.c.account == tables.accounts.c.id,
            tables.policy_versions.c.number == tables.policy_sets.c.number,
        ),
    )
    .where(tables.accounts.c.id == _ACCOUNT)
)


class Records:
    """Implements `ports.Records` on a `Database`."""

    def __init__(self, database: engine.Database | processes.Fenced) -> None:
        self._database = database
        self._asked = kept.Together(database, decided.write)

    async def claim(self, arrival: Arrival, *, now: datetime) -> ports.Claim | None:
        """Make, or find, the unfinished claim of an arrival; None when it is decided already."""
        return await self._database.jot(lambda connection: _claim(connection, arrival, now))

    async def withdraw(self, claim: ports.Claim, *, reason: str, now: datetime) -> None:
        """End a claim without a decision."""
        await self._set_claim(claim, state="WITHDRAWN", finished_at=now, reason=reason)

    async def record(
        self,
        claim: ports.Claim,
        receipt: Receipt,
        steps: Sequence[Step],
        *,
        assigned_at: datetime,
        now: datetime,
    ) -> None:
        """Write decision, steps and the end of the claim in one transaction."""

        def work(connection: sqlalchemy.Connection) -> None:
            ended = {
                **_key(claim),
                "state": "DECIDED",
                "accepted_at": receipt.at,
                "assigned_at": assigned_at,
                "finished_at": now,
            }
            if _SET_UNFINISHED.run(connection, ended) != 1:
                raise errors.Conflict("This arrival has been decided already.")
            made = decided.kept(receipt, arrival=claim.arrival, at=receipt.at, made=now)
            decided.write(connection, [made])
            for step in steps:
                _ADD_STEP.run(connection, _row(step))

        self._database.settled.stir(receipt.account, receipt.at)
        await self._database.jot(work)

    async def keep(self, receipts: Sequence[Receipt], *, now: datetime) -> None:
        """Write decisions that were asked for, in one transaction with others at that moment."""
        for account in {each.account for each in receipts}:
            self._database.settled.stir(account, now)
        await self._asked.add(
            [
                decided.kept(
                    each, arrival=f"asked:{each.decision_id}", at=now
                )  # rules may see any clock
                for each in receipts
            ]
        )

    async def begin(self, step: Step, *, now: datetime) -> None:
        """Note an attempt."""
        await self._set_step(step, attempts=step.attempts + 1, started_at=now)

    async def finish(self, step: Step, outcome: Outcome) -> None:
        """Note what became of a step."""
        await self._set_step(
            step,
            state="done",
            finished_at=outcome.at,
            outcome=msgspec.json.encode(outcome),
        )

    async def postpone(self, step: Step, *, until: datetime, reason: str) -> None:
        """Note when to try a step again. The reason is in the log, beside the conversation."""
        del reason
        await self._set_step(step, next_at=until)

    async def pending(self, account: AccountId) -> Sequence[Step]:
        """Return the unfinished steps, by decision and position."""
        table = tables.steps
        statement = (
            select(table)
            .where(table.c.account == account, table.c.state == "pending")
            .order_by(table.c.decision_id, table.c.position)
        )
        return await self._database.read(
            lambda connection: [_step(row) for row in connection.execute(statement)]
        )

    async def unfinished(self, account: AccountId) -> Sequence[ports.Claim]:
        """Return the claims without a decision."""
        table = tables.claims
        statement = (
            select(table)
            .where(table.c.account == account, table.c.finished_at.is_(None))
            .order_by(table.c.opened_at)
        )
        return await self._database.read(
            lambda connection: [_found(row, hops=0) for row in connection.execute(statement)]
        )

    async def rules(self, account: AccountId) -> ports.Rules:
        """Return what the account decides by right now."""
        given = {"account": account}
        row = await self._database.shared(
            (_RULES, account), lambda connection: _RULES.first(connection, given)
        )
        return _rules(row, account)

    async def edition(self, version: str, *, like: Edition | None = None) -> Edition | None:
        """Return the stored policy set with this content address, or None."""
        return await self._database.read(
            lambda connection: editions.read(connection, version, like)
        )

    async def prune(self, *, now: datetime, limit: int) -> int:
        """Delete decisions past their account's retention, with steps and claims."""
        return await self._database.transact(
            lambda connection: retention.prune(connection, now=now, limit=limit)
        )

    async def _set_claim(self, claim: ports.Claim, **values: Any) -> None:
        given = {**_key(claim), **values}
        await self._database.jot(lambda connection: _SET_CLAIM.run(connection, given))

    async def _set_step(self, step: Step, **values: Any) -> None:
        given = {"key_account": step.account, "key_step": step.step_id, **values}
        await self._database.jot(lambda connection: _SET_STEP.run(connection, given))


def _claim(
    connection: sqlalchemy.Connection, arrival: Arrival, now: datetime
) -> ports.Claim | None:
    of_conversation = {"account": arrival.account, "conversation": arrival.conversation_id}
    rows = _CLAIMS.all(connection, of_conversation)
    hops = _hops(connection, arrival, now)
    if arrival.ring_id is not None:
        key = arrival.ring_id
        same = next((row for row in rows if row.arrival == key), None)
        if same is not None:
            return None if same.finished_at is not None else _found(same, hops=hops)
        # Claims of earlier rings that were never answered are over: this ring replaced them.
        if any(row.finished_at is None for row in rows):
            _REPLACE.run(
                connection,
                {
                    "key_account": arrival.account,
                    "key_conversation": arrival.conversation_id,
                    "state": "WITHDRAWN",
                    "finished_at": now,
                    "reason": "A newer ring replaced it.",
                },
            )
    else:
        unfinished = next((row for row in rows if row.finished_at is None), None)
        if unfinished is not None:
            return _found(unfinished, hops=hops)
        known = [row for row in rows if row.state == "DECIDED"]
        if known and not _is_later(connection, arrival, known):
            return None
        key = f"{ports.FOUND}{milliseconds(arrival.assigned_at or arrival.at)}"
        if any(row.arrival == key for row in rows):
            return None
    _ADD_CLAIM.run(
        connection,
        {
            "account": arrival.account,
            "conversation_id": arrival.conversation_id,
            "arrival": key,
            "skill_id": arrival.skill_id,
            "state": "OPEN",
            "opened_at": now,
        },
    )
    return ports.Claim(
        arrival.account, arrival.conversation_id, key, arrival.skill_id, "OPEN", hops, now
    )


def _is_later(connection: sqlalchemy.Connection, arrival: Arrival, known: Sequence[Any]) -> bool:
    """Whether a conversation found in the bot's hands came there after its last decision."""
    if arrival.assigned_at is None:
        return _has_left(connection, arrival)
    seen = [row.assigned_at for row in known if row.assigned_at is not None]
    return not seen or arrival.assigned_at > max(seen) + TOLERANCE


def _has_left(connection: sqlalchemy.Connection, arrival: Arrival) -> bool:
    """Whether the newest decision is carried out and took the conversation away from the bot.

    The platform does not say since when the bot has it; so it is here again if it had gone.
    """
    steps, decisions = tables.steps, tables.decisions
    row = connection.execute(
        select(steps.c.outcome)
        .join(
            decisions,
            and_(decisions.c.account == steps.c.account, decisions.c.id == steps.c.decision_id),
        )
        .where(
            steps.c.account == arrival.account,
            steps.c.conversation_id == arrival.conversation_id,
            steps.c.kind == "transfer",
        )
        .order_by(decisions.c.at.desc())
        .limit(1)
    ).first()
    if row is None or row.outcome is None:
        return False
    return msgspec.json.decode(row.outcome, type=Outcome).result != "STAYED"


def _hops(connection: sqlalchemy.Connection, arrival: Arrival, now: datetime) -> int:
    given = {
        "account": arrival.account,
        "conversation": arrival.conversation_id,
        "since": now - HOP_WINDOW,
    }
    return _HOPS.scalar(connection, given) or 0


def _rules(row: Any, account: AccountId) -> ports.Rules:
    if row is None:
        raise errors.NotFound(f"There is no account {account}.")
    return ports.Rules(
        version=row.hash or "",
        number=row.number or 0,
        fallback_skill_id=row.fallback_skill_id,
        first_message_wait=timedelta(seconds=row.first_message_seconds),
    )


def _key(claim: ports.Claim) -> dict[str, Any]:
    return {
        "key_account": claim.account,
        "key_conversation": claim.conversation_id,
        "key_arrival": claim.arrival,
    }


def _found(row: Any, *, hops: int) -> ports.Claim:
    return ports.Claim(
        row.account,
        row.conversation_id,
        row.arrival,
        row.skill_id,
        row.state,
        hops,
        opened_at=row.opened_at,
    )


def _row(step: Step) -> dict[str, Any]:
    return {
        "account": step.account,
        "step_id": step.step_id,
        "conversation_id": step.conversation_id,
        "decision_id": step.decision_id,
        "position": step.position,
        "kind": type(step.work).__struct_config__.tag,
        "body": msgspec.json.encode(step.work),
        "state": "pending",
        "attempts": step.attempts,
    }


def _step(row: Any) -> Step:
    return Step(
        step_id=row.step_id,
        account=row.account,
        conversation_id=row.conversation_id,
        decision_id=row.decision_id,
        position=row.position,
        work=_work.decode(row.body),
        attempts=row.attempts,
    )
