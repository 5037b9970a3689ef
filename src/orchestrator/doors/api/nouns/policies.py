"""Policies: the set that decides, as a whole and one by one. Every change is a new version."""

from typing import Annotated, Any, Final

import pydantic
from fastapi import Body, Query
from starlette.responses import Response

from orchestrator.core.model import times
from orchestrator.doors.api import conditions, paging, wire
from orchestrator.doors.api.asking import Reading, Ruling
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.nouns import drafts, replays
from orchestrator.doors.api.paging import Cursor, Limit
from orchestrator.doors.api.shapes import Moment, Reference, Shape
from orchestrator.services.admin.listing import Standing, State, Traffic
from orchestrator.services.admin.policies import Saved

Message = Annotated[str, Query(max_length=500, description="Why, for the list of versions.")]
Document = Annotated[
    dict[str, Any], Body(description="`policies`, and where wanted `custom` and `schedules`.")
]
One = Annotated[
    dict[str, Any],
    Body(
        description="A policy, as documents have it. `state` and `isSettled`, which answers have "
        "besides, may stay in it and change nothing."
    ),
]
_SAID: Final = frozenset({"state", "isSettled"})
"""What answers say of a policy and no document has."""


class PolicyTraffic(Shape):
    """How often a policy matched in the last 24 hours, and in each of them, the oldest first.

    `lastMatchHour` is the beginning of the hour in which it matched last, null if never.
    """

    matches: int
    matches_by_hour: list[int]
    last_match_hour: Moment | None


class PolicyStanding(Shape):
    """How a policy stands.

    `live`: it is enabled and has matched; `never-matched`: it is enabled, and no match is on
    record; `disabled`: it is skipped; `unreachable`: it is enabled, but nothing can ever come to
    it; `invalid`: today's rules refuse it, so it is skipped.

    `isSettled` is false while a change is still being looked at, a moment after it for thousands
    of policies: `live` and `never-matched` may then turn out to be `unreachable`.
    """

    state: State
    is_settled: bool


class ShownPolicy(PolicyStanding):
    """A policy as documents have it, and how it stands."""

    model_config = pydantic.ConfigDict(extra="allow")

    id: str
    name: str
    enabled: bool


class ListedPolicy(PolicyStanding, PolicyTraffic):
    """A policy in its place; `valid` is false for one that today's rules refuse."""

    position: int
    id: str
    name: str
    enabled: bool
    valid: bool
    actions: list[Any]


class Warned(Shape):
    """What is probably not meant."""

    code: str
    path: str
    message: str


class SavedSet(Shape):
    """What came of saving."""

    version: int
    policies: int
    enabled: int
    warnings: list[Warned]


class SavedPolicy(SavedSet):
    """What came of saving one policy."""

    id: str


class PolicyChange(Shape):
    """What to change of a policy; `position` 1 is evaluated first."""

    name: str = ""
    enabled: bool = True
    position: int = 1


