"""Attribute sets that prove something: constructed from cells and literals, tried on the engine.

Nothing here is believed: what was constructed is judged by the engine's own code, and what does not
do what it should is thrown away.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from orchestrator.core.model import times
from orchestrator.core.model.attributes import Json, Known
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy import engine, judging, operand, plan, values
from orchestrator.core.policy.analysis import cells, leaves
from orchestrator.core.policy.analysis.leaves import Conjunction, Dimension, Leaf, Literal
from orchestrator.core.policy.analysis.space import Space
from orchestrator.core.policy.compile import CompiledBlock, CompiledSet, Test
from orchestrator.core.policy.expression import tree
from orchestrator.core.policy.memory import Memory, Setting
from orchestrator.core.policy.values import TRUE

MAX_SETS: Final = 64
"""So many attribute sets are tried for one row; more where the clock matters."""
_PER_ATTRIBUTE: Final = 4
_POOL: Final[tuple[Json, ...]] = ("x", 1, 100, 0, -1, True, False, None, ["x"], 10_000)
_MONDAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
_HOURS: Final = 7 * 24
_DATE: Final = re.compile(r"(\d\d)/(\d\d)/(\d{2}|\d{4})")
_WORDS: Final = re.compile(r"[\w @:/-]+")


class Witness(msgspec.Struct, frozen=True):
    """Attributes by canonical name, none of them null, and a clock where one matters."""

    attributes: dict[str, Any]
    at: datetime | None = None

    @property
    def moment(self) -> str | None:
        """The clock as JSON has it."""
        return None if self.at is None else times.iso(self.at)


class Trials:
    """One policy set, and what it does with attributes."""

    def __init__(self, policy_set: CompiledSet, space: Space, memory: Memory) -> None:
        self._policy_set = policy_set
        self._space = space
        self._static = memory
        self._numbers = {policy.id: at for at, policy in enumerate(policy_set.policies)}

    def decide(self, witness: Witness) -> Decision:
        """Run the engine."""
        given = witness.attributes
        return engine.run(
            self._policy_set, lambda name: Known(given.get(name)), at=witness.at, tracing="off"
        )

    def winner(self, witness: Witness) -> int | None:
        """Run the engine; return the position of the policy that decides, None where none does."""
        decision = self.decide(witness)
        return None if decision.policy_id is None else self._numbers[decision.policy_id]

    def holds(self, block: CompiledBlock, witness: Witness) -> bool:
        """Whether a block's own conditions are satisfied, and its actions can be carried out."""
        memory = Memory(self._policy_set.custom, Setting(witness.at, self._policy_set.schedules))
        given = {name: Known(value) for name, value in witness.attributes.items()}
        while True:
            judged = judging.glance(block.condition, memory)
            names = set(judging.wanted(judged, memory))
            if judged.truth == TRUE and not names:
                break
            if not names:
                return False
            memory.learn(sorted(names), given)
        wanted = [found.name for found in block.plan.references if memory.get(found.name) is None]
        memory.learn(wanted, given)
        try:
            plan.resolve(block.plan, memory)
        except plan.Unresolved:
            return False
        return True

    def satisfying(
        self,
        block: CompiledBlock,
        literals: Conjunction,
        box: Mapping[Dimension, int],
    ) -> Iterator[Witness]:
        """Yield attribute sets within ``box`` that satisfy the block, the plainest first."""
        timed = any(leaves.depends_on_clock(literal.leaf) for literal in literals)
        most = MAX_SETS * 5 if timed else MAX_SETS
        for found in itertools.islice(self.candidates(literals, box, block), most):
            if self.holds(block, found):
                yield found

    def candidates(
        self,
        literals: Conjunction,
        box: Mapping[Dimension, int],
        block: CompiledBlock | None = None,
    ) -> Iterator[Witness]:
        """Yield attribute sets that may satisfy ``literals``; nothing is checked."""
        by_name: dict[str, list[Literal]] = {}
        opaque: list[Leaf] = []
        for literal in literals:
            if isinstance(literal.leaf.dimension, str):
                by_name.setdefault(literal.leaf.dimension, []).append(literal)
            else:
                opaque.append(literal.leaf)
        choices: dict[str, list[Json]] = {}
        for dimension, inside in box.items():
            if isinstance(dimension, str) and not self._is_static(dimension):
                asked = by_name.get(dimension, [])
                choices[dimension] = self._values(dimension, inside, asked)
        self._loosen(choices, opaque, block)
        clocks = list(_clocks(opaque)) or [None]
        names = list(choices)
        for combined in itertools.islice(_gently(list(choices.values())), MAX_SETS * 4):
            chosen = {
                name: value
                for name, value in zip(names, combined, strict=True)
                if value is not None
            }
            for at in clocks:
                yield Witness(chosen, at)

    def _is_static(self, name: str) -> bool:
        return self._static.get(name) is not None

    def _loosen(
        self, choices: dict[str, list[Json]], opaque: Sequence[Leaf], block: CompiledBlock | None
    ) -> None:
        """Add guesses for whatever opaque leaves and targets read."""
        pool = list(dict.fromkeys(_hashable(each) for leaf in opaque for each in _literals(leaf)))
        guesses = [*pool, *_POOL]
        for leaf in opaque:
            known = [value for name in leaf.names for value in choices.get(name, [])[:2]]
            for name in leaf.names:
                if not self._is_static(name) and name not in choices:
                    choices[name] = [*known, *guesses][:12]
        for found in block.plan.references if block is not None else ():
            if not self._is_static(found.name) and found.name not in choices:
                choices[found.name] = ["7"]

    def _values(self, dimension: str, inside: int, asked: Sequence[Literal]) -> list[Json]:
        """Return values from cells that satisfy what is asked of the attribute."""
        table = self._space.table(dimension)
        found: list[Json] = []
        typical = inside & self._space.typical(dimension)
        likely = itertools.chain(cells.positions(typical), cells.positions(inside & ~typical))
        for at in itertools.islice(likely, 64):
            cell = table.cells[at]
            for value in _of_cell(cell, asked):
                if all(literal.leaf.judge(value) == literal.wanted for literal in asked):
                    found.append(value)
                    break
            if len(found) >= _PER_ATTRIBUTE:
                break
        if not found and inside:
            constructed = (*_texts(asked), *_lists(asked))
            found = [
                value
                for value in constructed
                if all(literal.leaf.judge(value) == literal.wanted for literal in asked)
            ][:_PER_ATTRIBUTE]
        return found or [None]


