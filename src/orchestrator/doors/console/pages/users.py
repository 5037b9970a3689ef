"""Users: people and bots, what they may do, how much they take, and by which key bots sign in."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from orchestrator.core.model import access
from orchestrator.core.model.directory import User
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import choosing, faults, meanwhile, paging
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory import fields
from orchestrator.services.directory.keys import Credentials

FIELDS: Final = ("type", "login", "full_name", "roles", "max_chats", "password", "skills")

KINDS: Final = (
    ("human", "Human", "Signs in with a password and answers conversations."),
    ("bot", "Bot", "Signs in with an API key, as the orchestrator's own user does."),
)

RIGHTS: Final[Mapping[str, str]] = {
    "Agent": "Takes conversations.",
    "Agent Manager": "Sees and joins every conversation, reads policies.",
    "Policy editor": "Changes policies and attributes.",
    "Viewer": "Looks at everything, changes nothing.",
    "Administrator": "Does everything, this page too.",
}
"""What each role is for, in a sentence; who may do what is `access.ROLES`."""


async def all_users(visit: Visit) -> Response:
    """List people and bots with their roles, and the skills that they serve."""
    directory = visit.rooms.directory
    listed = await directory.users.listed(
        visit.actor, search=visit.asked("search"), skip=paging.asked(visit), limit=paging.SIZE
    )
    page = listed.page
    shown = {
        "slice": paging.cut(visit, page.rows, total=page.found, path="/users"),
        "total": page.total,
        "serving": {
            user: sorted(skills, key=str.casefold) for user, skills in listed.skills.items()
        },
        "search": visit.asked("search"),
    }
    if visit.is_partial:
        return visit.part("users.html", "list", **shown)
    return visit.page("users.html", **shown)


async def new(visit: Visit) -> Response:
    """Show an empty form; ``?type=bot`` has the bot ticked."""
    access.demand(visit.actor, "directory.write")
    kind = "bot" if visit.asked("type") == "bot" else "human"
    values = {
        "type": kind,
        "login": visit.asked("login"),
        "roles": ["Agent"],
        "max_chats": "Unlimited" if kind == "bot" else "",
        "key": True,
    }
    return await _form(visit, None, values=values)


async def add(visit: Visit) -> Response:
    """Add a user with their skills, and show what is shown once: a key, or a random password."""
    directory = visit.rooms.directory
    is_bot = visit.text("type") == "bot"
    given = await _given(visit)
    try:
        await choosing.refuse_unknown(visit, "skills", "skills")
        chats = visit.text("max_chats")
        made = await directory.users.add(
            visit.actor,
            login=visit.text("login"),
            type="bot" if is_bot else "human",
            roles=visit.texts("roles"),
            max_chats=fields.capacity(chats) if chats else UNSET,
            full_name=visit.text("full_name"),
            password=None if is_bot else _password(visit),
        )
    except OrchestratorError as error:
        return await _form(visit, None, values=given, fault=_fault(error))
    user = made.user
    if given["skills"]:
        await directory.skills.serve(visit.actor, user.id, skills=given["skills"])
    if is_bot and visit.text("key"):
        key = await directory.keys.generate(visit.actor, user.id)
        return _key(visit, user, key)
    if made.password is not None:
        return visit.page("user_password.html", person=user, password=made.password)
    return visit.go("/users", notice=_("User “%(login)s” is there.", login=user.login))


async def one(visit: Visit) -> Response:
    """Show a user's form, and their keys."""
    user = await visit.rooms.directory.users.show(visit.actor, visit.at("user"))
    return await _form(visit, user, values=await _now(visit, user))


async def edit(visit: Visit) -> Response:
    """Change a user and which skills they serve."""
    directory = visit.rooms.directory
    user = await directory.users.show(visit.actor, visit.at("user"))
    now, given = await _now(visit, user), await _given(visit)
    serving = await directory.choosing.named(visit.actor, "skills", now["skills"])
    told = {
        "roles": ", ".join(user.roles),
        "skills": ", ".join(skill.name for skill in serving),
    }
    fault = meanwhile.contradiction(visit.text(meanwhile.FIELD), now, given, words=told)
    if fault is not NOTHING:
        return await _form(visit, user, values=given, fault=fault, status=412)
    try:
        await choosing.refuse_unknown(visit, "skills", "skills")
        await directory.users.edit(
            visit.actor,
            user.id,
            login=given["login"],
            roles=given["roles"],
            max_chats=fields.capacity(given["max_chats"]),
            full_name=given["full_name"],
            password=_password(visit) or UNSET,
        )
        await directory.skills.serve(visit.actor, user.id, skills=given["skills"])
    except OrchestratorError as error:
        return await _form(visit, user, values=given, fault=_fault(error))
    return visit.go("/users", notice=_("User “%(login)s” is saved.", login=given["login"]))


