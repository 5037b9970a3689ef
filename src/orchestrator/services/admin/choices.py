"""Skills and people that checks speak of, and which of them a remedy names."""

from orchestrator.core.model import maven
from orchestrator.core.model.directory import Skill
from orchestrator.services.admin.facts import Facts


def mavens(seen: Facts) -> list[Skill]:
    """Return the skills that remember where a conversation was going, by name."""
    return [skill for skill in by_name(seen) if skill.name.startswith(maven.PREFIX)]


def ordinary(seen: Facts) -> list[Skill]:
    """Skills that people serve: neither the bot's own nor a maven: one."""
    return [
        skill
        for skill in by_name(seen)
        if skill.id not in seen.bot_skill_ids and not skill.name.startswith(maven.PREFIX)
    ]


def by_name(seen: Facts) -> list[Skill]:
    """Return every skill."""
    return sorted(seen.skills.values(), key=lambda skill: skill.name.casefold())


def target_skills(seen: Facts) -> dict[str, str]:
    """Return the ids of skills where conversations end up, each with why."""
    found: dict[str, str] = {}
    for policy, target in seen.targets():
        skill = seen.target_skill(target) if target.kind != "agent" else None
        if skill is not None:
            found.setdefault(skill.id, f"target of the policy “{policy}”")
    for skill in mavens(seen):
        original = seen.skill_named(skill.name.removeprefix(maven.PREFIX))
        if original is not None:
            found.setdefault(original.id, f"original of “{skill.name}”")
    fallback = seen.account.fallback_skill_id
    if fallback in seen.skills:
        found.setdefault(fallback, "fallback skill of the account")
    return {skill: why for skill, why in found.items() if skill not in seen.bot_skill_ids}


def entry(seen: Facts) -> str:
    """The skill that the guide makes for the bot, else one that the bot has or could have."""
    if seen.bot_skills:
        return seen.bot_skills[0].name
    for skill in by_name(seen):
        if skill.name.casefold() in {"conversation orchestrator", "maven"}:
            return skill.name
    remembering = mavens(seen)
    return remembering[0].name if remembering else "Conversation Orchestrator"


def somebody(seen: Facts) -> str | None:
    """Return the login of a person, if there is one."""
    people = [user.login for user in seen.users.values() if user.type == "human" and user.enabled]
    return min(people, default=None)
