"""``orchestrator conversations``: conversations, and why each went where it went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.serve.office import ConversationRow

app = options.noun("Conversations, and why each went where it went.")

SHORT: Final = 8
"""Characters of an id that people see; more where that would not tell two apart."""
WIDE: Final = 110
"""Columns of a terminal in which every field has a column of its own."""


@app.command("list")
@options.at_desk
async def list_(
    call: Call,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
) -> None:
    """List conversations, newest first. For people ids are short; `show` takes them as they are."""
    found = await call.desk.reports.conversations(call.actor, limit=limit)
    rows = [show.record(row) for row in found]
    is_wide = show.width() >= WIDE
    if call.style == "text":
        rows = _for_people(found)
    show.many(
        call.style,
        rows,
        columns=_COLUMNS if is_wide else _NARROW_COLUMNS,
        empty="No conversations yet. Next: orchestrator chat",
        cut=("entrySkill", "skill", "agent", "policy"),
        whole=("id", "startedAt", "state"),
    )


_COLUMNS: Final = {
    "id": "Id",
    "startedAt": "Started",
    "state": "State",
    "entrySkill": "Came in on",
    "skill": "Skill",
    "agent": "Agent",
    "policy": "Policy",
}
_NARROW_COLUMNS: Final = {
    "id": "Id",
    "state": "State",
    "skill": "Skill",
    "agent": "Agent",
    "policy": "Policy",
}


def _for_people(found: "Sequence[ConversationRow]") -> list[dict[str, Any]]:
    length = _telling([row.conversation_id for row in found])
    return [
        {
            "id": row.conversation_id[:length],
            "startedAt": show.moment(row.started_at),
            "state": show.words(row.state),
            "entrySkill": row.entry_skill,
            "skill": row.skill,
            "agent": row.agent,
            "policy": row.policy,
        }
        for row in found
    ]


def _telling(ids: Sequence[str]) -> int:
    """Return how many characters tell all ``ids`` apart, `SHORT` at least."""
    longest = max((len(each) for each in ids), default=SHORT)
    for length in range(SHORT, longest):
        if len({each[:length] for each in ids}) == len(ids):
            return length
    return max(longest, SHORT)


@app.command("show")
@options.at_desk
async def show_(
    call: Call,
    conversation: Annotated[
        str, typer.Argument(metavar="ID", help="A conversation's id, or how it begins.")
    ],
) -> None:
    """Show one conversation: what was said, what was decided, and why."""
    found = await call.desk.reports.conversation(call.actor, conversation)
    if call.style == "json":
        show.json_line(found)
        return
    from orchestrator.cli import story

    near = await call.desk.reports.near_misses(call.actor, found.conversation.conversation_id)
    for line in story.told(found, near, width=show.width()):
        typer.echo(line)
