"""How long people take: seconds, drawn anew each time."""

import random
from typing import Final

import msgspec

Span = tuple[float, float]

_CONVERSATION_SECONDS: Final = 6.0
_IN_FLIGHT: Final = 10.0


class Pace(msgspec.Struct, frozen=True):
    """Spans of seconds. ``patience`` is how long somebody waits before they give up."""

    notice: Span
    """Between a ring and its acceptance."""
    write: Span
    """Between reading something and answering it."""
    wrap_up: Span
    """Between an agent's last word and the end."""
    patience: float = 30.0


def of(rate: float) -> Pace:
    """Return a pace at which about ten conversations are open at ``rate`` arrivals a second.

    A slow demo looks like people at work; a fast one must not pile up conversations.
    """
    scale = min(_CONVERSATION_SECONDS, _IN_FLIGHT / rate) / _CONVERSATION_SECONDS
    return Pace(
        notice=(0.3 * scale, 0.9 * scale),
        write=(0.6 * scale, 1.4 * scale),
        wrap_up=(0.8 * scale, 2.2 * scale),
    )


def draw(chance: random.Random, span: Span) -> float:
    """Draw seconds from a span."""
    return chance.uniform(*span)
