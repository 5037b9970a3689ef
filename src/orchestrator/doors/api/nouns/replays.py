"""Replays: which recorded conversations would have gone elsewhere by other policies."""

import json
from typing import Any, Literal

import pydantic
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.api import moments, wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.admin.replaying import MOST, USUAL


class Question(Shape):
    """Either a `policy` or a whole `document`, and which decisions it is tried on.

    The policy is put in the place of the one with the id `replaces`, or behind all others. One that
    is off is tried as if it were on, unless what it replaces is on: then switching it off is tried.
    `since` is a week ago unless it is said; the newest `most` decisions are looked at.
    """

    policy: dict[str, Any] | None = None
    replaces: str | None = None
    document: dict[str, Any] | None = None
    since: Moment | None = None
    most: int = pydantic.Field(default=USUAL, ge=1, le=MOST)


class Course(Shape):
    """Which policy has a conversation (null: none) and where that leads.

    `nowhere`: it stays with the bot, or a program asked and is told of no policy.
    """

    policy_id: str | None
    policy: str | None
    way: Literal["skill", "agent", "nowhere"]
    target_id: str | None
    target_name: str | None


class Shift(Shape):
    """Decisions that would all have led from the same place to the same other one."""

    before: Course
    after: Course
    decisions: int


class Moved(Shape):
    """One decision that would have led elsewhere."""

    decision_id: str
    conversation_id: str | None
    at: Moment
    before: Course
    after: Course


class Unrecorded(Shape):
    """An attribute that nobody had asked for then, and how many decisions hang on it."""

    name: str
    decisions: int


class Replay(Shape):
    """What would have changed, compared with what the policies of now make of the same decisions.

    `decisions` are `same`, `differently` (the same place, by another policy or with other
    messages), `elsewhere`, or `untold`: those hang on attributes that nobody had asked for then.
    `assumed` of the first three hang on what is known of the customer, taken as it is today.
    `hasOlder`: the period has more, which were not looked at. `shifts` sum up those that lead
    elsewhere, at most 50; `moved` are the newest 100 of them, for those who may read conversations.
    """

    since: Moment
    until: Moment
    decisions: int
    same: int
    differently: int
    elsewhere: int
    assumed: int
    untold: int
    unrecorded: list[Unrecorded]
    shifts: list[Shift]
    moved: list[Moved]
    has_older: bool
    is_switched_on: bool


async def replay(asking: Reading, body: Question) -> Response:
    """Say which recorded conversations would have gone elsewhere by other policies.

    Both are decided by what was known then: nothing is fetched, carried out or kept.
    """
    if (body.policy is None) == (body.document is None):
        raise errors.BadInput("Send either `policy` or `document`.")
    since = moments.read(body.since, path="since")
    replaying = asking.rooms.replaying
    if body.document is not None:
        if body.replaces is not None:
            raise errors.BadInput("A whole document replaces everything.", path="replaces")
        made = await replaying.document(asking.actor, body.document, since=since, most=body.most)
        return wire.json(wire.plain(made))
    draft = json.dumps(body.policy, ensure_ascii=False)
    candidate = await asking.rooms.drafts.candidate(
        asking.actor, draft, replaces=body.replaces, switch="kept"
    )
    made = await replaying.candidate(asking.actor, candidate, since=since, most=body.most)
    return wire.json(wire.plain(made))
