"""What a host makes of a frame: a request, a mistake already answered, or nothing to answer."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.ums import moves

MOST_ASKED: Final = 128 << 10
"""Bytes of one request. What is said of a conversation (a context, a note, the newest words) is
told again at every change, all together in one frame, which has to fit
`notices.MOST_BYTES`."""


class Caller(msgspec.Struct, frozen=True):
    """Who is at the other end. A consumer's ``user_id`` and ``pid`` are the consumer id.

    ``sees_all``: may read every conversation of the account (an agent manager).
    """

    user_id: str
    pid: str
    sees_all: bool = False


class Asked(msgspec.Struct, frozen=True):
    """A legal request that waits for its one answer. ``body`` is a struct of ``bodies``."""

    serial: int
    request_id: str
    move: moves.Move
    body: Any
    headers: tuple[Any, ...] = ()
    metadata: list[Any] | None = None

    @property
    def name(self) -> str:
        """The move's name, such as ``PublishEvent``."""
        return self.move.name


class Replied(msgspec.Struct, frozen=True):
    """The peer's mistake, already answered: send ``frames``. ``reason`` is fit for a log."""

    frames: tuple[str, ...]
    reason: str


class Broken(msgspec.Struct, frozen=True):
    """The peer's mistake, and nothing to answer to. ``reason`` is fit for a log."""

    reason: str


Received = Asked | Replied | Broken


def frames_of(received: Received) -> Sequence[str]:
    """Return what must be sent at once for something received: only a ``Replied`` has any."""
    return received.frames if isinstance(received, Replied) else ()