async def switch(visit: Visit) -> Response:
    """Disable a user, which ends their sessions, or enable them again."""
    status = "enabled" if visit.text("status") == "enabled" else "disabled"
    user = await visit.rooms.directory.users.edit(visit.actor, visit.at("user"), status=status)
    if status == "enabled":
        return visit.go("/users", notice=_("User “%(login)s” is enabled.", login=user.login))
    return visit.go("/users", notice=_("User “%(login)s” is disabled.", login=user.login))


async def remove(visit: Visit) -> Response:
    """Remove a user whom nothing needs."""
    users = visit.rooms.directory.users
    try:
        gone = await users.remove(visit.actor, visit.at("user"))
    except OrchestratorError as error:
        user = await users.show(visit.actor, visit.at("user"))
        return await _form(visit, user, values=await _now(visit, user), fault=faults.of(error))
    return visit.go("/users", notice=_("User “%(login)s” is removed.", login=gone.login))


async def generate(visit: Visit) -> Response:
    """Generate an API key, and show it this once."""
    directory = visit.rooms.directory
    user = await directory.users.show(visit.actor, visit.at("user"))
    key = await directory.keys.generate(visit.actor, user.id)
    return _key(visit, user, key)


async def revoke(visit: Visit) -> Response:
    """Revoke an API key; the sessions that began with it end."""
    user = visit.at("user")
    await visit.rooms.directory.keys.revoke(visit.actor, user, app_key=visit.at("key"))
    return visit.go(f"/users/{user}", notice=_("The API key is revoked."))


async def unlink(visit: Visit) -> Response:
    """Forget whom the sign-in service means by a user; their sessions end."""
    user = visit.at("user")
    await visit.rooms.directory.sign_in_links.remove(visit.actor, user)
    return visit.go(f"/users/{user}", notice=_("The sign-in link is removed."))


def _key(visit: Visit, user: User, key: Credentials) -> Response:
    document = msgspec.json.encode(key).decode()
    return visit.page("user_key.html", person=user, key=key, whole=document)


async def _now(visit: Visit, user: User) -> dict[str, Any]:
    serving = await visit.rooms.directory.skills.assignments(visit.actor, user=user.id)
    return {
        "login": user.login,
        "full_name": user.full_name,
        "roles": list(user.roles),
        "max_chats": "Unlimited" if user.max_chats is None else str(user.max_chats),
        "skills": sorted(one.skill_id for one in serving),
    }


async def _given(visit: Visit) -> dict[str, Any]:
    return {
        "type": visit.text("type"),
        "login": visit.text("login"),
        "full_name": visit.text("full_name"),
        "roles": visit.texts("roles"),
        "max_chats": visit.text("max_chats"),
        "skills": sorted(await choosing.all_meant(visit, "skills", "skills")),
        "key": bool(visit.text("key")),
    }


def _password(visit: Visit) -> str | None:
    """Return the password as it was typed: blanks around it belong to it."""
    return (visit.texts("password") or [""])[0] or None


def _fault(error: OrchestratorError) -> Fault:
    return faults.of(error, *FIELDS, role="roles", password_stdin="password")  # noqa: S106 - a field's name


async def _form(
    visit: Visit,
    user: User | None,
    *,
    values: Mapping[str, Any],
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    directory = visit.rooms.directory
    empty = {"type": "", "login": "", "full_name": "", "roles": (), "max_chats": "", "skills": ()}
    values = {**empty, "key": False, **values}
    return visit.page(
        "user.html",
        status=200 if fault is NOTHING else status,
        person=user,
        values=values,
        fault=fault,
        seen=meanwhile.marks(await _now(visit, user)) if user else "",
        keys=await directory.keys.all(visit.actor, user.id) if user else [],
        link=await directory.sign_in_links.show(visit.actor, user.id) if user else None,
        kinds=[(kind, _(name), _(about)) for kind, name, about in KINDS],
        role_options=[(role, _(role), _(RIGHTS[role])) for role in access.ROLES],
        skills=await choosing.several(visit, "skills", values["skills"]),
    )


ROWS: Final = (
    Row("GET", "/users", all_users),
    Row("GET", "/users/new", new),
    Row("POST", "/users/new", add),
    Row("GET", "/users/{user}", one),
    Row("POST", "/users/{user}", edit),
    Row("POST", "/users/{user}/status", switch),
    Row("POST", "/users/{user}/remove", remove),
    Row("POST", "/users/{user}/sign-in-link/remove", unlink),
    Row("POST", "/users/{user}/keys", generate),
    Row("POST", "/users/{user}/keys/{key}/revoke", revoke),
)
