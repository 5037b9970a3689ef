"""Deciding: a generator that asks for attributes and ends with a `Decision`; it never waits.

Whoever drives it fetches what it asks for::

    evaluation = engine.evaluate(policy_set, at=now, tracing="off")
    reply = None
    try:
        while True:
            reply = await fetch(evaluation.send(reply).names)
    except StopIteration as end:
        decision = end.value

or, with everything at hand, `run` or `run_on`.

How to think about it: policies are tried in turn, and that is what a trace shows. Without a trace
the index (`docs/explanation/engine.md`) leaves out the policies that would be settled and not match
by what is known: trying them asks nothing and changes nothing. The rest is tried as ever.
"""

import functools
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from orchestrator.core.model import action as actions
from orchestrator.core.model import attributes, errors
from orchestrator.core.model.attributes import AttributeValue, Json, Unfetched
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy import judging, lookup, plan
from orchestrator.core.policy.compiled import CompiledBlock, CompiledPolicy, CompiledSet, Node
from orchestrator.core.policy.explain import Trace
from orchestrator.core.policy.index import search
from orchestrator.core.policy.index.table import Index
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Given, Memory, Setting
from orchestrator.core.policy.operators import FAILED, Absent
from orchestrator.core.policy.values import TRUE

Tracing = Literal["off", "on"]


class Needs(msgspec.Struct, frozen=True):
    """A question: the canonical names of attributes, all of the same cost, each asked only once.

    The reply maps names to values; a name that is absent from it is missing.
    """

    names: tuple[str, ...]


Evaluation = Generator[Needs, Mapping[str, AttributeValue], Decision]


def evaluate(
    policy_set: CompiledSet,
    *,
    at: datetime | None,
    tracing: Tracing = "off",
    given: Given | None = None,
) -> Evaluation:
    """Decide by the first enabled policy that matches, asking only for what can matter.

    ``at`` is aware, or None for "no clock". What is ``given`` is at hand for nothing and is looked
    at before anything is asked, perhaps without need. Raises ValueError at once if the clock is
    naive, or so near the first or the last year that UTC has no date for it.
    """
    setting = Setting(None if at is None else _utc(at), policy_set.schedules)
    memory = Memory(policy_set.custom, setting, given=given)
    index = policy_set.usable_index
    if tracing == "on" or index is None:
        return _in_turn(policy_set, memory, tracing)
    return _found(index, memory)


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("the clock must say its offset from UTC: a naive datetime is refused")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("the clock is out of range: UTC has no date for it") from None


def _in_turn(policy_set: CompiledSet, memory: Memory, tracing: Tracing) -> Evaluation:
    trace = Trace(policy_set, memory, memory.setting.at) if tracing == "on" else None
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


def _found(index: Index, memory: Memory) -> Evaluation:  # noqa: C901 — one walk, two sorts of steps
    """Try what the index cannot settle by what is known, which grows with every question.

    A row is ``possible`` until something in it is FALSE, and ``true`` until something that is known
    keeps it from being TRUE. One that names nothing unknown and is not ``true`` is settled.
    """
    possible, true = index.possible, index.true
    told = bytearray(len(index.units))
    stops = list(reversed(index.beside.stops)) if index.beside else []
    while possible or stops:
        length = possible.bit_length()
        if stops and length <= stops[-1][0]:  # all that comes before it is settled
            _, policy = stops.pop()
            found = yield from _try(policy, memory, None)
            if found is not None:
                return Decision(policy.id, policy.name, found, None)
            continue
        bit = length - 1
        pending = False
        for number in index.needs[bit]:
            if told[number]:
                continue
            unit = index.units[number]
            known = memory.get(unit.name)
            if known is None:
                pending = True
                continue
            told[number] = 1
            value = FAILED if isinstance(known, Unfetched) else known.value
            holds = unit.lane.true(value)
            true &= holds
            possible &= holds | unit.lane.unsure(value)
            if possible.bit_length() != length:
                break
        else:
            entrance = index.entrances[bit]
            if not pending and bit not in index.opaque:
                if not true >> bit & 1:
                    possible &= true | _open(index, told)
                    continue
                if entrance.ready is not None:
                    return entrance.ready
            policy = entrance.policy
            found = yield from _try(policy, memory, None)
            if found is not None:
                return Decision(policy.id, policy.name, found, None)
            possible &= (1 << entrance.policy_floor) - 1
    return index.nothing


def _open(index: Index, told: bytearray) -> int:
    """Return the rows that are more than their lanes, or in lanes whose attribute is not known."""
    found = index.inexact
    for number, unit in enumerate(index.units):
        if not told[number]:
            found |= unit.lane.rows
    return found


