"""Drives the pure engine: fetches what it asks for, and keeps a receipt of what it read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.decision import Decision
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import engine
from orchestrator.services.routing.ports import Rules

AtHand = Callable[[str], AttributeValue | None]
"""Reads an attribute by its canonical name where that costs nothing; None: it must be fetched."""


class Fetching(Protocol):
    """Where attributes are fetched that are not at hand: a `gather.Gatherer`."""

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name."""
        ...


def nothing(name: str) -> None:
    """Have nothing at hand: an `AtHand` for whoever fetches everything."""
    del name


async def decide(
    compiled: compiler.CompiledSet,
    gatherer: Fetching,
    *,
    at: datetime,
    tracing: engine.Tracing = "off",
    at_hand: AtHand = nothing,
    given: AtHand | None = None,
) -> tuple[Decision, dict[str, AttributeValue]]:
    """Evaluate and return the decision with every attribute that was read.

    Nothing is waited for as long as everything is ``at_hand``, which is looked at when the engine
    asks for it. What is ``given`` instead may be looked at without need, which is quicker; it is
    not among what was read.
    """
    readings: dict[str, AttributeValue] = {}
    evaluation = engine.evaluate(compiled, at=at, tracing=tracing, given=given)
    try:
        needs = next(evaluation)
        while True:
            values = {name: value for name in needs.names if (value := at_hand(name)) is not None}
            if len(values) < len(needs.names):
                rest = [name for name in needs.names if name not in values]
                values.update(await gatherer.fetch(rest))
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
    return Receipt(
        decision_id=str(uuid4()),
        account=conversation.account,
        conversation_id=conversation.conversation_id,
        at=at,
        version=rules.version,
        number=rules.number,
        readings=read(readings),
        policy_id=decision.policy_id,
        policy_name=decision.policy_name,
        no_match_reason=decision.no_match_reason,
        actions=decision.actions,
        skill_id=conversation.skill_id,
        warnings=warnings,
    )


def read(readings: Mapping[str, AttributeValue]) -> tuple[Reading, ...]:
    """Return attributes as a receipt keeps them."""
    return tuple([_reading(name, value) for name, value in readings.items()])


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
