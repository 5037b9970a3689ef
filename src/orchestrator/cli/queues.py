"""``orchestrator queues``: waiting conversations and staffing."""

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

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
