"""An expression made ready for deciding: its tree laid out flat, parts before what they make."""

from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.policy.expression import tree
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.reference import Reference

COMPARATORS: Final[dict[tree.Comparator, str]] = {
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "in": "IS_IN",
}
"""Each comparator is a row of the table of operators."""


class Expression(msgspec.Struct, frozen=True):
    """An expression of a document, as it was written and as it was read."""

    text: str
    root: Node


class Formula(msgspec.Struct, frozen=True):
    """The same, flat: ``under[i]`` are the positions of the parts of ``nodes[i]``, all below i.

    The last node is the root. ``references`` names every attribute once, in the order of the text.
    """

    source: Expression
    nodes: tuple[Node, ...]
    under: tuple[tuple[int, ...], ...]
    references: tuple[Reference, ...]


def flatten(source: Expression) -> Formula:
    """Lay out the tree of ``source``."""
    nodes: list[Node] = []
    under: list[tuple[int, ...]] = []

    def add(node: Node, positions: tuple[int, ...]) -> int:
        nodes.append(node)
        under.append(positions)
        return len(nodes) - 1

    tree.fold(source.root, add)
    references = tuple(name.reference for name in tree.names(source.root))
    return Formula(source, tuple(nodes), tuple(under), references)


def is_folded(node: Node) -> bool:
    """Whether ``node`` is an attribute that is compared without regard to case."""
    return isinstance(node, tree.Name) and node.reference.name in attributes.FOLDED
