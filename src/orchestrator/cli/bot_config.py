"""``orchestrator bot-config``: where and as whom the routing bot signs in."""

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

NO_SERVER = "No server runs on this data folder."

app = options.noun("Where and as whom the routing bot signs in.")


@app.command("set")
@options.at_desk
async def set_(call: Call) -> None:
    """Read credentials as JSON from stdin, as `users generate-key --json` prints them.

    Optional fields: domain (where to sign in; without it, this server's own cloud) and caFile.
    """
    given = options.json_from_stdin()
    shown = await call.desk.directory.bots.configure(call.actor, document=given)
    text = f"The bot signs in as {shown.username}. See: orchestrator bot-config show"
    show.one(call.style, show.record(shown), text=text)


@app.command("show")
@options.at_desk
async def show_(call: Call) -> None:
    """Show as whom the bot signs in and how that is going; never a secret."""
    shown = show.record(await call.desk.directory.bots.show(call.actor))
    if call.desk.server is None and shown["state"] == "online":  # it was killed, and told nobody
        shown |= {"state": "connecting", "reason": NO_SERVER}
    show.one(call.style, shown)


@app.command()
@options.at_desk
async def remove(call: Call) -> None:
    """Forget the credentials: the bot signs out."""
    shown = await call.desk.directory.bots.forget(call.actor)
    show.one(call.style, show.record(shown), text="The bot's credentials are forgotten.")
