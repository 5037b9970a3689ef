"""``orchestrator engagements``: ways in for consumers, each leading to one skill."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.core.model.directory import Engagement as Record

app = options.noun("Engagements: ways in for consumers.")

Engagement = Annotated[
    str, typer.Argument(metavar="ENGAGEMENT", help="An engagement's name, or its id.")
]
Word = Annotated[
    str | None, typer.Option(metavar="WORD", help="Where on the site it is, such as checkout.")
]


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new engagement's name.")],
    *,
    skill: Annotated[str, typer.Option(metavar="SKILL", help="Where its conversations go.")],
    campaign: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its campaign, made when it is new.")
    ] = None,
    entry_point: Word = None,
) -> None:
    """Add an engagement whose routing is one specific skill."""
    made = await call.desk.directory.engagements.add(
        call.actor, name=name, skill=skill, campaign=campaign, entry_point=entry_point
    )
    shown = await _shown(call, made)
    text = f"Added the engagement “{made.name}” ({made.id}); it leads to “{shown['skill']}”."
    show.one(call.style, shown, text=text)


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all engagements, by name."""
    found = await call.desk.directory.engagements.all(call.actor)
    names = await _names(call)
    show.many(
        call.style,
        [_named(engagement, *names) for engagement in found],
        columns={
            "name": "Name",
            "engagementId": "Id",
            "skill": "Skill",
            "campaign": "Campaign",
            "entryPoint": "Entry point",
        },
        empty="No engagements yet. Next: orchestrator engagements add Web "
        "--skill 'Conversation Orchestrator'",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, engagement: Engagement) -> None:
    """Show one engagement."""
    found = await call.desk.directory.engagements.show(call.actor, engagement)
    show.one(call.style, await _shown(call, found))


@app.command()
@options.at_desk
async def edit(
    call: Call,
    engagement: Engagement,
    *,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    skill: Annotated[
        str | None, typer.Option(metavar="SKILL", help="Where its conversations go.")
    ] = None,
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="Its campaign.")] = None,
    entry_point: Word = None,
) -> None:
    """Change an engagement."""
    changes: dict[str, Any] = {
        "name": name,
        "skill": skill,
        "campaign": campaign,
        "entry_point": entry_point,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    options.demand_change(changes)
    changed = await call.desk.directory.engagements.edit(call.actor, engagement, **changes)
    shown = await _shown(call, changed)
    text = f"Changed the engagement “{changed.name}”; it leads to “{shown['skill']}”."
    show.one(call.style, shown, text=text)


@app.command()
@options.at_desk
async def remove(call: Call, engagement: Engagement) -> None:
    """Remove an engagement; conversations that began there go on."""
    removed = await call.desk.directory.engagements.remove(call.actor, engagement)
    shown = await _shown(call, removed)
    show.one(call.style, shown, text=f"Removed the engagement “{removed.name}”.")


async def _shown(call: Call, engagement: "Record") -> dict[str, Any]:
    return _named(engagement, *await _names(call))


async def _names(call: Call) -> tuple[dict[str, str], dict[str, str]]:
    directory = call.desk.directory
    skills = {skill.id: skill.name for skill in await directory.skills.all(call.actor)}
    return skills, {each.id: each.name for each in await directory.campaigns.all(call.actor)}


def _named(
    engagement: "Record", skills: Mapping[str, str], campaigns: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "campaignId": engagement.campaign_id,
        "engagementId": engagement.id,
        "name": engagement.name,
        "campaign": campaigns.get(engagement.campaign_id, engagement.campaign_id),
        "skillId": engagement.skill_id,
        "skill": skills.get(engagement.skill_id, engagement.skill_id),
        "entryPoint": engagement.entry_point,
        "createdAt": show.plain(engagement.created_at),
    }
