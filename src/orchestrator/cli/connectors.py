"""``orchestrator connectors``: the servers of a brand that vouch for its consumers."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Connectors: who signs the tokens of your authenticated consumers.")

Connector = Annotated[
    str, typer.Argument(metavar="CONNECTOR", help="A connector's name, or its id.")
]


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new connector's name.")],
    *,
    issuer: Annotated[str, typer.Option(metavar="TEXT", help="The tokens' iss, exactly.")],
    key: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="RSA public key: PEM, certificate or JSON Web Key Set; - is stdin."
        ),
    ],
    audience: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The aud that tokens must have.")
    ] = None,
) -> None:
    """Trust a server: consumers with a token of its (JWT, RS256) are authenticated."""
    from orchestrator.serve import office

    made = await call.desk.directory.connectors.add(
        call.actor,
        name=name,
        issuer=issuer,
        keys=office.public_keys(options.text_of(key)),
        audience=audience,
    )
    show.one(call.style, _shown(made), text=f"Added the connector “{made.name}” ({made.id}).")


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all connectors, by name."""
    found = await call.desk.directory.connectors.all(call.actor)
    show.many(
        call.style,
        [_shown(connector) for connector in found],
        columns={"name": "Name", "id": "Id", "issuer": "Issuer"},
        empty="No connectors yet: all consumers are unauthenticated. "
        "Next: orchestrator connectors add NAME --issuer URL --key FILE",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, connector: Connector) -> None:
    """Show one connector, with the names of its keys."""
    found = await call.desk.directory.connectors.show(call.actor, connector)
    show.one(call.style, _shown(found))


@app.command()
@options.at_desk
async def remove(call: Call, connector: Connector) -> None:
    """Trust a server no longer. Who is signed in stays so until the token expires."""
    removed = await call.desk.directory.connectors.remove(call.actor, connector)
    show.one(call.style, _shown(removed), text=f"Removed the connector “{removed.name}”.")


def _shown(connector: Any) -> dict[str, Any]:
    """Return a record whose keys are shown by name alone; what is not named is shown as null."""
    keys = msgspec.json.decode(connector.keys)["keys"]
    return {**show.record(connector), "keys": [key.get("kid") for key in keys]}
