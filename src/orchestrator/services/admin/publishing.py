"""Publishing: from a change of an account's document to its next version.

A change is prepared on a snapshot, in a thread that reads, and published in a unit of work that
only looks whether the account is still as it was: who writes meanwhile does not wait for it.
"""

import functools
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Account, BotConfig, Skill, SkillAssignment, User
from orchestrator.core.model.errors import Problem
from orchestrator.core.model.ids import AccountId, SkillId
from orchestrator.core.policy import editions, splices, targets
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.editions import Edition
from orchestrator.core.policy.library import Library
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.services.admin.ports import Reading, Store, Version, Writing
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts

LONGEST_MESSAGE: Final = 500
TRIES: Final = 5
"""So often a change is prepared beside others; then it is prepared while nobody else writes."""

Looping = Literal["refused", "told"]
"""Whether a transfer to the bot's own skill stops the change. Its mending must not be stopped."""

Taken = Callable[[AccountId, Edition], Awaitable[None]]
"""Who is given an edition that was published here, before the change returns."""


class Saved(msgspec.Struct, frozen=True):
    """What came of saving: the version, its policies, and what is probably not meant in it."""

    version: int
    policies: int
    enabled: int
    warnings: tuple[Problem, ...]


class Change(msgspec.Struct, frozen=True):
    """A change to publish: ``make`` gives the next document from the current one, or raises."""

    make: Callable[[Document], Document]
    message: str
    warnings: Sequence[Problem] = ()
    looping: Looping = "told"


class _Prepared(msgspec.Struct, frozen=True):
    """An edition that may be published while the newest change of its account is ``since``."""

    edition: Edition
    enabled: int
    warnings: tuple[Problem, ...]
    since: int


async def nobody(account: AccountId, edition: Edition) -> None:
    """Be nobody who decides by what is published: a `Taken`."""
    del account, edition


class Publishing:
    """Publishes changes to one store, and keeps what it has read at hand in ``library``."""

    def __init__(
        self, store: Store, clock: Clock, *, library: Library, taken: Taken = nobody
    ) -> None:
        self._store = store
        self._clock = clock
        self._library = library
        self._taken = taken

    def current(self, rows: Reading, account: AccountId) -> tuple[Version | None, Edition]:
        """Return the version that decides now, None before the first one, and its edition."""
        version = rows.current(account)
        if version is None:
            return None, editions.of(editions.NOTHING)
        return version, self.edition(rows, version)

    async def latest(self, account: AccountId) -> tuple[Version | None, Edition]:
        """Return what `current` does; what is at hand is not waited for."""
        version = await self._store.glance(lambda rows: rows.current(account))
        if version is None:
            return None, editions.of(editions.NOTHING)
        return version, await self.fetch(version)

    async def fetch(self, version: Version) -> Edition:
        """Return what `edition` does; what is at hand is not waited for."""
        found = self._library.find(version.hash)
        if found is None:
            found = await self._store.read(lambda rows: self.edition(rows, version))
        return found

    def edition(self, rows: Reading, version: Version) -> Edition:
        """Return a version's edition; what is at hand is not read."""
        found = self._library.find(version.hash)
        if found is None:
            like = self._library.latest(version.account)
            found = rows.edition(version.hash, like=like) or editions.of(editions.NOTHING)
            self._library.keep(version.account, found)
        return found

    async def publish(self, actor: Actor, change: Change) -> Saved:
        """Publish what a change makes of the current document; it decides on return."""
        published = None
        for _ in range(TRIES):
            made = await self._store.read(lambda rows: self._attempt(rows, actor, change))
            published = await self._write(actor, change, functools.partial(_same, made))
            if published is not None:
                break
        if published is None:
            published = await self._write(
                actor, change, lambda unit: self._prepare(unit, actor, change)
            )
        if published is None:  # a unit of work sees what it began with
            raise errors.Conflict("The account has changed meanwhile. Try again.")
        prepared, version = published
        edition = prepared.edition
        self._library.keep(actor.account, edition)
        await self._taken(actor.account, edition)
        policies = len(edition.document.policies)
        warnings = (*change.warnings, *prepared.warnings)
        return Saved(version.number, policies, prepared.enabled, warnings)

    async def _write(
        self, actor: Actor, change: Change, prepare: Callable[[Writing], _Prepared]
    ) -> tuple[_Prepared, Version] | None:
        """Publish what ``prepare`` returns; None when the account is no longer as it was then."""

        def work(unit: Writing) -> tuple[_Prepared, Version] | None:
            made = prepare(unit)
            if unit.newest_change(actor.account) != made.since:
                return None
            message = change.message[:LONGEST_MESSAGE]
            return made, unit.publish(actor.account, made.edition, message=message)

        return await self._store.write(actor, self._clock.now(), work)

    def _attempt(
        self, rows: Reading, actor: Actor, change: Change
    ) -> _Prepared | errors.OrchestratorError:
        """Prepare, or return why not: it is raised in the unit, behind what that expects."""
        try:
            return self._prepare(rows, actor, change)
        except errors.OrchestratorError as error:
            return error

    def _prepare(self, rows: Reading, actor: Actor, change: Change) -> _Prepared:
        account = actor.account
        since = rows.newest_change(account)
        if not rows.find(Account, id=account):
            raise accounts.unknown(account)
        _, before = self.current(rows, account)
        wanted = change.make(before.document)
        refuse_missing_schedules(rows, account, wanted)
        known, own = known_targets(rows, account), bot_skills(rows, account)
        places = _unsettled(wanted, before, known, own)
        resolved, unknown = targets.resolve_names(wanted, known, places=places)
        named = targets.name_targets(resolved, known, places=places)  # people are told names
        loops = targets.own_skill_loops(named, own, places=places)
        if loops and change.looping == "refused":
            raise PolicyErrors(loops)
        enabled = sum(policy.enabled for policy in resolved.policies)
        edition = editions.of(resolved, like=before)
        return _Prepared(edition, enabled, (*unknown, *loops), since)


