"""Campaigns, and the engagements inside them: where consumers come in, and which skill they get."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.responses import Response

from orchestrator.core.model import access
from orchestrator.core.model.directory import Campaign, Engagement
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import choosing, faults, meanwhile, paging
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _

CAMPAIGN: Final = ("name", "description")
ENGAGEMENT: Final = ("name", "campaign", "skill", "entry_point")


async def all_campaigns(visit: Visit) -> Response:
    """List the campaigns with their engagements, and the skill that each leads to."""
    listed = await visit.rooms.directory.engagements.listed(
        visit.actor, search=visit.asked("search"), skip=paging.asked(visit), limit=paging.SIZE
    )
    page = listed.page
    inside: dict[str, list[Engagement]] = {}
    for way in page.rows:
        there = inside.setdefault(way.campaign.id, [])
        if way.engagement is not None:
            there.append(way.engagement)
    shown = {
        "slice": paging.cut(visit, page.rows, total=page.found, path="/campaigns"),
        "campaigns": list({way.campaign.id: way.campaign for way in page.rows}.values()),
        "inside": inside,
        "total": page.total,
        "search": visit.asked("search"),
        "skills": listed.skills,
    }
    if visit.is_partial:
        return visit.part("campaigns.html", "list", **shown)
    return visit.page("campaigns.html", **shown)


async def new(visit: Visit) -> Response:
    """Show an empty form for a campaign."""
    access.demand(visit.actor, "directory.write")
    return _campaign(visit, None, values={})


async def add(visit: Visit) -> Response:
    """Add a campaign."""
    values = _texts(visit, CAMPAIGN)
    try:
        made = await visit.rooms.directory.campaigns.add(visit.actor, **values)
    except OrchestratorError as error:
        return _campaign(visit, None, values=values, fault=faults.of(error, *CAMPAIGN))
    return visit.go("/campaigns", notice=_("Campaign “%(name)s” is there.", name=made.name))


async def one(visit: Visit) -> Response:
    """Show a campaign's form."""
    found = await visit.rooms.directory.campaigns.show(visit.actor, visit.at("campaign"))
    return _campaign(visit, found, values=_of_campaign(found))


async def edit(visit: Visit) -> Response:
    """Change a campaign's name and description."""
    campaigns = visit.rooms.directory.campaigns
    found = await campaigns.show(visit.actor, visit.at("campaign"))
    now, values = _of_campaign(found), _texts(visit, CAMPAIGN)
    fault = meanwhile.contradiction(visit.text(meanwhile.FIELD), now, values, words={})
    if fault is not NOTHING:
        return _campaign(visit, found, values=values, fault=fault, status=412)
    try:
        await campaigns.edit(visit.actor, found.id, **values)
    except OrchestratorError as error:
        return _campaign(visit, found, values=values, fault=faults.of(error, *CAMPAIGN))
    return visit.go("/campaigns", notice=_("Campaign “%(name)s” is saved.", name=values["name"]))


async def remove(visit: Visit) -> Response:
    """Remove a campaign without engagements."""
    campaigns = visit.rooms.directory.campaigns
    try:
        gone = await campaigns.remove(visit.actor, visit.at("campaign"))
    except OrchestratorError as error:
        found = await campaigns.show(visit.actor, visit.at("campaign"))
        fault = faults.of(error)
        return _campaign(visit, found, values=_of_campaign(found), fault=fault)
    return visit.go("/campaigns", notice=_("Campaign “%(name)s” is removed.", name=gone.name))


async def new_engagement(visit: Visit) -> Response:
    """Show empty engagement settings; ``?campaign=`` is the name of the campaign they are in."""
    access.demand(visit.actor, "directory.write")
    return await _engagement(visit, None, values={"campaign": visit.asked("campaign")})


async def add_engagement(visit: Visit) -> Response:
    """Add an engagement whose routing is one specific skill."""
    values = await _engagement_given(visit)
    try:
        made = await visit.rooms.directory.engagements.add(
            visit.actor,
            name=values["name"],
            skill=values["skill"],
            campaign=values["campaign"] or None,
            entry_point=values["entry_point"],
        )
    except OrchestratorError as error:
        fault = faults.of(error, *ENGAGEMENT)
        return await _engagement(visit, None, values=values, fault=fault)
    return visit.go("/campaigns", notice=_("Engagement “%(name)s” is there.", name=made.name))


