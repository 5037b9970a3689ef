"""Time budgets: work that is not done in time is cancelled, and nobody waits for it to notice."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from orchestrator.core.model.function import FunctionFailed
from orchestrator.services.clock import Clock

T = TypeVar("T")


class Attempts:
    """How often a function was called, for whoever asked; it outlives a failure."""

    def __init__(self) -> None:
        self.made = 0


async def within(seconds: float, work: Coroutine[Any, Any, T], *, clock: Clock) -> T:
    """Return what ``work`` returns, if it does within ``seconds`` of the clock.

    Raises `FunctionFailed` when it does not.
    """
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise FunctionFailed(f"No answer within {seconds * 1000:,.0f} ms.", fault="late")
    finally:
        timer.cancel()
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    """Look at how late work ended, so that nobody complains that nobody did."""
    if not task.cancelled():
        task.exception()
