"""Users and agent groups on the wire of the configuration."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import errors
from orchestrator.core.model.directory import AgentGroup, User, UserType
from orchestrator.doors.gateway.configuration import wire
from orchestrator.doors.gateway.configuration.collection import Asking, Entry
from orchestrator.doors.gateway.configuration.wire import Id
from orchestrator.services.directory import groups
from orchestrator.services.directory.groups import GroupForm
from orchestrator.services.directory.user_forms import UserForm, UserShown

TYPES: Final[dict[int, UserType]] = {1: "human", 2: "bot"}
"""``userTypeId`` → type; 0 is the platform's own "system", of which there is none here."""

AGENT: Final = "2"
"""The profile of a user who was sent without any."""

UNLIMITED: Final = -1
"""How ``maxAsyncChats`` says that there is no limit; null is the default of the user's type."""


class Membership(msgspec.Struct, frozen=True, rename="camel"):
    """One user in one group."""

    agent_group_id: Id = -1
    assignment_date: str | None = None


class UserSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of a user."""

    login_name: str
    full_name: str | None = ""
    nickname: str | None = None
    email: str | None = None
    is_enabled: bool = True
    disabled_manually: bool = False
    max_chats: int | None = None
    max_async_chats: int | None = None
    skill_ids: list[Id] = []
    profile_ids: list[Id] = []
    lob_ids: list[Id] = []
    member_of: Membership | None = Membership()
    manager_of: list[Membership] = []
    permission_groups: list[Id] = []
    password_sh: str | None = None
    change_pwd_next_login: bool = False
    description: str | None = None
    employee_id: str | None = None
    mobile_number: str | None = None
    picture_url: str | None = None
    backgnd_img_uri: str | None = None
    pn_cert_name: str | None = None
    user_type_id: int | None = None
    is_api_user: bool | None = None


_OWN: Final = frozenset(
    {
        "login_name",
        "full_name",
        "is_enabled",
        "max_async_chats",
        "skill_ids",
        "profile_ids",
        "password_sh",
        "user_type_id",
        "is_api_user",
    }
)
"""The fields of `UserSent` that mean something here; the others are kept and shown."""


class Users:
    """``le-users/users``."""

    brief = ("id", "pid", "deleted", "loginName")
    shape = UserSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return the users that the actor may see, by login, or the one in the path."""
        return [
            _user(each) for each in await asking.forms.users.all(asking.actor, only=asking.only)
        ]

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the users that were removed."""
        found = await asking.forms.removed(asking.actor, User)
        return [
            {
                "id": wire.number(identifier),
                "pid": before.get("pid"),
                "deleted": True,
                "loginName": before.get("login"),
            }
            for identifier, before in found.items()
        ]

    async def add(self, asking: Asking, sent: UserSent) -> str:
        """Add a user."""
        return await asking.forms.users.add(asking.actor, _form(sent))

    async def replace(self, asking: Asking, identifier: str, sent: UserSent) -> None:
        """Replace a user."""
        await asking.forms.users.replace(asking.actor, identifier, _form(sent))

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove a user."""
        await asking.forms.remove_user(asking.actor, identifier)


class GroupSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of a group."""

    name: str
    description: str | None = ""
    parent_group_id: Id | None = None
    is_enabled: bool = True


class Groups:
    """``le-users/agentGroups``."""

    brief = ("id", "deleted", "name")
    shape = GroupSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return the main group, then the others by name."""
        return [
            {
                "id": wire.number(each.record.id),
                "name": each.record.name,
                "description": each.record.description,
                "parentGroupId": wire.number(each.record.parent_id or groups.MAIN)
                if each.record.id != groups.MAIN
                else None,
                "isEnabled": each.record.enabled,
                "deleted": False,
                "dateUpdated": wire.date(each.changed_at),
            }
            for each in await asking.forms.groups.all(asking.actor)
        ]

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the groups that were removed."""
        found = await asking.forms.removed(asking.actor, AgentGroup)
        return [named(identifier, before) for identifier, before in found.items()]

    async def add(self, asking: Asking, sent: GroupSent) -> str:
        """Add a group."""
        return await asking.forms.groups.add(asking.actor, _group(sent))

    async def replace(self, asking: Asking, identifier: str, sent: GroupSent) -> None:
        """Replace a group."""
        await asking.forms.groups.replace(asking.actor, identifier, _group(sent))

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove a group."""
        await asking.forms.groups.remove(asking.actor, identifier)


def named(identifier: str, before: Mapping[str, Any]) -> Entry:
    """Return what is left of an entry that had a name."""
    return {"id": wire.number(identifier), "deleted": True, "name": before.get("name")}


def _user(each: UserShown) -> Entry:
    user = each.user
    return {
        "id": wire.number(user.id),
        "pid": user.pid,
        "deleted": False,
        "loginName": user.login,
        "fullName": user.full_name,
        "isEnabled": user.enabled,
        "maxAsyncChats": UNLIMITED if user.max_chats is None else user.max_chats,
        "skillIds": wire.numbers(each.skills),
        "profileIds": wire.numbers(each.profiles),
        **wire.filled(UserSent, each.shown.details, own=_OWN),
        "passwordSh": None,
        "lastPwdChangeDate": None if each.password_at is None else wire.date(each.password_at),
        "dateUpdated": wire.date(each.shown.changed_at),
        "userTypeId": next(number for number, kind in TYPES.items() if kind == user.type),
        "isApiUser": user.type == "bot",
        "allowedAppKeys": ",".join(each.app_keys),
    }


def _form(sent: UserSent) -> UserForm:
    return UserForm(
        sent.login_name,
        wire.texts(sent.profile_ids) or (AGENT,),
        skills=wire.texts(sent.skill_ids),
        type=_type(sent),
        full_name=sent.full_name or "",
        enabled=sent.is_enabled,
        max_chats=_limit(sent.max_async_chats),
        password=sent.password_sh,
        details=wire.kept(sent, own=_OWN),
    )


def _type(sent: UserSent) -> UserType | None:
    if sent.user_type_id is None:
        return "bot" if sent.is_api_user else None
    if sent.user_type_id not in TYPES:
        raise errors.BadInput("userTypeId must be 1 (human) or 2 (bot).", path="userTypeId")
    found = TYPES[sent.user_type_id]
    if sent.is_api_user is not None and sent.is_api_user != (found == "bot"):
        raise errors.BadInput("Bots are API users, and humans are not.", path="isApiUser")
    return found


def _limit(sent: int | None) -> int | UnsetType | None:
    if sent is None:
        return UNSET
    return None if sent == UNLIMITED else sent


def _group(sent: GroupSent) -> GroupForm:
    return GroupForm(
        sent.name,
        sent.description or "",
        wire.maybe(sent.parent_group_id),
        sent.is_enabled,
    )
