"""Kleene's logic over conditions of which some attributes have not been fetched yet.

How to think about it: every condition has bounds, the least and the greatest truth that is still
possible, which travel up the tree (`kleene`). An attribute matters as long as moving its condition
within its bounds moves the outcome. Going down, each group tells a member the window within which a
difference would still show.
"""

from collections.abc import Iterable, Iterator

import msgspec

from orchestrator.core.policy import kleene, operand, operators
from orchestrator.core.policy.compiled import Branch, Node, Test
from orchestrator.core.policy.expression import weighing
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.index.literals import Opaque
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operators import FAILED
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Truth


class Judged(msgspec.Struct, frozen=True):
    """A node with its bounds. ``failed``: if it is unknown, it is because a fetch failed."""

    node: Node
    low: Truth
    high: Truth
    failed: bool = False
    members: "tuple[Judged, ...]" = ()

    @property
    def truth(self) -> Truth | None:
        """The truth if it is settled, else None."""
        return self.low if self.low == self.high else None


def judge(node: Node, memory: Memory) -> Judged:
    """Return what is known of ``node`` and of everything under it. Recursion is at most 65 deep."""
    if isinstance(node, Test):
        return _judge_test(node, memory)
    if isinstance(node, Formula):
        found = weighing.truth(node, memory)
        return Judged(node, found.low, found.high, found.failed)
    return _joined(node, tuple(judge(member, memory) for member in node.members))


def glance(node: Node, memory: Memory) -> Judged:
    """Judge without the members that follow one which settles its group: they change nothing.

    Bounds and what is wanted are those of `judge`; only who shows all members needs all of them.
    """
    if not isinstance(node, Branch):
        return judge(node, memory)
    last = FALSE if node.quantifier == "all" else TRUE
    members: list[Judged] = []
    for member in node.members:
        found = glance(member, memory)
        members.append(found)
        if found.truth == last:
            break
    return _joined(node, tuple(members))


def _joined(node: Branch, members: tuple[Judged, ...]) -> Judged:
    low, high = _join(node.quantifier, members)
    failed = any(member.failed for member in members if member.truth == UNKNOWN)
    return Judged(node, low, high, failed, members)


def _judge_test(test: Test, memory: Memory) -> Judged:
    left = operand.resolve(test.property, memory)
    right = operand.resolve(test.operand, memory)
    low, high = operators.bounds(test.operator, left, right, test.fold)
    failed = low == high == UNKNOWN and (left is FAILED or right is FAILED)
    return Judged(test, low, high, failed)


def _join(quantifier: str, members: tuple[Judged, ...]) -> kleene.Bounds:
    bounds = [(member.low, member.high) for member in members]
    if quantifier == "all":
        return kleene.joined("all", bounds)
    found = kleene.joined("any", bounds)
    return found if quantifier == "any" else kleene.inverted(found)


def all_hold(literals: Iterable[Opaque], memory: Memory) -> bool:
    """Whether each of ``literals`` is what it is wanted to be; every attribute is known."""
    return all(glance(one.node, memory).truth == one.wanted for one in literals)


def wanted(judged: Judged, memory: Memory, window: kleene.Window = kleene.WHOLE) -> Iterator[str]:
    """Yield the attributes, not fetched yet, that can still move the outcome within ``window``."""
    if kleene.is_settled((judged.low, judged.high), window):
        return
    match judged.node:
        case Test():
            yield from _pending(judged.node, memory)
        case Formula():
            yield from weighing.wanted(judged.node, memory, window)
        case Branch(quantifier):
            bounds = [(member.low, member.high) for member in judged.members]
            own = kleene.inverted(window) if quantifier == "none" else window
            inner = kleene.windows("all" if quantifier == "all" else "any", bounds, own)
            for member, part in zip(judged.members, inner, strict=True):
                if kleene.is_open(part):
                    yield from wanted(member, memory, part)


def _pending(test: Test, memory: Memory) -> Iterator[str]:
    for found in (test.property, *operand.references(test.operand)):
        if memory.get(found.name) is None:
            yield found.name
