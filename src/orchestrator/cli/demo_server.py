"""The demo's server: a process of its own, which may be killed and is then started again."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Self

from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.serve.running import Running

_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_OURS: Final = "ORCHESTRATOR_"
"""The product's own settings, which are not meant for the demo's server."""

Turn = Literal["down", "up"]


class Server:
    """``orchestrator serve`` on ``data``, on free ports, open inside ``async with``.

    While `keep` runs, one that ends without being told to is started again on the same ports, and
    ``turned`` is told each time.
    """

    def __init__(self, data: Path, *, turned: Callable[[Turn], None]) -> None:
        self._data = data
        self._turned = turned
        self._process: asyncio.subprocess.Process | None = None
        self._found: Running | None = None
        self._deaths = 0
        self._away: float | None = None

    async def __aenter__(self) -> Self:
        """Start it. Raises `errors.Unavailable` with its last words when it does not get ready."""
        try:
            await self._start("0", "0")
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    @property
    def found(self) -> "Running":
        """Where it is, or was before it died."""
        assert self._found is not None  # noqa: S101 - it is asked for inside the block
        return self._found

    @property
    def story(self) -> str:
        """What became of it so far, in a few words; empty while nothing has."""
        if not self._deaths:
            return ""
        if self._away is None:
            return "server killed, starting again"
        times = "once" if self._deaths == 1 else f"{self._deaths} times"
        return f"server killed {times}, back after {self._away:.1f} s"

    def kill(self) -> None:
        """Pull the plug: SIGKILL. Nothing happens while there is no server."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def keep(self) -> None:
        """Start it again whenever it dies. Raises as the first start does."""
        while True:
            if self._process is not None:
                await self._process.wait()
            began = time.monotonic()
            self._deaths += 1
            self._away = None
            self._turned("down")
            http, https = (each.rpartition(":")[2] for each in (self.found.http, self.found.https))
            await self._start(http, https)
            self._away = time.monotonic() - began
            self._turned("up")

    async def _start(self, port: str, tls_port: str) -> None:
        log = self._data / "server.log"
        with log.open("ab") as sink:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "orchestrator.cli", "serve", "--json"),
                *("--data", str(self._data), "--port", port, "--tls-port", tls_port),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=sink,
                env={name: it for name, it in os.environ.items() if not name.startswith(_OURS)},
                # Ctrl-C is for the demo alone, which then ends the server in order.
                start_new_session=True,
            )
        self._found = await _ready(self._process, log, note=self._data / "server.json")

    async def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, log: Path, *, note: Path) -> "Running":
    from orchestrator.serve import running

    stdout = process.stdout
    line = b""
    if stdout is not None:
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(stdout.readline(), _READY_SECONDS)
    found = running.find(note) if line else None
    if found is None:
        raise errors.Unavailable(f"The server did not start: {_last_words(log)}")
    return found


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return " ".join(lines[-3:]) or "it gave no reason."
