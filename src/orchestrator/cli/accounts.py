"""``orchestrator accounts``: accounts and their settings."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.core.model.directory import Account as Record

app = options.noun("Accounts and their settings.")

Reference = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="An account; without it, --account.")
]


@app.command()
@options.at_any_desk
async def add(
    call: Call,
    identity: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Digits; without it, the next number.")
    ] = None,
) -> None:
    """Add an account."""
    accounts = call.desk.directory.accounts
    if identity is None:
        taken = [int(each.id) for each in await accounts.all(call.actor)]
        identity = str(max([1, *taken]) + 1)
    made = await accounts.add(call.actor, identity)
    text = f"Added the account {made.id}. Use it with --account {made.id}."
    show.one(call.style, _named(made, {}), text=text)


@app.command("list")
@options.at_any_desk
async def list_(call: Call) -> None:
    """List all accounts of this data folder."""
    found = await call.desk.directory.accounts.all(call.actor)
    show.many(
        call.style,
        [show.record(account, but=()) for account in found],
        columns={
            "id": "Id",
            "ringSeconds": "Ring seconds",
            "retentionDays": "Retention days",
            "createdAt": "Created",
        },
        empty="No accounts yet; account 1 comes into being when it is first used.",
    )


@app.command("show")
@options.at_any_desk
async def show_(call: Call, identity: Reference = None) -> None:
    """Show an account's settings."""
    inside = await _at(call, identity)
    found = await call.desk.directory.accounts.opened(inside.actor.account)
    show.one(call.style, _named(found, await _skills(inside)))


@app.command()
@options.at_any_desk
async def edit(
    call: Call,
    identity: Reference = None,
    *,
    fallback_skill: Annotated[
        str | None,
        typer.Option(
            metavar="SKILL",
            help="Where conversations go that no policy wanted; empty takes it away.",
        ),
    ] = None,
    ring_seconds: Annotated[
        int | None, typer.Option(help="How long a ring waits for its agent.")
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(help="How long decisions and ended conversations are kept.")
    ] = None,
    session_hours: Annotated[
        float | None, typer.Option(help="How long a login lasts without a refresh.")
    ] = None,
    suggestion_seconds: Annotated[
        int | None, typer.Option(help="How long a suggested agent alone is asked.")
    ] = None,
    first_message_seconds: Annotated[
        float | None, typer.Option(help="How long a decision waits for the first message.")
    ] = None,
) -> None:
    """Change an account's settings."""
    changes: dict[str, Any] = {
        "ring_seconds": ring_seconds,
        "retention_days": retention_days,
        "session_hours": session_hours,
        "suggestion_seconds": suggestion_seconds,
        "first_message_seconds": first_message_seconds,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    if fallback_skill is not None:
        changes["fallback_skill"] = fallback_skill or None
    options.demand_change(changes)
    from orchestrator.serve import office

    inside = await _at(call, identity)
    changed = await call.desk.directory.accounts.edit(
        inside.actor, settings=office.account_settings(changes)
    )
    shown = _named(changed, await _skills(inside))
    show.one(call.style, shown, text=f"Changed the account {changed.id}.")


@app.command()
@options.at_any_desk
async def remove(
    call: Call, identity: Annotated[str, typer.Argument(metavar="ID", help="An account.")]
) -> None:
    """Remove an account; refused while it holds users, skills, engagements or conversations."""
    removed = await call.desk.directory.accounts.remove(identity)
    show.one(call.style, _named(removed, {}), text=f"Removed the account {removed.id}.")


async def _at(call: Call, identity: str | None) -> Call:
    """Return the call in the name of the account that is meant, which must exist."""
    from orchestrator.core.model import access

    found = await call.desk.directory.accounts.opened(identity or call.actor.account)
    return call.acting(access.operator(found.id))


async def _skills(call: Call) -> dict[str, str]:
    return {skill.id: skill.name for skill in await call.desk.directory.skills.all(call.actor)}


def _named(account: "Record", skills: Mapping[str, str]) -> dict[str, Any]:
    shown = show.record(account, but=())
    shown["fallbackSkill"] = skills.get(account.fallback_skill_id or "")
    return shown