async def all_(asking: Reading, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """List the policies in the order in which they are evaluated."""
    headers = await asking.at_version()
    named = paging.opened(cursor, types=(int,))
    behind = 0 if named is None else int(named[0])
    # One more than is shown tells whether there is another page.
    found = await asking.policies.listed(asking.actor, after=behind, limit=limit + 1)
    policies = [policy for _number, policy, _given in found[:limit]]
    standings = await asking.rooms.listing.standings(asking.actor, policies)
    rows = [
        {
            "position": number,
            "id": policy.id,
            "name": policy.name,
            "enabled": policy.enabled,
            "valid": hasattr(policy, "root"),
            "actions": _actions(given),
            **_standing(standings[policy.id]),
            **_traffic(standings[policy.id].traffic),
        }
        for number, policy, given in found[:limit]
    ]
    after: paging.Key | None = [found[limit - 1][0]] if len(found) > limit else None
    return paging.answer(asking.request, rows, after, headers=headers)


async def load(asking: Ruling, body: Document, message: Message = "") -> Response:
    """Replace all policies by those of a document, as one new version.

    `custom` and `schedules` are replaced where the document speaks of them, and stay otherwise.
    """
    return saved(await asking.policies.load(asking.actor, body, message=message))


async def add(asking: Ruling, body: One) -> Response:
    """Add one policy behind the others, as a new version."""
    identifier, made = await asking.policies.add(asking.actor, _document(body))
    return saved(made, status=201, more={"id": identifier})


async def check(asking: Reading, body: Document) -> Response:
    """Say what is probably not meant in a document, as if it had been loaded. Nothing is saved.

    What the document does not say of `custom` and `schedules` is taken from the account.
    """
    found = await asking.rooms.checking.check(asking.actor, body)
    return wire.json([finding.document() for finding in found])


async def show(asking: Reading, policy: Reference) -> Response:
    """Show one policy as documents have it, targets by id and name, and how it stands."""
    headers = await asking.at_version()
    found = await asking.policies.show(asking.actor, policy)
    standing = (await asking.rooms.listing.standings(asking.actor, [found]))[found.id]
    given = await asking.policies.shown(asking.actor, found.id)
    return wire.json({**given, **_standing(standing)}, headers=headers)


async def matches(asking: Reading, policy: Reference) -> Response:
    """Say how often one policy matched in the last 24 hours, by the hour, and when last."""
    found = await asking.policies.show(asking.actor, policy)
    traffic = await asking.rooms.listing.traffic(asking.actor, [found.id])
    return wire.json(_traffic(traffic[found.id]))


async def replace(asking: Ruling, policy: Reference, body: One) -> Response:
    """Put another policy in the place of one, as a new version; it keeps the id."""
    identifier, made = await asking.policies.replace(asking.actor, policy, given=_document(body))
    return saved(made, more={"id": identifier})


async def edit(asking: Ruling, policy: Reference, body: PolicyChange) -> Response:
    """Enable, disable, move or rename a policy, as a new version."""
    changes = body.given()
    if "enabled" in changes:
        changes["state"] = "enabled" if changes.pop("enabled") else "disabled"
    return saved(await asking.policies.edit(asking.actor, policy, **changes))


async def duplicate(asking: Ruling, policy: Reference) -> Response:
    """Add a disabled copy of a policy behind the others, as a new version."""
    found = await asking.policies.show(asking.actor, policy)
    identifier, made = await asking.arranging.duplicate(asking.actor, found.id)
    return saved(made, status=201, more={"id": identifier})


async def remove(asking: Ruling, policy: Reference) -> Response:
    """Remove one policy, as a new version."""
    return saved(await asking.policies.remove(asking.actor, policy))


def saved(made: Saved, *, status: int = 200, more: dict[str, Any] | None = None) -> Response:
    """Answer that a new version is there, with ``more`` of what came of it."""
    shown = {**wire.record(made), **(more or {})}
    return wire.json(shown, status=status, headers=conditions.tag("v", made.version))


def _document(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _SAID}


def _standing(standing: Standing) -> dict[str, Any]:
    return {"state": standing.state, "isSettled": standing.is_settled}


def _traffic(traffic: Traffic) -> dict[str, Any]:
    return {
        "matches": sum(traffic.matches),
        "matchesByHour": list(traffic.matches),
        "lastMatchHour": None if traffic.last is None else times.iso(traffic.last),
    }


def _actions(policy: dict[str, Any]) -> list[Any]:
    found = policy.get("actions")
    return found if isinstance(found, list) else []


CALLS: Final = (
    Call("GET", "/policies", all_, list[ListedPolicy]),
    Call("PUT", "/policies", load, SavedSet),
    Call("POST", "/policies", add, SavedPolicy, 201),
    Call("POST", "/policies/check", check, list[drafts.PolicyFinding]),
    Call("POST", "/policies/look", drafts.look, drafts.Looked),
    Call("POST", "/policies/convert", drafts.convert, drafts.Converted),
    Call("POST", "/policies/replay", replays.replay, replays.Replay),
    Call("GET", "/policies/{policy}", show, ShownPolicy),
    Call("GET", "/policies/{policy}/matches", matches, PolicyTraffic),
    Call("PUT", "/policies/{policy}", replace, SavedPolicy),
    Call("PATCH", "/policies/{policy}", edit, SavedSet),
    Call("DELETE", "/policies/{policy}", remove, SavedSet),
    Call("POST", "/policies/{policy}/duplicate", duplicate, SavedPolicy, 201),
)
