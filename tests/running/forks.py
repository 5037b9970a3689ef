"""Processes of the program, forked from one that has imported everything it needs."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator import cli

CONTEXT = multiprocessing.get_context("forkserver")
"""For processes that begin with everything imported.

There is one fork server for a process of tests, and it is told once what to import. It does not
see the path of the tests.
"""

CONTEXT.set_forkserver_preload(
    [
        "uvloop",
        "orchestrator.serve.program",
        "orchestrator.cli.app",
        "pydantic",  # what typer converts values by, imported when it first does
        *(f"orchestrator.cli.{module}" for module, _ in cli.COMMANDS.values()),
        "orchestrator.client.messaging.consumer",
        "orchestrator.client.messaging.agent",
    ]
)

_STREAMS = ("stdin", "stdout", "stderr")


def run(
    arguments: Sequence[str], *, text: str, env: Mapping[str, str], within: float
) -> subprocess.CompletedProcess[str]:
    """Run ``orchestrator …`` as a process of its own, ``text`` on its stdin.

    It has its own streams, environment and exit code, in a tenth of the time that an interpreter
    takes to start. Raises subprocess.TimeoutExpired when it runs for more than ``within`` seconds.
    """
    with TemporaryDirectory(prefix="command-") as name:
        folder = Path(name)
        (folder / "stdin").write_text(text, encoding="utf-8")
        process = CONTEXT.Process(target=_in_files, args=(list(arguments), dict(env), folder))
        process.start()
        process.join(within)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), within)
        told = [(folder / stream).read_text(encoding="utf-8") for stream in _STREAMS[1:]]
        return subprocess.CompletedProcess(list(arguments), process.exitcode, *told)


class Forked:
    """A running ``orchestrator …`` with the face of a `subprocess.Popen` that has pipes."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        theirs, ours = zip(*(_pipe(stream) for stream in _STREAMS), strict=True)
        # A daemon: what a failed test leaves behind ends with the tests.
        self._process = CONTEXT.Process(
            target=_in_pipes, args=(list(arguments), dict(env), theirs), daemon=True
        )
        self._process.start()
        for each in theirs:
            each.close()
        self.stdin, self.stdout, self.stderr = (
            os.fdopen(os.dup(each.fileno()), "w" if number == 0 else "r", encoding="utf-8")
            for number, each in enumerate(ours)
        )
        for each in ours:
            each.close()
        assert self._process.pid is not None, "it was started"
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("orchestrator", timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)


def _pipe(stream: str) -> tuple[Connection, Connection]:
    """Return the program's end of a new pipe, and ours."""
    reader, writer = CONTEXT.Pipe(duplex=False)
    return (reader, writer) if stream == "stdin" else (writer, reader)


def _in_files(arguments: list[str], env: dict[str, str], folder: Path) -> None:
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)
    _main(arguments, env, [os.open(folder / n, f) for n, f in zip(_STREAMS, flags, strict=True)])


def _in_pipes(arguments: list[str], env: dict[str, str], ends: Sequence[Connection]) -> None:
    _main(arguments, env, [end.fileno() for end in ends])


def _main(arguments: list[str], env: dict[str, str], streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    # Python gives those whom it forks a stdin that holds nothing.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - until the process ends
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["orchestrator", *arguments]
    cli.main()
