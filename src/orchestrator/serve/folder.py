"""The data folder of a running server: one server at a time."""

import fcntl
import os
from contextlib import AsyncExitStack

from orchestrator.core.model import errors
from orchestrator.serve.settings import Settings


def lock(settings: Settings, stack: AsyncExitStack) -> None:
    """Hold the folder for this process; the system lets go of it however the process ends."""
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (settings.data / "server.lock").open("a+")
    except OSError as error:
        raise errors.Unavailable(
            f"The data folder {settings.data} cannot be used: {error.strerror}.", path="--data"
        ) from error
    stack.callback(lock.close)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        raise errors.Conflict(
            f"A server already runs on {settings.data} (pid {lock.read().strip() or '?'}).",
            path="--data",
        ) from error
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
