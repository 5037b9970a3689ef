"""The command line as another program uses it: arguments in, JSON out, exit codes kept."""

import json
from pathlib import Path
from typing import Any

from running import forks, program


class CommandFailed(AssertionError):
    """A command exited with another code than 0; ``errors`` is what it reported as JSON."""

    def __init__(self, arguments: tuple[str, ...], code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"orchestrator {' '.join(arguments)} exited {code}\n{stdout}\n{stderr}")
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The ``errors`` of the JSON object on stderr, or an empty list where there is none."""
        for line in reversed(self.stderr.splitlines()):
            try:
                return json.loads(line)["errors"]
            except (ValueError, KeyError, TypeError):
                continue
        return []


class Commands:
    """``orchestrator … --json`` on one data folder and account."""

    def __init__(self, data: Path, account: str = "1") -> None:
        self.data = data
        self.account = account

    def __call__(self, *arguments: str, stdin: object = None) -> Any:
        """Run one command and return the JSON it prints: None, one value, or a list of lines.

        ``stdin`` is text as it stands, or a value to be sent as JSON. Raises CommandFailed.
        """
        text = stdin if isinstance(stdin, str) or stdin is None else json.dumps(stdin)
        done = forks.run(
            [*arguments, *self._place()], text=text or "", env=program.environment({}), within=60
        )
        if done.returncode != 0:
            raise CommandFailed(arguments, done.returncode, done.stdout, done.stderr)
        return _parsed(done.stdout)

    def start(self, *arguments: str) -> program.Program:
        """Start a command that goes on for a while (``chat``, ``agent``, ``demo``)."""
        return program.Program([*program.OURS, *arguments, *self._place()])

    def _place(self) -> tuple[str, ...]:
        return ("--data", str(self.data), "--account", self.account, "--json")


def _parsed(stdout: str) -> Any:
    try:
        return json.loads(stdout) if stdout.strip() else None
    except ValueError:
        return [json.loads(line) for line in stdout.splitlines() if line.strip()]
