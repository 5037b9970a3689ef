"""``orchestrator queues``: waiting conversations and staffing."""

from typing import Annotated, Final

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call
from orchestrator.core.model.ids import UNASSIGNED_SKILL

NOBODY: Final = "No agents yet. Next: orchestrator users add sue --type human --role Agent"
ELSEWHERE: Final = "The bot works on another cloud, which tells a bot nothing of its agents."

app = options.noun("Waiting conversations and staffing of each skill.")


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List every skill's queue, by name."""
    server = "running" if call.desk.server else "stopped"
    found = await call.desk.reports.queues(call.actor, server=server)
    rows = [show.record(row) for row in found]
    if call.style == "text":
        for row in rows:
            row["slots"], row["freeSlots"] = show.limit(row["slots"]), show.limit(row["freeSlots"])
    show.many(
        call.style,
        rows,
        columns={
            "skill": "Skill",
            "waiting": "Waiting",
            "longestWaitSeconds": "Longest, s",
            "onlineAgents": "Online",
            "slots": "Slots",
            "freeSlots": "Free",
        },
        empty="No skills yet. Next: orchestrator skills add 'Conversation Orchestrator'",
    )


@app.command("show")
@options.at_desk
async def show_(
    call: Call,
    skill: Annotated[str, typer.Argument(metavar="SKILL", help="A skill's name or id; -1: none.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """Show who waits for a skill, the longest first, and why each is there."""
    key = skill
    if skill != UNASSIGNED_SKILL:
        key = (await call.desk.directory.skills.show(call.actor, skill)).skill.id
    found = await call.desk.floor.queue(call.actor, key, limit=limit)
    if call.style == "json":
        told = [{**show.record(row), "why": row.cause.sentence} for row in found]
        show.many(call.style, told, columns={}, empty="")
        return
    rows = [
        {
            "id": row.conversation_id,
            "customer": row.customer or "–",
            "since": show.moment(row.since),
            "at": row.ringing_at or row.offered_to or "–",
            "why": row.cause.sentence,
        }
        for row in found
    ]
    show.many(
        call.style,
        rows,
        columns={
            "id": "Id",
            "customer": "Customer",
            "since": "Since",
            "at": "Rings at",
            "why": "Why it is here",
        },
        empty="Nobody waits.",
        cut=("customer", "why"),
        whole=("id", "since"),
    )


@app.command("agents")
@options.at_desk
async def agents(call: Call) -> None:
    """List everybody at whom conversations ring: their state, their skills, how busy they are."""
    server = "running" if call.desk.server else "stopped"
    found = await call.desk.floor.now(call.actor, server=server)
    rows = [show.record(row) for row in found.agents]
    if call.style == "text":
        rows = [
            {
                "login": row.login,
                "state": show.words(row.availability),
                "since": "–" if row.since is None else show.moment(row.since),
                "skills": ", ".join(row.skills) or "–",
                "conversations": f"{row.conversations} of {show.limit(row.most)}",
                "ringing": row.ringing,
            }
            for row in found.agents
        ]
    show.many(
        call.style,
        rows,
        columns={
            "login": "Agent",
            "state": "State",
            "since": "Since",
            "skills": "Skills",
            "conversations": "Conversations",
            "ringing": "Ringing",
        },
        empty=ELSEWHERE if found.cloud == "elsewhere" else NOBODY,
        cut=("skills",),
    )
