"""Engagements: ways in for consumers, each leading to one skill."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import directory
from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Asking, Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape


class Engagement(Shape):
    """An engagement, with the names of its campaign and skill."""

    campaign_id: str
    engagement_id: str
    name: str
    campaign: str
    skill_id: str
    skill: str
    entry_point: str | None
    created_at: Moment


class NewEngagement(Shape):
    """An engagement to add; a campaign that does not exist yet is made."""

    name: str
    skill: str
    campaign: str | None = None
    entry_point: str | None = None


class EngagementChange(Shape):
    """What to change of an engagement."""

    name: str = ""
    skill: str = ""
    campaign: str = ""
    entry_point: str | None = None


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the engagements, by name."""
    headers = await asking.at_revision()
    found = await asking.directory.engagements.all(asking.actor)
    page, after = paging.by_key(
        found, lambda each: [each.name.casefold(), each.name], limit=limit, cursor=cursor
    )
    names = await _names(asking)
    shown = [_named(each, *names) for each in page]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, engagement: Reference) -> Response:
    """Show an engagement."""
    headers = await asking.at_revision()
    found = await asking.directory.engagements.show(asking.actor, engagement)
    return wire.json(_named(found, *await _names(asking)), headers=headers)


async def add(asking: Configuring, body: NewEngagement) -> Response:
    """Add an engagement whose routing is one specific skill."""
    made = await asking.directory.engagements.add(
        asking.actor,
        name=body.name,
        skill=body.skill,
        campaign=body.campaign,
        entry_point=body.entry_point,
    )
    return await asking.configured(_named(made, *await _names(asking)), status=201)


async def edit(asking: Configuring, engagement: Reference, body: EngagementChange) -> Response:
    """Change what is sent of an engagement."""
    changed = await asking.directory.engagements.edit(asking.actor, engagement, **body.given())
    return await asking.configured(_named(changed, *await _names(asking)))


async def remove(asking: Configuring, engagement: Reference) -> Response:
    """Remove an engagement; conversations that began there go on."""
    removed = await asking.directory.engagements.remove(asking.actor, engagement)
    return await asking.configured(_named(removed, *await _names(asking)))


async def _names(asking: Asking) -> tuple[dict[str, str], dict[str, str]]:
    desk, actor = asking.directory, asking.actor
    skills = {each.id: each.name for each in await desk.skills.all(actor)}
    return skills, {each.id: each.name for each in await desk.campaigns.all(actor)}


def _named(
    found: directory.Engagement, skills: Mapping[str, str], campaigns: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "campaignId": found.campaign_id,
        "engagementId": found.id,
        "name": found.name,
        "campaign": campaigns.get(found.campaign_id, found.campaign_id),
        "skillId": found.skill_id,
        "skill": skills.get(found.skill_id, found.skill_id),
        "entryPoint": found.entry_point,
        "createdAt": wire.plain(found.created_at),
    }


CALLS: Final = (
    Call("GET", "/engagements", all_, list[Engagement]),
    Call("POST", "/engagements", add, Engagement, 201),
    Call("GET", "/engagements/{engagement}", show, Engagement),
    Call("PATCH", "/engagements/{engagement}", edit, Engagement),
    Call("DELETE", "/engagements/{engagement}", remove, Engagement),
)
