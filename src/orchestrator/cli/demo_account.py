"""The demo's account: the simulator's seed, put into a data folder by the steps of the guide."""

import asyncio
import secrets
from typing import TYPE_CHECKING

import msgspec

from orchestrator.serve import office
from orchestrator.simulator import rules, seed
from orchestrator.simulator.brand import Brand

if TYPE_CHECKING:
    from orchestrator.serve.office import Desk


ADMINISTRATOR = "admin"
"""Who may do everything in the demo's console."""


async def set_up(desk: "Desk", *, password: str) -> Brand:
    """Set everything up for the desk's account and return what the simulator needs to know.

    ``password`` is the administrator's, for the console.
    """
    await desk.directory.users.add(
        desk.actor,
        login=ADMINISTRATOR,
        type="human",
        roles=("Administrator",),
        full_name="Demo administrator",
        password=password,
    )
    passwords = {agent.login: secrets.token_urlsafe(12) for agent in seed.AGENTS}
    agents = await _people(desk, passwords)
    skills = await _skills(desk)
    ways_in = await _ways_in(desk)
    await _bot(desk)
    changes = office.account_settings({"fallback_skill": seed.FALLBACK_SKILL})
    await desk.directory.accounts.edit(desk.actor, settings=changes)
    await desk.policies.load(desk.actor, rules.document(), message=f"{seed.BRAND}'s policies")
    return Brand(desk.actor.account, skills, agents, passwords, ways_in)


async def _people(desk: "Desk", passwords: dict[str, str]) -> dict[str, str]:
    async def add(agent: seed.Agent) -> str:
        made = await desk.directory.users.add(
            desk.actor,
            login=agent.login,
            type="human",
            roles=("Agent",),
            max_chats=agent.max_chats,
            full_name=agent.full_name,
            password=passwords[agent.login],
        )
        return made.user.id

    # All at once: passwords are hashed slowly on purpose, and on several threads.
    ids = await asyncio.gather(*(add(agent) for agent in seed.AGENTS))
    return {agent.login: user_id for agent, user_id in zip(seed.AGENTS, ids, strict=True)}


async def _skills(desk: "Desk") -> dict[str, str]:
    found: dict[str, str] = {}
    for name in seed.SKILLS:
        found[name] = (await desk.directory.skills.add(desk.actor, name=name)).id
        serving = [agent.login for agent in seed.AGENTS if name in agent.skills]
        if serving:
            await desk.directory.skills.assign(desk.actor, name, users=serving)
    return found


async def _ways_in(desk: "Desk") -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for way in seed.WAYS_IN:
        made = await desk.directory.engagements.add(
            desk.actor, name=way.name, skill=way.skill, campaign=seed.CAMPAIGN
        )
        found[way.name] = (made.campaign_id, made.id)
    return found


async def _bot(desk: "Desk") -> None:
    await desk.directory.users.add(
        desk.actor, login=seed.BOT, type="bot", roles=("Agent",), max_chats=None
    )
    for name in seed.BOT_SKILLS:
        await desk.directory.skills.assign(desk.actor, name, users=[seed.BOT])
    key = await desk.directory.keys.generate(desk.actor, seed.BOT)
    await desk.directory.bots.configure(desk.actor, document=msgspec.to_builtins(key))
