"""Profiles: the roles under the platform's name, built in, and under names of the account's own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors, times
from orchestrator.core.model.access import Actor, Role
from orchestrator.core.model.directory import Profile, User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, fields, lookup, sessions, users
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.ports import Reading, Store, Writing

NOUN: Final = "profiles"

BUILT_IN: Final[dict[str, Role]] = {
    "1": "Administrator",
    "2": "Agent",
    "3": "Agent Manager",
    "4": "Policy editor",
    "5": "Viewer",
}
"""Id → role. They are there in every account and cannot be changed."""

_DETAIL: Final = "profileIds"
"""Where a user's details say by which profiles they came to their roles."""


class ProfileForm(msgspec.Struct, frozen=True):
    """A profile as it is to be. ``details`` are kept and shown; rights follow the role alone."""

    name: str
    role: str
    description: str = ""
    details: Mapping[str, Any] = {}


class ProfileShown(msgspec.Struct, frozen=True):
    """A profile, and how many users have it."""

    shown: Shown
    users: int


class Profiles:
    """Use cases on profiles, by id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, actor: Actor) -> list[ProfileShown]:
        """Return the built-in profiles by id, then the account's own by name."""
        access.demand(actor, "directory.names")
        return await self._store.read(lambda rows: _all(rows, actor.account))

    async def add(self, actor: Actor, form: ProfileForm) -> str:
        """Add a profile and return its id. Raises `errors.BadInput`, `errors.Conflict` (name)."""
        access.demand(actor, "directory.write")
        wanted = _checked(form)

        def work(unit: Writing) -> str:
            account = accounts.required(unit, actor.account).id
            _refuse_taken(unit, account, wanted["name"])
            made = unit.next_id(account, NOUN)
            unit.add(Profile(account, made, created_at=unit.now, **wanted))
            details.keep(unit, account, noun=NOUN, id=made, body=form.details)
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def replace(self, actor: Actor, profile: str, form: ProfileForm) -> None:
        """Put ``form`` in the profile's place; its users get the new role.

        The sessions of those end who lose a right by that. Raises as `add`, `errors.NotFound`, and
        `errors.Forbidden` for a built-in one.
        """
        access.demand(actor, "directory.write")
        wanted = _checked(form)

        def work(unit: Writing) -> None:
            before = _own(unit, actor.account, profile)
            if wanted["name"] != before.name:
                _refuse_taken(unit, actor.account, wanted["name"])
            # Read first: afterwards the old roles no longer follow from the profiles.
            holders = _holders(unit, actor.account, profile)
            unit.replace(msgspec.structs.replace(before, **wanted))
            details.keep(unit, actor.account, noun=NOUN, id=profile, body=form.details)
            for user, kept in holders:
                roles = roles_of(unit, actor.account, kept)
                changed = msgspec.structs.replace(user, roles=roles)
                unit.replace(changed)
                if users.may_less(user, changed):
                    sessions.end(unit, user.account, user_id=user.id)

        await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, profile: str) -> None:
        """Remove a profile that nobody has.

        Raises `errors.Conflict`, `errors.NotFound`, and `errors.Forbidden` for a built-in one.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            found = _own(unit, actor.account, profile)
            uses = [f"the user {user.login}" for user, _ in _holders(unit, actor.account, profile)]
            lookup.refuse_removal("profile", found.name, uses)
            unit.remove(found)
            details.forget(unit, actor.account, noun=NOUN, id=profile)

        await self._store.write(actor, self._clock.now(), work)


def roles_of(rows: Reading, account: str, profiles: Sequence[str]) -> tuple[str, ...]:
    """Return the roles of all these profiles, in the order of the table of roles.

    Raises `errors.BadInput` for a profile that does not exist.
    """
    own = {each.id: each.role for each in rows.find(Profile, account=account)}
    known = {**own, **BUILT_IN}
    for profile in profiles:
        if profile not in known:
            raise errors.BadInput(f"There is no profile {profile}.", path="profileIds")
    granted = {known[profile] for profile in profiles}
    return tuple(role for role in access.ROLES if role in granted)


def ids_of(user: User, kept: Mapping[str, Any], *, own: Mapping[str, str]) -> Sequence[str]:
    """Return the ids of a user's profiles.

    What they were given, as long as that says which roles they have: whoever changed the roles
    since, by a command perhaps, meant the roles, and then the built-in profiles say it.
    ``own`` are the roles of the account's own profiles, by id.
    """
    given = [str(each) for each in kept.get(_DETAIL, ())]
    known = {**own, **BUILT_IN}
    if {known.get(each) for each in given} == set(user.roles):
        return given
    return [profile for profile, role in BUILT_IN.items() if role in user.roles]


def _all(rows: Reading, account: str) -> list[ProfileShown]:
    own = {each.id: each.role for each in rows.find(Profile, account=account)}
    counted: dict[str, int] = {}
    for each in details.shown(rows, User, account=account):
        for profile in ids_of(each.record, each.details, own=own):
            counted[profile] = counted.get(profile, 0) + 1
    built_in = [
        Shown(Profile(account, profile, role, role, times.EPOCH), {}, times.EPOCH)
        for profile, role in BUILT_IN.items()
    ]
    found = details.shown(rows, Profile, account=account)
    found = lookup.by_name(found, lambda each: each.record.name)
    return [ProfileShown(each, counted.get(each.record.id, 0)) for each in (*built_in, *found)]


def _own(rows: Reading, account: str, profile: str) -> Profile:
    if profile in BUILT_IN:
        raise errors.Forbidden(f"The profile {profile} is built in and stays as it is.")
    found = rows.find(Profile, account=account, id=profile)
    if not found:
        raise errors.NotFound(f"There is no profile {profile}.")
    return found[0]


def _holders(rows: Reading, account: str, profile: str) -> list[tuple[User, Sequence[str]]]:
    """Return the users who have the profile, each with the ids of all their profiles."""
    own = {each.id: each.role for each in rows.find(Profile, account=account)}
    users = details.shown(rows, User, account=account)
    found = [(each.record, ids_of(each.record, each.details, own=own)) for each in users]
    return [(user, kept) for user, kept in found if profile in kept]


def _checked(form: ProfileForm) -> dict[str, str]:
    if form.role not in access.ROLES:
        raise errors.BadInput(f"There is no role “{form.role}”.", path="roleTypeId")
    return {
        "name": fields.name(form.name, path="name"),
        "role": form.role,
        "description": fields.line(form.description, path="description"),
    }


def _refuse_taken(rows: Reading, account: str, name: str) -> None:
    if name in BUILT_IN.values() or rows.find(Profile, account=account, name=name):
        raise errors.Conflict(f"There is a profile “{name}” already.", path="name")
