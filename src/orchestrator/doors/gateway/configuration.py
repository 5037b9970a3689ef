"""The account configuration (``accountConfigReadOnly``): users and skills, for reading."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import Skill, User
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.directory.sessions import SignedIn

_TYPES = {"human": 1, "bot": 2}


class Configuration:
    """``le-users/skills`` and ``le-users/users``: lists and single entries, with a bearer."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def skills(self, request: Request) -> Response:
        """Answer with all skills; ``select`` chooses fields, as in the original only a few."""
        session = await web.signed_in(self._rooms, request)
        found = await self._rooms.directory.skills.all(_reader(session))
        return web.json([_selected(request, _skill(each)) for each in found])

    async def skill(self, request: Request) -> Response:
        """Answer with one skill; 404 for an unknown one."""
        session = await web.signed_in(self._rooms, request)
        wanted = request.path_params["id"]
        for each in await self._rooms.directory.skills.all(_reader(session)):
            if each.id == wanted:
                return web.json(_skill(each))
        raise errors.NotFound(f"There is no skill {wanted}.")

    async def users(self, request: Request) -> Response:
        """Answer with all users for those who may read the directory, else with oneself."""
        session = await web.signed_in(self._rooms, request)
        found = [each for each in await self._users(session) if _may_see(session, each[0])]
        return web.json([_selected(request, _user(*each)) for each in found])

    async def user(self, request: Request) -> Response:
        """Answer with one user; an agent may read themselves."""
        session = await web.signed_in(self._rooms, request)
        wanted = request.path_params["id"]
        for user, skills in await self._users(session):
            if wanted in (user.id, user.pid) and _may_see(session, user):
                return web.json(_user(user, skills))
        raise errors.NotFound(f"There is no user {wanted}.")

    async def _users(self, session: SignedIn) -> list[tuple[User, list[str]]]:
        reader = _reader(session)
        users = await self._rooms.directory.users.all(reader)
        skills: dict[str, list[str]] = {}
        for each in await self._rooms.directory.skills.assignments(reader):
            skills.setdefault(each.user_id, []).append(each.skill_id)
        return [(user, skills.get(user.id, [])) for user in users]


def _reader(session: SignedIn) -> access.Actor:
    """Return the asker with the right to read the directory.

    On this platform everybody who may sign in may read the names of skills, since these are where
    conversations can be sent, and themselves; `_may_see` keeps the other users from them.
    """
    asker = session.actor
    return msgspec.structs.replace(asker, permissions=asker.permissions | {"directory.read"})


def _may_see(session: SignedIn, user: User) -> bool:
    return session.actor.may("directory.read") or user.id == session.user.id


def _selected(request: Request, entry: dict[str, Any]) -> dict[str, Any]:
    """Keep the fields of ``select=id,name``; ``$all`` keeps everything."""
    wanted = request.query_params.get("select", "id,deleted,name,loginName")
    if wanted == "$all":
        return entry
    names = wanted.split(",")
    return {name: value for name, value in entry.items() if name in names}


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _skill(skill: Skill) -> dict[str, Any]:
    return {
        "id": _number(skill.id),
        "name": skill.name,
        "description": skill.description,
        "deleted": False,
        "canTransfer": True,
        "fallbackSkill": None
        if skill.fallback_skill_id is None
        else _number(skill.fallback_skill_id),
    }


def _user(user: User, skills: list[str]) -> dict[str, Any]:
    return {
        "id": user.id,
        "pid": user.pid,
        "deleted": False,
        "loginName": user.login,
        "fullName": user.full_name,
        "isEnabled": user.enabled,
        "maxAsyncChats": user.max_chats,
        "userTypeId": _TYPES[user.type],
        "isApiUser": user.type == "bot",
        "skillIds": [_number(skill) for skill in skills],
        "roles": list(user.roles),
    }
