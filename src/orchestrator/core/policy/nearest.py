"""The smallest change of attributes that would have changed a decision: found, tried, then said.

How to think about it. A condition tree that is false says itself which of its tests would have to
turn: one more member of an *any*, all that fail of an *all*. Each such *repair* names a handful of
tests, `changes` knows values that turn them, and the engine is run with those values. Only what
comes out as hoped is said. Nothing else is searched, so the work is bounded: however large the
set and the values, a search ends after `MAX_LOOKED_AT` blocks and `MAX_RUNS` runs of the engine.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.policy import changes, engine, judging, operand, reasons, repairs, unfold
from orchestrator.core.policy.changes import Change
from orchestrator.core.policy.compile import (
    Branch,
    CompiledBlock,
    CompiledPolicy,
    CompiledSet,
    Node,
    Test,
)
from orchestrator.core.policy.memory import Memory, Setting, find
from orchestrator.core.policy.repairs import Repair
from orchestrator.core.policy.values import FALSE, TRUE, Truth

MAX_RUNS: Final = 400
MAX_LOOKED_AT: Final = 200
"""How many blocks above the winner, and how many behind it, are looked at: the first ones."""
ENOUGH: Final = 40
"""After so many no others are looked at, if a single test is all that keeps `MAX_EXAMINED` back."""
MAX_EXAMINED: Final = 12
"""How many blocks above the winner, and how many below, are put to the engine."""
MAX_ABOVE: Final = 5
MAX_BELOW: Final = 5
"""How many suggestions there are at most, besides the winner's own."""
_CUSTOM: Final = "custom."

Read = Callable[[str], AttributeValue | None]
"""From a canonical name to its value; None for one that nobody can say any more."""


class Suggestion(msgspec.Struct, frozen=True, rename="camel"):
    """What would have made one block match, or, for the one that decided, not match.

    ``sentence`` is for people, without a capital and a full stop: "would match if `balance` were at
    least 500; it is 480". ``changed`` are the values that it was tried with, by canonical name.
    ``place`` says where the policy stands to the one that decided.
    """

    policy_id: str
    policy_name: str
    block: str
    place: Literal["above", "winner", "below"]
    sentence: str
    changed: Mapping[str, Json]


class _Candidate(msgspec.Struct, frozen=True):
    """One block that lost, the ways to turn it, and where its policy stands in the set."""

    index: int
    policy: CompiledPolicy
    block: CompiledBlock
    memory: Memory
    repairs: tuple[Repair, ...]


def suggestions(
    policy_set: CompiledSet, read: Read, *, at: datetime | None
) -> tuple[Suggestion, ...]:
    """Return the smallest change for the winner and for the blocks that came nearest, best first.

    ``read`` gives what the decision was made from. A change that needs an attribute for which it
    gives None is never proposed. Each is tried before it is returned: a policy above the winner
    wins with it, one below matches by itself, the winner no longer matches. Raises ValueError for
    a naive ``at``.
    """
    return tuple(_Search(policy_set, read, at).results())


class _Spent(Exception):
    """The engine has been run as often as it may be."""


