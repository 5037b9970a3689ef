"""Drafts: a policy that is not saved, looked at, and the two forms of its conditions."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.policy.analysis import Finding
from orchestrator.doors.api import wire
from orchestrator.doors.api.asking import Reading
from orchestrator.doors.api.shapes import Shape


class PolicyNamed(Shape):
    """A policy of the document: `number` 1 is evaluated first."""

    number: int
    id: str
    name: str


class PolicyFinding(Shape):
    """What is probably not meant; `witness` are attributes that prove it, `at` the clock if any."""

    code: str
    severity: Literal["error", "warning", "may"]
    policies: list[PolicyNamed]
    message: str
    witness: dict[str, Any] | None
    at: str | None = None


class Remark(Shape):
    """What is wrong with a draft, or probably not meant; paths begin at the policy."""

    code: str
    path: str
    message: str


class Looked(Shape):
    """What there is to say of a draft; `sentence` is empty while something is wrong with it.

    `findings` are among the other policies, with the draft in its place and switched on.
    """

    problems: list[Remark]
    warnings: list[Remark]
    sentence: str
    findings: list[PolicyFinding]


class Draft(Shape):
    """A policy as documents have it; `replaces` is the id of the one in whose place it is put."""

    policy: dict[str, Any]
    replaces: str | None = None


class Converted(Shape):
    """Conditions or an expression: the one that was not sent."""

    conditions: list[Any] | None = None
    expression: str | None = None


async def look(asking: Reading, body: Draft) -> Response:
    """Say what is wrong with a draft, and what it does in a sentence. Nothing is saved."""
    drafts, text = asking.rooms.drafts, json.dumps(body.policy)
    shown = wire.record(await drafts.look(asking.actor, text, replaces=body.replaces))
    found: Sequence[Finding] = ()
    if not shown["problems"]:
        found = await drafts.findings(asking.actor, text, replaces=body.replaces)
    return wire.json(shown | {"findings": [each.document() for each in found]})


async def convert(asking: Reading, body: Converted) -> Response:
    """Write conditions as an expression, or an expression as conditions.

    409 where there is no other form.
    """
    given = body.given()
    if len(given) != 1:
        raise errors.BadInput("Send either `conditions` or `expression`.")
    return wire.json(await asking.rooms.drafts.other_form(asking.actor, given))
