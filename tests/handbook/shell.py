"""Commands of a page run as a reader would paste them, without a second to start each of them.

``orchestrator`` runs inside this process. Of a shell there is what the pages use: pipes, ``&&``,
``<`` and ``>``, here-documents, ``export``, ``echo``, ``cat``, and comments. Anything else raises
`Unknown`, so that no command passes for tried that was not.
"""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from running import inside

_HERE: Final = re.compile(r"<<'(?P<end>\w+)'")
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")
_SIGNS: Final = ("|", "&&", "<", ">")


FINDINGS: Final = {("doctor", 1)}
"""Commands and exit codes that say "something was found", which is what they are for."""


class Unknown(Exception):
    """A line that this shell cannot run."""


class Failed(AssertionError):
    """A command that did not succeed."""


def lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield each whole command of a block, with the text of its here-document."""
    rest = iter(text.splitlines())
    for first in rest:
        line = first
        while line.endswith("\\") or line.rstrip().endswith("|"):
            line = line.removesuffix("\\") + " " + next(rest).strip()
        here = _HERE.search(line)
        document = ""
        if here is not None:
            for each in rest:
                if each == here["end"]:
                    break
                document += each + "\n"
            line = line.replace(here[0], "")
        if shlex.split(line, comments=True):
            yield line.strip(), document


def run(line: str, *, document: str = "") -> str:
    """Run one line in the working directory and return what it prints; ``document`` is its stdin.

    Raises `Failed` when a command of it does not succeed, `Unknown` for what is not understood.
    """
    printed, piped = "", document
    for words, joined in _commands(line):
        out = _one(words, piped, line)
        piped = out if joined == "|" else ""
        printed += "" if joined == "|" else out
    return printed


def _commands(line: str) -> Iterator[tuple[list[str], str]]:
    """Yield the words of each command, and the sign that joins it to the next one."""
    reader = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    reader.whitespace_split = True
    reader.commenters = "#"
    words: list[str] = []
    for word in reader:
        if word in {"|", "&&"}:
            yield words, word
            words = []
        else:
            words.append(_with_variables(word, line))
    yield words, ""


def _with_variables(word: str, line: str) -> str:
    if "$(" in line or "`" in line:
        raise Unknown(line)
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], found[0]), word)


def _one(words: list[str], piped: str, line: str) -> str:
    words, into, piped = _redirected(words, piped)
    match words:
        case ["orchestrator", *arguments]:
            code, out, err = inside.run(arguments, stdin=piped)
            if code != 0 and (arguments[0], code) not in FINDINGS:
                raise Failed(f"{line}\nexit code {code}\n{out}{err}")
        case ["echo", *said]:
            out = " ".join(said) + "\n"
        case ["cat"]:
            out = piped
        case ["cat", file]:
            out = Path(file).read_text("utf-8")
        case ["export", *settings] if all("=" in each for each in settings):
            os.environ.update(each.split("=", 1) for each in settings)
            out = ""
        case _:
            raise Unknown(line)
    if into is None:
        return out
    into.write_text(out, "utf-8")
    return ""


def _redirected(words: list[str], piped: str) -> tuple[list[str], Path | None, str]:
    """Return a command without its ``<`` and ``>``, where it prints to, and what it reads."""
    into = None
    while len(words) > 2 and words[-2] in {"<", ">"}:  # a command, a sign, a file
        *words, sign, file = words
        if sign == "<":
            piped = Path(file).read_text("utf-8")
        else:
            into = Path(file)
    if any(word in {*_SIGNS, ";", "&", "(", ")", ">>", "<<"} for word in words):
        raise Unknown(" ".join(words))
    return words, into, piped
