"""``orchestrator doctor``: is everything set up, and how to mend what is not."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import typer

from orchestrator.cli import grid, options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.serve.office import Finding

FOUND = 1
"""The exit code when a check found something."""


_MARKS: Final = {True: "✓", False: "✗"}
_WORDS: Final = {True: "ok", False: "no"}


@options.at_desk
async def doctor(call: Call) -> None:
    """Check every step of the set-up. Exits 1 when something is wrong.

    Each finding comes with the command that mends it.
    """
    server = "running" if call.desk.server else "stopped"
    findings = await call.desk.doctor.examine(call.actor, server=server, place=call.place.options())
    findings += await call.desk.examine_openid()
    if call.style == "json":
        show.json_line([show.plain(finding) for finding in findings])
    else:
        marks = _MARKS if show.is_terminal() else _WORDS
        for line in lines(findings, marks=marks, width=show.width()):
            typer.echo(line)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FOUND)


def lines(findings: "Iterable[Finding]", *, marks: Mapping[bool, str], width: int) -> Iterator[str]:
    """Yield a line a finding, and under what is wrong the command that mends it.

    Commands are never folded, so that they can be copied.
    """
    for finding in findings:
        mark = f"{marks[finding.ok]}  "
        for number, line in enumerate(grid.folded(finding.message, width - len(mark))):
            yield f"{' ' * len(mark) if number else mark}{line}"
        if finding.remedy:
            yield f"{' ' * len(mark)}→ {finding.remedy}"
