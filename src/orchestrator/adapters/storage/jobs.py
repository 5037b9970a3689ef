"""Units of work that wait to be run, and how their callers are told what became of them."""

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import msgspec
import sqlalchemy

Work = Callable[[sqlalchemy.Connection], Any]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a unit of work: its result, or why it failed."""

    value: Any = None
    error: BaseException | None = None


class Job(msgspec.Struct, frozen=True):
    """A unit of work, with its caller's event loop and future; a brief one the loop may run."""

    work: Work
    announce: Callable[[Any], None] | None
    tells: Callable[[Any], bytes | None] | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    is_brief: bool


def deliver(group: list[Job], outcomes: list[Outcome]) -> None:
    """Tell the callers what became of their units, in their order. For any thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, Outcome]]] = {}
    for job, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(job.loop, []).append((job, outcome))
    for loop, settled in by_loop.items():
        soon(loop, functools.partial(_settle, loop, settled))  # closed: nobody is left to be told


def soon(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> bool:
    """Have ``call`` called on the loop; False when that is closed."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        return False
    return True


def _settle(loop: asyncio.AbstractEventLoop, settled: list[tuple[Job, Outcome]]) -> None:
    """Announce and resolve in commit order, on the event loop."""
    for job, outcome in settled:
        if outcome.error is not None:
            if not job.future.done():
                job.future.set_exception(_raisable(outcome.error))
            continue
        if job.announce is not None:
            try:
                job.announce(outcome.value)
            except Exception as error:  # noqa: BLE001 - it is committed: the caller must learn so
                loop.call_exception_handler(
                    {"message": "announcing a committed unit of work failed", "exception": error}
                )
        if not job.future.done():
            job.future.set_result(outcome.value)


def _raisable(error: BaseException) -> BaseException:
    """Wrap what a future refuses to carry."""
    if isinstance(error, StopIteration):
        wrapped = RuntimeError("a unit of work raised StopIteration")
        wrapped.__cause__ = error
        return wrapped
    return error
