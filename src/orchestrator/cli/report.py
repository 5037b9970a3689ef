"""How every command says what is wrong: to stderr, for people or as JSON, and the exit code."""

import sys
from collections.abc import Sequence
from typing import Final, Literal, NoReturn

from orchestrator.core.model.errors import OrchestratorError, Problem

Style = Literal["text", "json"]
BAD_INPUT: Final = 2
"""The exit code for bad input; 1 is for checks that found something."""


def problems(error: OrchestratorError, style: Style) -> None:
    """Print everything that is wrong to stderr: a line each, or ``{"errors": […]}``."""
    if style == "json":
        _json({"errors": [_document(problem) for problem in error.problems]})
    else:
        for problem in error.problems:
            _line("error", problem)


def warnings(found: Sequence[Problem], style: Style) -> None:
    """Print warnings to stderr: a line each, or ``{"warnings": […]}``; or nothing."""
    if style == "json":
        if found:
            _json({"warnings": [_document(problem) for problem in found]})
    else:
        for problem in found:
            _line("warning", problem)


def fail(error: OrchestratorError, style: Style) -> NoReturn:
    """Print what is wrong and leave with exit code 2. Raises SystemExit."""
    problems(error, style)
    raise SystemExit(BAD_INPUT)


def _document(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "path": problem.path, "message": problem.message}


def _line(word: str, problem: Problem) -> None:
    where = f"{problem.path}: " if problem.path else ""
    sys.stderr.write(f"{word}: {where}{problem.message}\n")


def _json(document: object) -> None:
    import json

    sys.stderr.write(json.dumps(document) + "\n")
