"""Queues and agents, live, and moving a conversation by hand."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.core.model.floor import Close, Move, TakeOver, ToAgent, ToQueue, ToSkill
from orchestrator.core.model.ids import UNASSIGNED_SKILL
from orchestrator.doors.console import choosing, faults, paging, places
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin import moves
from orchestrator.services.admin.floor import AgentNow, FloorNow, QueueNow, Standing
from orchestrator.services.admin.ports import Place
from orchestrator.services.cloud.supervising import LONGEST_REASON

T = TypeVar("T")

PATH: Final = "/floor"
SIZE: Final = 50
FIELDS: Final = ("move", "agent", "skill", "reason")

_NARROWED: Final = ("search", "skill", "state")

_MEANT: Final[tuple[tuple[str, choosing.Kind], ...]] = (("agent", "users"), ("skill", "skills"))

STATES: Final = {
    "ONLINE": ("good", "Online"),
    "OCCUPIED": ("warn", "Occupied"),
    "BACK_SOON": ("warn", "Back soon"),
    "AWAY": ("", "Away"),
    "OFFLINE": ("", "Offline"),
}
"""THE table of what agents say of themselves: the chip's sort, and words; who is there first."""

MOVES: Final = {
    "take-over": ("Take it over", "It is yours at once and opens in your agent workspace."),
    "agent": ("Send it to an agent", "It rings at them alone, as long as the skill says."),
    "skill": ("Send it to a skill", "It goes to the end of that queue."),
    "queue": ("Put it back into the queue", "Any agent of its skill may take it."),
    "close": ("End it", "For the customer as well."),
}
"""THE table of what one can do with a conversation, in the words of the form."""

DONE: Final = {
    "AGENT": "The conversation was offered to %(agent)s.",
    "AWAITED": "%(agent)s is not online. The conversation waits for them a while, then for all of "
    "%(skill)s.",
    "SKILL": "The conversation waits for %(skill)s now.",
    "QUEUE": "The conversation waits for %(skill)s again.",
    "CLOSE": "The conversation has ended.",
}
"""What is said afterwards."""


async def show(visit: Visit) -> Response:
    """Show all queues, and the agents who are there."""
    found = await visit.rooms.floor.now(visit.actor)
    search = visit.asked("search").strip()
    queues = _matching(found.queues, search, _queue_words)
    agents = _matching(_present_first(found), search, _agent_words)
    shown: dict[str, Any] = {
        "found": found,
        "search": search,
        "slice": paging.of(visit, queues, path=PATH),
        "agents": agents[:SIZE],
        "more_agents": max(0, len(agents) - SIZE),
        "totals": _totals(found),
        **_told(found),
    }
    if visit.is_partial:
        return visit.part("floor.html", "floor", **shown)
    return visit.page("floor.html", **shown)


async def all_agents(visit: Visit) -> Response:
    """Show all agents, page by page: of ``skill`` those who serve it, of ``state`` those in it."""
    found = await visit.rooms.floor.now(visit.actor)
    search, skill, state = (visit.asked(name).strip() for name in _NARROWED)
    among = [
        each
        for each in _present_first(found)
        if (not skill or skill in each.skills) and state in ("", each.availability)
    ]
    agents = _matching(among, search, _agent_words)
    shown: dict[str, Any] = {
        "found": found,
        "search": search,
        "skill": skill,
        "state": STATES[state][1] if state in STATES else "",
        "among": len(among),
        "narrowed": {name: text for name, text in (("skill", skill), ("state", state)) if text},
        "slice": paging.of(visit, agents, path=f"{PATH}/agents", kept=_NARROWED),
        **_told(found),
    }
    if visit.is_partial:
        return visit.part("floor_agents.html", "agents", **shown)
    return visit.page("floor_agents.html", **shown)


