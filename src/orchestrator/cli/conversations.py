"""``orchestrator conversations``: conversations, and why each went where it went."""

from typing import Annotated

import typer

from orchestrator.cli import options, show, story
from orchestrator.cli.options import Call

app = options.noun("Conversations, and why each went where it went.")


@app.command("list")
@options.at_desk
async def list_(
    call: Call,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List conversations, newest first."""
    found = await call.desk.reports.conversations(call.actor, limit=limit)
    show.many(
        call.style,
        [show.record(row) for row in found],
        columns={
            "conversationId": "Conversation",
            "state": "State",
            "entrySkill": "Came in on",
            "skill": "Skill",
            "agent": "Agent",
            "policy": "Policy",
            "startedAt": "Started",
        },
        empty="No conversations yet. Next: orchestrator chat",
        wide=("entrySkill", "agent", "startedAt"),
        whole=("conversationId",),
    )


@app.command("show")
@options.at_desk
async def show_(
    call: Call,
    conversation: Annotated[str, typer.Argument(metavar="ID", help="A conversation's id.")],
) -> None:
    """Show one conversation: what was said, what was decided, and why."""
    found = show.plain(await call.desk.reports.conversation(call.actor, conversation))
    if call.style == "json":
        show.json_line(found)
        return
    near = await call.desk.reports.near_misses(call.actor, conversation)
    show.sheet(found["conversation"])
    for line in story.conversation(found, near):
        typer.echo(line)
