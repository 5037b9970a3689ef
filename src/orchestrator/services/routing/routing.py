"""The product, in two functions: answer a ring, perform a step."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.ids import UNASSIGNED_SKILL, SkillId
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import (
    AgentTarget,
    Outcome,
    Refusal,
    Result,
    Say,
    SkillTarget,
    Step,
    Target,
    Transfer,
)
from orchestrator.services.clock import Clock
from orchestrator.services.routing import decide, fallback, gather, plan, retry
from orchestrator.services.routing.ports import Claim, Departure, Platform, Records
from orchestrator.services.routing.rulebook import Rulebook
from orchestrator.services.routing.seen import Seen
from orchestrator.services.routing.sources.conversation import Subject
from orchestrator.services.routing.sources.once import PATIENT, Once

HOP_LIMIT: Final = 5
"""Decisions for one conversation within an hour before only the fallback chain is left."""

UNDECIDED_LONGEST: Final = timedelta(minutes=5)
"""After so long no first message is waited for: a platform that is lost again and again, each time
within the wait, must not keep anybody with the bot for ever."""

_WENT: Final[Mapping[type, Result]] = {
    AgentTarget: "TRANSFERRED_TO_AGENT",
    SkillTarget: "TRANSFERRED_TO_SKILL",
}

_log = structlog.get_logger(__name__)


class RetryAt(msgspec.Struct, frozen=True):
    """The step was postponed; it is pending until ``moment`` at least.

    ``attempts`` is how often it has been begun by now: an attempt that found the platform away
    before anything was asked of it is none.
    """

    moment: datetime
    attempts: int


class Done(msgspec.Struct, frozen=True):
    """The step is over; its outcome is recorded."""

    outcome: Outcome


class Routing:
    """Answers arrivals and performs steps. Safe to repeat: claims and step ids make it so."""

    def __init__(
        self,
        records: Records,
        platforms: Callable[[str], Platform],
        clock: Clock,
        *,
        beyond: gather.Beyond = gather.ALONE,
        seen: Seen | None = None,
        rulebook: Rulebook | None = None,
    ) -> None:
        self._records = records
        self._platforms = platforms
        self._clock = clock
        self._beyond = beyond
        self._seen = seen
        self._rulebook = rulebook or Rulebook(records)

    async def answer(self, arrival: Arrival) -> Sequence[Step]:
        """Claim, accept, decide and record one arrival; return the steps to perform.

        Empty when the arrival is decided already or the ring was over. Raises
        `errors.Unavailable` (platform or storage away): the claim stands, and the arrival is to be
        answered again.
        """
        claim = await self._records.claim(await self._dated(arrival), now=self._clock.now())
        if claim is None:
            return ()
        platform = self._platforms(arrival.account)
        try:
            conversation = await platform.take(arrival)
        except errors.OrchestratorError as error:
            if retry.verdict(error) == "again":
                raise
            await self._records.withdraw(claim, reason=error.message, now=self._clock.now())
            return ()
        now = self._clock.now()
        receipt, steps = await self._decide(claim, conversation, platform, now=now)
        try:
            since = conversation.changed_at
            await self._records.record(
                claim, receipt, steps, assigned_at=since, now=self._clock.now()
            )
        except errors.Conflict:  # somebody was told of it twice, and was faster
            return ()
        if self._seen is not None:
            self._seen.note(receipt, now=now)
        _log.info(
            "routing.decided",
            account=arrival.account,
            conversation=arrival.conversation_id,
            policy=receipt.policy_id,
            version=receipt.number,
            milliseconds=round((self._clock.now() - now).total_seconds() * 1000, 1),
        )
        return steps

    async def perform(self, step: Step, *, failures: int = 0) -> Done | RetryAt:
        """Do one step once and record what became of it, or note when to try again.

        Before anything is repeated, the platform is asked whether it happened. ``failures`` in a
        row, since the platform was last known to be there, lengthen the pause before the next.
        Raises `errors.Unavailable` when nothing could be recorded; perform the step again then,
        as one that was begun.
        """
        begun = step.attempts
        try:
            platform = self._platforms(step.account)
            conversation = await platform.mine(step.conversation_id)
            await self._records.begin(step, now=self._clock.now())
            begun += 1
            if conversation is None:
                return await self._finish(step, await self._gone(platform, step))
            match step.work:
                case Say(text):
                    outcome = await self._say(platform, step, text)
                case Transfer() as transfer:
                    outcome = await self._transfer(platform, conversation, step, transfer)
        except errors.OrchestratorError as error:
            return await self._later(step, error, begun=begun, failures=failures)
        return await self._finish(step, outcome)

    async def _dated(self, arrival: Arrival) -> Arrival:
        """Ask the platform since when the bot has a conversation that did not ring."""
        if arrival.ring_id is not None or arrival.assigned_at is not None:
            return arrival
        platform = self._platforms(arrival.account)
        conversation = await platform.mine(arrival.conversation_id)
        if conversation is None:
            return arrival
        past = await platform.past(conversation)
        return msgspec.structs.replace(arrival, assigned_at=past.assigned_at)

    async def _decide(
        self, claim: Claim, conversation: Conversation, platform: Platform, *, now: datetime
    ) -> tuple[Receipt, list[Step]]:
        rules = await self._records.rules(claim.account)
        rang_on = claim.skill_id or conversation.skill_id
        conversation = msgspec.structs.replace(conversation, skill_id=rang_on)
        if claim.hops >= HOP_LIMIT:
            receipt = decide.hop_limited(conversation, rules=rules, at=now)
            _log.warning("routing.hop-limit", conversation=conversation.conversation_id)
        else:
            is_overdue = now - claim.opened_at > UNDECIDED_LONGEST
            book = await self._rulebook.of(claim.account, rules)
            rules = book.rules
            gatherer = gather.gatherer(
                Subject(
                    conversation.account, conversation.conversation_id, conversation.consumer_id
                ),
                platform,
                conversation,
                rules=book.compiled,
                asked=Once(self._clock, PATIENT),
                now=now,
                first_message_wait=timedelta() if is_overdue else rules.first_message_wait,
                beyond=self._beyond,
            )
            decision, readings = await decide.decide(book.compiled, gatherer, at=now)
            receipt = decide.receipt(
                conversation, decision, readings, rules=rules, at=now, warnings=book.warnings
            )
            if gatherer.calls:
                receipt = msgspec.structs.replace(receipt, calls=tuple(gatherer.calls))
        return receipt, plan.steps(receipt)

    async def _say(self, platform: Platform, step: Step, text: str) -> Outcome:
        if step.attempts and await platform.said(step.conversation_id, step_id=step.step_id):
            return Outcome("SAID", self._clock.now(), reason="It had been said before.")
        try:
            await platform.say(step.conversation_id, text, step_id=step.step_id)
        except errors.OrchestratorError as error:
            if retry.verdict(error) == "again" and step.attempts + 1 < retry.SAY_ATTEMPTS:
                raise
            return Outcome("NOT_SAID", self._clock.now(), reason=error.message)
        return Outcome("SAID", self._clock.now())

    async def _transfer(
        self, platform: Platform, conversation: Conversation, step: Step, transfer: Transfer
    ) -> Outcome:
        if step.attempts and await self._has_left(platform, conversation, step):
            return await self._gone(platform, step)
        refusals: list[Refusal] = []
        async for target in self._ways_out(platform, conversation, step, transfer):
            try:
                reason = await self._go(platform, conversation, step, target)
            except errors.OrchestratorError as error:
                if retry.verdict(error) == "again":
                    raise
                reason = error.message
            if reason is None:
                return Outcome(_WENT[type(target)], self._clock.now(), target, tuple(refusals))
            refusals.append(Refusal(target, reason))
        if await self._left(platform, step) is not None:
            return await self._gone(platform, step)
        _log.warning(
            "routing.stays-with-bot",
            account=step.account,
            conversation=step.conversation_id,
            remedy="Set a fallback skill: orchestrator accounts edit --fallback-skill NAME",
        )
        return Outcome("STAYED", self._clock.now(), None, tuple(refusals))

    async def _ways_out(
        self, platform: Platform, conversation: Conversation, step: Step, transfer: Transfer
    ) -> AsyncIterator[Target]:
        """Yield the policy's targets, then, only if they did not take it, the fallback chain."""
        tried: set[str] = set()
        for target in transfer.targets:
            if isinstance(target, SkillTarget):
                tried.add(target.skill_id)
            yield target
        for target in await self._chain(platform, conversation, step):
            if target.skill_id not in tried:
                tried.add(target.skill_id)
                yield target

    async def _chain(
        self, platform: Platform, conversation: Conversation, step: Step
    ) -> Sequence[SkillTarget]:
        rules = await self._records.rules(conversation.account)
        return await fallback.chain(
            platform,
            conversation,
            rang_on=step.work.rang_on if isinstance(step.work, Transfer) else None,
            account_fallback=rules.fallback_skill_id,
            attempts=step.attempts,
        )

    async def _go(
        self, platform: Platform, conversation: Conversation, step: Step, target: Target
    ) -> str | None:
        """Return None when the conversation went to ``target``, else why it cannot."""
        conversation_id = conversation.conversation_id
        if isinstance(target, SkillTarget):
            if not target.skill_id:
                return "The policy names a skill that the account did not have."
            await platform.to_skill(conversation_id, target.skill_id)
            return None
        if target.user_id is None:
            return "The policy's agent is missing."
        obstacle = await self._obstacle(platform, target.user_id)
        if obstacle is not None:
            return obstacle
        waits_under = await self._waits_under(platform, conversation, step, target)
        await platform.to_agent(conversation_id, target.user_id, skill_id=waits_under)
        return None

    async def _waits_under(
        self,
        platform: Platform,
        conversation: Conversation,
        step: Step,
        target: AgentTarget,
    ) -> SkillId:
        """Return the skill under which a suggestion waits and to which it falls back."""
        own = await platform.own_skills()
        if target.skill_id is not None and target.skill_id not in own:
            return target.skill_id
        behind = await self._chain(platform, conversation, step)
        # LivePerson's own sample bot sends "-1" where nobody named a skill.
        return behind[0].skill_id if behind else UNASSIGNED_SKILL

    @staticmethod
    async def _obstacle(platform: Platform, user_id: str) -> str | None:
        """Return why an agent cannot take a conversation now, or None if they can."""
        status = await platform.agent_status(user_id)
        if status is None:
            return f"There is no agent {user_id}."
        if status.availability not in ("ONLINE", "OCCUPIED"):
            return f"Agent {user_id} is {status.availability.lower().replace('_', ' ')}."
        if status.free is not None and status.free <= 0:
            return f"Agent {user_id} is at capacity."
        return None

    async def _gone(self, platform: Platform, step: Step) -> Outcome:
        """Return the outcome of a step whose conversation is not the bot's any more.

        After a lost answer, or a crash in mid-transfer, this is how its success shows.
        """
        if not step.attempts or not isinstance(step.work, Transfer):
            return Outcome("GONE", self._clock.now(), reason="It is not the bot's any more.")
        departure = await self._left(platform, step)
        target = None if departure is None else await self._meant(step, step.work, departure)
        return Outcome(
            "GONE" if target is None else _WENT[type(target)],
            self._clock.now(),
            target,
            reason="It left the bot in an attempt before.",
        )

    async def _has_left(self, platform: Platform, conversation: Conversation, step: Step) -> bool:
        """Whether an attempt before took it away, which the socket has not told."""
        departure = await self._left(platform, step)
        # History may be late and know only how it left the last time that it was here.
        return departure is not None and (
            departure.at is None or departure.at >= conversation.changed_at
        )

    async def _left(self, platform: Platform, step: Step) -> Departure | None:
        """Return how it left by history, None where that is not known, or not to be found out."""
        try:
            return await platform.departure(step.conversation_id)
        except errors.OrchestratorError as error:
            if retry.verdict(error) == "again" and step.attempts < retry.CHAIN_ATTEMPTS:
                raise
            return None

    async def _meant(self, step: Step, transfer: Transfer, departure: Departure) -> Target | None:
        """Return the target of the step where the conversation went."""
        for target in transfer.targets:
            if isinstance(target, AgentTarget):
                if target.user_id is not None and target.user_id == departure.user_id:
                    return target
            elif departure.user_id is None and target.skill_id == departure.skill_id:
                return target
        if departure.skill_id is None or departure.user_id is not None:
            return None
        rules = await self._records.rules(step.account)
        is_fallback = departure.skill_id == rules.fallback_skill_id
        return SkillTarget(
            departure.skill_id, "accountFallback" if is_fallback else "originalSkill"
        )

    async def _finish(self, step: Step, outcome: Outcome) -> Done:
        await self._records.finish(step, outcome)
        _log.info(
            "routing.performed",
            conversation=step.conversation_id,
            step=step.step_id,
            result=outcome.result,
        )
        return Done(outcome)

    async def _later(
        self, step: Step, error: errors.OrchestratorError, *, begun: int, failures: int
    ) -> RetryAt:
        until = self._clock.now() + retry.pause(failures + 1)
        await self._records.postpone(step, until=until, reason=error.message)
        _log.warning(
            "routing.postponed",
            conversation=step.conversation_id,
            step=step.step_id,
            until=until.isoformat(),
            reason=error.message,
        )
        return RetryAt(until, begun)
