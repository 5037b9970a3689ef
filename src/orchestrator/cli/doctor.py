"""``orchestrator doctor``: is everything set up, and how to mend what is not."""

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

FOUND = 1
"""The exit code when a check found something."""


@options.at_desk
async def doctor(call: Call) -> None:
    """Check every step of the set-up. Exits 1 when something is wrong.

    Each finding comes with the command that mends it.
    """
    server = "running" if call.desk.server else "stopped"
    findings = await call.desk.doctor.examine(call.actor, server=server, place=call.place.options())
    if call.style == "json":
        show.json_line([show.plain(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(f"{'ok ' if finding.ok else 'NOT'}  {finding.message}")
            if finding.remedy:
                typer.echo(f"     → {finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FOUND)
