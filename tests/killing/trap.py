"""A server's life that ends by SIGKILL at a chosen call of a port."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from orchestrator.serve import program, settings, telemetry


class Trap(NamedTuple):
    """Die ``before`` or ``after`` the ``nth`` call of ``method`` in this life."""

    method: str
    when: str
    nth: int = 1


class Deadly:
    """A port in whose calls the trap is set."""

    def __init__(self, port: Any, strike: Callable[[str, str], None]) -> None:
        self._port = port
        self._strike = strike

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._strike(name, "before")
            result = await method(*args, **kwargs)
            self._strike(name, "after")
            return result

        return call


def live(data: Path, trap: Trap | None, log: Path, level: settings.LogLevel) -> None:
    """Be a server until SIGTERM, or until the trap goes off."""
    with log.open("a") as lines:
        os.dup2(lines.fileno(), sys.stderr.fileno())
    telemetry.configure(level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(data, trap))


async def _serve(data: Path, trap: Trap | None) -> None:
    calls: dict[tuple[str, str], int] = {}

    def strike(method: str, when: str) -> None:
        nth = calls[method, when] = calls.get((method, when), 0) + 1
        if trap == (method, when, nth):
            os.kill(os.getpid(), signal.SIGKILL)

    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    chosen = settings.read({"data": data, "port": 0, "tls_port": 0})
    seams = program.DIRECT
    if trap is not None:
        seams = program.Seams(
            records=lambda port: Deadly(port, strike), platform=lambda port: Deadly(port, strike)
        )
    async with program.running(chosen, seams=seams):
        await over.wait()
