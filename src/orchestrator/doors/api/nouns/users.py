"""Users: people and bots, and their login keys."""

from typing import Annotated, Any, Final, Literal

from fastapi import Path
from msgspec import UNSET
from pydantic import Field
from starlette.responses import Response

from orchestrator.doors.api import paging, wire
from orchestrator.doors.api.asking import Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape

Role = Literal["Agent", "Agent Manager", "Policy editor", "Viewer", "Administrator"]
Chats = Annotated[int, Field(ge=0, le=1_000_000)]


class User(Shape):
    """A person or a bot. `maxChats` null is unlimited."""

    id: str
    pid: str
    login: str
    type: Literal["human", "bot"]
    roles: list[str]
    created_at: Moment
    max_chats: int | None
    full_name: str
    enabled: bool


class LoginKey(Shape):
    """What may be shown of a login key."""

    app_key: str
    created_at: Moment
    revoked_at: Moment | None


class RevokedKey(LoginKey):
    """A login key, and whose it was."""

    username: str


class SignInLink(Shape):
    """As whom the sign-in service knows a user: `iss` and `sub` of its tokens."""

    issuer: str
    subject: str
    linked_at: Moment


class UserShown(User):
    """A user with the names of the skills that they serve, and their keys."""

    skills: list[str]
    keys: list[LoginKey]
    sign_in_link: SignInLink | None


class AddedUser(User):
    """A user just made; a random password is shown this once."""

    password: str | None = None


class NewUser(Shape):
    """A user to add. A human without `password` gets a random one; a bot signs in with a key."""

    login: str
    type: Literal["human", "bot"]
    roles: list[Role]
    max_chats: Chats | None = 10
    full_name: str = ""
    password: str | None = None


class UserChange(Shape):
    """What to change of a user. A new password ends the user's sessions."""

    login: str = ""
    roles: list[Role] = Field(default_factory=list)
    max_chats: Chats | None = None
    full_name: str = ""
    enabled: bool = True
    password: str = ""


class Credentials(Shape):
    """A login key in clear: shown this once."""

    username: str
    app_key: str
    secret: str
    access_token: str
    access_token_secret: str


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the users, by login."""
    headers = await asking.at_revision()
    found = await asking.directory.users.all(asking.actor)
    page, after = paging.by_key(
        found, lambda each: [each.login.casefold(), each.login], limit=limit, cursor=cursor
    )
    shown = [wire.record(each) for each in page]
    return paging.answer(asking.request, shown, after, headers=headers)


async def show(asking: Reading, login: Reference) -> Response:
    """Show a user, with their skills and keys (never a secret)."""
    headers = await asking.at_revision()
    desk, actor = asking.directory, asking.actor
    user = await desk.users.show(actor, login)
    serving = {
        one.skill_id for one in await desk.skills.assignments(actor) if one.user_id == user.id
    }
    skills = [each.name for each in await desk.skills.all(actor) if each.id in serving]
    keys = [wire.record(key, but=("username",)) for key in await desk.keys.all(actor, user.id)]
    shown = wire.record(user) | {"skills": skills, "keys": keys}
    link = await desk.sign_in_links.show(actor, user.id)
    shown["signInLink"] = None if link is None else wire.record(link, but=("account", "userId"))
    return wire.json(shown, headers=headers)


async def add(asking: Configuring, body: NewUser) -> Response:
    """Add a user. `maxChats` null is unlimited; left out, 10 for a human."""
    sent = body.given()
    made = await asking.directory.users.add(
        asking.actor,
        login=body.login,
        type=body.type,
        roles=body.roles,
        max_chats=sent.get("max_chats", UNSET),
        full_name=body.full_name,
        password=body.password,
    )
    shown = wire.record(made.user)
    if made.password is not None:
        shown["password"] = made.password
    return await asking.configured(shown, status=201)


async def edit(asking: Configuring, login: Reference, body: UserChange) -> Response:
    """Change what is sent of a user. Disabling one, or a new password, ends their sessions."""
    changes: dict[str, Any] = body.given()
    if "enabled" in changes:
        changes["status"] = "enabled" if changes.pop("enabled") else "disabled"
    user = await asking.directory.users.edit(asking.actor, login, **changes)
    return await asking.configured(wire.record(user))


async def remove(asking: Configuring, login: Reference) -> Response:
    """Remove a user, with password, keys and assignments; 409 while something needs them."""
    user = await asking.directory.users.remove(asking.actor, login)
    return await asking.configured(wire.record(user))


async def remove_sign_in_link(asking: Configuring, login: Reference) -> Response:
    """Forget whom the sign-in service means by a user; their sessions end.

    Whoever signs in there next by this login is linked to the user.
    """
    link = await asking.directory.sign_in_links.remove(asking.actor, login)
    return await asking.configured(wire.record(link, but=("account", "userId")))


async def generate_key(asking: Configuring, login: Reference) -> Response:
    """Make a login key, and answer its four parts, this once."""
    made = await asking.directory.keys.generate(asking.actor, login)
    return await asking.configured(wire.record(made), status=201)


async def revoke_key(
    asking: Configuring,
    login: Reference,
    app_key: Annotated[str, Path(description="The key's app key.", max_length=100)],
) -> Response:
    """Revoke a login key; sessions that began with it end."""
    key = await asking.directory.keys.revoke(asking.actor, login, app_key=app_key)
    return await asking.configured(wire.record(key))


CALLS: Final = (
    Call("GET", "/users", all_, list[User]),
    Call("POST", "/users", add, AddedUser, 201),
    Call("GET", "/users/{login}", show, UserShown),
    Call("PATCH", "/users/{login}", edit, User),
    Call("DELETE", "/users/{login}", remove, User),
    Call("DELETE", "/users/{login}/sign-in-link", remove_sign_in_link, SignInLink),
    Call("POST", "/users/{login}/keys", generate_key, Credentials, 201),
    Call("DELETE", "/users/{login}/keys/{app_key}", revoke_key, RevokedKey),
)
