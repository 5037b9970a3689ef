"""What other policies would have changed, told to people."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from orchestrator.cli import grid, show

if TYPE_CHECKING:
    from orchestrator.serve.office import Course, Replay

_SHOWN: Final = 20
"""Rows of a table that people see; ``--json`` has more."""


def tell(found: "Replay", *, style: show.Style) -> None:
    """Print a replay."""
    if style == "json":
        show.json_line(found)
        return
    for line in _summary(found):
        for part in grid.folded(line, show.width()):
            sys.stdout.write(part + "\n")
    if found.shifts:
        sys.stdout.write("\n")
        show.many(
            style,
            [_shift(each.before, each.after, each.decisions) for each in found.shifts[:_SHOWN]],
            columns={"number": "Decisions", "now": "Now", "instead": "Instead"},
            empty="",
        )
    if found.moved:
        sys.stdout.write("\n")
        rows = [
            {
                "at": show.moment(each.at),
                "conversation": each.conversation_id or "(a program asked)",
                "now": _place(each.before),
                "instead": _place(each.after),
            }
            for each in found.moved[:_SHOWN]
        ]
        columns = {"at": "Decided", "conversation": "Conversation", "now": "Now"}
        show.many(style, rows, columns=columns | {"instead": "Instead"}, empty="")


def _summary(found: "Replay") -> Iterator[str]:
    since, until = show.moment(found.since), show.moment(found.until)
    if not found.decisions:
        yield f"Nothing is on record from {since} until {until}, so nothing can be compared."
        return
    newest = "the newest " if found.has_older else ""
    yield f"Compared {newest}{_count(found.decisions)} from {since} until {until}:"
    yield show.bold(f"{found.elsewhere} would have gone elsewhere")
    yield f"{found.differently} to the same place, by another policy or with other messages"
    yield f"{found.same} would have been the same"
    if found.assumed:
        yield f"{found.assumed} of these by what is known of the customer today"
    if found.untold:
        names = ", ".join(each.name for each in found.unrecorded[:3])
        more = ", …" if len(found.unrecorded) > 3 else ""  # noqa: PLR2004 - as many as above
        yield (
            f"{found.untold} cannot be told: they hang on what nobody had asked for then "
            f"({names}{more})"
        )


def _count(decisions: int) -> str:
    return "1 decision" if decisions == 1 else f"{decisions} decisions"


def _shift(before: "Course", after: "Course", decisions: int) -> dict[str, Any]:
    return {"number": decisions, "now": _course(before), "instead": _course(after)}


def _course(course: "Course") -> str:
    return f"{_place(course)} ({course.policy or 'no policy'})"


def _place(course: "Course") -> str:
    return course.target_name or course.target_id or "nowhere"
