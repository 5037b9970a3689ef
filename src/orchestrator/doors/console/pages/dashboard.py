"""Dashboard: how policies are used over a period, and the queues as they are now; on a wall too."""

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.access import demand
from orchestrator.core.model.counted import DecidedCount
from orchestrator.core.model.ids import UNASSIGNED_SKILL
from orchestrator.doors.console import boards, faults, moments, paging, periods, words
from orchestrator.doors.console.faults import NOTHING
from orchestrator.doors.console.periods import CALLED, Chosen
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.floor import FloorNow, QueueNow
from orchestrator.services.admin.usage import Overview

PATH: Final = "/dashboard"
POLICIES: Final = "/dashboard/policies"
WALLS: Final = ("dark", "light")
"""How a wall screen looks; the first where nothing is said."""
QUEUES: Final = 12
"""So many skills are shown, those where people wait first."""

_MINUTE: Final = 60
_HOUR: Final = 3_600


class Queue(msgspec.Struct, frozen=True):
    """One skill's queue and staffing, in words; ``sort`` is that of the chip of who waits.

    ``path`` leads to the skill's conversations, ``queue_path`` to who waits, the longest first, and
    ``staff_path`` to its agents who are online. What has no skill has none but the second.
    """

    skill: str
    path: str
    queue_path: str
    staff_path: str
    waiting: int
    sort: str
    wait: str
    agents: int
    free: str


class Staffing(msgspec.Struct, frozen=True):
    """The skills that are shown, how many ``more`` there are, and how many wait at those.

    ``elsewhere``: the account's conversations are on a messaging cloud that is not ours.
    """

    rows: tuple[Queue, ...]
    more: int = 0
    more_waiting: int = 0
    elsewhere: bool = False


async def dashboard(visit: Visit) -> Response:
    """Show the dashboard, its wall screen, or the part of either that is asked for."""
    if visit.is_partial and visit.asked("part") == "live":
        return visit.part("dashboard.html", "live", staff=await _staffing(visit))
    demand(visit.actor, "conversations.read")
    is_wall = "wall" in visit.request.query_params
    zone = periods.zone_of(visit.request)
    now = visit.rooms.clock.now()
    fault, board = NOTHING, None
    try:
        chosen = periods.read(visit.asked, now=now, zone=zone)
        found, before = await _usage(visit, chosen)
        board = boards.of(found, before=before)
    except errors.BadInput as error:
        fault, chosen = faults.of(error, "since", "until"), periods.usual(now, zone=zone)
    shown: dict[str, Any] = {
        "board": board,
        "chosen": chosen,
        "lengths": [(name, _(words)) for name, words in CALLED.items()],
        "fault": fault,
        "since": _typed(visit, "since", moments.field(chosen.period.since)),
        "until": _typed(visit, "until", moments.field(chosen.period.until)),
        "zone": str(zone),
    }
    if visit.is_partial:
        return visit.part("dashboard_wall.html", "figures", **shown)
    shown["staff"] = await _staffing(visit)
    if is_wall:
        wall = visit.asked("wall")
        return visit.page("dashboard_wall.html", wall=wall if wall in WALLS else WALLS[0], **shown)
    status = 200 if fault is NOTHING else 422
    return visit.page("dashboard.html", status=status, **shown)


async def policies(visit: Visit) -> Response:
    """List all policies that matched in a period, or with ``show=never`` those that did not."""
    demand(visit.actor, "conversations.read")
    zone, now = periods.zone_of(visit.request), visit.rooms.clock.now()
    chosen = periods.read(visit.asked, now=now, zone=zone)
    found = await visit.rooms.usage.overview(
        visit.actor, chosen.period, flows=0, skip=paging.asked(visit)
    )
    never = visit.asked("show") == "never"
    rows, total = (
        (found.usage.never, found.unmatched) if never else (found.usage.policies, found.matched)
    )
    kept = ("period", "since", "until", "show")
    cut = paging.cut(visit, rows, total=total, path=POLICIES, kept=kept)
    return visit.page(
        "dashboard_policies.html",
        chosen=chosen,
        never=never,
        slice=cut,
        lines=() if never else [boards.policy_line(found.usage, row) for row in cut.rows],
    )


async def file(visit: Visit) -> Response:
    """Answer with one table of a period as CSV."""
    name = visit.at("table")
    demand(visit.actor, "conversations.read")
    zone, now = periods.zone_of(visit.request), visit.rooms.clock.now()
    chosen = periods.read(visit.asked, now=now, zone=zone)
    written = await visit.rooms.usage.csv(visit.actor, chosen.period, name)
    called = f"{name}-{chosen.period.since:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{called}"'}
    return Response(written, media_type="text/csv", headers=headers)


async def _usage(visit: Visit, chosen: Chosen) -> tuple[Overview, DecidedCount]:
    """Return the usage of a period, and how much there was in the one before it."""
    zone = periods.zone_of(visit.request)
    found = await visit.rooms.usage.overview(visit.actor, chosen.period, flows=boards.WAYS)
    return found, await visit.rooms.usage.total(visit.actor, chosen.before(zone=zone))


def _typed(visit: Visit, name: str, otherwise: dict[str, str]) -> dict[str, str]:
    """Return what a field of a time shows: what was typed and could not be read stays as it is."""
    given = visit.asked(name).strip()
    return {"value": given, "instant": ""} if given and visit.asked("zone") else otherwise


async def _staffing(visit: Visit) -> Staffing:
    return staffing(await visit.rooms.floor.now(visit.actor))


def staffing(floor: FloorNow) -> Staffing:
    """Return the queues that are shown: where most wait first, then by name."""
    if floor.cloud == "elsewhere":
        return Staffing((), elsewhere=True)
    ordered = sorted(
        floor.queues, key=lambda each: (-each.waiting, not each.staff.online, each.skill.casefold())
    )
    rest = ordered[QUEUES:]
    return Staffing(
        tuple(map(_queue, ordered[:QUEUES])),
        more=len(rest),
        more_waiting=sum(each.waiting for each in rest),
    )


def _queue(each: QueueNow) -> Queue:
    is_named = each.skill_id != UNASSIGNED_SKILL
    standing = "&standing=QUEUED" if each.waiting else ""
    online = each.staff.online
    free = "–"
    if online and each.slots is None:
        free = "∞"
    elif online and each.slots is not None:
        free = words.number(max(0, each.slots - (each.busy_slots or 0)))
    return Queue(
        each.skill if is_named else _("Without a skill"),
        f"/conversations?skill={each.skill_id}{standing}" if is_named else "",
        f"/floor/queues/{each.skill_id}",
        f"/floor/agents?{urlencode({'skill': each.skill, 'state': 'ONLINE'})}" if is_named else "",
        each.waiting,
        "warn" if online else "bad",
        "–" if each.longest_wait_seconds is None else clock(int(each.longest_wait_seconds)),
        online,
        free,
    )


def clock(seconds: int) -> str:
    """Return how long something has lasted so far, as a clock tells it: 4:05 or 1:04:05."""
    minutes, rest = divmod(seconds, _MINUTE)
    if seconds < _HOUR:
        return f"{minutes}:{rest:02}"
    return f"{seconds // _HOUR}:{minutes % _MINUTE:02}:{rest:02}"


ROWS: Final = (
    Row("GET", PATH, dashboard),
    Row("GET", POLICIES, policies),
    Row("GET", "/dashboard/files/{table}", file),
)
