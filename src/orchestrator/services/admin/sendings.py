"""Checks of where policies send conversations, and whether somebody is there.

A check yields a sentence and a remedy for each thing that is wrong, and nothing when all is well.
"""

from collections.abc import Iterator

import msgspec

from orchestrator.core.policy import targets
from orchestrator.core.policy.document import InvalidPolicy
from orchestrator.services.admin import choices, remedies
from orchestrator.services.admin.facts import Facts, Wrong
from orchestrator.services.admin.remedies import quoted


def loaded(seen: Facts) -> Iterator[Wrong]:
    """There are policies."""
    if seen.version is None or not seen.policies.policies:
        yield "No policies were loaded yet.", "orchestrator policies load policies.json"


def enabled(seen: Facts) -> Iterator[Wrong]:
    """One of them counts."""
    every = seen.policies.policies
    if every and not any(policy.enabled for policy in every):
        yield (
            f"None of the {len(every)} policies is enabled.",
            f"orchestrator policies edit {quoted(every[0].name)} --enabled",
        )


def valid(seen: Facts) -> Iterator[Wrong]:
    """Each that counts can be used."""
    for policy in seen.policies.policies:
        if policy.enabled and isinstance(policy, InvalidPolicy):
            yield (
                (
                    f"Today's rules refuse the policy “{policy.name}”, so it is skipped: "
                    f"{policy.problems[0].message}"
                ),
                "orchestrator policies export",
            )


def loops(seen: Facts) -> Iterator[Wrong]:
    """None sends conversations back to the bot."""
    for policy in seen.policies.policies:
        if policy.enabled and not isinstance(policy, InvalidPolicy):
            alone = msgspec.structs.replace(seen.policies, policies=(policy,))
            if targets.own_skill_loops(alone, seen.bot_skill_ids):
                yield (
                    (
                        f"The policy “{policy.name}” transfers to a skill that the bot itself "
                        "serves: the conversation comes straight back."
                    ),
                    f"orchestrator policies edit {quoted(policy.name)} --disabled",
                )


def existing(seen: Facts) -> Iterator[Wrong]:
    """Every target exists."""
    for policy, target in seen.targets():
        wanted = target.name or target.id or ""
        if target.kind == "agent" and seen.target_user(target) is None:
            yield (
                f"The policy “{policy}” transfers to the user “{wanted}”, who does not exist.",
                f"orchestrator users add {quoted(wanted)} --type human --role Agent",
            )
        elif target.kind != "agent" and seen.target_skill(target) is None:
            yield (
                f"The policy “{policy}” transfers to the skill “{wanted}”, which does not exist.",
                f"orchestrator skills add {quoted(wanted)}",
            )


def staffed(seen: Facts) -> Iterator[Wrong]:
    """Somebody serves where conversations end up."""
    for skill, why in choices.target_skills(seen).items():
        if not seen.humans(seen.skills[skill]):
            name = seen.skills[skill].name
            login = choices.somebody(seen)
            remedy = remedies.assign(name, login or "anna")
            if login is None:
                remedy = f"orchestrator users add anna --type human --role Agent && {remedy}"
            yield f"Nobody is assigned to “{name}” ({why}).", remedy


def online(seen: Facts) -> Iterator[Wrong]:
    """Somebody is there to take them."""
    if seen.is_remote:
        return
    for skill, why in choices.target_skills(seen).items():
        people = seen.humans(seen.skills[skill])
        if people and not any(seen.online(user) for user in people):
            yield (
                f"Nobody is online for “{seen.skills[skill].name}” ({why}).",
                f"orchestrator agent {quoted(people[0].login)}",
            )
    for policy, target in seen.targets():
        user = seen.target_user(target) if target.kind == "agent" else None
        if user is not None and not seen.online(user):
            yield (
                f"{user.login} is not online (target of the policy “{policy}”).",
                f"orchestrator agent {quoted(user.login)}",
            )


def fallback(seen: Facts) -> Iterator[Wrong]:
    """There is a last resort."""
    fallback = seen.skills.get(seen.account.fallback_skill_id or "")
    ordinary = [
        skill for skill in choices.ordinary(seen) if seen.humans(skill)
    ] or choices.ordinary(seen)
    command = "orchestrator accounts edit --fallback-skill "
    wanted = command + quoted(ordinary[0].name if ordinary else "General")
    if not ordinary:
        wanted = f"orchestrator skills add General && {wanted}"
    if fallback is None:
        yield (
            (
                "The account has no fallback skill: conversations that no policy wants, and that "
                "have no maven: skill, stay with the bot."
            ),
            wanted,
        )
    elif fallback.id in seen.bot_skill_ids:
        yield f"The bot itself serves the fallback skill “{fallback.name}”.", wanted
