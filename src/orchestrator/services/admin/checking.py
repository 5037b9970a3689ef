"""Checking policies against an account: what is probably not meant, each thing with its proof."""

import asyncio
from collections.abc import Mapping

import msgspec

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.policy import analysis, document, targets
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy.analysis import Finding
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.schedule import Calendar, Schedule
from orchestrator.services.admin import facts
from orchestrator.services.admin.facts import Facts
from orchestrator.services.admin.ports import Observed, Store


class Checking:
    """Looks at policy sets without saving them."""

    def __init__(self, store: Store, observed: Observed, *, calendar: Calendar) -> None:
        self._store = store
        self._observed = observed
        self._calendar = calendar

    async def check(self, actor: Actor, given: object) -> tuple[Finding, ...]:
        """Return the findings on a document (plain objects), as if the account had loaded it.

        What it does not say of static values and schedules is taken from the account. Raises
        `PolicyErrors` with every mistake of the document.
        """
        access.demand(actor, "policies.read")
        seen = await self._seen(actor)
        kept = loaded(given, seen, calendar=self._calendar)
        return await self._found(actor, kept, seen)

    async def check_current(self, actor: Actor) -> tuple[Finding, ...]:
        """Return the findings on the policies that decide now."""
        access.demand(actor, "policies.read")
        seen = await self._seen(actor)
        return await self._found(actor, seen.policies, seen)

    async def _seen(self, actor: Actor) -> Facts:
        return await self._store.read(
            lambda rows: facts.gather(rows, actor.account, server="stopped")
        )

    async def _found(self, actor: Actor, wanted: Document, seen: Facts) -> tuple[Finding, ...]:
        functions = frozenset(await self._observed.functions(actor.account))
        known = known_of(seen, wanted.schedules or {}, functions=functions)
        resolved, _ = targets.resolve_names(wanted, account_of(seen))
        return await asyncio.to_thread(
            lambda: analysis.check(compiler.compile_set(resolved), facts=known)
        )


def loaded(given: object, seen: Facts, *, calendar: Calendar) -> Document:
    """Return the document that an account would have if ``given`` were loaded.

    What it does not say of static values and schedules is the account's. Raises `PolicyErrors`.
    """
    schedules = seen.policies.schedules or {}
    wanted = document.load(given, calendar=calendar, schedules=schedules).policy_set
    return msgspec.structs.replace(
        wanted,
        custom=seen.policies.custom if wanted.custom is None else wanted.custom,
        schedules=schedules if wanted.schedules is None else wanted.schedules,
    )


def known_of(
    seen: Facts, schedules: Mapping[str, Schedule], *, functions: frozenset[str]
) -> analysis.Facts:
    """Return what analysis is told of an account; where people work elsewhere, nothing of them."""
    namespaces = frozenset(seen.namespaces)
    if seen.is_remote:
        return analysis.Facts(namespaces=namespaces, functions=functions)
    skills = seen.skills.values()
    never = {name for name, each in schedules.items() if _is_never_open(each)}
    return analysis.Facts(
        skills={skill.id: skill.name for skill in skills},
        users={user.id: user.login for user in seen.users.values()},
        bot_skills=seen.bot_skill_ids,
        unstaffed=frozenset(skill.id for skill in skills if not seen.humans(skill)),
        closed=frozenset(skill.id for skill in skills if skill.schedule in never),
        bot=seen.bot.id if seen.bot else None,
        disabled=frozenset(user.id for user in seen.users.values() if not user.enabled),
        namespaces=namespaces,
        functions=functions,
    )


def _is_never_open(schedule: Schedule) -> bool:
    """Whether neither the week nor any single date has hours."""
    return not any(schedule.weekly) and not any(each.hours for each in schedule.exceptions)


def account_of(seen: Facts) -> targets.Account:
    """Return what targets are called in an account."""
    return targets.Account(
        seen.account.id,
        {skill.id: skill.name for skill in seen.skills.values()},
        {user.id: user.login for user in seen.users.values()},
        {user.pid: user.id for user in seen.users.values()},
    )