async def queue(visit: Visit) -> Response:
    """Show who waits for a skill, the longest first."""
    skill_id = visit.at("skill")
    if skill_id == UNASSIGNED_SKILL:
        name = ""
    else:
        name = (await visit.rooms.directory.skills.show(visit.actor, skill_id)).skill.name
    after = visit.asked("after")
    rows = await visit.rooms.floor.queue(
        visit.actor, skill_id, limit=SIZE + 1, after=places.read(after)
    )
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    path = f"{PATH}/queues/{skill_id}"
    shown: dict[str, Any] = {
        "skill_id": skill_id,
        "called": name,
        "rows": rows[:SIZE],
        "path": path,
        "sentences": moves.SENTENCES,
        "first": places.first(path, {"after": after}),
        "further": places.older(
            path, {}, Place(last.since, last.conversation_id) if last else None
        ),
    }
    if visit.is_partial:
        return visit.part("floor_queue.html", "queue", **shown)
    return visit.page("floor_queue.html", **shown)


async def one(visit: Visit) -> Response:
    """Show what can be done with a conversation: as a page, or to fill a dialog."""
    access.demand(visit.actor, "conversations.manage")
    told = await visit.rooms.floor.standing(visit.actor, visit.at("conversation"))
    wanted = visit.asked("move")
    values = {
        "move": wanted if wanted in MOVES else "",
        "agent": "",
        "skill": "",
        "reason": "",
    }
    return await _form(visit, told, values=values, back=_back(visit, visit.asked("back")))


async def move(visit: Visit) -> Response:
    """Do it; where it stands elsewhere by now, say so and show the form again."""
    access.demand(visit.actor, "conversations.manage")
    key, back = visit.at("conversation"), _back(visit, visit.text("back"))
    values = {name: visit.text(name) for name in FIELDS}
    for name, kind in _MEANT:
        values[name] = await choosing.meant(visit, kind, values[name])
    try:
        done = await visit.rooms.supervising.move(
            visit.actor,
            key,
            _wanted(values),
            place=visit.text("place") or None,
            reason=values["reason"],
        )
    except errors.Stale as error:  # what was typed is kept, with where it stands now
        fault = Fault(rest=faults.of(errors.Conflict(error.message)).rest)
        told = await visit.rooms.floor.standing(visit.actor, key)
        return await _form(visit, told, values=values, back=back, fault=fault, status=412)
    except OrchestratorError as error:
        fault = faults.of(error, *FIELDS)
        told = await visit.rooms.floor.standing(visit.actor, key)
        return await _form(visit, told, values=values, back=back, fault=fault)
    if done.kind == "TAKE_OVER":
        return visit.go(f"/desk#{done.conversation_id}")
    told = await visit.rooms.floor.standing(visit.actor, key)
    agent = await _login(visit, done.agent_id)
    said = done.kind
    if done.kind == "AGENT" and not await _is_there(visit, done.agent_id):
        said = "AWAITED"
    notice = _(DONE[said], agent=agent, skill=told.skill or _("no skill"))
    return visit.go(back, notice=notice)


def _wanted(values: dict[str, str]) -> Move:
    """Return what a form asks for. Raises `errors.BadInput` where it does not say it all."""
    match values["move"]:
        case "take-over":
            return TakeOver()
        case "agent":
            if not values["agent"]:
                raise errors.BadInput(_("Choose an agent."), path="agent")
            return ToAgent(values["agent"])
        case "skill":
            if not values["skill"]:
                raise errors.BadInput(_("Choose a skill."), path="skill")
            return ToSkill(values["skill"])
        case "queue":
            return ToQueue()
        case "close":
            return Close()
    raise errors.BadInput(_("Choose what to do."), path="move")


