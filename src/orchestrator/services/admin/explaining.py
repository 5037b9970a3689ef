"""Recorded decisions told in full: what was known, why it went so, and what became of it."""

from datetime import datetime
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, attributes, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import AttributeValue
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.function import Call
from orchestrator.core.model.receipt import Reading as Read
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import excerpt, nearest, reasons
from orchestrator.core.policy.nearest import Suggestion
from orchestrator.services.admin import decisions, reports, retelling, spoken, surveys
from orchestrator.services.admin.decisions import DecisionRow
from orchestrator.services.admin.ports import Decided, Reading, Store
from orchestrator.services.admin.reports import ConversationRow
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.admin.spoken import Said
from orchestrator.services.admin.surveys import Survey

ENTRIES: Final = 60
"""Policies of a trace that are told: of a longer one those that came nearest, and the first."""


class Used(msgspec.Struct, frozen=True):
    """An attribute as a decision read it; sensitive values are masked.

    ``age`` is in seconds before the decision, None where it is not known. ``error`` says why there
    is no value.
    """

    name: str
    value: Any
    source: str
    age: float | None
    error: str | None


class Explained(msgspec.Struct, frozen=True):
    """One decision in full.

    ``trace`` is that of `excerpt.trace`, and None when nothing was asked (hop limit) or the version
    is gone. ``asked_by`` is None for the bot's own decisions.
    """

    decision: DecisionRow
    asked_by: str | None
    consumer_id: str | None
    hop_limited: bool
    used: list[Used]
    outcomes: list[dict[str, Any]]
    calls: tuple[Call, ...]
    warnings: tuple[str, ...]
    trace: dict[str, Any] | None
    suggestions: tuple[Suggestion, ...]


class ConversationTold(msgspec.Struct, frozen=True):
    """A conversation; ``decisions`` the earliest first, ``last`` the last of them in full."""

    conversation: ConversationRow
    consumer_id: str
    messages: list[Said]
    decisions: list[DecisionRow]
    last: Explained | None
    survey: Survey | None


class Taken(msgspec.Struct, frozen=True):
    """What a decision was made from, to try it again: attributes by name, clock and version."""

    decision_id: str
    attributes: dict[str, Any]
    at: datetime
    version: int


class Explaining:
    """Reads on single decisions."""

    def __init__(self, store: Store, rulesets: Rulesets) -> None:
        self._store = store
        self._rulesets = rulesets

    async def decision(self, actor: Actor, decision_id: str) -> Explained:
        """Return one decision in full. Raises `errors.NotFound`."""
        access.demand(actor, "conversations.read")
        return await self._store.read(
            lambda rows: self.told(rows, actor.account, _decided(rows, actor.account, decision_id))
        )

    async def conversation(self, actor: Actor, reference: str) -> ConversationTold:
        """Return a conversation: what was said, all decisions, and the last of them in full.

        ``reference`` is its id or how it begins, as in `Reports.conversation`, which raises alike.
        """
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> ConversationTold:
            return self.whole(rows, reports.meant(rows, actor.account, reference))

        return await self._store.read(work)

    async def taken(self, actor: Actor, reference: str) -> Taken:
        """Return what a decision was made from: by its id, or the last one of a conversation.

        Sensitive values are in it: who may read conversations may read them. Raises
        `errors.NotFound`, also for a conversation about which nothing was decided.
        """
        access.demand(actor, "conversations.read")

        def work(rows: Reading) -> Taken:
            found = rows.decided(actor.account, reference)
            if found is None:
                meant = reports.meant(rows, actor.account, reference).conversation_id
                found = next(reversed(rows.decisions(actor.account, meant)), None)
            if found is None:
                raise errors.NotFound("Nothing was decided about this conversation.", path="load")
            receipt = found.receipt
            known = {
                reading.name: reading.value
                for reading in receipt.readings
                if reading.error is None and reading.value is not None
            }
            return Taken(receipt.decision_id, known, receipt.at, receipt.number)

        return await self._store.read(work)

    def whole(self, rows: Reading, meant: Conversation) -> ConversationTold:
        """Tell a conversation from the rows; who may hear it is for the caller to say."""
        account, key = meant.account, meant.conversation_id
        names = reports.names_of(rows, account)
        said = rows.messages(account, key, limit=reports.MESSAGES_SHOWN)
        found = rows.decisions(account, key)
        return ConversationTold(
            reports.rows_of(rows, account, [meant])[0],
            meant.consumer_id,
            spoken.of(meant, said, called=names.user),
            [decisions.row(each.receipt, names) for each in found],
            self.told(rows, account, found[-1]) if found else None,
            surveys.of(meant, said),
        )

    def told(self, rows: Reading, account: str, found: Decided) -> Explained:
        """Tell a decision from the rows; who may hear it is for the caller to say."""
        receipt, names = found.receipt, reports.names_of(rows, account)
        trace, suggestions = None, ()
        rules = None
        if not receipt.hop_limited:
            rules = self._rulesets.of(rows, account, receipt.version)
        if rules is not None:
            if receipt.only_policy is not None:
                rules = compiler.only(rules, receipt.only_policy)
            known = retelling.readings(receipt)
            nothing = attributes.Known(None)

            def read(name: str) -> AttributeValue:
                return known.get(name, nothing)

            suggestions = nearest.suggestions(rules, known.get, at=receipt.at)
            near = {each.policy_id for each in suggestions}
            trace = excerpt.trace(rules, read, at=receipt.at, most=ENTRIES, also=near)
        return Explained(
            decisions.row(receipt, names),
            receipt.asked_by,
            receipt.consumer_id or _consumer(rows, account, receipt.conversation_id),
            receipt.hop_limited,
            [_used(each, receipt.at) for each in receipt.readings],
            reports.outcomes(found, names),
            receipt.calls,
            receipt.warnings,
            trace,
            suggestions,
        )


def _decided(rows: Reading, account: str, decision_id: str) -> Decided:
    found = rows.decided(account, decision_id)
    if found is None:
        raise errors.NotFound(f"There is no decision {decision_id}.", path="decision")
    return found


def _consumer(rows: Reading, account: str, conversation_id: str) -> str | None:
    found = rows.conversation(account, conversation_id) if conversation_id else None
    return found.consumer_id if found else None


def _used(reading: Read, at: datetime) -> Used:
    age = None if reading.as_of is None else max(0.0, (at - reading.as_of).total_seconds())
    value = reading.value
    if value is not None and attributes.is_sensitive(attributes.canonical(reading.name)):
        value = reasons.MASK
    return Used(reading.name, value, reading.source, age, reading.error)
