"""People and bots: logins, roles, capacity, passwords."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import (
    BotConfig,
    LoginKey,
    Password,
    Skill,
    SkillAssignment,
    User,
    UserType,
)
from orchestrator.services.clock import Clock
from orchestrator.services.directory import (
    accounts,
    details,
    fields,
    lookup,
    sessions,
    sign_in_links,
)
from orchestrator.services.directory.ports import Passwords, Reading, Sheet, Store, Writing

ADMINISTRATOR: Final[access.Role] = "Administrator"
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1024
HUMAN_MAX_CHATS: Final = 10
"""What a human may hold at once when nothing is said; a bot is unlimited then."""

_PIDS: Final = uuid.UUID("6a0f6b7e-5c3d-5b43-9d0a-3f7d1f0c2b11")
"""Namespace in which an agent's PID is derived from account and user id."""


class NewUser(msgspec.Struct, frozen=True, rename="camel"):
    """A user just made; ``password`` is the random one, shown this once, or None."""

    user: User
    password: str | None

    def __repr__(self) -> str:
        """Leave the password out: a repr ends up in logs and tracebacks."""
        return f"NewUser(user={self.user!r}, …)"


class UsersListed(msgspec.Struct, frozen=True):
    """One page of users, and the names of the skills that each serves, by their ids."""

    page: Sheet[User]
    skills: Mapping[str, tuple[str, ...]]


