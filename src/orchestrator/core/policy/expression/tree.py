"""The tree of an expression, as frozen data, and the two ways to walk it without recursion.

The deepest expression that is accepted is some hundreds of nodes deep, which is more than a stack
that is half full already can be trusted with: whoever walks a tree does it with `fold` or `walk`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, TypeVar

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.policy.reference import Reference

_T = TypeVar("_T")


class Place(msgspec.Struct, frozen=True, eq=False):
    """Where a part begins, line and column counted from 1.

    All places are equal: two trees that say the same are the same, wherever their parts stand.
    """

    line: int = 0
    column: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place)

    def __hash__(self) -> int:
        return 0

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


NOWHERE: Final = Place()

Word = Literal["and", "or"]
Comparator = Literal["==", "!=", "<", "<=", ">", ">=", "in"]
Sign = Literal["+", "-", "||", "*", "/", "%"]


class Value(msgspec.Struct, frozen=True, tag_field="node", tag="value"):
    """A text, a number or a boolean as it was written."""

    value: str | int | float | bool
    place: Place = NOWHERE

    def __eq__(self, other: object) -> bool:
        """Whether both are the same value of the same type: true is not 1."""
        return (
            isinstance(other, Value)
            and isinstance(self.value, bool) == isinstance(other.value, bool)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash(self.value)


class Name(msgspec.Struct, frozen=True, tag_field="node", tag="name"):
    """An attribute, spelled as it was written."""

    written: str
    place: Place = NOWHERE

    @property
    def reference(self) -> Reference:
        """The attribute without aliases."""
        return Reference(attributes.canonical(self.written), self.written)


class Sequence(msgspec.Struct, frozen=True, tag_field="node", tag="sequence"):
    """A list in square brackets."""

    members: "tuple[Node, ...]"
    place: Place = NOWHERE


class Call(msgspec.Struct, frozen=True, tag_field="node", tag="call"):
    """A function and its arguments; ``sqrt 9`` is the call ``sqrt(9)``."""

    function: str
    arguments: "tuple[Node, ...]"
    place: Place = NOWHERE


class Minus(msgspec.Struct, frozen=True, tag_field="node", tag="minus"):
    """A minus sign in front of something."""

    operand: "Node"
    place: Place = NOWHERE


class Power(msgspec.Struct, frozen=True, tag_field="node", tag="power"):
    """``base ^ exponent``."""

    base: "Node"
    exponent: "Node"
    place: Place = NOWHERE


class Chain(msgspec.Struct, frozen=True, tag_field="node", tag="chain"):
    """Operands joined by signs of the same rank, worked off from left to right.

    ``signs[i]`` stands between ``operands[i]`` and ``operands[i + 1]``.
    """

    signs: tuple[Sign, ...]
    operands: "tuple[Node, ...]"
    place: Place = NOWHERE


class Compare(msgspec.Struct, frozen=True, tag_field="node", tag="compare"):
    """One comparison, of which there is no chain."""

    comparator: Comparator
    left: "Node"
    right: "Node"
    place: Place = NOWHERE


class Not(msgspec.Struct, frozen=True, tag_field="node", tag="not"):
    """The opposite of a condition."""

    operand: "Node"
    place: Place = NOWHERE


class Join(msgspec.Struct, frozen=True, tag_field="node", tag="join"):
    """Conditions joined by the same word."""

    word: Word
    members: "tuple[Node, ...]"
    place: Place = NOWHERE


Node = Value | Name | Sequence | Call | Minus | Power | Chain | Compare | Not | Join


def parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly under ``node``, from left to right."""
    match node:
        case Sequence(members) | Join(_, members):
            return members
        case Call(_, arguments):
            return arguments
        case Minus(operand) | Not(operand):
            return (operand,)
        case Power(base, exponent):
            return (base, exponent)
        case Chain(_, operands):
            return operands
        case Compare(_, left, right):
            return (left, right)
        case _:
            return ()


def walk(root: Node) -> Iterator[Node]:
    """Yield every node, each before its parts, in the order of the text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(parts(node)))


def fold(root: Node, combine: Callable[[Node, tuple[_T, ...]], _T]) -> _T:
    """Return what ``combine`` makes of the root: it gets each node and what its parts became."""
    done: list[Any] = []
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, ready = waiting.pop()
        under = parts(node)
        if ready or not under:
            cut = len(done) - len(under)
            done[cut:] = [combine(node, tuple(done[cut:]))]
        else:
            waiting.append((node, True))
            waiting.extend((part, False) for part in reversed(under))
    return done[0]


def names(root: Node) -> tuple[Name, ...]:
    """Return every attribute, once each, in the order of the text."""
    found: dict[str, Name] = {}
    for node in walk(root):
        if isinstance(node, Name):
            found.setdefault(node.reference.name, node)
    return tuple(found.values())
