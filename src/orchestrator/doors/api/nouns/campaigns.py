"""Campaigns: groups of engagements."""

from typing import Final

from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape


class Campaign(Shape):
    """A campaign."""

    id: str
    name: str
    created_at: Moment
    description: str


class CampaignShown(Campaign):
    """A campaign with the names of its engagements."""

    engagements: list[str]


class NewCampaign(Shape):
    """A campaign to add."""

    name: str
    description: str = ""


class CampaignChange(Shape):
    """What to change of a campaign."""

    name: str = ""
    description: str = ""


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the campaigns, by name."""
    headers = await asking.at_revision()
    found = await asking.directory.campaigns.all(asking.actor)
    page, after = paging.by_key(
        found, lambda each: [each.name.casefold(), each.name], limit=limit, cursor=cursor
    )
    shown = [wire.record(each) for each in page]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, campaign: Reference) -> Response:
    """Show a campaign, and the names of its engagements."""
    headers = await asking.at_revision()
    found = await asking.directory.campaigns.show(asking.actor, campaign)
    inside = [
        each.name
        for each in await asking.directory.engagements.all(asking.actor)
        if each.campaign_id == found.id
    ]
    return wire.json(wire.record(found) | {"engagements": inside}, headers=headers)


async def add(asking: Configuring, body: NewCampaign) -> Response:
    """Add a campaign."""
    made = await asking.directory.campaigns.add(
        asking.actor, name=body.name, description=body.description
    )
    return await asking.configured(wire.record(made), status=201)


async def edit(asking: Configuring, campaign: Reference, body: CampaignChange) -> Response:
    """Change what is sent of a campaign."""
    changed = await asking.directory.campaigns.edit(asking.actor, campaign, **body.given())
    return await asking.configured(wire.record(changed))


async def remove(asking: Configuring, campaign: Reference) -> Response:
    """Remove a campaign that holds no engagement."""
    removed = await asking.directory.campaigns.remove(asking.actor, campaign)
    return await asking.configured(wire.record(removed))


CALLS: Final = (
    Call("GET", "/campaigns", all_, list[Campaign]),
    Call("POST", "/campaigns", add, Campaign, 201),
    Call("GET", "/campaigns/{campaign}", show, CampaignShown),
    Call("PATCH", "/campaigns/{campaign}", edit, Campaign),
    Call("DELETE", "/campaigns/{campaign}", remove, Campaign),
)
