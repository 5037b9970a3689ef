"""``orchestrator decide``: what a policy set decides for given attributes, and why."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator import PolicySet
from orchestrator.cli import lean, moments, report
from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.core.policy.answer import Decision
    from orchestrator.core.policy.mistakes import PolicyErrors
    from orchestrator.core.policy.nearest import Suggestion
    from orchestrator.core.policy.text import Syntax

_Unused = Annotated[str, typer.Option(hidden=True)]
_Decide = Callable[[Mapping[str, Any]], "Decision"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("decide", cls=lean.Command)
def decide(
    policies: Annotated[str, typer.Argument(help="Policy set: a JSON or YAML file, - for stdin.")],
    attributes: Annotated[
        str, typer.Argument(help="Attributes: a JSON or YAML object in a file, - for stdin.")
    ],
    *,
    at: Annotated[
        str | None,
        typer.Option(help="The clock, ISO 8601 with its offset. Now, if not given."),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Say why, and what would have changed it.")
    ] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One JSON object of attributes, one result, a line.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: _Unused = "",  # noqa: ARG001 - every command takes it, and this one works on files
    account: _Unused = "",  # noqa: ARG001 - as above
) -> None:
    """Decide on files: say which policy would win for these attributes.

    Prints the decision, with --json as one JSON object. Exits 2 for bad input; with --jsonl a bad
    line prints {"line", "error"}, the others are decided, and the exit is 2 at the end.
    """
    style: report.Style = "json" if as_json else "text"
    try:
        moment = moments.read(at)
        if policies == attributes == "-":
            raise errors.BadInput("only one of the two can come from stdin", path="ATTRIBUTES")
        policy_set = PolicySet.from_document(_document(policies))
        ask = policy_set.explain if trace else policy_set.decide

        def answer(given: Mapping[str, Any]) -> "Decision":
            return ask(given, at=moment)

        if jsonl:
            report.warnings(policy_set.warnings, style)
            with _open_lines(attributes) as lines:
                _decide_lines(answer, lines)
            return
        given = _attributes(attributes)
        decision = answer(given)
        near = () if as_json else _nearest(policy_set, given, decision)
    except errors.OrchestratorError as error:
        report.fail(error, style)
    report.warnings(policy_set.warnings, style)
    typer.echo(_json(decision.document()) if as_json else "\n".join(_text(decision, near)))


def _nearest(
    policy_set: PolicySet, given: Mapping[str, Any], decision: "Decision"
) -> "Sequence[Suggestion]":
    """Say what would have changed the decision, by the clock that it was made by."""
    if decision.trace is None:
        return ()
    return policy_set.nearest(given, at=datetime.fromisoformat(decision.trace["at"]))


def _document(name: str) -> Any:
    from orchestrator.core.policy import mistakes, source

    content = _content(name, "POLICIES")
    try:
        return source.read(content, _syntax(name))
    except mistakes.PolicyErrors as error:
        raise _placed(error, name, "POLICIES") from None


def _attributes(name: str) -> Mapping[str, Any]:
    from orchestrator.core.policy import mistakes, text

    content = _content(name, "ATTRIBUTES")
    try:
        return _object(text.parse(content, _syntax(name)))
    except mistakes.PolicyErrors as error:
        raise _placed(error, name, "ATTRIBUTES") from None


def _syntax(name: str) -> "Syntax":
    return "yaml" if Path(name).suffix.lower() in {".yaml", ".yml"} else "any"


def _placed(error: "PolicyErrors", name: str, argument: str) -> errors.Problems:
    """Name the file where a problem has no path of its own."""
    return errors.Problems(
        [
            problem
            if problem.path
            else errors.Problem(problem.code, argument, f"{name}: {problem.message}")
            for problem in error
        ]
    )


def _content(name: str, argument: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise errors.BadInput(f"cannot read {name}: {reason}", path=argument) from None


def _object(given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise errors.BadInput("attributes are an object of names and values", path="ATTRIBUTES")
    return given


def _open_lines(name: str) -> AbstractContextManager[Iterator[bytes]]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise errors.BadInput(f"cannot read {name}: {reason}", path="ATTRIBUTES") from None


def _decide_lines(answer: _Decide, lines: Iterator[bytes]) -> None:
    """Print one result a line, blank lines aside, as soon as it is there; exit 2 for a bad one."""
    from orchestrator.core.policy import text

    bad = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            result = answer(_object(text.parse(line.strip(), "json"))).document()
        except errors.BadInput as error:
            bad = True
            where = "" if error.path == "ATTRIBUTES" else f"{error.path}: "
            result = {"line": number, "error": where + error.message}
        except errors.Problems as error:  # of the text: they say where by line and column
            bad = True
            result = {"line": number, "error": error.problems[0].message}
        typer.echo(_json(result))
    if bad:
        raise SystemExit(report.BAD_INPUT)


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)


def _text(decision: "Decision", suggestions: "Sequence[Suggestion]" = ()) -> Iterator[str]:
    from orchestrator.cli import why

    yield from why.decision(decision.document())
    if decision.trace is None:
        return
    clock = decision.trace["at"] or "no clock"
    yield ""
    yield f"Why (version {decision.trace['version'][:12]}, at {clock}):"
    lines = why.trace(decision.trace, suggestions)
    yield from why.laid_out(lines, width=why.width(), indent=2)
