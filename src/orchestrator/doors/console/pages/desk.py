"""The agent workspace: rings, chats, who the customer is and why they came.

Its browser part (`web/src/desk.js`) is a client of the messaging cloud like any agent's; this page
lends it a bearer and tells what the protocol does not.
"""

import re
from typing import Final

from starlette.responses import JSONResponse, Response

from orchestrator.core.model import times
from orchestrator.doors.console import places as pages
from orchestrator.doors.console import stories
from orchestrator.doors.console.pages.options import SHOWN
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.admin.customers import Known
from orchestrator.services.admin.explaining import Explained
from orchestrator.services.admin.workplace import AgentPlace, SkillPlace

STATES: Final = (
    ("ONLINE", "Online", "Rings come in."),
    ("OCCUPIED", "Occupied", "Only transfers to you by name."),
    ("BACK_SOON", "Back soon", "No rings."),
    ("AWAY", "Away", "No rings."),
)
"""What an agent can say of themselves: the protocol's word, ours, and what it means."""

SHORTCUTS: Final = (
    ("A", "Accept the first ring"),
    ("J", "Next conversation"),
    ("K", "Previous conversation"),
    ("M", "Write"),
    ("T", "Transfer"),
    ("E", "End"),
)
"""Keys, with Alt and Shift held, and what they do (`_key` in the browser's part)."""

HEADINGS: Final = {"ctmrinfo": "Customer", "personal": "Person"}
"""What the types of SDEs are called; others stand for themselves."""

LABELS: Final = {
    "customerId": "Customer id",
    "ctype": "Customer type",
    "cstatus": "Status",
    "companySize": "Company size",
    "accountName": "Account name",
    "socialId": "Social id",
    "userName": "User name",
    "storeNumber": "Store number",
    "firstname": "First name",
    "lastname": "Last name",
    "contacts.email": "Email",
    "contacts.phone": "Phone",
    "age.age": "Age",
}
"""What fields of SDEs are called; of others the words in their names."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GROUPS: Final = ("info.", "personal.")


async def show(visit: Visit) -> Response:
    """Show the workspace; the browser's part fills it."""
    serving = await visit.rooms.workplace.serving(visit.actor)
    return visit.page("desk.html", states=STATES, serving=serving, shortcuts=SHORTCUTS)


async def session(visit: Visit) -> Response:
    """Lend the browser a bearer of the messaging cloud, and say what its skills are called."""
    lent = await visit.lend()
    return JSONResponse(
        {
            "bearer": lent.bearer,
            "account": visit.account,
            "userId": lent.user.id,
            "expiresAt": times.iso(lent.expires_at),
            "skills": dict(await visit.rooms.workplace.skills(visit.actor)),
        }
    )


async def beside(visit: Visit) -> Response:
    """Tell who the customer of a conversation is, and why it came, in a sentence."""
    told = await visit.rooms.workplace.beside(visit.actor, visit.at("conversation"))
    groups: dict[str, list[tuple[str, Known]]] = {}
    for each in told.known:
        heading = HEADINGS.get(each.sde, each.sde)
        groups.setdefault(heading, []).append((label(each.name), each))
    return visit.part(
        "desk_parts.html",
        "beside",
        told=told,
        story=_story(told.decision),
        stories=stories,
        groups=groups,
    )


async def earlier(visit: Visit) -> Response:
    """Tell further conversations that the customer had before, behind the query's ``after``."""
    key = visit.at("conversation")
    found = await visit.rooms.workplace.earlier(
        visit.actor, key, after=pages.read(visit.asked("after"))
    )
    return visit.part("desk_parts.html", "earlier", id=key, found=found)


async def before(visit: Visit) -> Response:
    """Tell one of them: what was said, why it went where it went, what was answered after it."""
    told = await visit.rooms.workplace.looked_back(
        visit.actor, visit.at("conversation"), visit.at("earlier")
    )
    return visit.part(
        "desk_parts.html", "before", told=told, story=_story(told.last), stories=stories
    )


def _story(decision: Explained | None) -> stories.Story | None:
    if decision is None or decision.trace is None:
        return None
    return stories.of(decision.trace, (), policy=decision.decision.policy_id)


async def places(visit: Visit) -> Response:
    """Offer where a conversation can go, by the query's ``search`` where there is much."""
    search = visit.asked("search").strip()
    found = await visit.rooms.workplace.places(visit.actor, visit.at("conversation"), search=search)
    return visit.part("desk_parts.html", "places", found=found, search=search)


async def options(visit: Visit) -> Response:
    """Tell colleagues or skills to whom a conversation can go, as `options.options` does."""
    found = await visit.rooms.workplace.places(
        visit.actor, visit.at("conversation"), search=visit.asked("search").strip()
    )
    if visit.at("kind") == "agents":
        rows = [
            {"id": each.id, "name": each.login, "about": f"{each.name} – {presence(each)}"}
            for each in found.agents
        ]
        return JSONResponse({"found": found.agents_found, "rows": rows[:SHOWN]})
    rows = [{"id": each.id, "name": each.name, "about": online(each)} for each in found.skills]
    return JSONResponse({"found": found.skills_found, "rows": rows[:SHOWN]})


def presence(agent: AgentPlace) -> str:
    """Return what an agent says of themselves, or that they are full."""
    words = {state: name for state, name, _about in STATES}
    return _(words[agent.availability]) if agent.room else _("Busy")


def online(skill: SkillPlace) -> str:
    """Return how many of a skill are online, in words."""
    return _("%(count)s online", count=skill.online) if skill.online else _("Nobody online")


def label(name: str) -> str:
    """Return what a field of an SDE is called: ``info.companySize`` is "Company size"."""
    for group in _GROUPS:
        name = name.removeprefix(group)
    if name in LABELS:
        return LABELS[name]
    words = _HUMP.sub(" ", name.replace(".", " ").replace("_", " ")).lower()
    return words[:1].upper() + words[1:]


ROWS: Final = (
    Row("GET", "/desk", show),
    Row("POST", "/desk/session", session),
    Row("GET", "/desk/{conversation}/beside", beside),
    Row("GET", "/desk/{conversation}/earlier", earlier),
    Row("GET", "/desk/{conversation}/earlier/{earlier}", before),
    Row("GET", "/desk/{conversation}/places", places),
    Row("GET", "/desk/{conversation}/options/{kind}", options),
)
