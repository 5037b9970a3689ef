"""Checks of the set-up guide's steps: bot, key, skills, engagements.

A check yields a sentence and a remedy for each thing that is wrong, and nothing when all is well.
"""

from collections.abc import Iterator

from orchestrator.core.model import attributes, maven
from orchestrator.services.admin import choices, remedies
from orchestrator.services.admin.facts import Facts, Wrong
from orchestrator.services.admin.remedies import quoted


def bot_user(seen: Facts) -> Iterator[Wrong]:
    """There is one bot, and it is known which."""
    if seen.is_remote:
        return
    if seen.config is not None and seen.bot is None:
        yield _not_to_be_used(seen, seen.config.username)
    elif not seen.bots:
        yield "There is no bot user yet.", remedies.users_add("orchestrator-bot")
    elif seen.bot is None:
        logins = ", ".join(sorted(bot.login for bot in seen.bots))
        yield (
            f"There are several bot users ({logins}) and none is chosen: configure one.",
            remedies.pipe(min(bot.login for bot in seen.bots)),
        )


def _not_to_be_used(seen: Facts, login: str) -> Wrong:
    """Say why the configured login is no bot that can sign in."""
    user = next((user for user in seen.users.values() if user.login == login), None)
    if user is None:
        return (
            f"The bot is configured as {login}, and there is no such user.",
            remedies.users_add(login),
        )
    if user.type == "bot":
        return (
            f"The bot is configured as {login}, and that user is disabled.",
            f"orchestrator users edit {quoted(login)} --status enabled",
        )
    bot = min((bot.login for bot in seen.bots), default=None)
    return (
        f"The bot is configured as {login}, who is a human user.",
        remedies.pipe(bot) if bot else remedies.users_add("orchestrator-bot"),
    )


def bot_key(seen: Facts) -> Iterator[Wrong]:
    """The bot can prove who it is."""
    if not seen.is_remote and seen.bot is not None and seen.bot.id not in seen.keys:
        yield f"{seen.bot.login} has no API key.", remedies.pipe(seen.bot.login)


def bot_role(seen: Facts) -> Iterator[Wrong]:
    """The bot may be rung."""
    if seen.bot is not None and "Agent" not in seen.bot.roles:
        roles = " ".join(f"--role {quoted(role)}" for role in ("Agent", *seen.bot.roles))
        yield (
            f"{seen.bot.login} lacks the Agent role, so nothing rings at it.",
            f"orchestrator users edit {quoted(seen.bot.login)} {roles}",
        )


def bot_capacity(seen: Facts) -> Iterator[Wrong]:
    """No conversation waits for another."""
    if seen.bot is not None and seen.bot.max_chats is not None:
        yield (
            f"{seen.bot.login} takes {seen.bot.max_chats} conversations at most; more would wait.",
            f"orchestrator users edit {quoted(seen.bot.login)} --max-chats unlimited",
        )


def bot_config(seen: Facts) -> Iterator[Wrong]:
    """Credentials were given."""
    if seen.config is None:
        login = seen.bot.login if seen.bot else "orchestrator-bot"
        yield "The bot's credentials were not given yet.", remedies.pipe(login)


def bot_sign_in(seen: Facts) -> Iterator[Wrong]:
    """The platform let the bot in."""
    if seen.config is None:
        return
    if seen.state is not None and seen.state.state == "refused":
        remedy = "orchestrator bot-config set < credentials.json"
        if not seen.is_remote:
            remedy = remedies.pipe(seen.config.username)
        yield f"The platform refused the bot's sign-in: {seen.state.reason}", remedy
    elif seen.server == "stopped":
        yield (
            "No server runs on this data folder, so the bot is not signed in.",
            "orchestrator serve",
        )
    elif seen.state is None or seen.state.state != "online":
        reason = seen.state.reason if seen.state else ""
        yield f"The bot is not signed in yet. {reason}".strip(), "orchestrator bot-config show"


def skill(seen: Facts) -> Iterator[Wrong]:
    """There is somewhere to arrive."""
    if not seen.skills:
        yield "There is no skill yet.", "orchestrator skills add 'Conversation Orchestrator'"


def assignment(seen: Facts) -> Iterator[Wrong]:
    """The bot serves a skill."""
    if seen.skills and seen.bot is not None and not seen.bot_skills:
        yield (
            f"{seen.bot.login} is assigned to no skill, so no conversation reaches it.",
            remedies.assign(choices.entry(seen), seen.bot.login)
            if seen.skill_named(choices.entry(seen))
            else f"orchestrator skills add {quoted(choices.entry(seen))} && "
            + remedies.assign(choices.entry(seen), seen.bot.login),
        )


def engagement(seen: Facts) -> Iterator[Wrong]:
    """Consumers have a way in."""
    if not seen.engagements and seen.skills and not seen.is_remote:
        yield (
            "There is no engagement, so consumers have no way in.",
            f"orchestrator engagements add Web --skill {quoted(choices.entry(seen))}",
        )


def engagement_skill(seen: Facts) -> Iterator[Wrong]:
    """The ways in lead to the bot."""
    if not seen.bot_skills:
        return
    for engagement in seen.engagements:
        if engagement.skill_id in seen.bot_skill_ids:
            continue
        skill = seen.skills.get(engagement.skill_id)
        points = f"“{skill.name}”" if skill else "a skill that does not exist"
        front = seen.skill_named(maven.PREFIX + skill.name) if skill else None
        served = front if front and front.id in seen.bot_skill_ids else seen.bot_skills[0]
        yield (
            (
                f"The engagement “{engagement.name}” points to {points}, which the bot does not "
                "serve: its conversations are not routed."
            ),
            (
                f"orchestrator engagements edit {quoted(engagement.name)} "
                f"--skill {quoted(served.name)}"
            ),
        )


def namespaces(seen: Facts) -> Iterator[Wrong]:
    """No namespace has the name of attributes; one that is older than they are may.

    Nothing can be pasted: what is in it is somebody else's, who has to save it elsewhere.
    """
    for name in seen.namespaces:
        if name in attributes.STAFFING:
            yield (
                (
                    f"Policies do not see the namespace “{name}”: attributes of that name hide it. "
                    "Save under another name what they are to read, then delete it."
                ),
                "",
            )


def maven_original(seen: Facts) -> Iterator[Wrong]:
    """``maven:X`` has its ``X``."""
    for skill in choices.mavens(seen):
        original = skill.name.removeprefix(maven.PREFIX)
        if original and seen.skill_named(original) is None:
            yield (
                f"“{skill.name}” falls back to “{original}”, and there is no such skill.",
                f"orchestrator skills add {quoted(original)}",
            )
        elif not original:
            yield (
                f"“{skill.name}” names no skill after the colon.",
                f"orchestrator skills edit {quoted(skill.name)} --name {quoted('maven:Billing')}",
            )


def maven_bot(seen: Facts) -> Iterator[Wrong]:
    """The bot serves every ``maven:`` skill."""
    if seen.bot is None:
        return
    for skill in choices.mavens(seen):
        if skill.id not in seen.bot_skill_ids:
            yield (
                f"The bot is not assigned to “{skill.name}”.",
                remedies.assign(skill.name, seen.bot.login),
            )
