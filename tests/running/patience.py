"""Waiting for what another process does in its own time, without a guess how long that is."""

import time
from collections.abc import Callable
from typing import Final

from running import program

_PAUSE: Final = 0.1


def until(holds: Callable[[], bool], *, what: str) -> None:
    """Ask ``holds`` until it is true. Raises AssertionError when ``what`` does not come in time."""
    deadline = time.monotonic() + program.PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(_PAUSE)
