"""``orchestrator versions``: every saved state of the policy set."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.serve.office import Version

app = options.noun("Every saved state of the policy set.")


@app.command("list")
@options.at_desk
async def list_(
    call: Call,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List the versions, newest first."""
    found = await call.desk.policies.versions(call.actor, limit=limit)
    show.many(
        call.style,
        [_shown(version) for version in found],
        columns={"version": "Version", "at": "At", "author": "Who", "message": "Message"},
        empty="No versions yet. Next: orchestrator policies load FILE",
    )


@app.command("show")
@options.at_desk
async def show_(
    call: Call,
    version: Annotated[int, typer.Argument(metavar="VERSION", help="The version's number.")],
) -> None:
    """Show one version: who, when, and what it holds."""
    found, document = await call.desk.policies.version(call.actor, version)
    shown = _shown(found)
    if call.style == "json":
        shown["document"] = await call.desk.policies.export(call.actor, number=version)
    else:
        shown["policies"] = [policy.name for policy in document.policies]
        shown["custom"] = sorted(document.custom or {})
    show.one(call.style, shown)


def _shown(version: "Version") -> dict[str, Any]:
    shown = show.record(version, but=("account", "number"))
    return {"version": version.number, **shown}
