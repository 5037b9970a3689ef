"""What fields for one of many ask for while somebody types."""

from typing import Final, cast

from starlette.responses import JSONResponse, Response

from orchestrator.core.model import access, errors
from orchestrator.doors.console import choosing
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory.choosing import KINDS, Kind

SHOWN: Final = 20
"""So many are shown below a field."""


async def options(visit: Visit) -> Response:
    """Tell the first of a kind that have the query's ``search`` in their names, and how many do."""
    access.demand(visit.actor, "directory.read")
    if visit.at("kind") not in KINDS:
        raise errors.NotFound(_("There is nothing of that kind."), path="kind")
    found = await visit.rooms.directory.choosing.found(
        visit.actor,
        cast("Kind", visit.at("kind")),
        search=visit.asked("search").strip(),
        limit=SHOWN,
    )
    rows = [
        {"id": each.id, "name": each.name, "about": choosing.about(each)} for each in found.rows
    ]
    return JSONResponse({"found": found.found, "rows": rows})


ROWS: Final = (Row("GET", "/options/{kind}", options),)
