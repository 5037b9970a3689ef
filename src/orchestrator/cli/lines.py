"""Lines typed on stdin, as they come, while the event loop goes on."""

import asyncio
import contextlib
import io
import sys
import threading
from typing import TextIO


def stdin() -> TextIO:
    """Return stdin as UTF-8 text in which "\ufffd" stands for what is none."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        with contextlib.suppress(io.UnsupportedOperation):  # something was read from it already
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    return sys.stdin


class Typed:
    """The lines of stdin. Make it once in a process, with its loop running.

    A thread of its own reads, because not every stdin can be watched by an event loop; it is a
    daemon, so that a command may end while a line is awaited.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._ended = False
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def next(self) -> str | None:
        """Return the next line without its end, None when stdin is closed.

        Nothing is lost when the waiting for it is cancelled.
        """
        if self._ended:
            return None
        line = await self._waiting.get()
        self._ended = line is None
        return line

    def _read(self) -> None:
        for line in stdin():
            self._tell(line.rstrip("\r\n"))
        self._tell(None)

    def _tell(self, line: str | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, line)
        except RuntimeError:
            return  # the loop is closed: the command has ended, and nobody reads any more
