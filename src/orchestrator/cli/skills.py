"""``orchestrator skills``: queues, and who serves them."""

from typing import Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Skills, and who serves them.")

Skill = Annotated[str, typer.Argument(metavar="SKILL", help="A skill's name, or its id.")]
Logins = Annotated[list[str], typer.Argument(metavar="LOGIN…", help="Logins, or ids of users.")]
Fallback = Annotated[
    str | None,
    typer.Option(metavar="SKILL", help="Another skill to fall back to; empty takes it away."),
]


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new skill's name.")],
    *,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    fallback_skill: Fallback = None,
) -> None:
    """Add a skill. "maven:NAME" lets the bot decide and falls back to the skill NAME."""
    skill = await call.desk.directory.skills.add(
        call.actor, name=name, description=description, fallback=fallback_skill
    )
    show.one(call.style, show.record(skill), text=f"Added the skill “{skill.name}” ({skill.id}).")


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all skills, by name, with those who serve them."""
    directory = call.desk.directory
    skills = await directory.skills.all(call.actor)
    logins = {user.id: user.login for user in await directory.users.all(call.actor)}
    serving: dict[str, list[str]] = {}
    for one in await directory.skills.assignments(call.actor):
        serving.setdefault(one.skill_id, []).append(logins.get(one.user_id, one.user_id))
    rows = [
        {**show.record(skill), "users": sorted(serving.get(skill.id, ()), key=str.casefold)}
        for skill in skills
    ]
    show.many(
        call.style,
        rows,
        columns={"name": "Name", "id": "Id", "users": "Served by", "description": "Description"},
        empty="No skills yet. Next: orchestrator skills add 'Conversation Orchestrator'",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, skill: Skill) -> None:
    """Show one skill and who serves it."""
    found = await call.desk.directory.skills.show(call.actor, skill)
    users = [user.login for user in found.users]
    show.one(call.style, {**show.record(found.skill), "users": users})


@app.command()
@options.at_desk
async def edit(
    call: Call,
    skill: Skill,
    *,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    fallback_skill: Fallback = None,
    schedule: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Its opening hours; empty is always open."),
    ] = None,
    survey: Annotated[
        str | None,
        typer.Option(
            metavar="APPINSTALLID", help="The survey that follows, by its application; empty: none."
        ),
    ] = None,
) -> None:
    """Change a skill."""
    changes: dict[str, Any] = {"name": name, "description": description}
    changes = {field: value for field, value in changes.items() if value is not None}
    if fallback_skill is not None:
        changes["fallback"] = fallback_skill or None
    if schedule is not None:
        changes["schedule"] = schedule or None
    if survey is not None:
        changes["survey"] = survey or None
    options.demand_change(changes)
    changed = await call.desk.directory.skills.edit(call.actor, skill, **changes)
    show.one(call.style, show.record(changed), text=f"Changed the skill “{changed.name}”.")


@app.command()
@options.at_desk
async def remove(call: Call, skill: Skill) -> None:
    """Remove a skill; refused while something needs it."""
    removed = await call.desk.directory.skills.remove(call.actor, skill)
    show.one(call.style, show.record(removed), text=f"Removed the skill “{removed.name}”.")


@app.command()
@options.at_desk
async def assign(call: Call, skill: Skill, logins: Logins) -> None:
    """Let users serve a skill; those who do already stay."""
    await call.desk.directory.skills.assign(call.actor, skill, users=logins)
    await _served(call, skill)


@app.command()
@options.at_desk
async def unassign(call: Call, skill: Skill, logins: Logins) -> None:
    """Let users no longer serve a skill."""
    await call.desk.directory.skills.unassign(call.actor, skill, users=logins)
    await _served(call, skill)


async def _served(call: Call, skill: str) -> None:
    found = await call.desk.directory.skills.show(call.actor, skill)
    users = [user.login for user in found.users]
    text = f"“{found.skill.name}” is served by {', '.join(users) or 'nobody'}."
    show.one(call.style, {**show.record(found.skill), "users": users}, text=text)