class Users:
    """Use cases on users. ``reference`` is an id, ``ACCOUNT.USER``, a PID or a login."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    async def add(
        self,
        actor: Actor,
        *,
        login: str,
        type: UserType,  # noqa: A002 - the product's own word for it
        roles: Sequence[str],
        max_chats: int | UnsetType | None = UNSET,
        full_name: str = "",
        password: str | None = None,
    ) -> NewUser:
        """Add a user. A human without ``password`` gets a random one; a bot signs in with a key.

        ``max_chats`` None is unlimited; unset, a human gets 10 and a bot is unlimited.
        Raises `errors.Conflict` when the login is taken, `errors.BadInput` for everything else.
        """
        access.demand(actor, "directory.write")
        wanted = checked(
            login=login, type=type, roles=roles, max_chats=max_chats, full_name=full_name
        )
        if max_chats is UNSET:
            wanted["max_chats"] = HUMAN_MAX_CHATS if type == "human" else None
        shown = None
        if password is None and type == "human":
            shown = password = secrets.token_urlsafe(12)
        check_password(password, type=type)
        hashed = await self._passwords.hash(password) if password is not None else None

        def work(unit: Writing) -> User:
            user = make(unit, actor.account, **wanted)
            if hashed is not None:
                unit.add(Password(user.account, user.id, hashed, unit.now))
            return user

        user = await self._store.write(actor, self._clock.now(), work)
        return NewUser(user, shown)

    async def all(self, actor: Actor) -> list[User]:
        """Return every user of the account, by login."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(User, account=actor.account))
        return lookup.by_name(found, lambda user: user.login)

    async def listed(
        self, actor: Actor, *, search: str = "", skip: int = 0, limit: int
    ) -> "UsersListed":
        """Return one page of the users, by login; ``search`` is a part of login or full name.

        A ``skip`` behind the end is that of the last page.
        """
        access.demand(actor, "directory.read")
        account = actor.account

        def work(rows: Reading) -> UsersListed:
            found = lookup.sheet(rows, User, account, search=search, skip=skip, limit=limit)
            return UsersListed(
                found,
                {
                    user.id: tuple(
                        skill.name
                        for one in rows.find(SkillAssignment, account=account, user_id=user.id)
                        for skill in rows.find(Skill, account=account, id=one.skill_id)
                    )
                    for user in found.rows
                },
            )

        return await self._store.read(work)

    async def show(self, actor: Actor, reference: str) -> User:
        """Return one user, or raise `errors.NotFound`. Everybody may look at themselves."""
        if reference != actor.user_id:
            access.demand(actor, "directory.read")
        return await self._store.read(lambda rows: lookup.user(rows, actor.account, reference))

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        login: str | UnsetType = UNSET,
        roles: Sequence[str] | UnsetType = UNSET,
        max_chats: int | UnsetType | None = UNSET,
        full_name: str | UnsetType = UNSET,
        status: Literal["enabled", "disabled"] | UnsetType = UNSET,
        password: str | UnsetType = UNSET,
    ) -> User:
        """Change what is given and return the user.

        Disabling somebody, taking a right from them, or a new password ends their sessions, and
        with them their sockets, which go by the rights they began with. Raises as `add`, and
        `errors.NotFound` for the user.
        """
        access.demand(actor, "directory.write")
        changed = checked(login=login, roles=roles, max_chats=max_chats, full_name=full_name)
        if status is not UNSET:
            changed["enabled"] = _is_enabled(status)
        hashed: str | None = None
        if password is not UNSET:
            check_password(password, type="human")
            hashed = await self._passwords.hash(password)

        def work(unit: Writing) -> User:
            before = lookup.user(unit, actor.account, reference)
            user = msgspec.structs.replace(before, **changed)
            if user.login != before.login:
                refuse_taken(unit, actor.account, user.login, but=before)
            keep_an_administrator(unit, before, user)
            unit.replace(user)
            if hashed is not None:
                _refuse_bot(user.type)
                set_password(unit, user, hashed)
            if hashed is not None or may_less(before, user):
                sessions.end(unit, user.account, user_id=user.id)
            return user

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, reference: str) -> User:
        """Remove a user with their password, keys and assignments; their sessions end.

        Raises `errors.Conflict` when they have open conversations, a policy names them, the bot
        signs in as them or nobody else is an administrator, and `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> User:
            user = lookup.user(unit, actor.account, reference)
            lookup.refuse_removal("user", user.login, _uses(unit, user))
            keep_an_administrator(unit, user, None)
            sessions.end(unit, user.account, user_id=user.id)
            for kind in (Password, LoginKey, SkillAssignment):
                for record in unit.find(kind, account=user.account, user_id=user.id):
                    unit.remove(record)
            sign_in_links.forget(unit, user)
            details.forget(unit, user.account, noun="users", id=user.id)
            unit.remove(user)
            return user

        return await self._store.write(actor, self._clock.now(), work)


def make(unit: Writing, account: str, **wanted: Any) -> User:
    """Add a user with the next id; ``wanted`` are their fields as `checked` returned them.

    Raises `errors.Conflict` when the login is taken.
    """
    accounts.required(unit, account)
    refuse_taken(unit, account, wanted["login"])
    made = unit.next_id(account, "users")
    pid = str(uuid.uuid5(_PIDS, f"{account}.{made}"))
    user = User(account, made, pid, created_at=unit.now, **wanted)
    unit.add(user)
    return user


def checked(**given: Any) -> dict[str, Any]:
    """Return the fields that are set, each in its final form, or raise `errors.BadInput`."""
    wanted = {field: value for field, value in given.items() if value is not UNSET}
    if "login" in wanted:
        fields.login(wanted["login"], path="login")
    if "type" in wanted and wanted["type"] not in get_args(UserType):
        raise errors.BadInput("--type must be human or bot.", path="--type")
    if "roles" in wanted:
        wanted["roles"] = _roles(wanted["roles"])
    if wanted.get("max_chats") is not None:
        fields.number(wanted["max_chats"], least=0, most=1_000_000, path="--max-chats")
    if "full_name" in wanted:
        wanted["full_name"] = fields.line(wanted["full_name"], path="--full-name")
    return wanted


def _roles(roles: Sequence[str]) -> tuple[str, ...]:
    """Return the roles in the order of the table, each once, spelt as there."""
    spelt = {role.casefold(): role for role in access.ROLES}
    for role in roles:
        if role.casefold() not in spelt:
            raise errors.BadInput(
                f"There is no role “{role}”. Roles: {', '.join(access.ROLES)}.", path="--role"
            )
    given = {role.casefold() for role in roles}
    if not given:
        raise errors.BadInput(f"Name at least one role: {', '.join(access.ROLES)}.", path="--role")
    return tuple(role for folded, role in spelt.items() if folded in given)


def _is_enabled(status: str) -> bool:
    if status not in {"enabled", "disabled"}:
        raise errors.BadInput("The status must be enabled or disabled.", path="--status")
    return status == "enabled"


def check_password(password: str | None, *, type: str) -> None:  # noqa: A002 - as above
    """Raise `errors.BadInput` for a password of the wrong length, or one for a bot."""
    if password is None:
        return
    _refuse_bot(type)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise errors.BadInput(
            f"A password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            path="--password-stdin",
        )


def _refuse_bot(type: str) -> None:  # noqa: A002 - as above
    if type == "bot":
        raise errors.BadInput(
            "A bot has no password; it signs in with a key: `orchestrator users generate-key`.",
            path="--password-stdin",
        )


def may_less(before: User, user: User) -> bool:
    """Whether somebody is disabled now, or has lost a right that they had before."""
    kept = access.permissions(user.roles)
    return not user.enabled or not access.permissions(before.roles) <= kept


def keep_an_administrator(rows: Reading, before: User, after: User | None) -> None:
    """Raise `errors.Conflict` where the last administrator would be none any more.

    Nobody could then undo it but whoever has the server's command line.
    """
    if not is_administrator(before) or (after is not None and is_administrator(after)):
        return
    people = rows.find(User, account=before.account, type="human", enabled=True)
    if not any(is_administrator(each) for each in people if each.id != before.id):
        raise errors.Conflict(
            f"“{before.login}” is the last administrator here. Give somebody else the role "
            "Administrator first."
        )


def is_administrator(user: User) -> bool:
    """Whether somebody may sign in and do everything."""
    return user.enabled and user.type == "human" and ADMINISTRATOR in user.roles


def refuse_taken(rows: Reading, account: str, login: str, *, but: User | None = None) -> None:
    """Logins that differ only in case would be mistaken for one another."""
    for other in rows.find(User, account=account):
        if other.login.casefold() == login.casefold() and other != but:
            raise errors.Conflict(f"There is a user “{other.login}” already.", path="login")


def set_password(unit: Writing, user: User, hashed: str) -> None:
    """Keep the hash of a user's new password."""
    record = Password(user.account, user.id, hashed, unit.now)
    if unit.find(Password, account=user.account, user_id=user.id):
        unit.replace(record)
    else:
        unit.add(record)


def _uses(rows: Reading, user: User) -> list[str]:
    bots = rows.find(BotConfig, account=user.account, username=user.login)
    found = ["the bot's sign-in (bot-config)"] if any(bot.domain is None for bot in bots) else []
    return found + rows.uses_of_user(user.account, user.id)
