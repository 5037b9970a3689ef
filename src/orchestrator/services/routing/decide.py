"""Drives the pure engine: fetches what it asks for, and keeps a receipt of what it read."""

from collections import OrderedDict
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.decision import Decision
from orchestrator.core.model.ids import AccountId, ConversationId
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, engine
from orchestrator.services.routing.gather import Gatherer
from orchestrator.services.routing.ports import Records, Rules

KEPT_COMPILED: Final = 64
"""Compiled policy sets kept at hand, least recently used out first."""

_log = structlog.get_logger(__name__)


class Ready(msgspec.Struct, frozen=True):
    """Rules to decide by, and what is wrong with them as a whole."""

    compiled: compiler.CompiledSet
    warnings: tuple[str, ...] = ()


class Rulebook:
    """Compiled policy sets by their content address: the same rules are read and compiled once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._sets: OrderedDict[str, Ready] = OrderedDict()

    async def of(self, rules: Rules) -> Ready:
        """Return the compiled form of ``rules``. Raises Unavailable when it cannot be read.

        A stored set that makes no sense as a whole decides nothing, so that conversations go down
        the fallback chain instead of waiting for somebody to mend it.
        """
        found = self._sets.get(rules.version)
        if found is None:
            stored = await self._records.policy_set(rules.version)
            found = self._sets[rules.version] = _ready(rules, stored)
        self._sets.move_to_end(rules.version)
        while len(self._sets) > KEPT_COMPILED:
            self._sets.popitem(last=False)
        return found


def _ready(rules: Rules, given: dict[str, Any]) -> Ready:
    try:
        stored = document.load_stored(given)
    except errors.OrchestratorError as error:
        _log.error("routing.rules-unreadable", version=rules.number, reason=error.message)
        nothing = document.Document(policies=())
        return Ready(compiler.compile_set(nothing), (f"The rules make no sense: {error.message}",))
    return Ready(compiler.compile_set(stored.policy_set))


async def decide(
    compiled: compiler.CompiledSet,
    gatherer: Gatherer,
    *,
    at: datetime,
    tracing: engine.Tracing = "off",
) -> tuple[Decision, dict[str, AttributeValue]]:
    """Evaluate and return the decision with every attribute that was read."""
    readings: dict[str, AttributeValue] = {}
    evaluation = engine.evaluate(compiled, at=at, tracing=tracing)
    try:
        needs = next(evaluation)
        while True:
            values = await gatherer.fetch(needs.names)
            readings.update(values)
            needs = evaluation.send(values)
    except StopIteration as finished:
        return finished.value, readings


def receipt(
    conversation: Conversation,
    decision: Decision,
    readings: dict[str, AttributeValue],
    *,
    rules: Rules,
    at: datetime,
    warnings: tuple[str, ...] = (),
) -> Receipt:
    """Return what is kept of a decision on a conversation in the bot's hands."""
    kept = asked_receipt(
        conversation.account,
        conversation.conversation_id,
        decision,
        readings,
        rules=rules,
        at=at,
        warnings=warnings,
    )
    return msgspec.structs.replace(kept, skill_id=conversation.skill_id)


def asked_receipt(
    account: AccountId,
    conversation_id: ConversationId,
    decision: Decision,
    readings: dict[str, AttributeValue],
    *,
    rules: Rules,
    at: datetime,
    warnings: tuple[str, ...] = (),
) -> Receipt:
    """Return what is kept of a decision, whatever it is about."""
    return Receipt(
        decision_id=str(uuid4()),
        account=account,
        conversation_id=conversation_id,
        at=at,
        version=rules.version,
        number=rules.number,
        readings=tuple(_reading(name, value) for name, value in readings.items()),
        policy_id=decision.policy_id,
        policy_name=decision.policy_name,
        no_match_reason=decision.no_match_reason,
        actions=decision.actions,
        warnings=warnings,
    )


def hop_limited(conversation: Conversation, *, rules: Rules, at: datetime) -> Receipt:
    """Return the receipt of a conversation that came back too often: no policy was asked."""
    return Receipt(
        decision_id=str(uuid4()),
        account=conversation.account,
        conversation_id=conversation.conversation_id,
        at=at,
        version=rules.version,
        number=rules.number,
        readings=(),
        policy_id=None,
        policy_name=None,
        no_match_reason="NO_MATCHED_RULES",
        actions=(),
        skill_id=conversation.skill_id,
        hop_limited=True,
    )


def _reading(name: str, value: AttributeValue) -> Reading:
    if isinstance(value, Known):
        return Reading(name, value.value, value.source, value.as_of)
    return Reading(name, None, value.source, None, value.reason)
