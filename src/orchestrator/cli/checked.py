"""What analysis found in a policy set: looked for with or without an account, told to people."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import typer

from orchestrator.cli import grid, show

if TYPE_CHECKING:
    from orchestrator.cli.options import Place
    from orchestrator.core.policy.analysis import Finding

FOUND: Final = 1
"""The exit code when ``--strict`` and something grave was found."""

_GRAVE: Final = ("error", "warning")
_WIDEST: Final = max(map(len, (*_GRAVE, "may")))
_TINTS: Final[dict[str, show.Tint]] = {"error": "red", "warning": "yellow", "may": "dim"}


def find(place: "Place", document: object) -> "tuple[Finding, ...]":
    """Check a document against the account of the data folder; by itself where there is none.

    Raises `PolicyErrors` for mistakes in the document, `errors.NotFound` for the account.
    """
    settings = place.settings
    if place.database is None and not settings.database_file.exists():
        from orchestrator import PolicySet

        return PolicySet.from_document(document).check()

    async def run() -> "tuple[Finding, ...]":
        from orchestrator.serve import office

        async with office.open(settings) as desk:
            return await desk.checking.check(desk.actor, document)

    return asyncio.run(run())


def tell(place: "Place", found: "Sequence[Finding]", *, strict: Literal["yes", "no"]) -> None:
    """Print the findings; raises `typer.Exit` when they are grave and ``strict`` is yes."""
    if place.style == "json":
        show.json_line([finding.document() for finding in found])
    else:
        for line in lines(found, width=show.width()):
            typer.echo(line)
    if strict == "yes" and any(finding.severity in _GRAVE for finding in found):
        raise typer.Exit(FOUND)


def lines(found: "Sequence[Finding]", *, width: int) -> Iterator[str]:
    """Yield each finding with its code and its proof, and how many there are of each severity.

    Names come from a file: nothing in them commands the terminal.
    """
    margin = " " * (_WIDEST + 2)
    room = width - len(margin)
    for finding in found:
        stop = "" if finding.message.endswith(("?", ".", "!")) else "."
        text = grid.printable(f"{finding.message}{stop} [{finding.code}]")
        grave = show.tinted(f"{finding.severity:<{_WIDEST}}", _TINTS[finding.severity])
        for number, line in enumerate(grid.folded(text, room)):
            yield f"{margin if number else f'{grave}  '}{line}"
        shown = "none was found" if finding.witness is None else proof(finding)
        for line in grid.folded(grid.printable(f"proof: {shown}"), room):
            yield margin + show.tinted(line, "dim")
    yield show.bold(_sum(found))


def proof(finding: "Finding") -> str:
    """Return the witness for people: ``customerinfo.ctype = "gold"``."""
    if not finding.witness and finding.at is None:
        return "no attribute at all"
    given: dict[str, Any] = finding.witness or {}
    shown = [
        f"{name.removeprefix('sde.visitorinfo.')} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in given.items()
    ]
    if finding.at is not None:
        shown.append(f"at {finding.at}")
    return ", ".join(shown)


def _sum(found: "Sequence[Finding]") -> str:
    if not found:
        return "Nothing was found."
    counts = dict.fromkeys((*_GRAVE, "may"), 0)
    for finding in found:
        counts[finding.severity] += 1
    words = {"error": "error", "warning": "warning", "may": "remark"}
    return ", ".join(
        f"{count} {words[severity]}{'' if count == 1 else 's'}"
        for severity, count in counts.items()
    )
