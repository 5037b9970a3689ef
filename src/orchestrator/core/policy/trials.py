"""Values that would turn a part of an expression that no row of `changes` fits, found by trying.

Tried are the values that stand in the expression and their neighbours, and for a number how far it
would have to move: doubling steps in both directions until the part turns, then halving back.
"""

from collections.abc import Callable, Iterator
from typing import Final

from orchestrator.core.model.attributes import Json, Known
from orchestrator.core.policy import changes, values
from orchestrator.core.policy.changes import Change
from orchestrator.core.policy.expression import tree, weighing
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.values import FALSE, TRUE, Truth

MAX_VALUES: Final = 24
"""How many values of an expression are tried for an attribute."""
MAX_NODES: Final = 60
"""A part of an expression that is larger than this is not tried at all."""
_MAX_DOUBLINGS: Final = 20


def of(part: Formula, memory: Memory, wanted: Truth, *, name: str) -> tuple[Change, ...]:
    """Return at most one change of the attribute ``name`` that gives ``part`` the truth ``wanted``.

    It holds a single value. Nothing is found where an attribute of the part is not known, or where
    the part has more than `MAX_NODES` nodes or draws lots.
    """
    if len(part.nodes) > MAX_NODES or any(map(_is_lot, part.nodes)):
        return ()
    if any(memory.get(reference.name) is None for reference in part.references):
        return ()
    known = memory.get(name)
    actual = known.value if isinstance(known, Known) else None

    def turns(value: Json) -> bool:
        changed = Memory({}, memory.setting)
        for reference in part.references:
            found = memory.get(reference.name)
            if found is not None:
                changed.learn((reference.name,), {reference.name: found})
        changed.learn((name,), {name: Known(value)})
        return weighing.truth(part, changed).bounds == (wanted, wanted)

    if isinstance(actual, int | float) and not isinstance(actual, bool):
        moved = _moved(actual, turns)
        if moved is not None:
            return (_change(name, moved, TRUE),)
    for value in _candidates(part):
        if turns(value):
            return (_change(name, value, FALSE),)
    return ()


def _is_lot(node: tree.Node) -> bool:
    """Whether it draws lots: which text falls inside is chance, and no advice."""
    return isinstance(node, tree.Call) and node.function == "inPercent"


def _change(name: str, value: Json, derived: Truth) -> Change:
    alone = Change(name, "", (value,), derived)
    return Change(name, changes.exactly(alone, value) or "", (value,), derived)


def _candidates(part: Formula) -> Iterator[Json]:
    """The literals of the expression and their neighbours, each once."""
    found: list[Json] = []
    for node in part.nodes:
        if isinstance(node, tree.Value):
            found.append(node.value)
            number = values.number(node.value)
            if number is not None:
                found += [number + 1, number - 1]
    found += [True, False, 1, 0]
    seen: set[tuple[str, str]] = set()
    for value in found:
        key = (values.kind(value), values.written(value))
        if key not in seen and len(seen) < MAX_VALUES:
            seen.add(key)
            yield value


def _moved(actual: float, turns: Callable[[Json], bool]) -> int | float | None:
    """The nearest whole step from ``actual`` that turns the part, up or down."""
    for doubling in range(_MAX_DOUBLINGS):
        reach = 1 << doubling
        for direction in (1, -1):
            if turns(actual + direction * reach):
                low, high = reach // 2, reach
                while high - low > 1:
                    middle = (low + high) // 2
                    if turns(actual + direction * middle):
                        high = middle
                    else:
                        low = middle
                return actual + direction * high
    return None
