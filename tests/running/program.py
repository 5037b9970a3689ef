"""A program under test as a user meets it: a process that prints JSON lines and reads lines."""

import collections
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from orchestrator.serve import password_settings
from running import forks

Line = dict[str, Any]

OURS = [sys.executable, "-m", "orchestrator.cli"]
"""How commands of ours begin; `forks` starts them sooner than an interpreter starts."""

PASSWORDS = {
    f"ORCHESTRATOR_PASSWORDS__{name.upper()}": str(least)
    for name, least in password_settings.LEAST.model_dump().items()
}
"""The environment in which passwords are hashed as cheaply as is allowed."""

PATIENCE = 45.0
"""Seconds to wait for something that normally takes a fraction of one."""


class Program:
    """A started process. What it prints is collected from the first moment on.

    Lines of stdout that are JSON objects wait in order until ``wait_for`` takes them; everything
    on stdout and stderr stays readable as text in ``output`` and ``errors``.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.output: list[str] = []
        self.errors: list[str] = []
        self._waiting: collections.deque[Line] = collections.deque()
        self._changed = threading.Condition()
        self._streams_open = 2
        self._name = " ".join(Path(part).name for part in command[:4])
        self._process = _started([str(part) for part in command], env or {}, cwd)
        self._readers = (
            self._read(self._process.stdout, self._take_output),
            self._read(self._process.stderr, self.errors.append),
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or None while it runs. Minus the signal when a signal ended it."""
        return self._process.poll()

    def wait_for(
        self, matches: Callable[[Line], Any], *, within: float = PATIENCE, what: str = "a line"
    ) -> Line:
        """Take the oldest line not yet taken for which ``matches`` is true; leave the others.

        Raises AssertionError with everything printed when it does not come in ``within`` seconds,
        or at once when the program ends without it.
        """
        deadline = time.monotonic() + within
        with self._changed:
            while True:
                found = next((line for line in self._waiting if matches(line)), None)
                if found is not None:
                    self._waiting.remove(found)
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._streams_open == 0:
                    raise AssertionError(self._transcript(f"{what} did not come"))
                self._changed.wait(left)

    def send(self, value: object) -> None:
        """Write ``value`` as one line of JSON to its stdin."""
        stdin = _open(self._process.stdin)
        stdin.write(json.dumps(value) + "\n")
        stdin.flush()

    def end_input(self) -> None:
        """Close its stdin, as Ctrl-D does."""
        _open(self._process.stdin).close()

    def finish(self, *, within: float = PATIENCE) -> int:
        """Wait until it ends by itself and return its exit code."""
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(self._transcript(f"still ran after {within} s")) from None
        self._close()
        return code

    def terminate(self, *, within: float = PATIENCE) -> int:
        """Ask it to end (SIGTERM), wait, and return its exit code."""
        self._signal(signal.SIGTERM)
        return self.finish(within=within)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def _take_output(self, text: str) -> None:
        self.output.append(text)
        try:
            line = json.loads(text)
        except ValueError:
            return
        if isinstance(line, dict):
            with self._changed:
                self._waiting.append(line)
                self._changed.notify_all()

    def _read(self, stream: IO[str] | None, take: Callable[[str], None]) -> threading.Thread:
        lines = _open(stream)

        def read() -> None:
            for text in lines:
                take(text.rstrip("\n"))
            lines.close()
            with self._changed:
                self._streams_open -= 1
                self._changed.notify_all()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def _close(self) -> None:
        for reader in self._readers:
            reader.join(PATIENCE)
        stdin = self._process.stdin
        if stdin is not None and not stdin.closed:
            with contextlib.suppress(BrokenPipeError):  # it ended before it read what was sent
                stdin.close()

    def _transcript(self, what: str) -> str:
        return "\n".join(
            [
                f"{self._name} (exit code {self.returncode}): {what}",
                *_newest("stdout", self.output),
                *_newest("stderr", self.errors),
            ]
        )


def _started(
    command: list[str], env: Mapping[str, str], cwd: Path | None
) -> "subprocess.Popen[str] | forks.Forked":
    if command[: len(OURS)] == OURS and cwd is None:
        return forks.Forked(command[len(OURS) :], environment(env))
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(env),
        cwd=cwd,
        text=True,
        encoding="utf-8",
    )


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: ours without our product's settings or a proxy.

    Nor with a terminal's size, which the readline library sets where there is no terminal. Only
    passwords are hashed as cheaply as is allowed: else that were most of what many tests do.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ORCHESTRATOR_") and name not in {"COLUMNS", "LINES"}
    }
    loopback = "localhost,127.0.0.1,::1"
    return {**inherited, "NO_PROXY": loopback, "no_proxy": loopback, **PASSWORDS, **extra}


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "every stream is a pipe"
    return stream


def _newest(title: str, lines: Iterable[str]) -> list[str]:
    return [f"--- {title}", *collections.deque(lines, maxlen=60)]