_Actions = tuple[actions.Action, ...] | None
_Asking = Generator[Needs, Mapping[str, AttributeValue], _Actions]
_Judge = Callable[[Node, Memory], Judged]
_Settling = Generator[Needs, Mapping[str, AttributeValue], Judged]


def _try(policy: CompiledPolicy, memory: Memory, trace: Trace | None) -> _Asking:
    """Try the exception, then the root; return the actions of the first that matches."""
    judge = judging.judge if trace else judging.glance
    for position, block in enumerate(policy.blocks):
        judged = yield from _settle(policy.blocks[position:], memory, judge)
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


def _settle(blocks: Sequence[CompiledBlock], memory: Memory, judge: _Judge) -> _Settling:
    """Ask until the first of ``blocks`` is settled; the outcome depends on the others as well."""
    while True:
        judged = judge(blocks[0].condition, memory)
        names = set(judging.wanted(judged, memory))
        if not names:
            return judged
        for other in blocks[1:]:
            names.update(judging.wanted(judging.glance(other.condition, memory), memory))
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


Read = Callable[[str], AttributeValue]
"""From a canonical name to its value, or to the reason why it could not be had."""


def run(
    policy_set: CompiledSet,
    read: Read,
    *,
    at: datetime | None,
    tracing: Tracing = "off",
) -> Decision:
    """Decide with attributes that are at hand: ``read`` is given canonical names.

    Without a trace it may be asked for attributes that turn out not to matter. Whatever it raises
    goes through, but for an `errors.BadInput` about an attribute that does not matter.
    """
    index = policy_set.usable_index
    if tracing == "off" and index is not None:
        moment = None if at is None else _utc(at)
        try:
            return _at_hand(policy_set, search.rows(index, _values(read)), lambda: read, moment)
        except errors.BadInput:
            pass
    return _driven(evaluate(policy_set, at=at, tracing=tracing), read)


def settle(policy_set: CompiledSet, read: Read, *, at: datetime | None) -> Decision:
    """Decide as `run` does, without a trace, and ask ``read`` only for what can matter."""
    return _driven(evaluate(policy_set, at=at), read)


def run_on(
    policy_set: CompiledSet,
    given: Mapping[str, Any],
    *,
    at: datetime | None,
    tracing: Tracing = "off",
) -> Decision:
    """Decide with attributes in a mapping, nested or with dotted keys, as `lookup.reader` has it.

    Raises `errors.BadInput` for no mapping, and for a value that matters and is no JSON.
    """
    index = policy_set.usable_index
    if tracing == "off" and index is not None and type(given) is dict:
        try:
            return _by_keys(policy_set, index, given, None if at is None else _utc(at))
        except (errors.BadInput, search.Elsewhere):
            pass
    return run(policy_set, lookup.reader(given), at=at, tracing=tracing)


def _by_keys(
    policy_set: CompiledSet, index: Index, given: dict[str, Any], at: datetime | None
) -> Decision:
    """Decide by attributes under their very names, mostly by a row that needs nothing more."""
    get, pick = given.get, index.pick
    found = None if pick is None else pick(given)
    if found is None:
        holding = search.rows(index, get, given)
    else:
        if len(found) > 1:
            found.sort(reverse=True)
        bit = search.first(index, found, get, given) if found else search.NONE
        if bit == search.NONE:
            return index.nothing
        ready = index.entrances[bit].ready
        if ready is not None and bit not in index.opaque:
            return ready
        holding = search.onward(index, found, get, given)
    return _at_hand(policy_set, holding, functools.partial(lookup.reader, given), at)


def _driven(evaluation: Evaluation, read: Read) -> Decision:
    try:
        needs = next(evaluation)
        while True:
            needs = evaluation.send({name: read(name) for name in needs.names})
    except StopIteration as end:
        return end.value


def _values(read: Read) -> search.Get:
    def get(name: str) -> Json | Absent:
        known = read(name)
        return FAILED if isinstance(known, Unfetched) else known.value

    return get


def _at_hand(
    policy_set: CompiledSet,
    holding: Iterable[int],
    opened: Callable[[], Read],
    at: datetime | None,
) -> Decision:
    """Decide by the first of the rows ``holding`` whose other literals hold and that has a plan."""
    index: Index = policy_set.index
    memory: Memory | None = None
    for bit in holding:
        entrance = index.entrances[bit]
        opaque = index.opaque.get(bit)
        if opaque is None and entrance.ready is not None:
            return entrance.ready
        if memory is None:
            memory = Memory(index.custom, Setting(at, policy_set.schedules), given=opened())
        if opaque is not None and not judging.all_hold(opaque, memory):
            continue
        if entrance.ready is not None:
            return entrance.ready
        try:
            found = plan.resolve(entrance.block.plan, memory)
        except plan.Unresolved:
            continue
        return Decision(entrance.policy.id, entrance.policy.name, found, None)
    return index.nothing
