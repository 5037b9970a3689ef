"""``orchestrator consumers``: what is held of one person, and how it is erased."""

from typing import Annotated

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Consumers: what is held of one, and how it is erased.")

Consumer = Annotated[str, typer.Argument(metavar="ID", help="A consumer's id.")]


@app.command("list")
@options.at_desk
async def list_(
    call: Call,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List consumers, by id."""
    found = await call.desk.erasure.all(call.actor, limit=limit)
    show.many(
        call.style,
        [show.record(row) for row in found],
        columns={"consumerId": "Id", "kind": "Kind", "createdAt": "Since"},
        empty="No consumers yet. Next: orchestrator chat",
        whole=("consumerId",),
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, consumer: Consumer) -> None:
    """Show what is held of a consumer."""
    found = await call.desk.erasure.show(call.actor, consumer)
    show.one(call.style, show.record(found))


@app.command()
@options.at_desk
async def forget(call: Call, consumer: Consumer) -> None:
    """Erase a consumer everywhere; open conversations are closed first. It cannot be undone."""
    erased = await call.desk.erasure.forget(call.actor, consumer)
    shown = show.record(erased)
    counted = ", ".join(f"{number} {noun}" for noun, number in shown.items() if number)
    show.one(call.style, shown, text=f"Erased: {counted}.")
