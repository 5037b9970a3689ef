"""``orchestrator conversations``: conversations, and why each went where it went."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.cli import options, show, story
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.core.policy.nearest import Suggestion

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
    for line in _story(found, near):
        typer.echo(line)


def _story(found: Mapping[str, Any], near: "Sequence[Sequence[Suggestion]]") -> Iterator[str]:
    if found["messages"]:
        yield "\nMessages"
    for message in found["messages"]:
        yield f"  {message['at']}  {message['from']}: {message['text']}"
    for decision, suggestions in zip(found["decisions"], near, strict=False):
        yield f"\nDecided at {decision['at']} by version {decision['version']}"
        yield f"  policy: {decision['policy'] or 'none wanted it'}"
        for action in decision["actions"]:
            yield f"  action: {story.phrase(action)}"
        for outcome in decision["outcomes"]:
            yield f"  {_outcome(outcome)}"
        lines = story.trace(decision["trace"] or {"policies": []}, suggestions)
        yield from story.laid_out(lines, width=story.width(), indent=2)


def _outcome(outcome: Mapping[str, Any]) -> str:
    target = outcome["target"] or {}
    place = target.get("agent") or target.get("skill") or ""
    refused = "".join(
        f"; {each['target'].get('agent') or each['target'].get('skill')} could not: "
        f"{each['reason']}"
        for each in outcome["refusals"]
    )
    reason = f" ({outcome['reason']})" if outcome["reason"] else ""
    return f"{outcome['result']} {place}{reason}{refused}"
