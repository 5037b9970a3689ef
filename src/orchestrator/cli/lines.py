"""Lines typed on stdin, as they come, while the event loop goes on."""

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator


async def typed() -> AsyncGenerator[str, None]:
    """Yield each line of stdin without its end, until it is closed.

    A thread of its own reads, because not every stdin can be watched by an event loop; it is a
    daemon, so that a command may end while a line is awaited. Use it once in a process.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(line: str | None) -> None:
        try:
            loop.call_soon_threadsafe(waiting.put_nowait, line)
        except RuntimeError:
            return  # the loop is closed: the command has ended, and nobody reads any more

    def read() -> None:
        for line in sys.stdin:
            tell(line.rstrip("\r\n"))
        tell(None)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while (line := await waiting.get()) is not None:
        yield line
