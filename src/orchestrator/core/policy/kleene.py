"""Kleene's three-valued logic over bounds: what groups make of members that may still change.

Bounds are the least and the greatest truth that is still possible (FALSE < UNKNOWN < TRUE). *all*
is the least of its members, *any* the greatest, so bounds travel up a tree. Windows travel down:
within its window a difference of a member would still show in the outcome.
"""

from collections.abc import Sequence
from typing import Final, Literal

from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Truth

Bounds = tuple[Truth, Truth]
Window = tuple[Truth, Truth]

WHOLE: Final[Window] = (FALSE, TRUE)
"""The window of an outcome: a policy that is false is told apart from one that is unknown."""


def least(truths: Sequence[Truth]) -> Truth:
    """What *and* makes of ``truths``; TRUE of none."""
    if FALSE in truths:
        return FALSE
    return UNKNOWN if UNKNOWN in truths else TRUE


def greatest(truths: Sequence[Truth]) -> Truth:
    """What *or* makes of ``truths``; FALSE of none."""
    if TRUE in truths:
        return TRUE
    return UNKNOWN if UNKNOWN in truths else FALSE


def inverse(truth: Truth) -> Truth:
    """What *not* makes of ``truth``."""
    return (TRUE, UNKNOWN, FALSE)[truth]


def inverted(bounds: Bounds) -> Bounds:
    """What *not* makes of bounds, or of a window."""
    return (inverse(bounds[1]), inverse(bounds[0]))


def joined(quantifier: Literal["all", "any"], members: Sequence[Bounds]) -> Bounds:
    """Return the bounds of a group."""
    lows: list[Truth] = [low for low, _ in members]
    highs: list[Truth] = [high for _, high in members]
    if quantifier == "all":
        return (least(lows), least(highs))
    return (greatest(lows), greatest(highs))


def windows(
    quantifier: Literal["all", "any"], members: Sequence[Bounds], window: Window
) -> list[Window]:
    """Return the window of each member of a group that has ``window``; empty ones are closed.

    Another member of an *all* that cannot rise above FALSE closes it, and so on.
    """
    if quantifier == "any":
        opposite = windows("all", [inverted(bounds) for bounds in members], inverted(window))
        return [inverted(inner) for inner in opposite]
    floor, ceiling = window
    return [(floor, min(ceiling, top)) for top in _least_of_others([high for _, high in members])]


def is_settled(bounds: Bounds, window: Window) -> bool:
    """Whether nothing within ``window`` can still change."""
    low, high = bounds
    floor, ceiling = window
    return low == high or high <= floor or low >= ceiling or not is_open(window)


def is_open(window: Window) -> bool:
    """Whether a difference can show at all."""
    return window[0] < window[1]


def _least_of_others(truths: list[Truth]) -> list[Truth]:
    """For each position the least of all other positions, TRUE if there are none."""
    first, second = (*sorted(truths)[:2], TRUE, TRUE)[:2]
    lonely = truths.count(first) == 1
    return [second if lonely and truth == first else first for truth in truths]
