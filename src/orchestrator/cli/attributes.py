"""``orchestrator attributes``: what policies can read, and the account's static values."""

from typing import Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("What policies can read, and the account's static values.")

Name = Annotated[str, typer.Argument(metavar="custom.NAME", help="A static attribute.")]


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all attributes, by name; static ones with their values."""
    found = await call.desk.attributes.all(call.actor)
    rows: list[dict[str, Any]] = [show.record(attribute) for attribute in found]
    if call.style == "text":
        rows = [{**row, "about": _about(row)} for row in rows]
    show.many(
        call.style,
        rows,
        columns={"name": "Name", "type": "Type", "source": "Source", "about": "What it is"},
        empty="No attributes.",
    )


def _about(row: dict[str, Any]) -> str:
    if "value" in row:
        return f"= {show.cell(row['value'])}"
    last = f" Last: {show.cell(row['lastSeen']['value'])}." if row.get("lastSeen") else ""
    return f"{row['description']}{' Sensitive: masked.' if row['sensitive'] else ''}{last}"


@app.command("set")
@options.at_desk
async def set_(
    call: Call,
    name: Name,
    value: Annotated[
        str, typer.Argument(metavar="JSON", help="Such as true, 5, '[\"gold\"]'; - is stdin.")
    ],
) -> None:
    """Set a static attribute to a JSON value, as a new version of the policy set."""
    from_stdin = value == "-"  # an argument has no room for a long list
    wanted = options.json_from_stdin() if from_stdin else options.parse_json(value, path="JSON")
    saved = await call.desk.attributes.set(call.actor, name, value=wanted)
    shown = {"name": name, "value": wanted, "version": saved.version}
    show.one(call.style, shown, text=f"{name} is set; this is version {saved.version}.")


@app.command()
@options.at_desk
async def remove(call: Call, name: Name) -> None:
    """Take a static attribute away, as a new version of the policy set."""
    saved = await call.desk.attributes.remove(call.actor, name)
    shown = {"name": name, "version": saved.version}
    show.one(call.style, shown, text=f"{name} is gone; this is version {saved.version}.")
