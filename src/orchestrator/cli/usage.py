"""``orchestrator usage``: how policies were used over a period."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from orchestrator.cli import moments, options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.serve.office import Usage

_SHOWN: Final = 20
"""Flows that people see: the most frequent. `--csv flows` has the others."""


@options.at_desk
async def usage(
    call: Call,
    *,
    period: Annotated[
        str, typer.Option(help="So long, until now: 24h, 7d, 30d. --since and --until go before.")
    ] = "24h",
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Decided then or later.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Decided before.")] = None,
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Whose days are counted.")] = "UTC",
    table: Annotated[
        str | None,
        typer.Option(
            "--csv",
            metavar="TABLE",
            help="Print a table as CSV: policies, never, spans, matches, flows, latency or "
            "functions.",
        ),
    ] = None,
) -> None:
    """Show how policies were used: matches, what fell back, latency, flows, functions."""
    counting = call.desk.usage
    asked = counting.period(
        period,
        since=moments.read(since, path="--since"),
        until=moments.read(until, path="--until"),
        zone=zone,
    )
    if table is not None:
        sys.stdout.write(await counting.csv(call.actor, asked, table))
        return
    found = await counting.read(call.actor, asked)
    if call.style == "json":
        show.json_line(found)
        return
    for line in _told(found):
        sys.stdout.write(line + "\n")
    show.many(
        "text",
        [_policy(row) for row in (*found.policies, *found.never)],
        columns={"policy": "Policy", "matches": "Matches", "share": "Share", "last": "Last match"},
        empty="No policies yet. Next: orchestrator policies load",
        cut=("policy",),
        whole=("last",),
    )
    if found.flows:
        sys.stdout.write("\n")
        show.many(
            "text",
            [_flow(each) for each in found.flows[:_SHOWN]],
            columns={
                "skill": "Came in on",
                "policy": "Policy",
                "to": "To",
                "decisions": "Decisions",
            },
            empty="",
            cut=("skill", "policy", "to"),
        )
    if found.functions:
        sys.stdout.write("\n")
        show.many(
            "text",
            [show.record(each) for each in found.functions],
            columns={
                "name": "Function",
                "calls": "Calls",
                "failed": "Failed",
                "late": "Late",
                "p50Ms": "p50, ms",
                "p95Ms": "p95, ms",
            },
            empty="",
            cut=("name",),
        )


def _told(found: "Usage") -> Iterator[str]:
    since, until = show.plain([found.period.since, found.period.until])
    yield f"{found.decisions} decisions from {since} until {until}."
    if not found.decisions:
        yield ""
        return
    yield f"{found.fell_back} fell back ({found.fell_back / found.decisions:.1%})."
    if found.in_trouble:
        yield f"{found.in_trouble} had trouble: something could not be found out."
    said = found.latency
    if said.measured:
        shares = zip(("p50", "p95", "p99"), (said.p50_ms, said.p95_ms, said.p99_ms), strict=True)
        yield "Took at most: " + ", ".join(f"{name} {_ms(ms)}" for name, ms in shares) + "."
    yield ""


def _ms(milliseconds: int | None) -> str:
    return "over a minute" if milliseconds is None else f"{milliseconds} ms"


def _policy(row: Any) -> dict[str, Any]:
    name = row.name if row.standing != "gone" else f"{row.name} (gone)"
    return {
        "policy": name,
        "matches": row.matches,
        "share": f"{row.share:.1%}",
        "last": "never" if row.last_match is None else show.plain(row.last_match),
    }


def _flow(flow: Any) -> dict[str, Any]:
    return {
        "skill": flow.skill or "(a program asked)",
        "policy": flow.policy or "(fell back)",
        "to": flow.target_name or f"({flow.way})",
        "decisions": flow.decisions,
    }
