"""The playground: what a stored version would decide for attributes that somebody writes."""

import json
from datetime import datetime
from typing import Any, Final, Literal

import pydantic
from starlette.responses import Response

from orchestrator.doors.api import moments, wire
from orchestrator.doors.api.asking import Asking, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin.drafts import Candidate
from orchestrator.services.admin.playground import MOST


class _Trial(Shape):
    """What both forms of a question have.

    `at` is the clock, `version` the live one. A `draft` is a policy that is not saved: it is tried
    as if it were enabled, in the live version, in the place of the one with the id `replaces`, or
    behind all others.
    """

    at: Moment | None = None
    version: int | None = pydantic.Field(default=None, ge=1, le=999_999_999)
    draft: dict[str, Any] | None = None
    replaces: str | None = None


class Question(_Trial):
    """What is known, nested or with dotted names."""

    attributes: dict[str, Any] = pydantic.Field(default_factory=dict)


class Questions(_Trial):
    """Several sets of attributes, which are tried one by one."""

    questions: list[dict[str, Any]] = pydantic.Field(max_length=MOST)


class Nearly(Shape):
    """What would have made a policy match, or for the one that decided, not match."""

    policy_id: str
    policy_name: str
    block: str
    place: Literal["above", "winner", "below"]
    sentence: str
    changed: dict[str, Any]


class Cell(Shape):
    """What one set of attributes comes to."""

    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]


class Explained(Cell):
    """What is decided, and why; `suggestions` say how little would have changed it."""

    version: int
    no_match_reason: str | None
    trace: dict[str, Any]
    suggestions: list[Nearly]


async def explain(asking: Reading, body: Question) -> Response:
    """Say what would be decided, and why. Nothing is carried out, fetched or kept."""
    found = await asking.rooms.playground.explain(
        asking.actor,
        body.attributes,
        at=_moment(asking, body.at),
        number=body.version,
        candidate=await _candidate(asking, body),
    )
    return wire.json(wire.plain(found))


async def grid(asking: Reading, body: Questions) -> Response:
    """Say what would be decided for each of several sets of attributes, in order."""
    found = await asking.rooms.playground.grid(
        asking.actor,
        body.questions,
        at=_moment(asking, body.at),
        number=body.version,
        candidate=await _candidate(asking, body),
    )
    return wire.json(wire.plain(found))


async def _candidate(asking: Asking, body: _Trial) -> Candidate | None:
    if body.draft is None:
        return None
    draft = json.dumps(body.draft, ensure_ascii=False)
    return await asking.rooms.drafts.candidate(asking.actor, draft, replaces=body.replaces)


def _moment(asking: Asking, text: str | None) -> datetime:
    return moments.read(text) or asking.rooms.clock.now()


CALLS: Final = (
    Call("POST", "/playground", explain, Explained),
    Call("POST", "/playground/grid", grid, list[Cell]),
)
