"""Policy logs: every decision, looked up by what people know of it, each with its trace."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.model.wanted import ANY_DECISION, DecisionsWanted
from orchestrator.doors.console import faults, followed, moments, places, sought, stories
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.decisions import DecisionRow
from orchestrator.services.admin.ports import Place

PATH: Final = sought.PATH
SIZE: Final = 50
FIELDS: Final = (*sought.TYPED, *sought.FOLLOWED, "zone", "after")
ENDINGS: Final = (
    ("", "Any outcome"),
    ("matched", "A policy matched"),
    ("fell-back", "Fell back: none matched"),
    ("trouble", "With an error on the way"),
)


async def logs(visit: Visit) -> Response:
    """List decisions, newest first; those that are wanted."""
    asked = {name: visit.asked(name).strip() for name in FIELDS}
    fault, found = NOTHING, list[tuple[Place, DecisionRow]]()
    try:
        wanted = await _wanted(visit, asked)
        found = await visit.rooms.decisions.all(
            visit.actor, limit=SIZE + 1, after=places.read(asked["after"]), wanted=wanted
        )
    except OrchestratorError as error:
        fault, wanted = faults.of(error, *FIELDS), ANY_DECISION
    last = found[SIZE - 1][0] if len(found) > SIZE else None
    shown: dict[str, Any] = {
        "rows": [row for _place, row in found[:SIZE]],
        "asked": asked,
        "filtered": any(asked[name] for name in FIELDS if name not in {"zone", "after"}),
        "followed": await followed.told(visit, asked),
        "kept": {name: asked[name] for name in sought.FOLLOWED if asked[name]},
        "fault": fault,
        "since": moments.field(wanted.since),
        "until": moments.field(wanted.until),
        "endings": [(ending, _(name)) for ending, name in ENDINGS],
        "newer": places.first(PATH, asked),
        "older": places.older(PATH, asked, last),
        "stories": stories,
    }
    status = 200 if fault is NOTHING else 422
    return visit.page("policy_logs.html", status=status, **shown)


async def _wanted(visit: Visit, asked: dict[str, str]) -> DecisionsWanted:
    wanted = sought.read(asked)
    if wanted.policy is None:
        return wanted
    try:
        found = (await visit.rooms.policies.show(visit.actor, wanted.policy)).id
    except errors.NotFound:
        gone = DecisionsWanted(policy=wanted.policy)  # one that was removed is known by its id
        if not await visit.rooms.decisions.all(visit.actor, limit=1, wanted=gone):
            raise
        found = wanted.policy
    return msgspec.structs.replace(wanted, policy=found)


async def log(visit: Visit) -> Response:
    """Show one decision in full."""
    told = await visit.rooms.explaining.decision(visit.actor, visit.at("decision"))
    policy = told.decision.policy_id
    story = stories.of(told.trace, told.suggestions, policy=policy) if told.trace else None
    return visit.page("policy_log.html", told=told, story=story, stories=stories, fault=Fault())


ROWS: Final = (Row("GET", PATH, logs), Row("GET", f"{PATH}/{{decision:path}}", log))
