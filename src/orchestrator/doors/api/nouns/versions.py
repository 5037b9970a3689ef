"""Versions: every saved state of the policy set."""

from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.api import conditions, paging, wire
from orchestrator.doors.api.asking import Reading, Ruling
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.nouns import policies
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin.ports import Version

Number = Annotated[
    str, Path(pattern=r"^([1-9][0-9]{0,8}|current)$", description="Its number, or `current`.")
]

Counted = Annotated[str, Path(pattern=r"^[1-9][0-9]{0,8}$", description="Its number.")]


class VersionRow(Shape):
    """A version: who saved it, when, and why. `hash` is the content address of its document."""

    version: int
    hash: str
    author: str
    at: Moment
    message: str


class VersionShown(VersionRow):
    """A version with the whole document, as it can be loaded again."""

    document: dict[str, Any]


class Changed(Shape):
    """One thing that changed: a policy that was added, removed, changed or moved, or another."""

    kind: Literal["added", "removed", "changed", "moved", "value", "schedule"]
    words: str


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the versions, newest first."""
    headers = await asking.at_version()
    before = paging.opened(cursor, types=(int,))
    found = await asking.policies.versions(
        asking.actor, limit=limit + 1, before=None if before is None else _number(before[0])
    )
    rows = [_row(each) for each in found[:limit]]
    after: paging.Key | None = [found[limit - 1].number] if len(found) > limit else None
    return paging.answer(asking.request, rows, after, headers=headers)


async def show(asking: Reading, version: Number) -> Response:
    """Show a version with its document."""
    if version == "current":
        found, _ = await asking.policies.current(asking.actor)
        if found is None:
            raise errors.NotFound("There is no version yet: no policies were loaded.")
    else:
        found, _ = await asking.policies.version(asking.actor, int(version))
    document = await asking.policies.export(asking.actor, number=found.number)
    headers = conditions.tag("v", found.number)
    return wire.json(_row(found) | {"document": document}, headers=headers)


async def changes(
    asking: Reading,
    version: Counted,
    since: Annotated[
        int | None,
        Query(ge=0, le=999_999_999, description="The version before; by default the one before."),
    ] = None,
) -> Response:
    """Say what a version changed, in words."""
    number = int(version)
    older = number - 1 if since is None else since
    _, found = await asking.rooms.arranging.between(asking.actor, older, number)
    return wire.json([{"kind": each.kind, "words": each.words} for each in found])


async def restore(asking: Ruling, version: Counted) -> Response:
    """Let a version decide again, as a new one."""
    return policies.saved(await asking.arranging.restore(asking.actor, int(version)))


async def undo(asking: Ruling, version: Counted) -> Response:
    """Take the newest version back, as a new one; 412 when it is not the newest any more."""
    return policies.saved(await asking.rooms.arranging.undo(asking.actor, int(version)))


def _row(version: Version) -> dict[str, Any]:
    return {"version": version.number, **wire.record(version, but=("account", "number"))}


def _number(part: str | int) -> int:
    """Return a number that every database can compare."""
    return min(int(part), 2**31 - 1) if int(part) > 0 else 1


CALLS: Final = (
    Call("GET", "/versions", all_, list[VersionRow]),
    Call("GET", "/versions/{version}", show, VersionShown),
    Call("GET", "/versions/{version}/changes", changes, list[Changed]),
    Call("POST", "/versions/{version}/restore", restore, policies.SavedSet),
    Call("POST", "/versions/{version}/undo", undo, policies.SavedSet),
)
