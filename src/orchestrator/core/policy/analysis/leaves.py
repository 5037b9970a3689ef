"""Conditions taken apart: leaves with one outcome each, and rows of them that must hold together.

How to think about it: a block is TRUE if one of its *rows* is: a list of literals "this leaf is
TRUE" and "this leaf is FALSE", all of which hold. That is exact in three-valued logic too: TRUE of
a group is a monotone combination of leaves being TRUE or FALSE, and unknown is neither.

A leaf that compares one attribute with a constant (static values of the set are constants) has
that attribute as its dimension, and can be judged for any value of it. Every other leaf is opaque:
a dimension of its own, of which only TRUE, FALSE and UNKNOWN are known.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import functions, membership, operand, operators, reasons, values
from orchestrator.core.policy.compile import Branch, CompiledSet, Node, Test
from orchestrator.core.policy.expression import convert, formula, render, tree, weighing
from orchestrator.core.policy.expression.formula import Expression, Formula
from orchestrator.core.policy.memory import Memory, Setting
from orchestrator.core.policy.operators import Absent, Operator
from orchestrator.core.policy.values import FALSE, TRUE, Truth

MAX_ROWS: Final = 200
"""A block of more rows than that is not looked into."""
MAX_CONSTANTS: Final = 5_000
"""A longer list is opaque."""

Dimension = Hashable
"""The canonical name of an attribute, or the key of an opaque leaf."""

_POSITIVE: Final = {
    row.name: next(each for each in operators.ROWS if each.family is row.family)
    for row in operators.ROWS
    if row.opposite
}


class Leaf(msgspec.Struct, frozen=True, eq=False):
    """One condition. ``operator`` None on an attribute: the attribute itself as a truth value.

    ``names`` are the attributes that an opaque leaf depends on.
    """

    dimension: Dimension
    key: Hashable
    operator: Operator | None = None
    constant: Json = None
    fold: Truth = FALSE
    node: Test | tree.Node | None = None
    names: tuple[str, ...] = ()
    never: bool = False
    """An opaque leaf that cannot be TRUE: the opening hours of what is never open."""

    @property
    def is_opaque(self) -> bool:
        """Whether it is a dimension of its own."""
        return not isinstance(self.dimension, str)

    def judge(self, value: Json) -> Truth:
        """Return what the leaf is for a value of its attribute."""
        if self.operator is None:
            return TRUE if value is True else FALSE if value is False else values.UNKNOWN
        return operators.bounds(self.operator, value, self.constant, self.fold)[0]


class Literal(msgspec.Struct, frozen=True, eq=False):
    """A leaf, and what it must be: TRUE or FALSE.

    ``source`` is the condition as it was written, which may be the opposite; ``holds`` is what that
    one must be.
    """

    leaf: Leaf
    wanted: Truth
    source: Test | tree.Node
    holds: Truth

    @property
    def key(self) -> Hashable:
        """What tells literals apart."""
        return (self.leaf.key, self.wanted)

    @property
    def said(self) -> str:
        """The condition as people know it: ``ctype equals 'gold'``."""
        if isinstance(self.source, Test):
            return _shown_test(self.source, self.holds)
        shown = f"`{render.render(self.source)}`"
        return shown if self.holds == TRUE else f"not {shown}"


Conjunction = tuple[Literal, ...]


class TooMany(Exception):
    """A block has more rows than anybody wants to look at."""


class Reader:
    """Turns compiled conditions into rows; the same leaf is the same object throughout."""

    def __init__(self, policy_set: CompiledSet) -> None:
        self.memory = Memory(policy_set.custom, Setting(None, policy_set.schedules))
        self._never_open = {
            name
            for name, table in policy_set.schedules.items()
            if not any(table.weekly) and not any(table.special.values())
        }
        self._leaves: dict[Hashable, Leaf] = {}
        self._written: dict[int, str] = {}

    def rows(self, node: Node) -> list[Conjunction]:
        """Return the rows of a block's condition. Raises `TooMany`."""
        return [tuple(row.values()) for row in self._rows(node, TRUE)]

    def _rows(self, node: Node | tree.Node, wanted: Truth) -> list[dict[Hashable, Literal]]:
        """Recursion is as deep as groups and brackets may be nested."""
        match node:
            case Branch("none", members):
                return self._joined("any", members, _inverse(wanted))
            case Branch(quantifier, members):
                return self._joined(quantifier, members, wanted)
            case Formula():
                return self._rows(node.source.root, wanted)
            case tree.Not():
                return self._rows(node.operand, _inverse(wanted))
            case tree.Join(word, members):
                return self._joined("all" if word == "and" else "any", members, wanted)
        found = self._literal(node, wanted)
        if not isinstance(found, Literal):
            return [{}] if found == TRUE else []
        return [{found.key: found}]

    def _joined(
        self, quantifier: str, members: Iterable[Node | tree.Node], wanted: Truth
    ) -> list[dict[Hashable, Literal]]:
        """TRUE of *all* and FALSE of *any* multiply rows, the other two add them up."""
        parts = (self._rows(member, wanted) for member in members)
        if (quantifier == "all") == (wanted == TRUE):
            found: list[dict[Hashable, Literal]] = [{}]
            for part in parts:
                if len(found) * len(part) > MAX_ROWS:
                    raise TooMany
                found = [one | other for one in found for other in part]
            return found
        found = [row for part in parts for row in part]
        if len(found) > MAX_ROWS:
            raise TooMany
        return found

    def _literal(self, node: Test | tree.Node, wanted: Truth) -> Literal | Truth:
        """Return a literal; or TRUE for what always is so, FALSE for what never is."""
        if isinstance(node, Test):
            return self._test(node, wanted)
        if isinstance(node, tree.Value):
            holds = node.value is True if wanted == TRUE else node.value is False
            return TRUE if holds else FALSE
        made = convert.comparison(node)
        if made is not None:
            return self._test(compiler.test(made), wanted)
        if isinstance(node, tree.Name):
            name = node.reference.name
            leaf = self._kept(Leaf(name, (name, "is"), node=node))
            return Literal(leaf, wanted, node, wanted)
        return self._formula(node, wanted)

    def _formula(self, node: tree.Node, wanted: Truth) -> Literal | Truth:
        calls = [part for part in tree.walk(node) if isinstance(part, tree.Call)]
        timed = any(functions.BY_NAME[call.function].clock == "needed" for call in calls)
        names = tuple(name.reference.name for name in tree.names(node))
        if not timed and all(self.memory.get(name) is not None for name in names):
            found = weighing.truth(formula.flatten(Expression("", node)), self.memory)
            return TRUE if found.low == found.high == wanted else FALSE
        key = ("formula", node)
        leaf = Leaf(key, key, node=node, names=names, never=self._closed(node))
        return Literal(self._kept(leaf), wanted, node, wanted)

    def _closed(self, node: tree.Node) -> bool:
        match node:
            case tree.Call("isOpen", (tree.Value(str() as name),)):
                return name in self._never_open
            case _:
                return False

    def _test(self, test: Test, wanted: Truth) -> Literal | Truth:
        row, holds = test.operator, wanted
        if row.opposite:
            row, wanted = _POSITIVE[row.name], _inverse(wanted)
        right = operand.resolve(test.operand, self.memory) if row.takes_value else None
        name = test.property.name
        long = isinstance(right, list) and len(right) > MAX_CONSTANTS
        if isinstance(right, Absent) or long:
            written = ("long", id(right)) if long else repr(test.operand)
            key: Hashable = ("test", name, row.name, test.fold, written)
            others = (found.name for found in operand.references(test.operand))
            leaf = Leaf(key, key, row, node=test, names=(name, *others))
        else:
            key = (name, row.name, test.fold, self._identity(right, row))
            leaf = Leaf(name, key, row, right, test.fold, test)
        return Literal(self._kept(leaf), wanted, test, holds)

    def _identity(self, constant: Json, row: Operator) -> Hashable:
        """Return what tells constants apart: true is not 1; the order of members is nothing."""
        if values.kind(constant) not in {"list", "object"}:
            return (values.kind(constant), constant)
        if row.name == "IS_IN" and isinstance(constant, list):
            return self._once(constant, lambda: repr(sorted({repr(each) for each in constant})))
        return self._once(constant, lambda: repr(constant))

    def _once(self, constant: Json, write: Callable[[], str]) -> str:
        if not isinstance(constant, membership.Listed):
            return write()
        if id(constant) not in self._written:  # the policy set keeps it: the id stays its own
            self._written[id(constant)] = write()
        return self._written[id(constant)]

    def _kept(self, leaf: Leaf) -> Leaf:
        return self._leaves.setdefault(leaf.key, leaf)


def depends_on_clock(leaf: Leaf) -> bool:
    """Whether an opaque leaf asks the clock."""
    if leaf.node is None or isinstance(leaf.node, Test):
        return False
    return any(
        isinstance(part, tree.Call) and functions.BY_NAME[part.function].clock == "needed"
        for part in tree.walk(leaf.node)
    )


def _inverse(truth: Truth) -> Truth:
    return FALSE if truth == TRUE else TRUE


def _shown_test(test: Test, wanted: Truth) -> str:
    """Return a comparison for people: ``ctype equals 'gold'``; or its opposite."""
    phrase = test.operator.holds if wanted == TRUE else test.operator.fails
    if test.operator.takes_value:
        phrase = phrase.format(reasons.quoted(test.source.value))
    return f"`{reasons.short(test.property.name)}` {phrase}"
