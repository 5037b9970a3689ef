"""The command line run inside the test's own process: the same, without a second to start up."""

import contextlib
import io
import json
import shlex
import sys
from typing import Any

from orchestrator.cli import app
from running import commands


class Inside(commands.Commands):
    """``orchestrator … --json`` on one data folder and account; not for tests with a loop."""

    def __call__(self, *arguments: str, stdin: object = None) -> Any:
        """Run one command and return the JSON it prints. Raises CommandFailed."""
        text = stdin if isinstance(stdin, str) or stdin is None else json.dumps(stdin)
        place = ("--data", str(self.data), "--account", self.account, "--json")
        code, out, err = run([*arguments, *place], stdin=text or "")
        if code != 0:
            raise commands.CommandFailed(arguments, code, out, err)
        return json.loads(out) if out.strip() else None


def run(arguments: list[str], *, stdin: str = "") -> tuple[int, str, str]:
    """Run one command with exactly these arguments; returns exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = app.run(arguments)
    finally:
        sys.stdin = before
    return code, out.getvalue(), err.getvalue()


def paste(line: str) -> None:
    """Run commands joined by ``|`` and ``&&`` as a shell would; each must succeed."""
    piped = ""
    words: list[str] = []
    for word in [*shlex.split(line), "&&"]:
        if word not in {"|", "&&"}:
            words.append(word)
            continue
        assert words[0] == "orchestrator", line
        code, piped, err = run(words[1:], stdin=piped)
        assert code == 0, (line, piped, err)
        words = []