class _Search:
    def __init__(self, policy_set: CompiledSet, read: Read, at: datetime | None) -> None:
        self._set = policy_set
        self._read = read
        self._at = at
        self._runs = 0
        self._cache: dict[str, AttributeValue | None] = {}
        self._unread = False
        self._places = {policy.id: at for at, policy in enumerate(policy_set.policies)}
        self._winner, self._winning_block = self._decided()

    def _decided(self) -> tuple[int, str | None]:
        """Return the position of the policy that decides, behind the last for none; its block."""
        first = self._first({})
        if first == len(self._set.policies):
            return first, None
        alone = self._run(self._set.policies[first], {})
        return first, alone[1] if alone else None

    def results(self) -> Iterator[Suggestion]:
        try:
            yield from self._results()
        except _Spent:
            return

    def _results(self) -> Iterator[Suggestion]:
        if self._winner < len(self._set.policies):
            yield from self._losing()
        candidates = self._nearest()
        for place, most in (("above", MAX_ABOVE), ("below", MAX_BELOW)):
            own = [each for each in candidates if self._place(each) == place]
            found = (self._winning(each) for each in own[:MAX_EXAMINED])
            yield from itertools.islice((each for each in found if each is not None), most)

    def _place(self, candidate: _Candidate) -> Literal["above", "below"]:
        return "above" if candidate.index <= self._winner else "below"

    def _nearest(self) -> list[_Candidate]:
        """Return blocks that lost: fewest tests to turn first, among equals from the top."""
        end = len(self._set.policies)
        found = [*self._lost(range(self._winner)), *self._lost(range(self._winner, end))]
        return sorted(found, key=lambda candidate: len(candidate.repairs[0]))

    def _lost(self, places: range) -> Iterator[_Candidate]:
        """Yield the blocks of some policies that lost, until there are enough or it was enough."""
        looked = single = 0
        for index in places:
            policy = self._set.policies[index]
            for block in policy.blocks:
                if index == self._winner and block.name == self._winning_block:
                    continue
                looked += 1
                candidate = self._candidate(index, block, TRUE)
                if candidate.repairs and (policy.enabled or candidate.repairs[0] == ()):
                    single += len(candidate.repairs[0]) <= 1
                    yield candidate
            if looked >= MAX_LOOKED_AT or (looked >= ENOUGH and single >= MAX_EXAMINED):
                return

    def _candidate(self, index: int, block: CompiledBlock, wanted: Truth) -> _Candidate:
        policy = self._set.policies[index]
        condition = unfold.unfold(block.condition)
        memory = self._memory(condition)
        ways = repairs.of(judging.judge(condition, memory), wanted, memory)
        return _Candidate(index, policy, block, memory, tuple(ways))

    def _memory(self, node: Node) -> Memory:
        moment = None if self._at is None else self._at.astimezone(UTC)
        memory = Memory(self._set.custom, Setting(moment, self._set.schedules))
        for name in _names(node):
            known = memory.get(name) or self._known(name)
            if known is not None:
                memory.learn((name,), {name: known})
        return memory

    def _known(self, name: str) -> AttributeValue | None:
        if name not in self._cache:
            try:
                self._cache[name] = self._read(name)
            except errors.BadInput:  # no JSON: the decision itself never came to read it
                self._cache[name] = None
        return self._cache[name]

    def _losing(self) -> Iterator[Suggestion]:
        policy = self._set.policies[self._winner]
        block = next(one for one in policy.blocks if one.name == self._winning_block)
        candidate = self._candidate(self._winner, block, FALSE)

        def accepts(changed: Mapping[str, Json]) -> bool:
            return not self._matches(candidate, changed) and not self._unread

        found = self._search(candidate, accepts)
        if found is not None:
            told = _told("would not match", found.phrases, candidate.memory)
            yield self._suggestion(candidate, "winner", told, found.changed)

    def _winning(self, candidate: _Candidate) -> Suggestion | None:
        place = self._place(candidate)
        if not candidate.policy.enabled:
            return self._enabled(candidate, place)

        def accepts(changed: Mapping[str, Json]) -> bool:
            alone = self._matches(candidate, changed)
            return alone and (place == "below" or self._wins(candidate, changed))

        found = self._search(candidate, accepts)
        if found is None:
            return None
        beaten = ""
        if place == "below":
            above = self._who_wins(candidate, found.changed)
            if above is None:
                return None
            beaten = f"but “{above}” above it wins" if above != candidate.policy.name else ""
        told = _told("would match", found.phrases, candidate.memory, beaten=beaten)
        return self._suggestion(candidate, place, told, found.changed)

    def _enabled(
        self, candidate: _Candidate, place: Literal["above", "below"]
    ) -> Suggestion | None:
        """Say of a policy that is switched off that nothing but this keeps it from matching."""
        policy = msgspec.structs.replace(candidate.policy, enabled=True)
        on = msgspec.structs.replace(candidate, policy=policy)
        if not self._matches(on, {}):
            return None
        if place == "above" and not self._wins(on, {}):
            return None
        told = "would match if it were switched on"
        if place == "below":
            told += f", but “{self._set.policies[self._winner].name}” above it wins"
        return self._suggestion(on, place, told, {})

    def _suggestion(
        self,
        candidate: _Candidate,
        place: Literal["above", "winner", "below"],
        told: str,
        changed: Mapping[str, Json],
    ) -> Suggestion:
        policy = candidate.policy
        return Suggestion(policy.id, policy.name, candidate.block.name, place, told, changed)

    def _search(
        self, candidate: _Candidate, accepts: Callable[[Mapping[str, Json]], bool]
    ) -> "_Found | None":
        """Return the first repair that is accepted, said in general if that is true."""
        for repair in candidate.repairs:
            exact: _Found | None = None
            for combination in repairs.combinations(repair, candidate.memory):
                found = _tried(combination, accepts)
                if found is not None and found.general == TRUE:
                    return found
                exact = exact or found
            if exact is not None:
                return exact
        return None

    def _matches(self, candidate: _Candidate, changed: Mapping[str, Json]) -> bool:
        """Whether the block matches by itself, in a set of its policy alone."""
        return self._run(candidate.policy, changed) == (candidate.policy.id, candidate.block.name)

    def _wins(self, candidate: _Candidate, changed: Mapping[str, Json]) -> bool:
        """Whether a block that matches by itself also comes first."""
        return self._first(changed) >= candidate.index and not self._unread

    def _who_wins(self, candidate: _Candidate, changed: Mapping[str, Json]) -> str | None:
        """Return the name of the first policy that matches, None where that cannot be said."""
        found = self._first(changed)
        if found > candidate.index or self._unread:
            return None
        return self._set.policies[found].name

    def _run(self, policy: CompiledPolicy, changed: Mapping[str, Json]) -> tuple[str, str] | None:
        """Decide by one policy alone; return its id and its block if it matches."""
        rules = msgspec.structs.replace(
            self._set, policies=(policy,), custom=self._custom(changed), index=None
        )
        decision = engine.run(rules, self._reading(changed), at=self._at, tracing="on")
        if decision.policy_id is None or decision.trace is None:
            return None
        return decision.policy_id, decision.trace["policies"][-1]["block"]

    def _first(self, changed: Mapping[str, Json]) -> int:
        """Return the position of the policy that decides, behind the last one for none.

        The index makes it one look-up whatever the number of policies; what it asks for can matter.
        """
        rules, custom = self._set, self._custom(changed)
        if custom is not rules.custom:
            rules = msgspec.structs.replace(rules, custom=custom)
        decision = engine.settle(rules, self._reading(changed), at=self._at)
        return self._places.get(decision.policy_id or "", len(self._set.policies))

    def _reading(self, changed: Mapping[str, Json]) -> engine.Read:
        """Return how one run of the engine reads. Raises `_Spent` after `MAX_RUNS`."""
        self._runs += 1
        self._unread = False
        if self._runs > MAX_RUNS:
            raise _Spent

        def read(name: str) -> AttributeValue:
            if name in changed:
                return Known(changed[name])
            known = self._known(name)
            self._unread = self._unread or known is None
            return known or Unfetched("it was not read")

        return read

    def _custom(self, changed: Mapping[str, Json]) -> Mapping[str, Json]:
        custom: Mapping[str, Json] = self._set.custom
        own = {
            plain: value
            for name, value in changed.items()
            if name.startswith(_CUSTOM)
            and find(custom, plain := name.removeprefix(_CUSTOM)) is not None
        }
        return {**custom, **own} if own else custom


