"""Playground: what a version would decide for attributes that somebody writes, and why."""

import base64
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
from starlette.responses import JSONResponse, Response

from orchestrator.core.model import errors, times
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import faults, moments, retold, stories, trying
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.pages.options import SHOWN
from orchestrator.doors.console.trying import Given
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.drafts import Candidate

PATH: Final = "/playground"
FIRST: Final = 12
"""Attributes that stand there at once: those that the version reads first."""
FIELDS: Final = ("json", "at", "version", "more", "attributes", "load")

As = Literal["fields", "json"]


class Written(msgspec.Struct, frozen=True):
    """What stands in the form. ``at`` and ``zone`` as they were typed, ``version`` empty: live.

    ``draft`` is the JSON of a policy that is not saved; it takes the place of ``replaces``.
    """

    as_: As = "fields"
    given: Sequence[Given] = ()
    json: str = ""
    at: str = ""
    zone: str = "UTC"
    version: str = ""
    source: str = ""
    draft: str = ""
    replaces: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What is to be tried."""

    questions: Sequence[Mapping[str, Any]]
    at: datetime
    number: int | None
    candidate: Candidate | None = None


async def show(visit: Visit) -> Response:
    """Show the form: with the attributes that are read first, or with those of a decision."""
    written = Written(version=visit.asked("version"))
    reference = visit.asked("load").strip()
    if not reference:
        return await _page(visit, await _begun(visit, written))
    return await _loaded(visit, written, reference)


async def _loaded(visit: Visit, written: Written, reference: str) -> Response:
    """Fill the form with what a decision was made from, and try it."""
    try:
        taken = await visit.rooms.explaining.taken(visit.actor, reference)
    except OrchestratorError as error:
        fault = faults.of(error, conversation="load", decision="load")
        fault = Fault({"load": next(iter((*fault.fields.values(), *fault.rest)))})
        return await _page(visit, await _begun(visit, written), fault=fault)
    number = written.version or ("" if written.draft else str(taken.version))
    loaded = msgspec.structs.replace(
        written, version=number, at=times.iso(taken.at), source=taken.decision_id
    )
    written = _filled([taken.attributes], loaded)
    return await _answered(visit, await _begun(visit, written))


async def work(visit: Visit) -> Response:
    """Try what is written; or add a field, or show it as JSON or as fields."""
    written = _sent(visit)
    button = visit.text("button")
    try:
        if button == "begin":
            return await _page(visit, await _begun(visit, written))
        if button == "over":
            empty = Written(draft=written.draft, replaces=written.replaces)
            return await _page(visit, await _begun(visit, empty))
        if button == "load":
            return await _loaded(visit, written, visit.text("load").strip())
        if visit.text("shared"):
            written = _filled(trying.parsed(visit.text("shared")), written)
        elif button == "json":
            questions = trying.combinations(written.given)
            return await _page(visit, _as_json(questions, written))
        elif button == "fields":
            made = trying.fields(trying.parsed(written.json))
            filled = msgspec.structs.replace(written, as_="fields", given=made)
            return await _page(visit, await _begun(visit, filled))
        elif button == "add":
            return await _page(visit, _with_more(written, visit.text("more")))
    except OrchestratorError as error:
        return await _page(visit, written, fault=faults.of(error, *FIELDS))
    return await _answered(visit, written)


def _sent(visit: Visit) -> Written:
    return Written(
        as_="json" if visit.text("as") == "json" else "fields",
        given=trying.rows(visit.texts("name"), visit.texts("values")),
        json=visit.text("json"),
        at=visit.text("at"),
        zone=visit.text("zone"),
        version=visit.text("version"),
        source=visit.text("source"),
        draft=visit.text("draft"),
        replaces=visit.text("replaces"),
    )


def _filled(questions: Sequence[Mapping[str, Any]], written: Written) -> Written:
    """Put questions into the form: as fields, or as JSON where fields cannot say them."""
    try:
        made = trying.fields(questions)
    except errors.BadInput:
        return _as_json(questions, written)
    return msgspec.structs.replace(written, as_="fields", given=made)


def _as_json(questions: Sequence[Mapping[str, Any]], written: Written) -> Written:
    return msgspec.structs.replace(written, as_="json", json=trying.told(questions))


def _with_more(written: Written, name: str) -> Written:
    if not name or any(each.name == name for each in written.given):
        return written
    added = Given(name, "", trying.kind(name))
    return msgspec.structs.replace(written, given=[*written.given, added])


async def _begun(visit: Visit, written: Written) -> Written:
    """Put fields for what the version reads first behind those that are there."""
    _version, names = await visit.rooms.playground.reads(
        visit.actor,
        most=FIRST,
        number=_number(written.version),
        candidate=await _candidate(visit, written),
    )
    there = {each.name for each in written.given}
    added = [Given(name, "", trying.kind(name)) for name in names if name not in there]
    return msgspec.structs.replace(written, given=[*written.given, *added])


async def _candidate(visit: Visit, written: Written) -> Candidate | None:
    if not written.draft:
        return None
    return await visit.rooms.drafts.candidate(
        visit.actor, written.draft, replaces=written.replaces or None
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise errors.BadInput(_("A version is a number."), path="version")
    return int(text)


async def _answered(visit: Visit, written: Written) -> Response:
    try:
        if written.as_ == "json":
            questions = trying.parsed(written.json)
        else:
            questions = trying.combinations(written.given)
        at = moments.read(written.at, written.zone, path="at") or visit.rooms.clock.now()
        candidate = await _candidate(visit, written)
        asked = Asked(questions, at, _number(written.version), candidate)
        shown = await (_grid if len(questions) > 1 else _one)(visit, asked)
    except OrchestratorError as error:
        return await _page(visit, written, fault=faults.of(error, *FIELDS))
    return await _page(visit, written, **shown)


async def _one(visit: Visit, asked: Asked) -> dict[str, Any]:
    given = asked.questions[0]
    tried = await visit.rooms.playground.explain(
        visit.actor,
        given,
        at=asked.at,
        number=asked.number,
        candidate=asked.candidate,
        entries=stories.SHOWN,
    )
    story = stories.of(tried.trace, tried.suggestions, policy=tried.policy_id)
    return {"tried": tried, "story": story, "at": asked.at, **_taken_away(visit, asked)}


async def _grid(visit: Visit, asked: Asked) -> dict[str, Any]:
    cells = await visit.rooms.playground.grid(
        visit.actor,
        asked.questions,
        at=asked.at,
        number=asked.number,
        candidate=asked.candidate,
    )
    flat = [trying.flat(each) for each in asked.questions]
    names = list(dict.fromkeys(name for each in flat for name in each))
    told = [{name: _text(each, name) for name in names} for each in flat]
    varied = [name for name in names if len({each[name] for each in told}) > 1]
    links = [_fragment(Asked([each], asked.at, asked.number)) for each in asked.questions]
    counts = Counter(cell.policy_name for cell in cells)
    return {
        "columns": varied or names[:1],
        "cells": list(zip(told, cells, links, strict=True)),
        "counts": counts.most_common(),
        "at": asked.at,
        **_taken_away(visit, asked),
    }


def _text(given: Mapping[str, Any], name: str) -> str:
    return stories.value(given[name]) if name in given else "–"


def _taken_away(visit: Visit, asked: Asked) -> dict[str, Any]:
    """Return the link's content and the call of the API that ask the same; none of a draft."""
    if asked.candidate is not None:
        return {"share": "", "curl": ""}
    base = str(visit.request.base_url).rstrip("/")
    one: dict[str, Any] = {"at": times.iso(asked.at), "record": False}
    bodies = [{"attributes": each, **one} for each in asked.questions]
    batch = "/batch" if len(bodies) > 1 else ""
    body = json.dumps(bodies if batch else bodies[0] | {"trace": True}, ensure_ascii=False)
    address = f"{base}/v3/accounts/{visit.account}/decisions{batch}"
    curl = (
        f"curl -X POST {shlex.quote(address)} -H 'Authorization: Bearer YOUR_API_KEY' "
        f"-H 'Content-Type: application/json' -d {shlex.quote(body)}"
    )
    return {"share": _shared(asked), "curl": curl}


