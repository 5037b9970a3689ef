"""Which tests of a condition tree would have to turn for the whole of it to turn."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from orchestrator.core.policy import changes, trials
from orchestrator.core.policy.changes import Change
from orchestrator.core.policy.compile import Branch, Test
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.values import FALSE, TRUE, Truth

MAX_ATTRIBUTES: Final = 2
"""How many attributes a repair may touch."""
MAX_TESTS: Final = 4
"""How many tests a repair may turn."""
MAX_REPAIRS: Final = 12
"""How many repairs of one tree are kept, the smallest."""


class Goal(msgspec.Struct, frozen=True):
    """A leaf of the tree, the truth that it should have, and the attribute that shall give it."""

    leaf: Test | Formula
    wanted: Truth
    name: str


Repair = tuple[Goal, ...]


def of(judged: Judged, wanted: Truth, memory: Memory) -> list[Repair]:
    """Return the smallest sets of tests that, turned, give ``judged`` the truth ``wanted``."""
    if judged.truth == wanted:
        return [()]
    node = judged.node
    if not isinstance(node, Branch):
        goals = [Goal(node, wanted, name) for name in _names(node)]
        return [(goal,) for goal in goals if _is_possible(goal, memory)]
    inner = wanted if node.quantifier != "none" else _not(wanted)
    every = (node.quantifier == "any") == (wanted == FALSE)
    if node.quantifier == "none":
        every = wanted == TRUE
    found = [of(member, inner, memory) for member in judged.members]
    return _joined(found) if every else _smallest(itertools.chain.from_iterable(found))


def _names(leaf: Test | Formula) -> Iterator[str]:
    if isinstance(leaf, Test):
        yield leaf.property.name
    else:
        yield from (wanted.name for wanted in leaf.references)


def _not(truth: Truth) -> Truth:
    return FALSE if truth == TRUE else TRUE


def _joined(found: Sequence[list[Repair]]) -> list[Repair]:
    """One repair of each member, together."""
    whole: list[Repair] = [()]
    for repairs in found:
        whole = _smallest((*one, *other) for one in whole for other in repairs)
    return whole


def _smallest(repairs: Iterable[Repair]) -> list[Repair]:
    few = [repair for repair in repairs if len(repair) <= MAX_TESTS]
    return sorted(few, key=len)[:MAX_REPAIRS]


def _is_possible(goal: Goal, memory: Memory) -> bool:
    """Whether there may be a change; for a part of an expression only trying will tell."""
    return isinstance(goal.leaf, Formula) or bool(_changes(goal, memory))


def _changes(goal: Goal, memory: Memory) -> Sequence[Change]:
    if isinstance(goal.leaf, Formula):
        return trials.of(goal.leaf, memory, goal.wanted, name=goal.name)
    change = changes.of(goal.leaf, memory, goal.wanted)
    return () if change is None else (change,)


def combinations(repair: Repair, memory: Memory) -> Iterator[tuple[Change, ...]]:
    """Yield one change for each attribute of the repair, all ways to choose them."""
    if len({goal.name for goal in repair}) > MAX_ATTRIBUTES:
        return
    by_name: dict[str, list[Change]] = {}
    for goal in repair:
        by_name.setdefault(goal.name, []).extend(_changes(goal, memory))
    if all(by_name.values()):
        yield from itertools.product(*by_name.values())