class _Found(msgspec.Struct, frozen=True):
    """What to say of each attribute, by canonical name, and the values it was tried with.

    ``general`` is TRUE where the phrases stand for more values than those.
    """

    phrases: tuple[tuple[str, str], ...]
    changed: Mapping[str, Json]
    general: Truth = FALSE


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Branch):
        for member in node.members:
            yield from _names(member)
    elif isinstance(node, Test):
        yield node.property.name
        for wanted in operand.references(node.operand):
            yield wanted.name
    else:
        yield from (wanted.name for wanted in node.references)


def _tried(
    combination: tuple[Change, ...], accepts: Callable[[Mapping[str, Json]], bool]
) -> _Found | None:
    """Return what to say, None if nothing is accepted.

    The general phrase is used if every value of it is accepted, otherwise the one value that is.
    """
    least = {change.name: change.values[0] for change in combination}
    others = [
        {**least, change.name: value} for change in combination for value in change.values[1:]
    ]
    if accepts(least):
        if all(accepts(other) for other in others):
            phrases = tuple((change.name, change.were) for change in combination)
            return _Found(phrases, least, TRUE)
        return _exactly(combination, least)
    single = others if len(combination) == 1 else []
    fitting = next((other for other in single if accepts(other)), None)
    return None if fitting is None else _exactly(combination, fitting)


def _exactly(combination: tuple[Change, ...], chosen: Mapping[str, Json]) -> _Found | None:
    phrases: list[tuple[str, str]] = []
    for change in combination:
        phrase = changes.exactly(change, chosen[change.name])
        if phrase is None:
            return None
        phrases.append((change.name, phrase))
    return _Found(tuple(phrases), chosen)


def _told(
    verb: str, phrases: Sequence[tuple[str, str]], memory: Memory, *, beaten: str = ""
) -> str:
    """Put a sentence together: "would match if `balance` were at least 500; it is 480"."""
    comma = f", {beaten}" if beaten else ""
    if not phrases:
        return verb + comma
    said = [(f"`{reasons.short(name)}` {were}", _now(name, memory)) for name, were in phrases]
    if len(said) == 1 and not beaten:
        return f"{verb} if {said[0][0]}; {said[0][1]}"
    return f"{verb} if " + " and ".join(f"{were} ({now})" for were, now in said) + comma


def _now(name: str, memory: Memory) -> str:
    known = memory.get(name)
    if not isinstance(known, Known):
        return "it could not be fetched"
    if known.value is None:
        return "it is missing"
    return f"it is {reasons.shown(name, known)}"