async def _form(
    visit: Visit,
    told: Standing,
    *,
    values: dict[str, str],
    back: str,
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    possible = await visit.rooms.workplace.places(visit.actor, told.conversation_id)
    if not values["move"]:
        values = {**values, "move": "agent" if possible.agents else "skill"}
    is_held = told.agent_id is not None or told.offered_to is not None
    left_out = set() if is_held else {"queue"}
    if told.agent_id == visit.actor.user_id:
        left_out.add("take-over")
    if not visit.may("conversations.serve"):
        left_out.add("take-over")
    shown: dict[str, Any] = {
        "told": told,
        "possible": possible,
        "named": {name: await choosing.name_of(visit, kind, values[name]) for name, kind in _MEANT},
        "states": STATES,
        "sentences": moves.SENTENCES,
        "moves": [(key, *said) for key, said in MOVES.items() if key not in left_out],
        "values": values,
        "back": back,
        "fault": fault,
        "longest": LONGEST_REASON,
    }
    if visit.is_partial and fault is NOTHING:
        return visit.part("floor_move.html", "form", in_dialog=True, **shown)
    found = 200 if fault is NOTHING else status
    return visit.page("floor_move.html", status=found, in_dialog=False, **shown)


def _back(visit: Visit, path: str) -> str:
    """Return where to go afterwards: a page of the floor, or the conversation's own."""
    own = f"/conversations/{visit.at('conversation')}"
    is_ours = path == PATH or path.startswith(f"{PATH}/queues/")
    return path if is_ours and "//" not in path and ".." not in path else own


async def _login(visit: Visit, user_id: str | None) -> str:
    if user_id is None:
        return ""
    return (await visit.rooms.directory.users.show(visit.actor, user_id)).login


async def _is_there(visit: Visit, user_id: str | None) -> bool:
    found = await visit.rooms.floor.now(visit.actor)
    there = ("ONLINE", "OCCUPIED")  # who is occupied gets what is sent to them by name
    return any(each.user_id == user_id and each.availability in there for each in found.agents)


def _matching(rows: Sequence[T], search: str, words: Callable[[T], str]) -> list[T]:
    wanted = search.casefold()
    return [each for each in rows if wanted in words(each).casefold()]


def _queue_words(row: QueueNow) -> str:
    return row.skill


def _agent_words(row: AgentNow) -> str:
    return " ".join((row.login, row.name, *row.skills))


def _present_first(found: FloorNow) -> list[AgentNow]:
    order = list(STATES)
    return sorted(found.agents, key=lambda each: order.index(each.availability))


def _told(found: FloorNow) -> dict[str, Any]:
    """Return what the templates of lists need beside the rows."""
    return {
        "states": STATES,
        "since": lambda seconds: found.at - timedelta(seconds=seconds),
    }


def _totals(found: FloorNow) -> dict[str, Any]:
    """Return the floor in five figures: who waits, how long, who is there, and how full they are.

    An agent of several skills counts once, which the sum of the queues would not. Bots do not count
    among agents: most take any number, and nobody waits for one.
    """
    waits = [each.longest_wait_seconds for each in found.queues]
    people = [each for each in found.agents if each.type == "human"]
    online = [each for each in people if each.availability == "ONLINE"]
    limits = [each.most for each in online if each.most is not None]
    is_unlimited = len(limits) < len(online)
    taken = sum(min(each.most or 0, each.conversations + each.ringing) for each in online)
    slots = sum(limits)
    return {
        "waiting": sum(each.waiting for each in found.queues),
        "longest": max((each for each in waits if each is not None), default=None),
        "open": sum(each.open for each in found.queues),
        "online": len(online),
        "agents": len(people),
        "load": None if is_unlimited or not slots else round(100 * taken / slots),
        "is_unlimited": is_unlimited,
    }


ROWS: Final = (
    Row("GET", PATH, show),
    Row("GET", f"{PATH}/agents", all_agents),
    Row("GET", f"{PATH}/queues/{{skill}}", queue),
    Row("GET", f"{PATH}/conversations/{{conversation}}", one),
    Row("POST", f"{PATH}/conversations/{{conversation}}", move),
)
