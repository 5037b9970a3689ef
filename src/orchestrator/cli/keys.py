"""``orchestrator keys``: what programs show at the REST interfaces."""

from typing import Annotated

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Keys of the REST interfaces, and clients that fetch tokens for them.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="A key's name, or its prefix.")]
Scopes = Annotated[str, typer.Option(metavar="A,B", help="context, decide, admin.")]
Rate = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Requests a minute at most.", show_default="as many as it likes"
    ),
]


@app.command()
@options.at_desk
async def add(
    call: Call, name: Name, *, scopes: Scopes = "context,decide", rate: Rate = None
) -> None:
    """Make a key and show it, this once."""
    keys = call.desk.directory.api_keys
    made = await keys.add(call.actor, name=name, scopes=_words(scopes), rate=rate)
    show.one(call.style, show.record(made))


@app.command("add-client")
@options.at_desk
async def add_client(
    call: Call, name: Name, *, scopes: Scopes = "context,decide", rate: Rate = None
) -> None:
    """Make a user id and a password for which tokens are given, and show them, this once."""
    keys = call.desk.directory.api_keys
    made = await keys.add_client(call.actor, name=name, scopes=_words(scopes), rate=rate)
    show.one(call.style, show.record(made))


@app.command("list")
@options.at_desk
async def list_(
    call: Call,
    *,
    prefix: Annotated[
        str, typer.Option(metavar="PREFIX", help="Only what begins so.", show_default=False)
    ] = "",
) -> None:
    """List keys and clients by name, those that have ended too."""
    found = await call.desk.directory.api_keys.all(call.actor, prefix=prefix)
    show.many(
        call.style,
        [show.record(key) for key in found],
        columns={
            "name": "Name",
            "prefix": "Prefix",
            "kind": "Kind",
            "scopes": "Scopes",
            "rate": "A minute",
            "state": "State",
            "endsAt": "Ends",
        },
        empty="No keys yet. Next: orchestrator keys add crm --scopes context,decide",
        whole=("prefix",),
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, key: Key) -> None:
    """Show a key, without its secret."""
    found = await call.desk.directory.api_keys.show(call.actor, key)
    show.one(call.style, show.record(found))


@app.command()
@options.at_desk
async def rotate(
    call: Call,
    key: Key,
    *,
    overlap: Annotated[
        int, typer.Option(metavar="SECONDS", help="How long the old one stays good.")
    ] = 0,
) -> None:
    """Put a new key in the place of one, and show it, this once."""
    made = await call.desk.directory.api_keys.rotate(call.actor, key, overlap_seconds=overlap)
    show.one(call.style, show.record(made))


@app.command()
@options.at_desk
async def revoke(call: Call, key: Key) -> None:
    """End a key now. By its name, the ones that it replaced end too."""
    ended = await call.desk.directory.api_keys.revoke(call.actor, key)
    show.one(call.style, show.record(ended), text=f"“{ended.name}” ({ended.prefix}) has ended.")


@app.command()
@options.at_desk
async def edit(
    call: Call,
    key: Key,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its new name.", show_default=False)
    ] = None,
    scopes: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="context, decide, admin.", show_default=False),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Requests a minute; 0: as many as it likes.", show_default=False
        ),
    ] = None,
) -> None:
    """Change a key; its secret stays."""
    keys = call.desk.directory.api_keys
    wanted = None if scopes is None else _words(scopes)
    changed = await keys.edit(call.actor, key, name=name, scopes=wanted, rate=rate)
    show.one(call.style, show.record(changed))


@app.command()
@options.at_desk
async def remove(call: Call, key: Key) -> None:
    """Delete a key, good or ended."""
    gone = await call.desk.directory.api_keys.remove(call.actor, key)
    show.one(call.style, show.record(gone), text=f"Removed “{gone.name}” ({gone.prefix}).")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
