"""Schedules of an account: named opening hours, kept with its policies, version by version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Skill
from orchestrator.core.policy import document, plain, schedule, schedule_reading
from orchestrator.core.policy.document import Document, InvalidPolicy
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.core.policy.schedule import Calendar, Schedule
from orchestrator.services.admin.policies import Policies, Saved
from orchestrator.services.admin.ports import Store
from orchestrator.services.clock import Clock
from orchestrator.services.directory import lookup


class ScheduleShown(msgspec.Struct, frozen=True):
    """A schedule, whether it is open at the moment, and the skills whose opening hours it is."""

    name: str
    schedule: Schedule
    open: bool
    skills: tuple[str, ...]


class Schedules:
    """Use cases on schedules: a change is a new version of the policy set."""

    def __init__(
        self, store: Store, clock: Clock, *, policies: Policies, calendar: Calendar
    ) -> None:
        self._store = store
        self._clock = clock
        self._policies = policies
        self._calendar = calendar

    def expecting(self, number: int) -> "Schedules":
        """Return the same use cases, whose changes raise `errors.Stale` at another version."""
        return Schedules(
            self._store,
            self._clock,
            policies=self._policies.expecting(number),
            calendar=self._calendar,
        )

    async def add(self, actor: Actor, name: str, *, given: object) -> Saved:
        """Add a schedule, given as documents have it (plain objects).

        Raises `errors.Conflict` when the name is taken, and `PolicyErrors` with every mistake.
        """
        access.demand(actor, "policies.write")
        read, warnings = self._read(name, given)

        def change(found: Document) -> Document:
            if name in (found.schedules or {}):
                raise errors.Conflict(f"There is a schedule “{name}” already.", path="name")
            return _with(found, {name: read})

        return await self._policies.change(
            actor, change, message=f"Added the schedule {name}", warnings=warnings
        )

    async def edit(self, actor: Actor, name: str, *, given: object) -> Saved:
        """Replace a schedule; its holidays are looked up again. Raises as `add`, and `NotFound`."""
        access.demand(actor, "policies.write")
        read, warnings = self._read(name, given)

        def change(found: Document) -> Document:
            _named(found, name)
            return _with(found, {name: read})

        return await self._policies.change(
            actor, change, message=f"Changed the schedule {name}", warnings=warnings
        )

    async def remove(self, actor: Actor, name: str) -> Saved:
        """Remove a schedule that nothing uses.

        Raises `errors.Conflict` that names the policies and skills which do, or `errors.NotFound`.
        """
        skills = await self._skills(actor)

        def change(found: Document) -> Document:
            _named(found, name)
            rest = {other: each for other, each in _all(found).items() if other != name}
            after = msgspec.structs.replace(found, schedules=rest)
            uses = [f"the policy “{policy}”" for policy in broken(found, after)]
            uses += [f"the skill “{skill}”" for skill in skills.get(name, ())]
            lookup.refuse_removal("schedule", name, uses)
            return after

        return await self._policies.change(actor, change, message=f"Removed the schedule {name}")

    async def all(self, actor: Actor, *, at: datetime | None = None) -> list[ScheduleShown]:
        """Return the schedules by name; ``at`` is the moment, aware, by default now."""
        _, found = await self._policies.current(actor)
        skills = await self._skills(actor)
        moment = self._clock.now() if at is None else at
        shown = [
            ScheduleShown(
                name,
                each,
                schedule.is_open(schedule.prepare(each), moment),
                tuple(skills.get(name, ())),
            )
            for name, each in _all(found).items()
        ]
        return lookup.by_name(shown, lambda each: each.name)

    async def show(self, actor: Actor, name: str, *, at: datetime | None = None) -> ScheduleShown:
        """Return one schedule. Raises `errors.NotFound`."""
        known = await self.all(actor, at=at)
        for each in known:
            if each.name == name:
                return each
        raise _missing(name, [each.name for each in known])

    async def preview(self, actor: Actor, *, given: object, at: datetime | None = None) -> bool:
        """Return whether a schedule that is not saved would be open at a moment, by default now.

        Raises `PolicyErrors` with every mistake.
        """
        access.demand(actor, "policies.read")
        read, _ = self._read("preview", given)
        moment = self._clock.now() if at is None else at
        return schedule.is_open(schedule.prepare(read), moment)

    async def at(self, actor: Actor) -> int:
        """Return the number of the version that decides now, 0 before the first one."""
        return await self._policies.at(actor)

    async def _skills(self, actor: Actor) -> dict[str, list[str]]:
        """Return the names of skills by the name of their schedule."""
        access.demand(actor, "directory.read")
        skills = await self._store.read(lambda rows: rows.find(Skill, account=actor.account))
        found: dict[str, list[str]] = {}
        for skill in lookup.by_name(skills, lambda skill: skill.name):
            if skill.schedule is not None:
                found.setdefault(skill.schedule, []).append(skill.name)
        return found

    def _read(self, name: str, given: object) -> tuple[Schedule, tuple[errors.Problem, ...]]:
        mistakes = Mistakes()
        read = schedule_reading.read_all(
            plain.copy({name: given}, "schedules", mistakes),
            mistakes,
            form="document",
            calendar=self._calendar,
        )
        mistakes.raise_any()
        return read[name], tuple(mistakes.warnings)


def broken(before: Document, after: Document) -> list[str]:
    """Return the names of policies that can be used in ``before`` and no longer in ``after``."""
    checked = document.load_stored(document.dump(after)).policy_set
    usable = {policy.id for policy in before.policies if not isinstance(policy, InvalidPolicy)}
    return [
        policy.name
        for policy in checked.policies
        if isinstance(policy, InvalidPolicy) and policy.id in usable
    ]


def _all(found: Document) -> Mapping[str, Schedule]:
    return found.schedules or {}


def _named(found: Document, name: str) -> Schedule:
    known = _all(found)
    if name not in known:
        raise _missing(name, list(known))
    return known[name]


def _missing(name: str, known: list[str]) -> errors.NotFound:
    return lookup.missing("schedule", name, known=known, path="name")


def _with(found: Document, more: Mapping[str, Schedule]) -> Document:
    merged: dict[str, Any] = {**_all(found), **more}
    return msgspec.structs.replace(found, schedules=merged)
