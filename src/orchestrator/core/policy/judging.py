"""Kleene's logic over conditions of which some attributes have not been fetched yet.

How to think about it: every condition has bounds, the least and the greatest truth that is still
possible (FALSE < UNKNOWN < TRUE). *all* is the least of its members, *any* the greatest, *none* the
reverse of *any*, so bounds travel up the tree. An attribute matters as long as moving its condition
within its bounds moves the outcome. Going down, each group tells a member the window within which a
difference would still show: another member of an *all* that cannot rise above FALSE closes it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from orchestrator.core.policy import operand, operators
from orchestrator.core.policy.compile import Node, Test
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operators import FAILED
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Truth

WHOLE: Final[tuple[Truth, Truth]] = (FALSE, TRUE)
"""The window of an outcome: a policy that is false is told apart from one that is unknown."""


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
    members = tuple(judge(member, memory) for member in node.members)
    low, high = _join(node.quantifier, members)
    failed = any(member.failed for member in members if member.truth == UNKNOWN)
    return Judged(node, low, high, failed, members)


def _judge_test(test: Test, memory: Memory) -> Judged:
    left = operand.resolve(test.property, memory)
    right = operand.resolve(test.operand, memory)
    low, high = operators.bounds(test.operator, left, right, test.fold)
    failed = low == high == UNKNOWN and (left is FAILED or right is FAILED)
    return Judged(test, low, high, failed)


def _join(quantifier: str, members: tuple[Judged, ...]) -> tuple[Truth, Truth]:
    lows: list[Truth] = [member.low for member in members]
    highs: list[Truth] = [member.high for member in members]
    if quantifier == "all":
        return (_least(lows), _least(highs))
    low, high = _greatest(lows), _greatest(highs)
    return (low, high) if quantifier == "any" else (_not(high), _not(low))


def _least(truths: list[Truth]) -> Truth:
    """What *and* makes of ``truths``; TRUE of none."""
    if FALSE in truths:
        return FALSE
    return UNKNOWN if UNKNOWN in truths else TRUE


def _greatest(truths: list[Truth]) -> Truth:
    """What *or* makes of ``truths``; FALSE of none."""
    if TRUE in truths:
        return TRUE
    return UNKNOWN if UNKNOWN in truths else FALSE


def _not(truth: Truth) -> Truth:
    return (TRUE, UNKNOWN, FALSE)[truth]


def wanted(judged: Judged, memory: Memory, window: tuple[Truth, Truth] = WHOLE) -> Iterator[str]:
    """Yield the attributes, not fetched yet, that can still move the outcome within ``window``."""
    floor, ceiling = window
    if _clamp(judged.low, window) == _clamp(judged.high, window):
        return
    if isinstance(judged.node, Test):
        yield from _pending(judged.node, memory)
        return
    quantifier = judged.node.quantifier
    if quantifier == "none":
        floor, ceiling = _not(ceiling), _not(floor)
    if quantifier == "all":
        others = _least_of_others([member.high for member in judged.members])
        windows: Iterable[tuple[Truth, Truth]] = ((floor, min(ceiling, top)) for top in others)
    else:
        others = _least_of_others([_not(member.low) for member in judged.members])
        windows = ((max(floor, _not(top)), ceiling) for top in others)
    for member, inner in zip(judged.members, windows, strict=True):
        if inner[0] < inner[1]:
            yield from wanted(member, memory, inner)


def _clamp(truth: Truth, window: tuple[Truth, Truth]) -> Truth:
    return max(window[0], min(window[1], truth))


def _least_of_others(truths: list[Truth]) -> list[Truth]:
    """For each position the least of all other positions, TRUE if there are none."""
    first, second = (*sorted(truths)[:2], TRUE, TRUE)[:2]
    lonely = truths.count(first) == 1
    return [second if lonely and truth == first else first for truth in truths]


def _pending(test: Test, memory: Memory) -> Iterator[str]:
    for found in (test.property, *operand.references(test.operand)):
        if memory.get(found.name) is None:
            yield found.name
