"""Courses: where decisions lead conversations, by how an account is set up now."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from orchestrator.core.model import maven
from orchestrator.core.model.action import Action, SendMessage, TransferToAgent, TransferToSkill
from orchestrator.core.model.ids import SkillId
from orchestrator.core.model.step import SkillTarget
from orchestrator.services.admin import checking
from orchestrator.services.admin.facts import Facts
from orchestrator.services.admin.ports import Decided

Way = Literal["skill", "agent", "nowhere"]
_Place = tuple[Way, str | None, str | None]
"""Where something leads: what it is, its id and its name."""


class Course(msgspec.Struct, frozen=True, rename="camel"):
    """Which policy has a conversation, and where that leads; no ``policy``: none wanted it.

    ``policy`` is a name; a policy that is not saved has no ``policy_id``. Nowhere: it stays with
    the bot, or a program asked and is told of no policy. A target that the account does not have
    has a name or an id, not both.
    """

    policy_id: str | None
    policy: str | None
    way: Way
    target_id: str | None = None
    target_name: str | None = None

    @property
    def end(self) -> tuple[Way, str | None]:
        """Where it leads, whatever leads there."""
        return self.way, self.target_id or self.target_name


class Beginning(Protocol):
    """Where a conversation comes from."""

    @property
    def rang_on(self) -> SkillId | None:
        """The skill on which it rang; None where a program asked."""
        ...

    @property
    def entry(self) -> SkillId | None:
        """The skill on which it began; None where that is not known."""
        ...


class Courses:
    """Tells courses in one account."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._account = checking.account_of(facts)
        self._skills = {skill.name: skill.id for skill in facts.skills.values()}
        self._users = {user.login: user.id for user in facts.users.values()}
        self._of_bot = facts.bot_skill_ids

    def of(
        self,
        beginning: Beginning,
        actions: Sequence[Action],
        *,
        policy_id: str | None,
        policy: str | None,
    ) -> Course:
        """Return the course of a decision: its last transfer counts, as steps are made of it."""
        transfers = (each for each in reversed(actions) if not isinstance(each, SendMessage))
        match next(transfers, None):
            case TransferToSkill(skill_id, skill_name):
                place = self._to_skill(skill_id, skill_name)
            case TransferToAgent(user_id, skill_id, login_name, skill_name):
                place = self._to_agent(user_id, login_name) or self._to_skill(skill_id, skill_name)
            case _:
                place = None
        return Course(policy_id, policy, *(place or self._nobody(beginning)))

    def taken(self, course: Course, decided: Decided | None) -> Course:
        """Return the course that a conversation really took, which an agent may have refused.

        What is not on record stays as it was asked for.
        """
        for outcome in reversed(decided.outcomes if decided else ()):
            if isinstance(outcome.target, SkillTarget):
                place = self._to_skill(outcome.target.skill_id, None)
                return course if place is None else Course(course.policy_id, course.policy, *place)
            if outcome.target is not None:
                break
        return course

    def _to_skill(self, key: SkillId | None, name: str | None) -> _Place | None:
        key = key or self._skills.get(name or "")
        if key is not None:
            return "skill", key, self._skill(key)
        return ("skill", None, name) if name else None

    def _to_agent(self, spelled: str | None, login: str | None) -> _Place | None:
        spelled = spelled or self._users.get(login or "")
        if spelled is not None:
            key = self._account.user_id(spelled)
            return "agent", key, self._account.users.get(key)
        return ("agent", None, login) if login else None

    def _nobody(self, beginning: Beginning) -> _Place:
        key = self._fallback(beginning)
        return ("nowhere", None, None) if key is None else ("skill", key, self._skill(key))

    def _skill(self, key: SkillId | None) -> str | None:
        return self._account.skills.get(key or "")

    def _fallback(self, beginning: Beginning) -> SkillId | None:
        """Return where the fallback chain begins, which is where it ends but for refusals.

        It is the skill whose name follows ``maven:``, of the skill it rang on or else of that it
        began on, and then the account's; what the bot serves is left out.
        """
        if beginning.rang_on is None:
            return None
        skills = map(self._skill, (beginning.rang_on, beginning.entry))
        original = next(filter(None, map(maven.original, skills)), "")
        found = (self._skills.get(original), self._facts.account.fallback_skill_id)
        return next((each for each in found if each and each not in self._of_bot), None)
