"""Drawing pages in short strokes, so that whatever else the loop does goes on in between.

A list of fifty rows takes 10 ms and more to draw, and conversations share the interpreter with it.
One page is drawn at a time, in the order in which they were asked for: drawn in turns, ten pages
would all be late, and everything else would wait for ten strokes.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

from starlette.responses import HTMLResponse

STROKE: Final = 0.002
"""Seconds after which others have their turn."""


class Pencil:
    """What one page at a time is drawn with; each event loop needs one of its own."""

    def __init__(self) -> None:
        self._held = asyncio.Lock()

    async def draw(self, pieces: Iterator[str]) -> str:
        """Return a page made of ``pieces``, each of which is drawn as it is asked for."""
        async with self._held:
            drawn = []
            until = time.perf_counter() + STROKE
            for piece in pieces:
                drawn.append(piece)
                if time.perf_counter() >= until:
                    await asyncio.sleep(0)
                    until = time.perf_counter() + STROKE
            return "".join(drawn)


class Page(HTMLResponse):
    """An answer whose page is yet to be drawn: `finish` it before it is sent."""

    def __init__(self, pieces: Iterator[str], status: int) -> None:
        super().__init__(b"", status)
        self._pieces = pieces

    async def finish(self, pencil: Pencil) -> None:
        """Draw the page; what drawing it raises is raised here."""
        self.body = self.render(await pencil.draw(self._pieces))
        self.headers["content-length"] = str(len(self.body))
