"""Analysis of many policies in a process of its own, so that pages and conversations go on.

Looking at thousands of policies takes many seconds of an interpreter, which on a thread of the
server would be taken from everybody else. Run as ``python -m orchestrator.serve.examining``, it
reads policies and facts and writes findings, and has the lowest priority.
"""

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.policy.analysis import Edit, Facts, Finding
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.services.admin import inspecting

FEW: Final = 300
"""So many policies are looked at sooner than an interpreter has started."""
_AT_ONCE: Final = 100
"""Policies that are written in one piece, in which nothing else goes on: a few milliseconds."""
_LEAST: Final = 19


async def examined(policies: Document, facts: Facts, edit: Edit | None = None) -> Sequence[Finding]:
    """Return what analysis finds, as `inspecting.found`. Whoever is cancelled ends the process.

    Raises `errors.Unavailable` when there is no other process to be had, or it died.
    """
    if len(policies.policies) <= FEW:
        return await inspecting.examined(policies, facts, edit)
    given = await asyncio.to_thread(lambda: b"".join(_written(policies, facts, edit)))
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # what is typed at a terminal is for the server, which tells it
        )
    except OSError as error:
        raise errors.Unavailable("No process can be started to look at the policies.") from error
    try:
        found, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise errors.Unavailable("The process that looked at the policies ended too early.")
    return await asyncio.to_thread(_read, found)


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Read what `examined` wrote, look at it, and write the findings."""
    os.nice(_LEAST)
    head, facts, edit = pickle.load(source)  # noqa: S301 - written by `examined`, over a pipe of ours
    policies: list[Policy | InvalidPolicy] = []
    while piece := pickle.load(source):  # noqa: S301 - as above
        policies += piece
    whole = msgspec.structs.replace(head, policies=tuple(policies))
    pickle.dump(inspecting.found(whole, facts, edit), sink, protocol=pickle.HIGHEST_PROTOCOL)
    sink.flush()


def _written(policies: Document, facts: Facts, edit: Edit | None) -> Iterator[bytes]:
    head = msgspec.structs.replace(policies, policies=())
    yield pickle.dumps((head, facts, edit), protocol=pickle.HIGHEST_PROTOCOL)
    for start in range(0, len(policies.policies), _AT_ONCE):
        piece = policies.policies[start : start + _AT_ONCE]
        yield pickle.dumps(piece, protocol=pickle.HIGHEST_PROTOCOL)
    yield pickle.dumps((), protocol=pickle.HIGHEST_PROTOCOL)


def _read(text: bytes) -> Sequence[Finding]:
    found: Sequence[Finding] = pickle.loads(text)  # noqa: S301 - written by `main`, as above
    return found


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
