"""Users as administrators see and replace them: everything of somebody in one unit of work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors, ids
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import (
    LoginKey,
    Password,
    Profile,
    Skill,
    SkillAssignment,
    User,
    UserType,
)
from orchestrator.services.clock import Clock
from orchestrator.services.directory import details, groups, lookup, profiles, sessions, users
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.ports import Passwords, Reading, Store, Writing

NOUN: Final = "users"


class UserForm(msgspec.Struct, frozen=True):
    """A user as they are to be.

    ``type`` None: as they are, human for a new one. ``password`` None: as it is; a new human
    without one cannot sign in until somebody gives them one. ``details`` are kept and shown, and
    say by ``profileIds`` and ``memberOf`` which roles and which group the user has.
    """

    login: str
    profiles: tuple[str, ...]
    skills: tuple[str, ...] = ()
    type: UserType | None = None
    full_name: str = ""
    enabled: bool = True
    max_chats: int | UnsetType | None = UNSET
    """None is unlimited; unset, what is usual for the type."""
    password: str | None = None
    details: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        """Leave the password out: a repr ends up in logs and tracebacks."""
        return f"UserForm(login={self.login!r}, …)"


class UserShown(msgspec.Struct, frozen=True):
    """A user with everything that says who they are; never a secret."""

    shown: Shown
    skills: tuple[str, ...]
    profiles: tuple[str, ...]
    app_keys: tuple[str, ...]
    """The app keys of their keys that are good."""
    password_at: datetime | None
    """When their password was changed last; None: they have none."""

    @property
    def user(self) -> User:
        """The record."""
        return self.shown.record


class UserForms:
    """Use cases on whole users. ``reference`` is an id, ``ACCOUNT.USER`` or a PID."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    async def all(self, actor: Actor, *, only: str | None = None) -> list[UserShown]:
        """Return the users whom ``actor`` may see, by login: all of them, or themselves alone.

        ``only`` is the id or PID of the one who is wanted.
        """
        access.demand(actor, "directory.names")

        def work(rows: Reading) -> list[UserShown]:
            known = None if only is None else _known(rows, actor.account, only)
            return [] if only and known is None else _shown(rows, actor.account, only=known)

        found = await self._store.read(work)
        if not actor.may("directory.read"):
            found = [each for each in found if each.user.id == actor.user_id]
        return lookup.by_name(found, lambda each: each.user.login)

    async def add(self, actor: Actor, form: UserForm) -> str:
        """Add a user and return the id.

        Raises `errors.BadInput`, `errors.Conflict` (the login is taken), `errors.NotFound`.
        """
        access.demand(actor, "directory.write")
        kind = form.type or "human"
        users.check_password(form.password, type=kind)
        hashed = await self._hashed(form)

        def work(unit: Writing) -> str:
            wanted = _wanted(unit, actor.account, form, type=kind)
            user = users.make(unit, actor.account, type=kind, **wanted)
            _put(unit, user, form, hashed=hashed)
            return user.id

        return await self._store.write(actor, self._clock.now(), work)

    async def replace(self, actor: Actor, reference: str, form: UserForm) -> None:
        """Put ``form`` in the user's place.

        Their sessions end as in `users.Users.edit`. Raises as `add`, `errors.Conflict` where
        nobody would be an administrator any more, and `errors.NotFound` for the user.
        """
        access.demand(actor, "directory.write")
        hashed = await self._hashed(form)

        def work(unit: Writing) -> None:
            before = _found(unit, actor.account, reference)
            if form.type not in (None, before.type):
                raise errors.BadInput("A human stays a human, and a bot a bot.", path="userTypeId")
            users.check_password(form.password, type=before.type)
            wanted = _wanted(unit, actor.account, form, type=before.type)
            user = msgspec.structs.replace(before, **wanted)
            if user.login != before.login:
                users.refuse_taken(unit, actor.account, user.login, but=before)
            users.keep_an_administrator(unit, before, user)
            unit.replace(user)
            _put(unit, user, form, hashed=hashed)
            if hashed is not None or users.may_less(before, user):
                sessions.end(unit, user.account, user_id=user.id)

        await self._store.write(actor, self._clock.now(), work)

    async def reset_password(self, actor: Actor, reference: str, *, password: str) -> None:
        """Give a human a new password; their sessions end. Raises as `replace`."""
        access.demand(actor, "directory.write")
        users.check_password(password, type="human")
        hashed = await self._passwords.hash(password)

        def work(unit: Writing) -> None:
            user = _found(unit, actor.account, reference)
            users.check_password(password, type=user.type)
            users.set_password(unit, user, hashed)
            sessions.end(unit, user.account, user_id=user.id)

        await self._store.write(actor, self._clock.now(), work)

    async def _hashed(self, form: UserForm) -> str | None:
        if form.password is None:
            return None
        users.check_password(form.password, type="human")  # before the slow part
        return await self._passwords.hash(form.password)


