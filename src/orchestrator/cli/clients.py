"""``orchestrator clients``: programs that fetch tokens of their own."""

from typing import Annotated

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Programs that fetch tokens from the token service: client id and secret.")


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program's name.")],
    *,
    scopes: Annotated[
        str,
        typer.Option(
            metavar="A,B",
            help="users.read, users.write, conversations.read, msg.consumer, faas.lambda.invoke.",
        ),
    ] = "faas.lambda.invoke",
) -> None:
    """Add a client and show its secret, this once."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    made = await call.desk.directory.clients.add(call.actor, name=name, scopes=wanted)
    show.one(call.style, show.record(made))


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all clients, by name."""
    found = await call.desk.directory.clients.all(call.actor)
    show.many(
        call.style,
        [show.record(client) for client in found],
        columns={
            "name": "Name",
            "clientId": "Client id",
            "scopes": "Scopes",
            "revokedAt": "Revoked",
        },
        empty="No clients yet. Next: orchestrator clients add reporting --scopes users.read",
    )


@app.command()
@options.at_desk
async def revoke(
    call: Call,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="A client's name, or its id.")],
) -> None:
    """Revoke a client; its tokens are refused from now on."""
    revoked = await call.desk.directory.clients.revoke(call.actor, client)
    show.one(call.style, show.record(revoked), text=f"Revoked the client “{revoked.name}”.")
