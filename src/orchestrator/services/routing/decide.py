"""Drives the pure engine: fetches what it asks for, and keeps a receipt of what it read."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import uuid4

import msgspec
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.decision import Decision
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, engine
from orchestrator.services.routing.ports import Records, Rules

KEPT_COMPILED: Final = 64
"""Compiled policy sets kept at hand, least recently used out first."""

_log = structlog.get_logger(__name__)


class Ready(msgspec.Struct, frozen=True):
    """Rules to decide by, and what is wrong with them as a whole."""

    compiled: compiler.CompiledSet
    warnings: tuple[str, ...] = ()


AtHand = Callable[[str], AttributeValue | None]
"""Reads an attribute by its canonical name where that costs nothing; None: it must be fetched."""


class Fetching(Protocol):
    """Where attributes are fetched that are not at hand: a `gather.Gatherer`."""

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name."""
        ...


class Rulebook:
    """Compiled policy sets by their content address: the same rules are read and compiled once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._sets: OrderedDict[str, Ready] = OrderedDict()
        self._making: dict[str, asyncio.Task[Ready]] = {}

    async def of(self, rules: Rules) -> Ready:
        """Return the compiled form of ``rules``. Raises Unavailable when it cannot be read.

        A stored set that makes no sense as a whole decides nothing, so that conversations go down
        the fallback chain instead of waiting for somebody to mend it.
        """
        found = self._sets.get(rules.version)
        if found is None:
            found = await self._made(rules)
        elif len(self._sets) > 1:
            self._sets.move_to_end(rules.version)
        return found

    async def _made(self, rules: Rules) -> Ready:
        """Read and compile ``rules`` once for all who wait for it; the others' loop goes on."""
        making = self._making.get(rules.version)
        if making is None:
            making = self._making[rules.version] = asyncio.ensure_future(self._make(rules))
            making.add_done_callback(lambda done: self._finished(rules.version, done))
        return await asyncio.shield(making)

    async def _make(self, rules: Rules) -> Ready:
        stored = await self._records.policy_set(rules.version)
        return await asyncio.to_thread(_ready, rules, stored)

    def _finished(self, version: str, done: asyncio.Task[Ready]) -> None:
        del self._making[version]
        if done.cancelled() or done.exception() is not None:
            return
        self._sets[version] = done.result()
        while len(self._sets) > KEPT_COMPILED:
            self._sets.popitem(last=False)


def _ready(rules: Rules, given: dict[str, Any]) -> Ready:
    try:
        stored = document.load_stored(given)
    except errors.OrchestratorError as error:
        _log.error("routing.rules-unreadable", version=rules.number, reason=error.message)
        nothing = document.Document(policies=())
        return Ready(compiler.compile_set(nothing), (f"The rules make no sense: {error.message}",))
    return Ready(compiler.compile_set(stored.policy_set))


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
) -> tuple[Decision, dict[str, AttributeValue]]:
    """Evaluate and return the decision with every attribute that was read.

    Nothing is waited for as long as everything is ``at_hand``.
    """
    readings: dict[str, AttributeValue] = {}
    evaluation = engine.evaluate(compiled, at=at, tracing=tracing)
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
