"""Rows that many ask for at once: read once in each turn of the event loop, for all who ask in it.

Whoever asks in a turn had their reason before it began: a request that has come in, an answer from
somewhere. So what is read in that turn is as new for them as if they had read it themselves, and a
change that anybody was told of before they asked is in it. Nothing is kept longer than that.
"""

import asyncio
import threading
from collections.abc import Hashable
from typing import Any, Final

MISSING: Final = object()
"""What nobody has asked for in this turn; None is an answer."""


class Turn(threading.local):
    """Answers of the present turn of the event loop; each thread has its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers: dict[Hashable, Any] = {}

    def get(self, question: Hashable) -> Any:
        """Return the answer of this turn, or `MISSING`."""
        if self._loop is not asyncio.get_running_loop():
            return MISSING  # what another loop left when it was closed
        return self._answers.get(question, MISSING)

    def put(self, question: Hashable, answer: Any) -> None:
        """Keep an answer until this turn is over."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._pass()
        if not self._answers:
            loop.call_soon(self._pass)  # before whatever comes in from now on
        self._answers[question] = answer

    def _pass(self) -> None:
        self._answers = {}
