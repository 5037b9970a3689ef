"""Skills: queues, and who serves them."""

from typing import Annotated, Any, Final

from fastapi import Path
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Asking, Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape

Login = Annotated[str, Path(description="A login, or a user's id.", max_length=1000)]


class Skill(Shape):
    """A skill, and the logins of those who serve it."""

    id: str
    name: str
    created_at: Moment
    description: str
    fallback_skill_id: str | None
    schedule: str | None
    can_transfer: bool
    transfer_list: list[str] | None
    survey: str | None
    transfer_wait_seconds: int | None
    users: list[str]


class NewSkill(Shape):
    """A skill to add."""

    name: str
    description: str = ""
    fallback_skill: str | None = None


class SkillChange(Shape):
    """What to change of a skill; null takes away."""

    name: str = ""
    description: str = ""
    fallback_skill: str | None = None
    schedule: str | None = None
    survey: str | None = None


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the skills, by name."""
    headers = await asking.at_revision()
    skills = await asking.directory.skills.all(asking.actor)
    page, after = paging.by_key(
        skills, lambda each: [each.name.casefold(), each.name], limit=limit, cursor=cursor
    )
    logins = {user.id: user.login for user in await asking.directory.users.all(asking.actor)}
    serving: dict[str, list[str]] = {}
    for one in await asking.directory.skills.assignments(asking.actor):
        serving.setdefault(one.skill_id, []).append(logins.get(one.user_id, one.user_id))
    shown = [
        wire.record(each) | {"users": sorted(serving.get(each.id, ()), key=str.casefold)}
        for each in page
    ]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, skill: Reference) -> Response:
    """Show a skill, and who serves it."""
    headers = await asking.at_revision()
    return wire.json(await _shown(asking, skill), headers=headers)


async def add(asking: Configuring, body: NewSkill) -> Response:
    """Add a skill. `maven:NAME` lets the bot decide and falls back to the skill NAME."""
    made = await asking.directory.skills.add(
        asking.actor, name=body.name, description=body.description, fallback=body.fallback_skill
    )
    return await asking.configured(await _shown(asking, made.id), status=201)


async def edit(asking: Configuring, skill: Reference, body: SkillChange) -> Response:
    """Change what is sent of a skill."""
    changes = body.given()
    if "fallback_skill" in changes:
        changes["fallback"] = changes.pop("fallback_skill") or None
    changed = await asking.directory.skills.edit(asking.actor, skill, **changes)
    return await asking.configured(await _shown(asking, changed.id))


async def remove(asking: Configuring, skill: Reference) -> Response:
    """Remove a skill; 409 while something needs it."""
    removed = await asking.directory.skills.remove(asking.actor, skill)
    return await asking.configured(wire.record(removed) | {"users": []})


async def assign(asking: Configuring, skill: Reference, login: Login) -> Response:
    """Let a user serve a skill; one who does already stays."""
    served = await asking.directory.skills.assign(asking.actor, skill, users=[login])
    return await asking.configured(await _shown(asking, served.id))


async def unassign(asking: Configuring, skill: Reference, login: Login) -> Response:
    """Let a user no longer serve a skill."""
    served = await asking.directory.skills.unassign(asking.actor, skill, users=[login])
    return await asking.configured(await _shown(asking, served.id))


async def _shown(asking: Asking, reference: str) -> dict[str, Any]:
    found = await asking.directory.skills.show(asking.actor, reference)
    return wire.record(found.skill) | {"users": [user.login for user in found.users]}


CALLS: Final = (
    Call("GET", "/skills", all_, list[Skill]),
    Call("POST", "/skills", add, Skill, 201),
    Call("GET", "/skills/{skill}", show, Skill),
    Call("PATCH", "/skills/{skill}", edit, Skill),
    Call("DELETE", "/skills/{skill}", remove, Skill),
    Call("PUT", "/skills/{skill}/users/{login}", assign, Skill),
    Call("DELETE", "/skills/{skill}/users/{login}", unassign, Skill),
)