def _shown(rows: Reading, account: str, *, only: str | None) -> list[UserShown]:
    narrow: dict[str, str] = {} if only is None else {"user_id": only}
    skills: dict[str, list[str]] = {}
    for one in rows.find(SkillAssignment, account=account, **narrow):
        skills.setdefault(one.user_id, []).append(one.skill_id)
    keys: dict[str, list[str]] = {}
    for key in rows.find(LoginKey, account=account, revoked_at=None, **narrow):
        keys.setdefault(key.user_id, []).append(key.app_key)
    own = {each.id: each.role for each in rows.find(Profile, account=account)}
    passwords = rows.find(Password, account=account, **narrow)
    secrets = {each.user_id: each.changed_at for each in passwords}
    return [
        UserShown(
            each,
            tuple(sorted(skills.get(each.record.id, ()))),
            tuple(profiles.ids_of(each.record, each.details, own=own)),
            tuple(sorted(keys.get(each.record.id, ()))),
            secrets.get(each.record.id),
        )
        for each in details.shown(rows, User, account=account, only=only)
    ]


def _known(rows: Reading, account: str, reference: str) -> str | None:
    """Return the id of the user who is meant, or None when there is nobody."""
    wanted = ids.user_of(reference, account)
    for field in ("id", "pid"):
        for user in rows.find(User, account=account, **{field: wanted}):
            return user.id
    return None


def _found(rows: Reading, account: str, reference: str) -> User:
    known = _known(rows, account, reference)
    if known is None:
        raise errors.NotFound(f"There is no user {reference}.")
    return rows.find(User, account=account, id=known)[0]


def _wanted(
    rows: Reading,
    account: str,
    form: UserForm,
    *,
    type: UserType,  # noqa: A002 - the product's own word for it
) -> dict[str, Any]:
    """Return the fields of the record that a form asks for, each in its final form."""
    usual = users.HUMAN_MAX_CHATS if type == "human" else None
    return users.checked(
        login=form.login,
        roles=profiles.roles_of(rows, account, form.profiles),
        max_chats=usual if form.max_chats is UNSET else form.max_chats,
        full_name=form.full_name,
    ) | {"enabled": form.enabled}


def _put(unit: Writing, user: User, form: UserForm, *, hashed: str | None) -> None:
    """Write what stands beside the record: password, skills, details."""
    if hashed is not None:
        users.set_password(unit, user, hashed)
    groups.demand(unit, user.account, groups.of_body(form.details))
    known = {skill.id for skill in unit.find(Skill, account=user.account)}
    for skill in form.skills:
        if skill not in known:
            raise errors.BadInput(f"There is no skill {skill}.", path="skillIds")
    before = {each.skill_id for each in _assignments(unit, user)}
    for skill in sorted(set(form.skills) - before):
        unit.add(SkillAssignment(user.account, skill, user.id))
    for skill in sorted(before - set(form.skills)):
        unit.remove(SkillAssignment(user.account, skill, user.id))
    kept = {**form.details, "profileIds": list(form.profiles)}
    details.keep(unit, user.account, noun=NOUN, id=user.id, body=kept)


def _assignments(rows: Reading, user: User) -> list[SkillAssignment]:
    return rows.find(SkillAssignment, account=user.account, user_id=user.id)
