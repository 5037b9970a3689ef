"""Skills as administrators see and replace them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Skill
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, fields, lookup, skills
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.ports import Reading, Store, Writing

NOUN: Final = "skills"

LONGEST_WAIT: Final = 86_400
"""Seconds that a conversation may wait for one agent, as `accounts.LIMITS` has it."""


class SkillForm(msgspec.Struct, frozen=True):
    """A skill as it is to be; its opening hours are not part of it. The words are `Skill`'s."""

    name: str
    description: str = ""
    fallback_skill_id: str | None = None
    can_transfer: bool = True
    transfer_list: tuple[str, ...] | None = None
    survey: str | None = None
    transfer_wait_seconds: int | None = None
    details: Mapping[str, Any] = {}


class SkillForms:
    """Use cases on whole skills, by id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, actor: Actor, *, only: str | None = None) -> list[Shown]:
        """Return every skill of the account by name, or the one with the id ``only``."""
        access.demand(actor, "directory.names")
        found = await self._store.read(
            lambda rows: details.shown(rows, Skill, account=actor.account, only=only)
        )
        return lookup.by_name(found, lambda each: each.record.name)

    async def add(self, actor: Actor, form: SkillForm) -> str:
        """Add a skill and return its id.

        Raises `errors.BadInput`, and `errors.Conflict` when the name is taken.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> str:
            account = accounts.required(unit, actor.account).id
            wanted = _wanted(unit, account, form)
            skills.refuse_taken(unit, account, wanted["name"])
            made = unit.next_id(account, NOUN)
            unit.add(Skill(account, made, created_at=unit.now, **wanted))
            details.keep(unit, account, noun=NOUN, id=made, body=form.details)
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def replace(self, actor: Actor, skill: str, form: SkillForm) -> None:
        """Put ``form`` in the skill's place. Raises as `add`, and `errors.NotFound`."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            found = unit.find(Skill, account=actor.account, id=skill)
            if not found:
                raise errors.NotFound(f"There is no skill {skill}.")
            wanted = _wanted(unit, actor.account, form)
            if wanted["name"] != found[0].name:
                skills.refuse_taken(unit, actor.account, wanted["name"])
            if wanted["fallback_skill_id"] == skill:
                raise errors.BadInput("A skill cannot fall back to itself.", path="fallbackSkill")
            unit.replace(msgspec.structs.replace(found[0], **wanted))
            details.keep(unit, actor.account, noun=NOUN, id=skill, body=form.details)

        await self._store.write(actor, self._clock.now(), work)


def _wanted(rows: Reading, account: str, form: SkillForm) -> dict[str, Any]:
    """Return the fields of the record that a form asks for, each in its final form."""
    known = {skill.id for skill in rows.find(Skill, account=account)}
    named = [("fallbackSkill", form.fallback_skill_id)] if form.fallback_skill_id else []
    named += [("skillTransferList", target) for target in form.transfer_list or ()]
    for path, skill in named:
        if skill not in known:
            raise errors.BadInput(f"There is no skill {skill}.", path=path)
    wait = form.transfer_wait_seconds
    if wait is not None:
        path = "transferToAgentMaxWaitInSeconds"
        fields.number(wait, least=1, most=LONGEST_WAIT, path=path)
    return {
        "name": fields.name(form.name, path="name"),
        "description": fields.line(form.description, path="description"),
        "fallback_skill_id": form.fallback_skill_id or None,
        "can_transfer": form.can_transfer,
        "transfer_list": form.transfer_list,
        "survey": fields.line(form.survey, path="postConversationSurveyAppInstallAssociationId")
        or None,
        "transfer_wait_seconds": wait,
    }
