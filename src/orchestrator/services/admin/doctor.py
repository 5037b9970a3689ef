"""Is everything set up? Findings of a table of checks, each with the command that mends it.

A check is a function of the facts; it yields what it finds wrong, and nothing when all is well.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.services.admin import facts, remedies, sendings, set_up
from orchestrator.services.admin.facts import Facts, Server, Wrong
from orchestrator.services.admin.ports import Store


class Finding(msgspec.Struct, frozen=True):
    """What one check found. ``remedy`` is a command to paste, empty where nothing is wrong."""

    check: str
    ok: bool
    message: str
    remedy: str = ""


class Doctor:
    """Examines accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def examine(self, actor: Actor, *, server: Server, place: str = "") -> list[Finding]:
        """Return the findings in the order of the set-up, at least one of each check that applies.

        ``server`` says whether one runs on the data folder: without, nobody can be online.
        ``place`` are options that the remedies need, such as ``--account 2``.
        """
        access.demand(actor, "directory.read")
        access.demand(actor, "policies.read")
        seen = await self._store.read(lambda rows: facts.gather(rows, actor.account, server=server))
        return findings(seen, place=place)


def findings(seen: Facts, *, place: str = "") -> list[Finding]:
    """Walk the table of checks."""
    found: list[Finding] = []
    fine: set[str] = set()
    for check in CHECKS:
        if (seen.is_remote and check.where == "here") or not fine.issuperset(check.after):
            continue
        wrong = [
            Finding(check.name, ok=False, message=message, remedy=remedies.complete(remedy, place))
            for message, remedy in check.examine(seen)
        ]
        if not wrong:
            fine.add(check.name)
        found += wrong or [Finding(check.name, ok=True, message=check.good)]
    return found


class Check(msgspec.Struct, frozen=True):
    """One row: a stable name, what to say when all is well, and how to look.

    It is left out until the checks ``after`` which it makes sense have found nothing. ``here``
    checks concern this server's own cloud; they are left out when the bot works elsewhere.
    """

    name: str
    good: str
    examine: Callable[[Facts], Iterator[Wrong]]
    after: tuple[str, ...] = ()
    where: Literal["here", "anywhere"] = "here"


_BOT: Final = ("bot-user",)
_LOADED: Final = ("policies",)

CHECKS: Final[tuple[Check, ...]] = (
    Check("bot-user", "There is a bot user.", set_up.bot_user),
    Check("bot-key", "The bot has an API key.", set_up.bot_key, _BOT),
    Check("bot-role", "The bot has the Agent role.", set_up.bot_role, _BOT),
    Check("bot-capacity", "The bot takes any number of conversations.", set_up.bot_capacity, _BOT),
    Check("bot-config", "The bot's credentials are given.", set_up.bot_config, (), "anywhere"),
    Check("bot-sign-in", "The bot is signed in.", set_up.bot_sign_in, ("bot-config",), "anywhere"),
    Check("skill", "There is a skill.", set_up.skill),
    Check(
        "bot-assignment",
        "The bot is assigned to a skill.",
        set_up.assignment,
        ("bot-user", "skill"),
    ),
    Check("engagement", "There is an engagement.", set_up.engagement, ("skill",)),
    Check(
        "engagement-skill",
        "Every engagement points to a skill of the bot.",
        set_up.engagement_skill,
        ("bot-assignment", "engagement"),
    ),
    Check("maven-original", "Every maven: skill has its original.", set_up.maven_original),
    Check("maven-assignment", "The bot is assigned to every maven: skill.", set_up.maven_bot, _BOT),
    Check("policies", "Policies are loaded.", sendings.loaded, (), "anywhere"),
    Check(
        "policies-enabled",
        "At least one policy is enabled.",
        sendings.enabled,
        _LOADED,
        "anywhere",
    ),
    Check(
        "policies-valid", "Every enabled policy can be used.", sendings.valid, _LOADED, "anywhere"
    ),
    Check("policy-loop", "No policy sends conversations back to the bot.", sendings.loops, _LOADED),
    Check("policy-targets", "Every target exists.", sendings.existing, _LOADED),
    Check(
        "target-assigned",
        "No target skill is without people.",
        sendings.staffed,
    ),
    Check("target-online", "Where people are assigned, somebody is online.", sendings.online),
    Check(
        "fallback-skill",
        "Conversations that no policy wants have a place to go.",
        sendings.fallback,
    ),
    Check(
        "namespaces",
        "Policies see every namespace of context.",
        set_up.namespaces,
        (),
        "anywhere",
    ),
)
