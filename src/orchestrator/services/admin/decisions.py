"""Decisions as they were recorded, whether a conversation was routed or somebody asked."""

from datetime import datetime
from typing import Any

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.function import Call
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.wanted import ANY_DECISION, DecisionsWanted
from orchestrator.services.admin import reports
from orchestrator.services.admin.ports import Place, Reading, Store
from orchestrator.services.admin.retelling import Retelling


class DecisionRow(msgspec.Struct, frozen=True, rename="camel"):
    """One decision in a list. ``version`` is the account's count."""

    decision_id: str
    conversation_id: str | None
    at: datetime
    version: int
    policy_id: str | None
    policy: str | None
    no_match_reason: str | None
    actions: list[dict[str, Any]]


class DecisionTold(msgspec.Struct, frozen=True, rename="camel"):
    """One decision with what became of it, and why. ``trace`` is None when nothing was asked.

    ``calls`` is what functions were used, and what that cost.
    """

    decision: DecisionRow
    outcomes: list[dict[str, Any]]
    trace: dict[str, Any] | None
    calls: list[Call]


class Decisions:
    """Reads on what was decided."""

    def __init__(self, store: Store, *, retelling: Retelling | None = None) -> None:
        self._store = store
        self._retelling = retelling or Retelling()

    async def all(
        self,
        actor: Actor,
        *,
        limit: int = 100,
        after: Place | None = None,
        wanted: DecisionsWanted = ANY_DECISION,
    ) -> list[tuple[Place, DecisionRow]]:
        """Return decisions with their places, newest first; those behind ``after``.

        Raises `errors.BadInput` for ``until`` where that is before ``since``.
        """
        access.demand(actor, "conversations.read")
        if wanted.since and wanted.until and wanted.until < wanted.since:
            raise errors.BadInput("The period ends before it begins.", path="until")

        def work(rows: Reading) -> list[tuple[Place, DecisionRow]]:
            names = reports.names_of(rows, actor.account)
            found = rows.receipts(actor.account, limit=limit, after=after, wanted=wanted)
            return [(each.place, row(each.receipt, names)) for each in found]

        return await self._store.read(work)

    async def show(self, actor: Actor, decision_id: str) -> DecisionTold:
        """Return one decision, explained. Raises `errors.NotFound`."""
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> DecisionTold:
            found = rows.decided(actor.account, decision_id)
            if found is None:
                raise errors.NotFound(f"There is no decision {decision_id}.", path="decision")
            names = reports.names_of(rows, actor.account)
            told = reports.shown(rows, found, names, retelling=self._retelling)
            calls = list(found.receipt.calls)
            return DecisionTold(row(found.receipt, names), told.outcomes, told.trace, calls)

        return await self._store.read(work)


def row(receipt: Receipt, names: reports.Names) -> DecisionRow:
    """Return a decision as lists have it."""
    return DecisionRow(
        receipt.decision_id,
        receipt.conversation_id or None,
        receipt.at,
        receipt.number,
        receipt.policy_id,
        receipt.policy_name,
        receipt.no_match_reason,
        reports.named_actions(receipt, names),
    )
