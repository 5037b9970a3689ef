"""Deciding: a generator that asks for attributes and ends with a `Decision`; it never waits.

Whoever drives it fetches what it asks for::

    evaluation = engine.evaluate(policy_set, at=now, tracing="off")
    reply = None
    try:
        while True:
            reply = await fetch(evaluation.send(reply).names)
    except StopIteration as end:
        decision = end.value

or, with everything at hand, `run`.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from orchestrator.core.model import action as actions
from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy import judging, plan
from orchestrator.core.policy.compile import CompiledBlock, CompiledPolicy, CompiledSet
from orchestrator.core.policy.explain import Trace
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Memory, Setting
from orchestrator.core.policy.values import TRUE

Tracing = Literal["off", "on"]


class Needs(msgspec.Struct, frozen=True):
    """A question: the canonical names of attributes, all of the same cost, each asked only once.

    The reply maps names to values; a name that is absent from it is missing.
    """

    names: tuple[str, ...]


Evaluation = Generator[Needs, Mapping[str, AttributeValue], Decision]


def evaluate(
    policy_set: CompiledSet, *, at: datetime | None, tracing: Tracing = "off"
) -> Evaluation:
    """Decide by the first enabled policy that matches, asking only for what can matter.

    ``at`` is aware, or None for "no clock". Raises ValueError at once if it is naive, or so near
    the first or the last year that UTC has no date for it.
    """
    return _evaluate(policy_set, None if at is None else _utc(at), tracing)


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("the clock must say its offset from UTC: a naive datetime is refused")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("the clock is out of range: UTC has no date for it") from None


def _evaluate(policy_set: CompiledSet, at: datetime | None, tracing: Tracing) -> Evaluation:
    memory = Memory(policy_set.custom, Setting(at, policy_set.schedules))
    trace = Trace(policy_set, memory, at) if tracing == "on" else None
    for policy in policy_set.policies:
        if not policy.enabled or policy.invalid is not None:
            if trace:
                trace.skip(policy)
            continue
        found = yield from _try(policy, memory, trace)
        if found is not None:
            shown = trace.document() if trace else None
            return Decision(policy.id, policy.name, found, None, shown)
    enabled = any(policy.enabled for policy in policy_set.policies)
    reason = "NO_MATCHED_RULES" if enabled else "NO_POLICIES_ENABLED"
    return Decision(None, None, (), reason, trace.document() if trace else None)


_Actions = tuple[actions.Action, ...] | None
_Asking = Generator[Needs, Mapping[str, AttributeValue], _Actions]
_Settling = Generator[Needs, Mapping[str, AttributeValue], Judged]


def _try(policy: CompiledPolicy, memory: Memory, trace: Trace | None) -> _Asking:
    """Try the exception, then the root; return the actions of the first that matches."""
    for position, block in enumerate(policy.blocks):
        judged = yield from _settle(policy.blocks[position:], memory)
        found: _Actions = None
        fault: str | None = None
        warnings: tuple[str, ...] = ()
        if judged.truth == TRUE:
            try:
                found = yield from _resolve(block, memory)
                warnings = plan.warnings(block.plan, memory) if trace else ()
            except plan.Unresolved as unresolved:
                fault = str(unresolved)
        if trace:
            trace.tried(policy, block, judged, fault=fault, warnings=warnings)
        if found is not None:
            return found
    return None


def _settle(blocks: Sequence[CompiledBlock], memory: Memory) -> _Settling:
    """Ask until the first of ``blocks`` is settled; the outcome depends on the others as well."""
    while True:
        judged = judging.judge(blocks[0].condition, memory)
        names = set(judging.wanted(judged, memory))
        if not names:
            return judged
        for other in blocks[1:]:
            names.update(judging.wanted(judging.judge(other.condition, memory), memory))
        yield from _ask(names, memory)


def _resolve(block: CompiledBlock, memory: Memory) -> _Asking:
    while True:
        plan.check(block.plan, memory)
        names = {found.name for found in block.plan.references if memory.get(found.name) is None}
        if not names:
            return plan.resolve(block.plan, memory)
        yield from _ask(names, memory)


def _ask(
    names: Iterable[str], memory: Memory
) -> Generator[Needs, Mapping[str, AttributeValue], None]:
    """Ask for the cheapest of ``names``: what they say may make the dearer ones superfluous."""
    costs = {name: attributes.cost(name) for name in names}
    least = min(costs.values())
    batch = tuple(sorted(name for name, cost in costs.items() if cost == least))
    memory.learn(batch, (yield Needs(batch)))


def run(
    policy_set: CompiledSet,
    read: Callable[[str], AttributeValue],
    *,
    at: datetime | None,
    tracing: Tracing = "off",
) -> Decision:
    """Drive an evaluation with attributes that are at hand: ``read`` is given canonical names."""
    evaluation = evaluate(policy_set, at=at, tracing=tracing)
    try:
        needs = next(evaluation)
        while True:
            needs = evaluation.send({name: read(name) for name in needs.names})
    except StopIteration as end:
        return end.value
