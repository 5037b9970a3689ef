"""Campaigns, and the engagements inside them: the ways in for consumers."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Campaign, Engagement, Skill
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, fields, lookup
from orchestrator.services.directory.ports import Reading, Store, WaysIn, Writing

DEFAULT_CAMPAIGN: Final = "Default"
"""The campaign of engagements that name none; made when first needed."""


class WaysListed(msgspec.Struct, frozen=True):
    """One page of the ways in, and the skills that they lead to by id, but those that are gone."""

    page: WaysIn
    skills: Mapping[str, Skill]


class Campaigns:
    """Use cases on campaigns. ``reference`` is an id or an exact name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, actor: Actor, *, name: str, description: str = "") -> Campaign:
        """Add a campaign. Raises `errors.Conflict` when the name is taken."""
        access.demand(actor, "directory.write")
        wanted = fields.name(name, path="name")
        about = fields.line(description, path="--description")

        def work(unit: Writing) -> Campaign:
            accounts.required(unit, actor.account)
            return make_campaign(unit, actor.account, wanted, about)

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor) -> list[Campaign]:
        """Return every campaign of the account, by name."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(Campaign, account=actor.account))
        return lookup.by_name(found, lambda campaign: campaign.name)

    async def show(self, actor: Actor, reference: str) -> Campaign:
        """Return one campaign, or raise `errors.NotFound`."""
        access.demand(actor, "directory.read")
        return await self._store.read(
            lambda rows: lookup.named(rows, Campaign, reference, account=actor.account)
        )

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        name: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
    ) -> Campaign:
        """Change what is given. Raises `errors.NotFound` or `errors.Conflict` (name taken)."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Campaign:
            campaign = lookup.named(unit, Campaign, reference, account=actor.account)
            if name is not UNSET:
                wanted = fields.name(name, path="--name")
                if wanted != campaign.name:
                    refuse_taken(unit, Campaign, actor.account, wanted)
                campaign = msgspec.structs.replace(campaign, name=wanted)
            if description is not UNSET:
                about = fields.line(description, path="--description")
                campaign = msgspec.structs.replace(campaign, description=about)
            unit.replace(campaign)
            return campaign

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, reference: str) -> Campaign:
        """Remove a campaign without engagements. Raises `errors.Conflict`, `errors.NotFound`."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Campaign:
            campaign = lookup.named(unit, Campaign, reference, account=actor.account)
            inside = unit.find(Engagement, account=actor.account, campaign_id=campaign.id)
            uses = [f"the engagement “{engagement.name}”" for engagement in inside]
            lookup.refuse_removal("campaign", campaign.name, uses)
            unit.remove(campaign)
            details.forget(unit, campaign.account, noun="campaigns", id=campaign.id)
            return campaign

        return await self._store.write(actor, self._clock.now(), work)


class Engagements:
    """Use cases on engagements. ``reference`` is an id or an exact name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self,
        actor: Actor,
        *,
        name: str,
        skill: str,
        campaign: str | None = None,
        entry_point: str | None = None,
    ) -> Engagement:
        """Add an engagement whose routing is one specific skill.

        A campaign that does not exist yet is made; without one it goes into "Default".
        Raises `errors.Conflict` when the name is taken, `errors.NotFound` for the skill.
        """
        access.demand(actor, "directory.write")
        wanted = fields.name(name, path="name")
        group = fields.name(campaign or DEFAULT_CAMPAIGN, path="--campaign")
        word = fields.line(entry_point, path="--entry-point") or None

        def work(unit: Writing) -> Engagement:
            account = accounts.required(unit, actor.account).id
            refuse_taken(unit, Engagement, account, wanted)
            target = lookup.named(unit, Skill, skill, account=account, path="--skill")
            inside = _campaign(unit, account, group)
            made = unit.next_id(account, "engagements")
            engagement = Engagement(account, made, inside.id, wanted, target.id, unit.now, word)
            unit.add(engagement)
            return engagement

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor) -> list[Engagement]:
        """Return every engagement of the account, by name."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(Engagement, account=actor.account))
        return lookup.by_name(found, lambda engagement: engagement.name)

    async def show(self, actor: Actor, reference: str) -> Engagement:
        """Return one engagement, or raise `errors.NotFound`."""
        access.demand(actor, "directory.read")
        return await self._store.read(
            lambda rows: lookup.named(rows, Engagement, reference, account=actor.account)
        )

    async def listed(
        self, actor: Actor, *, search: str = "", skip: int = 0, limit: int
    ) -> WaysListed:
        """Return one page of the ways in, by campaign; a ``skip`` behind the end is the last one.

        ``search`` is a part of a campaign's or an engagement's name, or of an entry point.
        """
        access.demand(actor, "directory.read")
        account = actor.account

        def work(rows: Reading) -> WaysListed:
            found = rows.ways_in(account, search=search, skip=skip, limit=limit)
            if not found.rows and skip:
                last = max(0, (found.found - 1) // limit * limit)
                found = rows.ways_in(account, search=search, skip=last, limit=limit)
            wanted = {way.engagement.skill_id for way in found.rows if way.engagement}
            skills = (rows.find(Skill, account=account, id=each) for each in wanted)
            return WaysListed(found, {skill.id: skill for some in skills for skill in some})

        return await self._store.read(work)

    async def entered(self, actor: Actor, word: str) -> Engagement | None:
        """Return the engagement with this id, name or entry point, looked for in this order."""
        access.demand(actor, "directory.read")

        def work(rows: Reading) -> Engagement | None:
            for field in ("id", "name", "entry_point"):
                found = rows.find(Engagement, account=actor.account, **{field: word})
                if found:
                    return min(found, key=lambda each: each.name)
            return None

        return await self._store.read(work)

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        name: str | UnsetType = UNSET,
        skill: str | UnsetType = UNSET,
        campaign: str | UnsetType = UNSET,
        entry_point: str | UnsetType | None = UNSET,
    ) -> Engagement:
        """Change what is given. Raises as `add`, and `errors.NotFound` for the engagement."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Engagement:
            account = actor.account
            engagement = lookup.named(unit, Engagement, reference, account=account)
            changed: dict[str, str | None] = {}
            if name is not UNSET:
                changed["name"] = fields.name(name, path="--name")
                if changed["name"] != engagement.name:
                    refuse_taken(unit, Engagement, account, changed["name"])
            if skill is not UNSET:
                target = lookup.named(unit, Skill, skill, account=account, path="--skill")
                changed["skill_id"] = target.id
            if campaign is not UNSET:
                group = fields.name(campaign, path="--campaign")
                changed["campaign_id"] = _campaign(unit, account, group).id
            if entry_point is not UNSET:
                changed["entry_point"] = fields.line(entry_point, path="--entry-point") or None
            engagement = msgspec.structs.replace(engagement, **changed)
            unit.replace(engagement)
            return engagement

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, reference: str) -> Engagement:
        """Remove an engagement; conversations that began there keep its id."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Engagement:
            engagement = lookup.named(unit, Engagement, reference, account=actor.account)
            unit.remove(engagement)
            details.forget(unit, engagement.account, noun="engagements", id=engagement.id)
            return engagement

        return await self._store.write(actor, self._clock.now(), work)


def _campaign(unit: Writing, account: str, reference: str) -> Campaign:
    """Return the campaign with this id or name, making one of this name if there is none."""
    for field in ("id", "name"):
        found = unit.find(Campaign, account=account, **{field: reference})
        if found:
            return found[0]
    return make_campaign(unit, account, reference, "")


def make_campaign(unit: Writing, account: str, name: str, description: str) -> Campaign:
    """Add a campaign with the next id. Raises `errors.Conflict` when the name is taken."""
    refuse_taken(unit, Campaign, account, name)
    made = unit.next_id(account, "campaigns")
    campaign = Campaign(account, made, name, unit.now, description)
    unit.add(campaign)
    return campaign


def refuse_taken(rows: Reading, kind: type[Campaign | Engagement], account: str, name: str) -> None:
    """Raise `errors.Conflict` when one of this kind has this name."""
    if rows.find(kind, account=account, name=name):
        noun = "campaign" if kind is Campaign else "engagement"
        raise errors.Conflict(f"There is already one {noun} named “{name}”.", path="name")
