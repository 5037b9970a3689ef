"""Skills, and who serves them."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Account, Engagement, Skill, SkillAssignment, User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, fields, lookup
from orchestrator.services.directory.ports import Reading, Sheet, Store, Writing


class SkillShown(msgspec.Struct, frozen=True, rename="camel"):
    """A skill with the logins of those who serve it."""

    skill: Skill
    users: list[User]


class Transfers(msgspec.Struct, frozen=True):
    """Where a skill lets its conversations go, in the words of `Skill`; references are skills'."""

    allowed: bool = True
    targets: tuple[str, ...] | None = None
    wait_seconds: int | None = None


class SkillsListed(msgspec.Struct, frozen=True):
    """One page of skills, and who serves each of them, by its id."""

    page: Sheet[Skill]
    serving: Mapping[str, list[User]]


class Skills:
    """Use cases on skills. ``reference`` is an id or an exact name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self, actor: Actor, *, name: str, description: str = "", fallback: str | None = None
    ) -> Skill:
        """Add a skill; ``fallback`` is another skill.

        Raises `errors.Conflict` when the name is taken, `errors.NotFound` for the fallback.
        """
        access.demand(actor, "directory.write")
        wanted = fields.name(name, path="name")
        about = fields.line(description, path="--description")

        def work(unit: Writing) -> Skill:
            accounts.required(unit, actor.account)
            refuse_taken(unit, actor.account, wanted)
            instead = _fallback(unit, actor.account, fallback)
            made = unit.next_id(actor.account, "skills")
            skill = Skill(actor.account, made, wanted, unit.now, about, instead)
            unit.add(skill)
            return skill

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor) -> list[Skill]:
        """Return every skill of the account, by name."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(Skill, account=actor.account))
        return lookup.by_name(found, lambda skill: skill.name)

    async def listed(
        self, actor: Actor, *, search: str = "", skip: int = 0, limit: int
    ) -> "SkillsListed":
        """Return one page of the skills, by name; ``search`` is a part of it.

        A ``skip`` behind the end is that of the last page.
        """
        access.demand(actor, "directory.read")
        account = actor.account

        def work(rows: Reading) -> SkillsListed:
            found = lookup.sheet(rows, Skill, account, search=search, skip=skip, limit=limit)
            known: dict[str, list[User]] = {}

            def user(key: str) -> list[User]:
                if key not in known:
                    known[key] = rows.find(User, account=account, id=key)
                return known[key]

            serving = {
                skill.id: [
                    each
                    for one in rows.find(SkillAssignment, account=account, skill_id=skill.id)
                    for each in user(one.user_id)
                ]
                for skill in found.rows
            }
            return SkillsListed(found, serving)

        return await self._store.read(work)

    async def assignments(self, actor: Actor, *, user: str | None = None) -> list[SkillAssignment]:
        """Return who serves what, in any order; ``user`` is the id of the one asked about."""
        access.demand(actor, "directory.read")
        only = {} if user is None else {"user_id": user}
        return await self._store.read(
            lambda rows: rows.find(SkillAssignment, account=actor.account, **only)
        )

    async def show(self, actor: Actor, reference: str) -> SkillShown:
        """Return one skill and its users, or raise `errors.NotFound`."""
        access.demand(actor, "directory.read")

        def work(rows: Reading) -> SkillShown:
            skill = lookup.named(rows, Skill, reference, account=actor.account)
            users = {user.id: user for user in rows.find(User, account=actor.account)}
            serving = rows.find(SkillAssignment, account=actor.account, skill_id=skill.id)
            found = [users[one.user_id] for one in serving if one.user_id in users]
            return SkillShown(skill, lookup.by_name(found, lambda user: user.login))

        return await self._store.read(work)

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        name: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
        fallback: str | UnsetType | None = UNSET,
        schedule: str | UnsetType | None = UNSET,
        transfers: Transfers | UnsetType = UNSET,
        survey: str | UnsetType | None = UNSET,
    ) -> Skill:
        """Change what is given and return the skill. A fallback of None is taken away.

        ``schedule`` names its opening hours; None is always open. ``survey`` is the id of the
        application that asks afterwards; None is no survey. Raises `errors.NotFound`, and
        `errors.Conflict` when the name is taken.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Skill:
            skill = lookup.named(unit, Skill, reference, account=actor.account)
            if name is not UNSET:
                wanted = fields.name(name, path="--name")
                if wanted != skill.name:
                    refuse_taken(unit, actor.account, wanted)
                skill = msgspec.structs.replace(skill, name=wanted)
            if description is not UNSET:
                about = fields.line(description, path="--description")
                skill = msgspec.structs.replace(skill, description=about)
            if fallback is not UNSET:
                instead = _fallback(unit, actor.account, fallback)
                if instead == skill.id:
                    raise errors.BadInput(
                        "A skill cannot fall back to itself.", path="--fallback-skill"
                    )
                skill = msgspec.structs.replace(skill, fallback_skill_id=instead)
            if schedule is not UNSET:
                opening = _schedule(unit, actor.account, schedule)
                skill = msgspec.structs.replace(skill, schedule=opening)
            if transfers is not UNSET:
                skill = _with_transfers(unit, skill, transfers)
            if survey is not UNSET:
                asks = fields.line(survey, path="--survey") or None
                skill = msgspec.structs.replace(skill, survey=asks)
            unit.replace(skill)
            return skill

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, reference: str) -> Skill:
        """Remove a skill that nothing uses and return it.

        Raises `errors.Conflict` that says what uses it, or `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Skill:
            skill = lookup.named(unit, Skill, reference, account=actor.account)
            lookup.refuse_removal("skill", skill.name, _uses(unit, skill))
            unit.remove(skill)
            details.forget(unit, skill.account, noun="skills", id=skill.id)
            return skill

        return await self._store.write(actor, self._clock.now(), work)

    async def assign(self, actor: Actor, reference: str, *, users: Sequence[str]) -> Skill:
        """Let users (id or login) serve the skill; those who do already stay.

        Raises `errors.NotFound` for the skill or any user; then nobody is assigned.
        """
        return await self._serving(actor, reference, users, verb="assign")

    async def unassign(self, actor: Actor, reference: str, *, users: Sequence[str]) -> Skill:
        """Let users no longer serve the skill. Raises as `assign`."""
        return await self._serving(actor, reference, users, verb="unassign")

    async def serve(self, actor: Actor, user: str, *, skills: Sequence[str]) -> User:
        """Let a user (id or login) serve exactly these skills, and return the user.

        Raises `errors.NotFound` for the user or any skill; then nothing changes.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> User:
            found = lookup.user(unit, actor.account, user)
            named = (lookup.named(unit, Skill, each, account=actor.account) for each in skills)
            wanted = {SkillAssignment(actor.account, each.id, found.id) for each in named}
            present = set(unit.find(SkillAssignment, account=actor.account, user_id=found.id))
            for one in sorted(wanted - present, key=lambda one: one.skill_id):
                unit.add(one)
            for one in sorted(present - wanted, key=lambda one: one.skill_id):
                unit.remove(one)
            return found

        return await self._store.write(actor, self._clock.now(), work)

    async def _serving(
        self, actor: Actor, reference: str, users: Sequence[str], *, verb: str
    ) -> Skill:
        access.demand(actor, "directory.write")
        if not users:
            raise errors.BadInput("Name at least one user.", path="login")

        def work(unit: Writing) -> Skill:
            skill = lookup.named(unit, Skill, reference, account=actor.account)
            found = [lookup.user(unit, actor.account, user) for user in users]
            wanted = {SkillAssignment(actor.account, skill.id, user.id) for user in found}
            present = set(unit.find(SkillAssignment, account=actor.account, skill_id=skill.id))
            if verb == "assign":
                for one in sorted(wanted - present, key=lambda one: one.user_id):
                    unit.add(one)
            else:
                for one in sorted(wanted & present, key=lambda one: one.user_id):
                    unit.remove(one)
            return skill

        return await self._store.write(actor, self._clock.now(), work)


def _fallback(rows: Reading, account: str, reference: str | None) -> str | None:
    if not reference:
        return None
    return lookup.named(rows, Skill, reference, account=account, path="--fallback-skill").id


def _with_transfers(rows: Reading, skill: Skill, wanted: Transfers) -> Skill:
    if wanted.wait_seconds is not None:
        fields.number(wanted.wait_seconds, least=1, most=86_400, path="transferWaitSeconds")
    targets = wanted.targets
    if targets is not None:
        found = (lookup.named(rows, Skill, one, account=skill.account) for one in targets)
        targets = tuple(dict.fromkeys(one.id for one in found))
    return msgspec.structs.replace(
        skill,
        can_transfer=wanted.allowed,
        transfer_list=targets,
        transfer_wait_seconds=wanted.wait_seconds,
    )


def _schedule(rows: Reading, account: str, name: str | None) -> str | None:
    if not name:
        return None
    known = rows.schedules(account)
    if name not in known:
        raise lookup.missing("schedule", name, known=known, path="--schedule")
    return name


def refuse_taken(rows: Reading, account: str, name: str) -> None:
    """Raise `errors.Conflict` when a skill has this name."""
    if rows.find(Skill, account=account, name=name):
        raise errors.Conflict(f"There is a skill “{name}” already.", path="name")


def _uses(rows: Reading, skill: Skill) -> list[str]:
    account = skill.account
    engagements = rows.find(Engagement, account=account, skill_id=skill.id)
    found = [f"the engagement “{engagement.name}”" for engagement in engagements]
    serving = rows.find(SkillAssignment, account=account, skill_id=skill.id)
    if serving:
        plural = "s" if serving[1:] else ""
        found.append(f"{len(serving)} assigned user{plural}")
    if rows.find(Account, id=account, fallback_skill_id=skill.id):
        found.append("the account as its fallback skill")
    others = rows.find(Skill, account=account, fallback_skill_id=skill.id)
    found += [f"the skill “{other.name}” as its fallback" for other in others]
    found += [
        f"the skill “{other.name}” as a target of transfers"
        for other in rows.find(Skill, account=account)
        if skill.id in (other.transfer_list or ()) and other != skill
    ]
    return found + rows.uses_of_skill(account, skill.id)
