"""``orchestrator conversations``: conversations, and why each went where it went."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call
from orchestrator.core.model import floor

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
    """Show one conversation: what was said and decided and why, and how people moved it."""
    found = await call.desk.reports.conversation(call.actor, conversation)
    key = found.conversation.conversation_id
    moves = (await call.desk.floor.standing(call.actor, key)).moves
    if call.style == "json":
        show.json_line(show.plain(found) | {"moves": show.plain(moves)})
        return
    from orchestrator.cli import story

    near = await call.desk.reports.near_misses(call.actor, key)
    for line in story.told(found, near, moves, width=show.width()):
        typer.echo(line)


_ID = Annotated[str, typer.Argument(metavar="ID", help="A conversation's id, or how it begins.")]
_REASON = Annotated[
    str, typer.Option(help="Why, for the change log.", metavar="TEXT", show_default=False)
]


@app.command("take-over")
@options.at_desk
async def take_over(
    call: Call,
    conversation: _ID,
    user: Annotated[str, typer.Argument(metavar="LOGIN", help="The supervisor who gets it.")],
    *,
    reason: _REASON = "",
) -> None:
    """Give a conversation to a supervisor at once, whoever has it."""
    found = await call.desk.directory.users.show(call.actor, user)
    await _move(call, conversation, floor.TakeOver(found.id), reason=reason)


@app.command("transfer")
@options.at_desk
async def transfer(
    call: Call,
    conversation: _ID,
    *,
    skill: Annotated[
        str | None, typer.Option(help="To the queue of this skill.", metavar="SKILL")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="To this agent, under --skill if given.", metavar="LOGIN")
    ] = None,
    reason: _REASON = "",
) -> None:
    """Send a conversation on by hand, whoever has it; without options, back to its queue."""
    under = None
    if skill is not None:
        under = (await call.desk.directory.skills.show(call.actor, skill)).skill.id
    move: floor.Move = floor.ToQueue() if under is None else floor.ToSkill(under)
    if agent is not None:
        found = await call.desk.directory.users.show(call.actor, agent)
        move = floor.ToAgent(found.id, under)
    await _move(call, conversation, move, reason=reason)


@app.command("close")
@options.at_desk
async def close(call: Call, conversation: _ID, *, reason: _REASON = "") -> None:
    """End a conversation, whoever has it."""
    await _move(call, conversation, floor.Close(), reason=reason)


async def _move(call: Call, conversation: str, move: floor.Move, *, reason: str) -> None:
    """Do it, and print where the conversation is now."""
    key = (await call.desk.floor.standing(call.actor, conversation)).conversation_id
    await call.desk.supervising.move(call.actor, key, move, reason=reason)
    found = await call.desk.floor.standing(call.actor, key)
    told = {
        "conversationId": key,
        "state": found.state,
        "skill": found.skill,
        "agent": found.agent,
        "offeredTo": found.offered_to,
    }
    show.one(call.style, told)
