"""Policy logs: every decision, looked up by what people know of it, each with its trace."""

from typing import Any, Final, cast, get_args

from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.model.wanted import ANY_DECISION, DecisionsWanted, Ending
from orchestrator.doors.console import faults, moments, places, stories
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.decisions import DecisionRow
from orchestrator.services.admin.ports import Place

PATH: Final = "/policy-logs"
SIZE: Final = 50
FIELDS: Final = ("conversation", "consumer", "policy", "ending", "since", "until", "zone", "after")
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
    ending = asked["ending"]
    if ending and ending not in get_args(Ending):
        raise errors.BadInput(_("There is no such outcome."), path="ending")
    policy = asked["policy"] or None
    if policy is not None:
        try:
            policy = (await visit.rooms.policies.show(visit.actor, policy)).id
        except errors.NotFound:
            gone = DecisionsWanted(policy=policy)  # one that was removed is known by its id
            if not await visit.rooms.decisions.all(visit.actor, limit=1, wanted=gone):
                raise
    return DecisionsWanted(
        conversation=asked["conversation"] or None,
        consumer=asked["consumer"] or None,
        policy=policy,
        ending=cast("Ending | None", ending or None),
        since=moments.read(asked["since"], asked["zone"], path="since"),
        until=moments.read(asked["until"], asked["zone"], path="until"),
    )


async def log(visit: Visit) -> Response:
    """Show one decision in full."""
    told = await visit.rooms.explaining.decision(visit.actor, visit.at("decision"))
    policy = told.decision.policy_id
    story = stories.of(told.trace, told.suggestions, policy=policy) if told.trace else None
    return visit.page("policy_log.html", told=told, story=story, stories=stories, fault=Fault())


ROWS: Final = (Row("GET", PATH, logs), Row("GET", f"{PATH}/{{decision:path}}", log))
