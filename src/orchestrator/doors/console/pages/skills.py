"""Skills: which queues there are, who serves them, and when they are open."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import choosing, faults, meanwhile, paging
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory.skills import SkillShown

FIELDS: Final = ("name", "description", "fallback_skill", "schedule", "users")


async def all_skills(visit: Visit) -> Response:
    """List the skills with who serves them, and how many wait."""
    directory = visit.rooms.directory
    listed = await directory.skills.listed(
        visit.actor, search=visit.asked("search"), skip=paging.asked(visit), limit=paging.SIZE
    )
    page = listed.page
    shown = {
        "slice": paging.cut(visit, page.rows, total=page.found, path="/skills"),
        "total": page.total,
        "serving": listed.serving,
        "search": visit.asked("search"),
    }
    if visit.is_partial:
        return visit.part("skills.html", "list", **shown)
    return visit.page("skills.html", **shown)


async def new(visit: Visit) -> Response:
    """Show an empty form."""
    access.demand(visit.actor, "directory.write")
    return await _form(visit, None, values={"name": visit.asked("name")})


async def add(visit: Visit) -> Response:
    """Add a skill and assign who serves it."""
    skills = visit.rooms.directory.skills
    given = await _given(visit)
    try:
        await choosing.refuse_unknown(visit, "users", "users")
        made = await skills.add(
            visit.actor,
            name=visit.text("name"),
            description=visit.text("description"),
            fallback=visit.text("fallback_skill") or None,
        )
        if visit.text("schedule"):
            await skills.edit(visit.actor, made.id, schedule=visit.text("schedule"))
        if given["users"]:
            await skills.assign(visit.actor, made.id, users=given["users"])
    except OrchestratorError as error:
        return await _form(visit, None, values=given, fault=faults.of(error, *FIELDS))
    return visit.go("/skills", notice=_("Skill “%(name)s” is there.", name=made.name))


async def one(visit: Visit) -> Response:
    """Show a skill's form."""
    found = await visit.rooms.directory.skills.show(visit.actor, visit.at("skill"))
    return await _form(visit, found, values=_now(found))


async def edit(visit: Visit) -> Response:
    """Change a skill and who serves it."""
    skills = visit.rooms.directory.skills
    found = await skills.show(visit.actor, visit.at("skill"))
    given = await _given(visit)
    before, wanted = {user.id for user in found.users}, set(given["users"])
    told = {
        "users": ", ".join(user.login for user in found.users),
        "fallback_skill": await _name(visit, found.skill.fallback_skill_id),
    }
    fault = meanwhile.contradiction(visit.text(meanwhile.FIELD), _now(found), given, words=told)
    if fault is not NOTHING:
        return await _form(visit, found, values=given, fault=fault, status=412)
    try:
        await choosing.refuse_unknown(visit, "users", "users")
        made = await skills.edit(
            visit.actor,
            found.skill.id,
            name=visit.text("name"),
            description=visit.text("description"),
            fallback=visit.text("fallback_skill") or None,
            schedule=visit.text("schedule") or None,
        )
        if wanted - before:
            await skills.assign(visit.actor, made.id, users=sorted(wanted - before))
        if before - wanted:
            await skills.unassign(visit.actor, made.id, users=sorted(before - wanted))
    except OrchestratorError as error:
        return await _form(visit, found, values=given, fault=faults.of(error, *FIELDS))
    return visit.go("/skills", notice=_("Skill “%(name)s” is saved.", name=made.name))


async def remove(visit: Visit) -> Response:
    """Remove a skill that nothing uses."""
    try:
        gone = await visit.rooms.directory.skills.remove(visit.actor, visit.at("skill"))
    except OrchestratorError as error:
        found = await visit.rooms.directory.skills.show(visit.actor, visit.at("skill"))
        return await _form(visit, found, values=_now(found), fault=faults.of(error))
    return visit.go("/skills", notice=_("Skill “%(name)s” is removed.", name=gone.name))


async def _given(visit: Visit) -> dict[str, Any]:
    return {
        **{name: visit.text(name) for name in FIELDS[:-1]},
        "fallback_skill": await choosing.meant(visit, "skills", visit.text("fallback_skill")),
        "users": await choosing.all_meant(visit, "users", "users"),
    }


def _now(found: SkillShown) -> dict[str, Any]:
    return {
        "name": found.skill.name,
        "description": found.skill.description,
        "fallback_skill": found.skill.fallback_skill_id or "",
        "schedule": found.skill.schedule or "",
        "users": [user.id for user in found.users],
    }


async def _name(visit: Visit, skill: str | None) -> str:
    named = visit.rooms.directory.choosing.named
    found = await named(visit.actor, "skills", [skill] if skill else [])
    return found[0].name if found else ""


async def _form(
    visit: Visit,
    shown: SkillShown | None,
    *,
    values: Mapping[str, Any],
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    skill = shown.skill if shown else None
    schedules = await visit.rooms.schedules.all(visit.actor) if visit.may("policies.read") else []
    empty: dict[str, Any] = {"description": "", "fallback_skill": "", "schedule": "", "users": []}
    values = {**empty, **values}
    return visit.page(
        "skill.html",
        status=200 if fault is NOTHING else status,
        skill=skill,
        seen=meanwhile.marks(_now(shown)) if shown else "",
        values=values,
        fault=fault,
        fallback=await choosing.one(
            visit,
            "skills",
            values["fallback_skill"],
            none=_("None"),
            but=skill.id if skill else "",
        ),
        users=await choosing.several(visit, "users", values["users"]),
        schedule_options=[("", _("Always open")), *((each.name, each.name) for each in schedules)],
    )


ROWS: Final = (
    Row("GET", "/skills", all_skills),
    Row("GET", "/skills/new", new),
    Row("POST", "/skills/new", add),
    Row("GET", "/skills/{skill}", one),
    Row("POST", "/skills/{skill}", edit),
    Row("POST", "/skills/{skill}/remove", remove),
)