def _shared(asked: Asked) -> str:
    given = asked.questions[0] if len(asked.questions) == 1 else list(asked.questions)
    shared = {"attributes": given, "at": times.iso(asked.at), "version": asked.number}
    return json.dumps(shared, ensure_ascii=False)


def _fragment(asked: Asked) -> str:
    return base64.urlsafe_b64encode(_shared(asked).encode()).decode().rstrip("=")


async def _page(
    visit: Visit, written: Written, *, fault: Fault = NOTHING, **answer: Any
) -> Response:
    live, _names = await visit.rooms.playground.reads(visit.actor, most=0)
    there = {each.name for each in written.given}
    known = await visit.rooms.attributes.all(visit.actor, names=there)
    at = None
    if written.at:
        try:
            at = moments.read(written.at, written.zone, path="at")
        except errors.BadInput:
            at = None
    shown: dict[str, Any] = {
        "written": written,
        "draft": _draft(written),
        "live": live,
        "at_field": moments.field(at) if at or not written.at else {"value": "", "instant": ""},
        "examples": {each.name: stories.value(each.example) for each in known},
        "stories": stories,
        "fault": fault,
        "tried": None,
        "cells": None,
        **answer,
    }
    status = 200 if fault is NOTHING else 422
    if visit.is_partial:
        return visit.part("playground.html", "whole", **shown)
    return visit.page("playground.html", status=status, **shown)


def _draft(written: Written) -> dict[str, str] | None:
    """Return the name of the draft that is tried, and where one goes on editing it."""
    if not written.draft:
        return None
    try:
        name = json.loads(written.draft).get("name", "")
    except (ValueError, AttributeError, RecursionError):
        name = ""
    place = f"/policies/{quote(written.replaces, safe='')}/edit" if written.replaces else ""
    return {"name": str(name), "place": place or "/policies/new"}


async def options(visit: Visit) -> Response:
    """Tell the first attributes that have the query's ``search``, and how many have."""
    found = await visit.rooms.attributes.listed(
        visit.actor, search=visit.asked("search").strip(), limit=SHOWN, told=retold.of
    )
    rows = [
        {"id": each.name, "name": each.name, "about": retold.of(each.source)}
        for each in found.rows
        if "<" not in each.name  # a shape is no name
    ]
    return JSONResponse({"found": found.found - len(found.rows) + len(rows), "rows": rows})


ROWS: Final = (
    Row("GET", PATH, show),
    Row("POST", PATH, work),
    Row("GET", f"{PATH}/attributes", options),
)
