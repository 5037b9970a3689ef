"""``orchestrator campaigns``: groups of engagements."""

from typing import Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Campaigns: groups of engagements.")

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="A campaign's name, or its id.")]


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new campaign's name.")],
    *,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
) -> None:
    """Add a campaign."""
    made = await call.desk.directory.campaigns.add(call.actor, name=name, description=description)
    show.one(call.style, show.record(made), text=f"Added the campaign “{made.name}” ({made.id}).")


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all campaigns, by name."""
    found = await call.desk.directory.campaigns.all(call.actor)
    show.many(
        call.style,
        [show.record(campaign) for campaign in found],
        columns={"name": "Name", "id": "Id", "description": "Description"},
        empty="No campaigns yet. Next: orchestrator campaigns add Website",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, campaign: Campaign) -> None:
    """Show one campaign and its engagements."""
    directory = call.desk.directory
    found = await directory.campaigns.show(call.actor, campaign)
    inside = [
        engagement.name
        for engagement in await directory.engagements.all(call.actor)
        if engagement.campaign_id == found.id
    ]
    show.one(call.style, {**show.record(found), "engagements": inside})


@app.command()
@options.at_desk
async def edit(
    call: Call,
    campaign: Campaign,
    *,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
) -> None:
    """Change a campaign."""
    changes: dict[str, Any] = {"name": name, "description": description}
    changes = {field: value for field, value in changes.items() if value is not None}
    options.demand_change(changes)
    changed = await call.desk.directory.campaigns.edit(call.actor, campaign, **changes)
    show.one(call.style, show.record(changed), text=f"Changed the campaign “{changed.name}”.")


@app.command()
@options.at_desk
async def remove(call: Call, campaign: Campaign) -> None:
    """Remove a campaign that holds no engagement."""
    removed = await call.desk.directory.campaigns.remove(call.actor, campaign)
    show.one(call.style, show.record(removed), text=f"Removed the campaign “{removed.name}”.")
