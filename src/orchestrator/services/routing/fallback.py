"""Where a conversation goes that no policy sends anywhere, or that its target did not take.

The chain is: the original skill of a ``maven:{skill}`` conversation, then the account's fallback
skill, then staying with the bot. Source: LivePerson's set-up guide, for what comes in on
``maven:Billing`` and is executed by no policy goes to ``Billing``.
"""

from collections.abc import Awaitable
from typing import TypeVar

from orchestrator.core.model import errors, maven
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.ids import SkillId
from orchestrator.core.model.step import Origin, SkillTarget
from orchestrator.services.routing import retry
from orchestrator.services.routing.ports import Platform

T = TypeVar("T")


async def chain(
    platform: Platform,
    conversation: Conversation,
    *,
    rang_on: SkillId | None,
    account_fallback: SkillId | None,
    attempts: int = 0,
) -> list[SkillTarget]:
    """Return the places to try, best first.

    The skill it rang on decides if it is ``maven:…``, else its entry skill if that is. Skills that
    the bot itself serves are left out: the conversation would only come back. What the platform
    refuses to say is passed over, and after many ``attempts`` so is what it does not answer; before
    that its errors are raised.
    """
    asking = _Asking(attempts)
    found: list[tuple[SkillId, Origin]] = []
    original = await _original(platform, conversation, rang_on, asking=asking)
    if original is not None:
        skill = await asking.told(platform.skill_id(original))
        if skill is not None:
            found.append((skill, "originalSkill"))
    if account_fallback is not None:
        found.append((account_fallback, "accountFallback"))
    own = await asking.told(platform.own_skills()) or frozenset[SkillId]()
    return [SkillTarget(skill, origin) for skill, origin in found if skill not in own]


async def _original(
    platform: Platform,
    conversation: Conversation,
    rang_on: SkillId | None,
    *,
    asking: "_Asking",
) -> str | None:
    if rang_on is not None:
        name = maven.original(await asking.told(platform.skill_name(rang_on)))
        if name is not None:
            return name
    # Only now does the entry skill matter, and only now is history asked for it.
    past = await asking.told(platform.past(conversation))
    entry = (past.entry_skill_id if past else None) or conversation.entry_skill_id
    if entry == rang_on:
        return None
    return maven.original(await asking.told(platform.skill_name(entry)))


class _Asking:
    """How patiently the platform is asked, for the chain goes on behind what it does not say."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts

    async def told(self, question: Awaitable[T]) -> T | None:
        """Return the answer, or None where there will be none."""
        try:
            return await question
        except errors.OrchestratorError as error:
            may_come = retry.verdict(error) == "again"
            if may_come and self._attempts < retry.CHAIN_ATTEMPTS:
                raise
            return None