def _same(made: _Prepared | errors.OrchestratorError, unit: Writing) -> _Prepared:
    """Return what was prepared beside others, or raise why it was not."""
    del unit
    if isinstance(made, errors.OrchestratorError):
        raise made
    return made


def _unsettled(
    wanted: Document, before: Edition, known: targets.Account, own: Collection[SkillId]
) -> list[int]:
    """Return the places of policies whose targets are to be looked at: the others are in order."""
    gaps = splices.gaps(before.document.policies, wanted.policies)
    places = {place for gap in gaps for place in range(gap.new, gap.new_end)}
    unsettled = {
        id(policy)
        for page in before.pages
        if not targets.are_settled(page.aims, known, own)
        for policy in page.policies
    }
    if unsettled:
        places.update(at for at, policy in enumerate(wanted.policies) if id(policy) in unsettled)
    return sorted(places)


def stored(rows: Reading, account: AccountId) -> Document:
    """Return the account's current document, an empty one before the first version."""
    version = rows.current(account)
    found = None if version is None else rows.edition(version.hash)
    return editions.NOTHING if found is None else found.document


def bot_skills(rows: Reading, account: AccountId) -> frozenset[SkillId]:
    """Return the skills that the account's own bot serves: where its policies must not send.

    The bot is the user of type bot whose login is configured for this server's own cloud.
    """
    bots = {config.username for config in rows.find(BotConfig, account=account)}
    users = rows.find(User, account=account, type="bot")
    ids = {user.id for user in users if user.login in bots}
    serving = rows.find(SkillAssignment, account=account)
    return frozenset(one.skill_id for one in serving if one.user_id in ids)


def refuse_missing_schedules(rows: Reading, account: AccountId, wanted: Document) -> None:
    """Raise `errors.Conflict` that names the skills whose opening hours are not in ``wanted``."""
    missing = [
        f"the skill “{skill.name}” (“{skill.schedule}”)"
        for skill in rows.find(Skill, account=account)
        if skill.schedule is not None and skill.schedule not in (wanted.schedules or {})
    ]
    if missing:
        raise errors.Conflict(
            f"Schedules that are still used would be gone: {', '.join(missing)}. Give those other "
            "opening hours first, with `orchestrator skills edit SKILL --schedule NAME`.",
            path="schedules",
        )


def known_targets(rows: Reading, account: AccountId) -> targets.Account:
    """Return the account's skills and users, as targets may name them."""
    users = rows.find(User, account=account)
    return targets.Account(
        account,
        skills={skill.id: skill.name for skill in rows.find(Skill, account=account)},
        users={user.id: user.login for user in users},
        pids={user.pid.lower(): user.id for user in users},
    )