def _gently(choices: Sequence[Sequence[Json]]) -> Iterator[tuple[Json, ...]]:
    """Yield combinations: the first of each, those that differ in one place, then all."""
    first = tuple(each[0] for each in choices)
    yield first
    for place, each in enumerate(choices):
        for value in each[1:]:
            yield (*first[:place], value, *first[place + 1 :])
    yield from itertools.product(*choices)


def _of_cell(cell: cells.Cell, asked: Sequence[Literal]) -> Iterator[Json]:
    """The value that stands for a cell, and others of a free one, as they are asked for."""
    yield cell.value
    if cell.freedom == "text":
        yield from _texts(asked)
    elif cell.freedom == "list":
        yield from _lists(asked)


def _texts(asked: Sequence[Literal]) -> Iterator[str]:
    """Texts made of what they must begin with, contain and end with."""
    start = end = ""
    parts: list[str] = []
    for literal in asked:
        leaf, row = literal.leaf, literal.leaf.operator
        if literal.wanted != TRUE or row is None or not isinstance(leaf.constant, str):
            continue
        match row.name:
            case "STARTS_WITH":
                start = max(start, leaf.constant, key=len)
            case "ENDS_WITH":
                end = max(end, leaf.constant, key=len)
            case "CONTAINS":
                parts.append(leaf.constant)
            case "IS_PART_OF":
                yield leaf.constant[: len(leaf.constant) // 2 + 1]
                yield leaf.constant
                yield ""
            case "MATCHES":
                parts.extend(_of_pattern(leaf.constant)[:1])
                yield from _of_pattern(leaf.constant)
    middle = " ".join(dict.fromkeys(parts))
    yield start + middle + end
    yield " ".join(each for each in (start, middle, end) if each)
    yield f"{start} {middle} and more {end}"
    yield start if len(start) > len(end) else end
    yield middle


def _of_pattern(pattern: str) -> list[str]:
    """Guess texts in which a pattern is found: the plain words of each alternative."""
    bare = re.sub(r"\(\?[a-zA-Z]+\)", "", pattern)
    found: list[str] = []
    for alternative in bare.split("|"):
        plain = re.sub(r"\\[bBAzZ]|[\^$()]", "", alternative)
        plain = plain.replace(r"\d", "1").replace(r"\s", " ").replace(r"\w", "a")
        plain = re.sub(r"\[(.)[^\]]*\]", r"\1", plain)
        found.append(re.sub(r"\.[*+?]|[*+?]|\{\d+,?\d*\}", "", plain))
        found.extend(_WORDS.findall(alternative))
    return found


def _lists(asked: Sequence[Literal]) -> Iterator[list[Json]]:
    yield [
        literal.leaf.constant
        for literal in asked
        if literal.wanted == TRUE
        and literal.leaf.operator is not None
        and literal.leaf.operator.name == "CONTAINS"
    ]


def _literals(leaf: Leaf) -> Iterator[Json]:
    """The constants inside an opaque leaf, and their neighbours."""
    if isinstance(leaf.node, Test):
        read = leaf.node.operand
        if isinstance(read, operand.Literal):
            yield from read.value[:3] if isinstance(read.value, list) else [read.value]
        return
    for part in tree.walk(leaf.node) if leaf.node is not None else ():
        if isinstance(part, tree.Value):
            yield part.value
            if isinstance(part.value, int | float) and not isinstance(part.value, bool):
                yield part.value + 1
                yield part.value - 1


def _hashable(value: Json) -> Json:
    return repr(value) if values.kind(value) in {"list", "object"} else value


def _clocks(opaque: Iterable[Leaf]) -> Iterator[datetime]:
    """Moments at which leaves that ask the clock may hold: dates that they name, then a week."""
    timed = [leaf for leaf in opaque if leaves.depends_on_clock(leaf)]
    if not timed:
        return
    for text in (each for leaf in timed for each in _literals(leaf) if isinstance(each, str)):
        found = _DATE.fullmatch(text)
        if found:
            month, day, year = (int(part) for part in found.groups())
            try:
                yield datetime(year if year > 99 else 2000 + year, month, day, 12, tzinfo=UTC)  # noqa: PLR2004 - two digits
            except ValueError:
                continue
    for hour in range(_HOURS):
        yield _MONDAY + timedelta(hours=(hour * 11) % _HOURS)
