"""What is to be done about one conversation, and what became of it."""

from datetime import datetime
from typing import Literal

import msgspec

from orchestrator.core.model.ids import AccountId, ConversationId, SkillId, UserId

Origin = Literal["policy", "actionFallback", "originalSkill", "accountFallback"]
"""Who named a target: the policy, its action's fallback skill, ``maven:…``, or the account."""


class SkillTarget(msgspec.Struct, frozen=True, tag="skill"):
    """A place to go: the queue of a skill."""

    skill_id: SkillId
    origin: Origin


class AgentTarget(msgspec.Struct, frozen=True, tag="agent"):
    """A place to go: one agent. ``skill_id`` is the action's fallback skill, None without one."""

    user_id: UserId | None
    skill_id: SkillId | None
    origin: Origin


Target = SkillTarget | AgentTarget


class Say(msgspec.Struct, frozen=True, tag="say"):
    """Say ``text`` to the consumer, once."""

    text: str


class Transfer(msgspec.Struct, frozen=True, tag="transfer"):
    """Hand the conversation to the first of ``targets`` that can take it.

    Behind them comes the fallback chain, looked up only when it is needed; ``rang_on`` is the skill
    on which the conversation rang, which the chain begins with.
    """

    targets: tuple[Target, ...]
    rang_on: SkillId | None = None


Work = Say | Transfer


class Step(msgspec.Struct, frozen=True):
    """One piece of work of a decision. ``step_id`` makes repeating it harmless."""

    step_id: str
    account: AccountId
    conversation_id: ConversationId
    decision_id: str
    position: int
    work: Work
    attempts: int = 0
    """How often it was begun: above 0 after a crash or a failure, and then the platform is asked
    first whether it happened."""


Result = Literal[
    "SAID", "TRANSFERRED_TO_SKILL", "TRANSFERRED_TO_AGENT", "STAYED", "GONE", "NOT_SAID"
]


class Refusal(msgspec.Struct, frozen=True):
    """A target that could not take the conversation, and why."""

    target: Target
    reason: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of a step.

    ``STAYED``: nobody could take it, the bot keeps it. ``GONE``: the conversation had left the bot
    before (closed, or taken over). ``NOT_SAID``: the message was given up, the transfer goes on.
    """

    result: Result
    at: datetime
    target: Target | None = None
    refusals: tuple[Refusal, ...] = ()
    reason: str | None = None