async def one_engagement(visit: Visit) -> Response:
    """Show an engagement's settings."""
    found = await visit.rooms.directory.engagements.show(visit.actor, visit.at("engagement"))
    return await _engagement(visit, found, values=await _of_engagement(visit, found))


async def edit_engagement(visit: Visit) -> Response:
    """Change an engagement's settings."""
    directory = visit.rooms.directory
    found = await directory.engagements.show(visit.actor, visit.at("engagement"))
    now, values = await _of_engagement(visit, found), await _engagement_given(visit)
    named = await directory.choosing.named(visit.actor, "skills", [found.skill_id])
    told = {"skill": named[0].name if named else None}
    fault = meanwhile.contradiction(visit.text(meanwhile.FIELD), now, values, words=told)
    if fault is not NOTHING:
        return await _engagement(visit, found, values=values, fault=fault, status=412)
    try:
        await directory.engagements.edit(visit.actor, found.id, **values)
    except OrchestratorError as error:
        fault = faults.of(error, *ENGAGEMENT)
        return await _engagement(visit, found, values=values, fault=fault)
    return visit.go("/campaigns", notice=_("Engagement “%(name)s” is saved.", name=values["name"]))


async def remove_engagement(visit: Visit) -> Response:
    """Remove an engagement; conversations that began there go on."""
    gone = await visit.rooms.directory.engagements.remove(visit.actor, visit.at("engagement"))
    return visit.go("/campaigns", notice=_("Engagement “%(name)s” is removed.", name=gone.name))


def _texts(visit: Visit, fields: tuple[str, ...]) -> dict[str, str]:
    return {field: visit.text(field) for field in fields}


async def _engagement_given(visit: Visit) -> dict[str, str]:
    values = _texts(visit, ENGAGEMENT)
    return values | {"skill": await choosing.meant(visit, "skills", values["skill"])}


def _of_campaign(campaign: Campaign) -> dict[str, str]:
    return {"name": campaign.name, "description": campaign.description}


async def _of_engagement(visit: Visit, engagement: Engagement) -> dict[str, str]:
    inside = await visit.rooms.directory.campaigns.show(visit.actor, engagement.campaign_id)
    return {
        "name": engagement.name,
        "campaign": inside.name,
        "skill": engagement.skill_id,
        "entry_point": engagement.entry_point or "",
    }


def _campaign(
    visit: Visit,
    campaign: Campaign | None,
    *,
    values: Mapping[str, str],
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    return visit.page(
        "campaign.html",
        status=200 if fault is NOTHING else status,
        campaign=campaign,
        values=dict.fromkeys(CAMPAIGN, "") | dict(values),
        seen=meanwhile.marks(_of_campaign(campaign)) if campaign else "",
        fault=fault,
    )


async def _engagement(
    visit: Visit,
    engagement: Engagement | None,
    *,
    values: Mapping[str, Any],
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    values = dict.fromkeys(ENGAGEMENT, "") | dict(values)
    campaigns = await choosing.one(visit, "campaigns", "", none="")
    return visit.page(
        "engagement.html",
        status=200 if fault is NOTHING else status,
        engagement=engagement,
        values=values,
        seen=meanwhile.marks(await _of_engagement(visit, engagement)) if engagement else "",
        fault=fault,
        campaigns=msgspec.structs.replace(campaigns, text=values["campaign"]),
        skills=await choosing.one(visit, "skills", values["skill"], none=_("Choose a skill")),
    )


ROWS: Final = (
    Row("GET", "/campaigns", all_campaigns),
    Row("GET", "/campaigns/new", new),
    Row("POST", "/campaigns/new", add),
    Row("GET", "/campaigns/{campaign}", one),
    Row("POST", "/campaigns/{campaign}", edit),
    Row("POST", "/campaigns/{campaign}/remove", remove),
    Row("GET", "/engagements/new", new_engagement),
    Row("POST", "/engagements/new", add_engagement),
    Row("GET", "/engagements/{engagement}", one_engagement),
    Row("POST", "/engagements/{engagement}", edit_engagement),
    Row("POST", "/engagements/{engagement}/remove", remove_engagement),
)
