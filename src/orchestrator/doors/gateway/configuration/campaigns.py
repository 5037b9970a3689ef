"""Campaigns and engagements on the wire of the configuration.

The platform publishes no shape for them: these are the fields that public clients read, and for
engagements those that routing needs. Source: messaging protocol 7.5.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.directory import Campaign, Engagement
from orchestrator.doors.gateway.configuration import wire
from orchestrator.doors.gateway.configuration.collection import Asking, Entry
from orchestrator.doors.gateway.configuration.wire import Id
from orchestrator.services.directory.campaign_forms import (
    CampaignForm,
    CampaignShown,
    EngagementForm,
)
from orchestrator.services.directory.details import Shown


class CampaignSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of a campaign."""

    name: str
    description: str | None = ""
    start_date: str | None = None
    expiration_date: str | None = None
    goal_id: Id | None = None
    lob_id: Id | None = None
    status: Id | None = None
    priority: int | None = None
    weight: int | None = None
    time_zone: str | None = None
    type: Id | None = None


_CAMPAIGNS_OWN: Final = frozenset({"name", "description"})


class Campaigns:
    """``le-campaigns/campaigns``; one of them alone shows its engagements as well."""

    brief: tuple[str, ...] = ()
    shape = CampaignSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return every campaign, by name."""
        found = await asking.forms.campaigns.all(asking.actor)
        return [_campaign(each) | (_inside(each) if asking.only else {}) for each in found]

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the campaigns that were removed."""
        return _gone(await asking.forms.removed(asking.actor, Campaign))

    async def add(self, asking: Asking, sent: CampaignSent) -> str:
        """Add a campaign."""
        return await asking.forms.campaigns.add(asking.actor, _campaign_form(sent))

    async def replace(self, asking: Asking, identifier: str, sent: CampaignSent) -> None:
        """Replace a campaign."""
        await asking.forms.campaigns.replace(asking.actor, identifier, _campaign_form(sent))

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove a campaign without engagements."""
        await asking.forms.remove_campaign(asking.actor, identifier)


class EngagementSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of an engagement. ``entryPoint`` is our own word: see the guide."""

    name: str
    skill_id: Id
    description: str | None = None
    entry_point: str | None = None
    channel: Id | None = None
    type: Id | None = None
    status: Id | None = None


_ENGAGEMENTS_OWN: Final = frozenset({"name", "skill_id", "entry_point"})


class Engagements:
    """``le-campaigns/campaigns/{campaign}/engagements``."""

    brief: tuple[str, ...] = ()
    shape = EngagementSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return the engagements of the campaign, by name; 404 for an unknown campaign."""
        for each in await asking.forms.campaigns.all(asking.actor):
            if each.shown.record.id == asking.where["campaign"]:
                return [_engagement(one) for one in each.engagements]
        raise errors.NotFound(f"There is no campaign {asking.where['campaign']}.")

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the engagements that were removed."""
        return _gone(await asking.forms.removed(asking.actor, Engagement))

    async def add(self, asking: Asking, sent: EngagementSent) -> str:
        """Add an engagement to the campaign."""
        form = _engagement_form(sent)
        return await asking.forms.campaigns.add_engagement(
            asking.actor, asking.where["campaign"], form
        )

    async def replace(self, asking: Asking, identifier: str, sent: EngagementSent) -> None:
        """Replace an engagement."""
        await asking.forms.campaigns.replace_engagement(
            asking.actor, identifier, _engagement_form(sent)
        )

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove an engagement."""
        await asking.forms.remove_engagement(asking.actor, identifier)


def _campaign(each: CampaignShown) -> Entry:
    campaign: Campaign = each.shown.record
    return {
        "id": wire.number(campaign.id),
        "name": campaign.name,
        "description": campaign.description,
        **wire.filled(CampaignSent, each.shown.details, own=_CAMPAIGNS_OWN),
        "isDeleted": False,
        "engagementIds": [wire.number(one.record.id) for one in each.engagements],
        "dateUpdated": wire.date(each.shown.changed_at),
    }


def _inside(each: CampaignShown) -> Entry:
    return {"engagements": [_engagement(one) for one in each.engagements]}


def _campaign_form(sent: CampaignSent) -> CampaignForm:
    return CampaignForm(sent.name, sent.description or "", wire.kept(sent, own=_CAMPAIGNS_OWN))


def _engagement(each: Shown) -> Entry:
    engagement: Engagement = each.record
    return {
        "id": wire.number(engagement.id),
        "name": engagement.name,
        "campaignId": wire.number(engagement.campaign_id),
        "skillId": wire.number(engagement.skill_id),
        "entryPoint": engagement.entry_point,
        **wire.filled(EngagementSent, each.details, own=_ENGAGEMENTS_OWN),
        "isDeleted": False,
        "dateUpdated": wire.date(each.changed_at),
    }


def _engagement_form(sent: EngagementSent) -> EngagementForm:
    return EngagementForm(
        sent.name, str(sent.skill_id), sent.entry_point, wire.kept(sent, own=_ENGAGEMENTS_OWN)
    )


def _gone(found: Mapping[str, Mapping[str, object]]) -> list[Entry]:
    return [
        {"id": wire.number(identifier), "isDeleted": True, "name": before.get("name")}
        for identifier, before in found.items()
    ]
