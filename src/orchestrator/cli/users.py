"""``orchestrator users``: people and bots."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("People and bots: roles, capacity, passwords and login keys.")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="A login, or a user's id.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="Agent, Agent Manager, Policy editor, Viewer or Administrator; may be repeated.",
    ),
]
Chats = Annotated[
    str | None,
    typer.Option(metavar="N|unlimited", help="Conversations at once; 0 takes none."),
]
Secret = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from stdin, one line.")
]


@app.command()
@options.at_desk
async def add(
    call: Call,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="The new login.")],
    *,
    kind: Annotated[Literal["human", "bot"], typer.Option("--type", help="human or bot.")],
    role: Roles = None,
    max_chats: Chats = None,
    full_name: Annotated[str, typer.Option(help="The name people see.")] = "",
    password_stdin: Secret = False,
) -> None:
    """Add a user. A human without --password-stdin gets a random password, shown this once."""
    made = await call.desk.directory.users.add(
        call.actor,
        login=login,
        type=kind,
        roles=role or (),
        max_chats=msgspec.UNSET if max_chats is None else options.capacity(max_chats),
        full_name=full_name,
        password=options.secret_from_stdin("--password-stdin") if password_stdin else None,
    )
    shown = show.record(made.user)
    if made.password is not None:
        shown["password"] = made.password
    show.one(call.style, shown, text=_added(shown) if call.style == "text" else None)


def _added(user: Mapping[str, Any]) -> str:
    lines = [f"Added the {user['type']} user {user['login']} ({user['id']})."]
    if "password" in user:
        lines.append(f"Password, shown only now: {user['password']}")
    if user["type"] == "bot":
        lines.append(
            f"Next: orchestrator users generate-key {user['login']} --json "
            "| orchestrator bot-config set"
        )
    return "\n".join(lines)


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all users, by login."""
    found = await call.desk.directory.users.all(call.actor)
    rows = [show.record(user) for user in found]
    if call.style == "text":
        rows = [{**row, "maxChats": show.limit(row["maxChats"])} for row in rows]
    show.many(
        call.style,
        rows,
        columns={
            "login": "Login",
            "id": "Id",
            "type": "Type",
            "roles": "Roles",
            "maxChats": "Max chats",
            "enabled": "Enabled",
        },
        empty="No users yet. Next: orchestrator users add orchestrator-bot --type bot "
        "--role Agent --max-chats unlimited",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, login: Login) -> None:
    """Show one user, with their skills and keys (never a secret)."""
    directory = call.desk.directory
    user = await directory.users.show(call.actor, login)
    serving = {
        one.skill_id
        for one in await directory.skills.assignments(call.actor)
        if one.user_id == user.id
    }
    skills = [each.name for each in await directory.skills.all(call.actor) if each.id in serving]
    keys = await directory.keys.all(call.actor, user.id)
    link = await directory.sign_in_links.show(call.actor, user.id)
    shown: dict[str, Any] = {
        **show.record(user),
        "skills": skills,
        "keys": [show.record(key, but=("username",)) for key in keys],
        "signInLink": None if link is None else show.record(link, but=("account", "userId")),
    }
    if call.style == "text":
        shown["maxChats"] = show.limit(shown["maxChats"])
        shown["keys"] = [
            key["appKey"] + (" (revoked)" if key["revokedAt"] else "") for key in shown["keys"]
        ]
        shown["signInLink"] = None if link is None else f"{link.subject} at {link.issuer}"
    show.one(call.style, shown)


@app.command()
@options.at_desk
async def edit(
    call: Call,
    login: Login,
    *,
    new_login: Annotated[str | None, typer.Option("--login", help="A new login.")] = None,
    role: Roles = None,
    max_chats: Chats = None,
    full_name: Annotated[str | None, typer.Option(help="The name people see.")] = None,
    status: Annotated[
        Literal["enabled", "disabled"] | None, typer.Option(help="enabled or disabled.")
    ] = None,
    password_stdin: Secret = False,
) -> None:
    """Change a user. --role replaces all roles; a new password ends the user's sessions."""
    changes: dict[str, Any] = {
        "login": new_login,
        "roles": role or None,
        "full_name": full_name,
        "status": status,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    if max_chats is not None:
        changes["max_chats"] = options.capacity(max_chats)
    if password_stdin:
        changes["password"] = options.secret_from_stdin("--password-stdin")
    options.demand_change(changes)
    user = await call.desk.directory.users.edit(call.actor, login, **changes)
    show.one(call.style, show.record(user), text=f"Changed {user.login}.")


@app.command()
@options.at_desk
async def remove(call: Call, login: Login) -> None:
    """Remove a user, with password, keys and assignments; refused while something needs them."""
    user = await call.desk.directory.users.remove(call.actor, login)
    show.one(call.style, show.record(user), text=f"Removed {user.login}.")


@app.command()
@options.at_desk
async def unlink(call: Call, login: Login) -> None:
    """Forget whom the sign-in service means by a user; their sessions end.

    Whoever signs in there next by this login is linked to the user.
    """
    link = await call.desk.directory.sign_in_links.remove(call.actor, login)
    shown = show.record(link, but=("account", "userId"))
    text = f"{login} is linked to nobody any more; before: {link.subject} at {link.issuer}."
    show.one(call.style, shown, text=text)


@app.command("generate-key")
@options.at_desk
async def generate_key(call: Call, login: Login) -> None:
    """Make a login key and show its four parts, this once. Pipe --json into `bot-config set`."""
    made = await call.desk.directory.keys.generate(call.actor, login)
    show.one(call.style, show.record(made))


@app.command("revoke-key")
@options.at_desk
async def revoke_key(
    call: Call,
    login: Login,
    app_key: Annotated[str, typer.Argument(metavar="APPKEY", help="The key's app key.")],
) -> None:
    """Revoke a login key; sessions that began with it end."""
    key = await call.desk.directory.keys.revoke(call.actor, login, app_key=app_key)
    show.one(call.style, show.record(key), text=f"Revoked {key.app_key} of {key.username}.")
