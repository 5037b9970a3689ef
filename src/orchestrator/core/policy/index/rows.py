"""Blocks as rows: conjunctions of literals, one of which must hold, with nothing lost on the way.

*all* and *any* are the least and the greatest of their members, *not* turns the order round: that
is a distributive lattice, so writing a condition as the greatest of leasts changes its value for
no attributes at all, unknown ones included. (Leaving out contradictions would.)
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from orchestrator.core.policy import unfold
from orchestrator.core.policy.compiled import Branch, CompiledBlock, Node
from orchestrator.core.policy.index import literals
from orchestrator.core.policy.index.literals import Atom, Indexed, Opaque
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Truth

MAX_ROWS: Final = 16
"""A part of a condition that would need more stays in one piece, as an opaque literal."""


class Row(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Literals that must all hold. ``best`` is UNKNOWN where a constant does it no better."""

    indexed: tuple[Indexed, ...]
    opaque: tuple[Opaque, ...]
    best: Truth


class _Conjunction(msgspec.Struct, frozen=True, eq=False):
    atoms: tuple[Atom, ...]
    best: Truth = TRUE


_Disjunction = list[_Conjunction]
_ALWAYS: Final = _Conjunction(())
_AT_BEST_UNKNOWN: Final = _Conjunction((), UNKNOWN)


def rows(block: CompiledBlock, statics: Memory) -> tuple[Row, ...]:
    """Return the rows of ``block``; none where it is false whatever the attributes are.

    ``statics`` knows the custom values of the set and nothing else.
    """
    return tuple(
        Row(
            tuple(atom for atom in found.atoms if isinstance(atom, Indexed)),
            tuple(atom for atom in found.atoms if isinstance(atom, Opaque)),
            found.best,
        )
        for found in _expand(unfold.unfold(block.condition), TRUE, statics)
    )


def _expand(node: Node, wanted: Truth, statics: Memory) -> _Disjunction:
    """Groups and expressions are nested some dozens deep at most, and so is recursion."""
    if not isinstance(node, Branch):
        return _leaf(literals.read(node, wanted, statics))
    if node.quantifier == "none":
        inside = FALSE if wanted == TRUE else TRUE
        return _expand(Branch("any", node.members), inside, statics)
    parts = [(member, _expand(member, wanted, statics)) for member in node.members]
    if (node.quantifier == "all") == (wanted == TRUE):
        return _product(parts, wanted)
    found = _united([row for _, part in parts for row in part])
    return found if len(found) <= MAX_ROWS else [_Conjunction((Opaque(node, wanted),))]


def _leaf(found: Atom | Truth) -> _Disjunction:
    if isinstance(found, int):
        return {TRUE: [_ALWAYS], UNKNOWN: [_AT_BEST_UNKNOWN], FALSE: []}[found]
    return [_Conjunction((found,))]


def _product(parts: Sequence[tuple[Node, _Disjunction]], wanted: Truth) -> _Disjunction:
    """The parts with the fewest rows come first: what no longer fits stays in one piece."""
    made = [_ALWAYS]
    for member, part in sorted(parts, key=lambda each: len(each[1])):
        fits = len(made) * len(part) <= MAX_ROWS
        factor = part if fits else [_Conjunction((Opaque(member, wanted),))]
        made = [_both(one, other) for one in made for other in factor]
    return made


def _both(one: _Conjunction, other: _Conjunction) -> _Conjunction:
    return _Conjunction((*one.atoms, *other.atoms), min(one.best, other.best))


def _united(found: _Disjunction) -> _Disjunction:
    """Merge "equals this" and "equals that" of one attribute into one row: "is one of these"."""
    alike: dict[tuple[str, Truth], list[_Conjunction]] = {}
    rest: _Disjunction = []
    for row in found:
        match row:
            case _Conjunction((Indexed(name, "equal", _, fold, 2),), 2):
                alike.setdefault((name, fold), []).append(row)
            case _:
                rest.append(row)
    return [_merged(key, each) for key, each in alike.items()] + rest


def _merged(key: tuple[str, Truth], alike: Iterable[_Conjunction]) -> _Conjunction:
    constants = tuple(
        constant
        for row in alike
        for atom in row.atoms
        if isinstance(atom, Indexed)
        for constant in atom.constants
    )
    return _Conjunction((Indexed(key[0], "equal", constants, key[1]),))
