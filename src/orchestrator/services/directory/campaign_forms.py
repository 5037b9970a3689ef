"""Campaigns, and the engagements inside them, as administrators see and replace them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Campaign, Engagement, Skill
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, engagements, fields, lookup
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.ports import Reading, Store, Writing


class CampaignForm(msgspec.Struct, frozen=True):
    """A campaign as it is to be; its engagements are not part of it."""

    name: str
    description: str = ""
    details: Mapping[str, Any] = {}


class EngagementForm(msgspec.Struct, frozen=True):
    """An engagement as it is to be. ``skill`` is an id."""

    name: str
    skill: str
    entry_point: str | None = None
    details: Mapping[str, Any] = {}


class CampaignShown(msgspec.Struct, frozen=True):
    """A campaign and what is inside."""

    shown: Shown
    engagements: tuple[Shown, ...]


class CampaignForms:
    """Use cases on whole campaigns and engagements, by id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, actor: Actor) -> list[CampaignShown]:
        """Return every campaign of the account with its engagements, each by name."""
        access.demand(actor, "directory.names")

        def work(rows: Reading) -> list[CampaignShown]:
            inside: dict[str, list[Shown]] = {}
            ways = details.shown(rows, Engagement, account=actor.account)
            for each in lookup.by_name(ways, lambda each: each.record.name):
                inside.setdefault(each.record.campaign_id, []).append(each)
            found = details.shown(rows, Campaign, account=actor.account)
            return [
                CampaignShown(each, tuple(inside.get(each.record.id, ())))
                for each in lookup.by_name(found, lambda each: each.record.name)
            ]

        return await self._store.read(work)

    async def add(self, actor: Actor, form: CampaignForm) -> str:
        """Add a campaign and return its id. Raises `errors.BadInput`, `errors.Conflict`."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> str:
            account = accounts.required(unit, actor.account).id
            name = fields.name(form.name, path="name")
            about = fields.line(form.description, path="description")
            made = engagements.make_campaign(unit, account, name, about)
            details.keep(unit, account, noun="campaigns", id=made.id, body=form.details)
            return made.id

        return await self._store.write(actor, self._clock.now(), work)

    async def replace(self, actor: Actor, campaign: str, form: CampaignForm) -> None:
        """Put ``form`` in the campaign's place. Raises as `add`, and `errors.NotFound`."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            before = _campaign(unit, actor.account, campaign)
            name = fields.name(form.name, path="name")
            about = fields.line(form.description, path="description")
            if name != before.name:
                engagements.refuse_taken(unit, Campaign, actor.account, name)
            unit.replace(msgspec.structs.replace(before, name=name, description=about))
            details.keep(unit, actor.account, noun="campaigns", id=campaign, body=form.details)

        await self._store.write(actor, self._clock.now(), work)

    async def add_engagement(self, actor: Actor, campaign: str, form: EngagementForm) -> str:
        """Add an engagement to the campaign and return its id.

        Raises `errors.BadInput`, `errors.Conflict`, and `errors.NotFound` for the campaign.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> str:
            inside = _campaign(unit, actor.account, campaign)
            wanted = _wanted(unit, actor.account, form)
            engagements.refuse_taken(unit, Engagement, actor.account, wanted["name"])
            made = unit.next_id(actor.account, "engagements")
            unit.add(Engagement(actor.account, made, inside.id, created_at=unit.now, **wanted))
            details.keep(unit, actor.account, noun="engagements", id=made, body=form.details)
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def replace_engagement(self, actor: Actor, engagement: str, form: EngagementForm) -> None:
        """Put ``form`` in the engagement's place; it stays in its campaign. Raises as `add`."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            found = unit.find(Engagement, account=actor.account, id=engagement)
            if not found:
                raise errors.NotFound(f"There is no engagement {engagement}.")
            wanted = _wanted(unit, actor.account, form)
            if wanted["name"] != found[0].name:
                engagements.refuse_taken(unit, Engagement, actor.account, wanted["name"])
            unit.replace(msgspec.structs.replace(found[0], **wanted))
            details.keep(unit, actor.account, noun="engagements", id=engagement, body=form.details)

        await self._store.write(actor, self._clock.now(), work)


def _campaign(rows: Reading, account: str, campaign: str) -> Campaign:
    found = rows.find(Campaign, account=account, id=campaign)
    if not found:
        raise errors.NotFound(f"There is no campaign {campaign}.")
    return found[0]


def _wanted(rows: Reading, account: str, form: EngagementForm) -> dict[str, Any]:
    if not rows.find(Skill, account=account, id=form.skill):
        raise errors.BadInput(f"There is no skill {form.skill}.", path="skillId")
    return {
        "name": fields.name(form.name, path="name"),
        "skill_id": form.skill,
        "entry_point": fields.line(form.entry_point, path="entryPoint") or None,
    }
