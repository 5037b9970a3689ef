"""What the doctor looks at: one snapshot of how an account is set up."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from orchestrator.core.model.conversation import Presence
from orchestrator.core.model.directory import (
    Account,
    BotConfig,
    BotState,
    Engagement,
    LoginKey,
    Skill,
    SkillAssignment,
    User,
)
from orchestrator.core.policy import targets
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.targets import Target
from orchestrator.services.admin import publishing
from orchestrator.services.admin.ports import Reading
from orchestrator.services.directory import accounts

Server = Literal["running", "stopped"]
Wrong = tuple[str, str]
"""A sentence, and the command that mends it."""


class Facts(msgspec.Struct, frozen=True):
    """How an account is set up.

    ``bot`` is the user of type bot whose login is configured, else the only bot there is.
    ``keys`` are the ids of users with a key in force, ``serving`` maps skills to those who serve
    them. ``version`` is None before anything was loaded.
    """

    account: Account
    bots: tuple[User, ...]
    bot: User | None
    config: BotConfig | None
    state: BotState | None
    keys: frozenset[str]
    skills: Mapping[str, Skill]
    users: Mapping[str, User]
    serving: Mapping[str, frozenset[str]]
    engagements: tuple[Engagement, ...]
    presences: Mapping[str, Presence]
    policies: Document
    version: int | None
    namespaces: tuple[str, ...]
    server: Server

    @property
    def is_remote(self) -> bool:
        """Whether the bot works on another platform than this server's own cloud."""
        return self.config is not None and self.config.domain is not None

    @property
    def bot_skills(self) -> tuple[Skill, ...]:
        """The skills that the bot serves, by name."""
        bot = self.bot.id if self.bot else ""
        found = [skill for skill in self.skills.values() if bot in self.serving.get(skill.id, ())]
        return tuple(sorted(found, key=lambda skill: skill.name.casefold()))

    @property
    def bot_skill_ids(self) -> frozenset[str]:
        """The ids of the skills that the bot serves."""
        return frozenset(skill.id for skill in self.bot_skills)

    def humans(self, skill: Skill) -> tuple[User, ...]:
        """Return those who serve the skill, apart from the bot and the disabled."""
        bot = self.bot.id if self.bot else ""
        found = (self.users.get(user) for user in sorted(self.serving.get(skill.id, ())))
        return tuple(user for user in found if user and user.enabled and user.id != bot)

    def online(self, user: User) -> bool:
        """Whether the user is ONLINE on an open socket."""
        presence = self.presences.get(user.id)
        return (
            self.server == "running"
            and presence is not None
            and presence.connected
            and presence.availability == "ONLINE"
        )

    def skill_named(self, name: str) -> Skill | None:
        """Return the skill with exactly this name."""
        return next((skill for skill in self.skills.values() if skill.name == name), None)

    def targets(self) -> list[tuple[str, Target]]:
        """Return the literal targets of enabled policies, each with its policy's name."""
        return [
            (policy.name, target)
            for policy in self.policies.policies
            if policy.enabled
            for target in targets.targets(policy)
        ]

    def target_skill(self, target: Target) -> Skill | None:
        """Return the skill that a target means, if the account has it."""
        return self.skills.get(target.id or "") or self.skill_named(target.name or "")

    def target_user(self, target: Target) -> User | None:
        """Return the user that a target means, if the account has them."""
        by_login = {user.login: user for user in self.users.values()}
        return self.users.get(target.id or "") or by_login.get(target.name or "")


def gather(
    rows: Reading, account: str, *, server: Server, policies: Document | None = None
) -> Facts:
    """Read everything from one snapshot. Raises `errors.NotFound` for an unknown account.

    Whoever has the current ``policies`` at hand saves reading them.
    """
    found = rows.find(Account, id=account)
    if not found:
        raise accounts.unknown(account)
    users = {user.id: user for user in rows.find(User, account=account)}
    bots = tuple(user for user in users.values() if user.type == "bot" and user.enabled)
    config = next(iter(rows.find(BotConfig, account=account)), None)
    serving: dict[str, set[str]] = {}
    for one in rows.find(SkillAssignment, account=account):
        serving.setdefault(one.skill_id, set()).add(one.user_id)
    version = rows.current(account)
    return Facts(
        account=found[0],
        bots=bots,
        bot=_bot(bots, config),
        config=config,
        state=next(iter(rows.find(BotState, account=account)), None),
        keys=frozenset(
            key.user_id for key in rows.find(LoginKey, account=account) if key.revoked_at is None
        ),
        skills={skill.id: skill for skill in rows.find(Skill, account=account)},
        users=users,
        serving={skill: frozenset(ids) for skill, ids in serving.items()},
        engagements=tuple(
            sorted(rows.find(Engagement, account=account), key=lambda each: each.name.casefold())
        ),
        presences=rows.presences(account),
        policies=publishing.stored(rows, account) if policies is None else policies,
        version=version.number if version else None,
        namespaces=tuple(rows.namespaces(account)),
        server=server,
    )


def _bot(bots: tuple[User, ...], config: BotConfig | None) -> User | None:
    if config is not None:
        return next((bot for bot in bots if bot.login == config.username), None)
    return bots[0] if len(bots) == 1 else None
