"""Home: how far the set-up is, step by step as the guide has it."""

from typing import Final

import msgspec
from starlette.responses import JSONResponse, Response

from orchestrator.core.model import maven
from orchestrator.doors.console import navigation
from orchestrator.doors.console.visits import Row, Visit

DAILY: Final = (
    "/policies",
    "/dashboard",
    "/conversations",
    "/policy-logs",
    "/playground",
    "/web-client",
)
"""Where people go once everything is set up."""


class Step(msgspec.Struct, frozen=True):
    """One step of the guide: whether it is done, and the page on which it is done."""

    words: str
    detail: str
    path: str
    done: bool


async def show(visit: Visit) -> Response:
    """Show the checklist to whoever may set up, and a greeting to everybody else."""
    steps = await _steps(visit) if visit.may("directory.read") else []
    done = sum(step.done for step in steps)
    is_set_up = bool(steps) and done == len(steps)
    parts = navigation.seen_by(visit.actor) if is_set_up else []
    places = {place.path: place for part in parts for place in part.places}
    onward = [places[path] for path in DAILY if path in places]
    return visit.page("home.html", steps=steps, done=done, next=onward)


async def _steps(visit: Visit) -> list[Step]:
    people, rooms = visit.rooms.directory, visit.rooms
    users = await people.users.all(visit.actor)
    bots = {user.id: user for user in users if user.type == "bot" and user.enabled}
    agents = {user.id for user in users if user.type == "human" and "Agent" in user.roles}
    serving = await people.skills.assignments(visit.actor)
    by_bot = {one.skill_id for one in serving if one.user_id in bots}
    engagements = await people.engagements.all(visit.actor)
    logins = {user.login for user in bots.values()}
    keys = await people.keys.all(visit.actor)
    bot = await people.bots.show(visit.actor)
    policies = (await rooms.policies.current(visit.actor))[1].policies
    return [
        Step(
            "Create a bot user",
            "Users, Action, Add: type bot, role Agent, unlimited conversations.",
            "/users",
            bool(bots),
        ),
        Step(
            "Generate an API key for it",
            "Open the bot user, Generate API Key, and keep what is shown.",
            "/users",
            any(key.username in logins and key.revoked_at is None for key in keys),
        ),
        Step(
            "Create a skill and assign the bot user",
            f"For a skill that agents serve, such as Billing, add one named {maven.PREFIX}Billing.",
            "/skills",
            bool(by_bot),
        ),
        Step(
            "Let agents serve a skill",
            "Conversations need somebody to go to.",
            "/skills",
            any(one.user_id in agents for one in serving),
        ),
        Step(
            "Set an engagement's routing to that skill",
            "Campaigns, engagement settings, Routing: specific skill.",
            "/campaigns",
            any(each.skill_id in by_bot for each in engagements),
        ),
        Step(
            "Enter the bot user's credentials",
            "Intent & Context Policies, Bot config.",
            "/bot-config",
            bot.state == "online",
        ),
        Step(
            "Switch on the first policy",
            "Intent & Context Policies, Manage policies.",
            "/policies",
            any(policy.enabled for policy in policies),
        ),
    ]


async def token(visit: Visit) -> Response:
    """Tell a page that stood open the token of the present session (`web/src/parts/token.js`)."""
    return JSONResponse({"csrf": visit.csrf})


ROWS: Final = (Row("GET", "", show), Row("GET", "/token", token))
