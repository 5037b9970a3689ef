"""Decisions that programs ask for: the bot's own way from attributes to actions, without a ring."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import AttributeValue, Json
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.decision import Decision
from orchestrator.core.model.function import Call
from orchestrator.core.model.ids import AccountId
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.policy import answer
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy.engine import Tracing
from orchestrator.services.clock import Clock
from orchestrator.services.routing import decide, decision_ids, gather
from orchestrator.services.routing.clouds import Cloud
from orchestrator.services.routing.ports import Platform, Records, Surroundings
from orchestrator.services.routing.rulebook import Book, Rulebook
from orchestrator.services.routing.seen import Seen
from orchestrator.services.routing.sources import conversation, given
from orchestrator.services.routing.sources.conversation import Subject
from orchestrator.services.routing.sources.once import AT_ONCE, Once

MOST_AT_ONCE: Final = 1_000
"""Questions of one batch."""

IN_A_ROW: Final = 16
"""Questions of a batch before others have their turn; all that wait for something wait together."""

LONGEST_ID: Final = 1_000
"""Bytes of an id, as in the context service: not every database has longer ones in an index."""

YEARS: Final = range(1970, 9999)
"""In which rules can be asked: every zone has dates for them, and lists can be paged by them."""


class Question(msgspec.Struct, frozen=True):
    """What somebody wants decided. Everything may be left out.

    ``attributes`` are nested or have dotted keys, and win over what the conversation's platform
    says, but never over the set's own ``custom`` values. ``session_id`` is where context is looked
    up; None: the conversation. ``at`` is the clock that the rules see; None: now. With
    ``policy_id`` that policy alone is asked.
    """

    attributes: Mapping[str, Any] = {}
    conversation_id: str | None = None
    consumer_id: str | None = None
    session_id: str | None = None
    at: datetime | None = None
    policy_id: str | None = None
    tracing: Tracing = "off"
    recording: str = "on"
    """``on``, or ``off``: nothing is kept."""


class Answer(msgspec.Struct, frozen=True):
    """What was decided. ``decision_id`` None: nothing was kept of it."""

    decision: Decision
    decision_id: str | None

    def document(self) -> dict[str, Any]:
        """Return the JSON that ``decide`` prints, and the decision's id."""
        return {**answer.Decision(self.decision).document(), "decisionId": self.decision_id}


_Tried = tuple[Answer | errors.OrchestratorError, Receipt | None]


class Decisions:
    """Answers questions by the account's current rules. Carries nothing out."""

    def __init__(
        self,
        records: Records,
        surroundings: Surroundings,
        platforms: Callable[[AccountId], Platform],
        clock: Clock,
        *,
        beyond: gather.Beyond = gather.ALONE,
        seen: Seen | None = None,
        rulebook: Rulebook | None = None,
    ) -> None:
        self._records = records
        self._surroundings = surroundings
        self._platforms = platforms
        self._clock = clock
        self._beyond = beyond
        self._seen = seen
        self._ids = decision_ids.Ids()
        self._rulebook = rulebook or Rulebook(records)

    async def decide(self, actor: Actor, question: Question) -> Answer:
        """Decide once. An attribute that cannot be fetched makes its policy an error, no more.

        Raises `errors.BadInput` for a clock without an offset or beyond `YEARS`, for ids that are
        too long and attributes that are no JSON,
        `errors.NotFound` for an unknown ``policy_id``, and `errors.Unavailable` when the storage
        does not answer: then nothing was kept.
        """
        book = await self._book(actor)
        decision, receipt = await self._answer(actor, question, book)
        if receipt is None:
            return Answer(decision, None)
        await self._records.keep([receipt], now=self._clock.now())
        self._note([receipt])
        return Answer(decision, receipt.decision_id)

    async def decide_all(
        self, actor: Actor, questions: Sequence[Question | errors.OrchestratorError]
    ) -> list[Answer | errors.OrchestratorError]:
        """Decide each by the same rules, in order; what is wrong with one costs that one alone.

        A question that could not even be read may stand in its place as an error, and comes back.
        Raises `errors.BadInput` for more than `MOST_AT_ONCE`, else as the storage does.
        """
        if len(questions) > MOST_AT_ONCE:
            raise errors.BadInput(f"A batch has at most {MOST_AT_ONCE:,} questions.")
        book = await self._book(actor)
        trials: list[asyncio.Task[_Tried]] = []
        async with asyncio.TaskGroup() as together:  # whoever waits for a function holds up nobody
            for number, question in enumerate(questions):
                trials.append(together.create_task(self._tried(actor, question, book)))
                if number % IN_A_ROW == IN_A_ROW - 1:
                    await asyncio.sleep(0)  # a long batch must not keep a bot from its rings
        found = [trial.result() for trial in trials]
        kept = [receipt for _, receipt in found if receipt is not None]
        if kept:
            await self._records.keep(kept, now=self._clock.now())
            self._note(kept)
        return [answer for answer, _ in found]

    async def _book(self, actor: Actor) -> Book:
        return await self._rulebook.of(actor.account, await self._records.rules(actor.account))

    async def _tried(
        self, actor: Actor, question: Question | errors.OrchestratorError, book: Book
    ) -> _Tried:
        if isinstance(question, errors.OrchestratorError):
            return question, None
        try:
            decision, receipt = await self._answer(actor, question, book)
        except errors.OrchestratorError as error:
            return error, None
        return Answer(decision, receipt.decision_id if receipt else None), receipt

    async def _answer(
        self, actor: Actor, question: Question, book: Book
    ) -> tuple[Decision, Receipt | None]:
        _demand_ids(question)
        at = _moment(question, self._clock)
        compiled = book.compiled
        if question.policy_id is not None:
            compiled = compiler.only(compiled, question.policy_id)
            if not compiled.policies:
                raise errors.NotFound("There is no policy with this id.", path="policyId")
        subject = Subject(
            actor.account, question.conversation_id, question.consumer_id, question.session_id
        )
        sources = _Lazily(lambda: self._gatherer(subject, question, compiled, at))
        at_hand = _at_hand(subject, question.attributes, now=at)
        if question.recording == "off" and question.tracing == "off":
            # Nobody will ask what was read. An attribute that is no JSON may be one that does not
            # matter: then it is decided once more, looking only at what does.
            with contextlib.suppress(errors.BadInput):
                decision, _ = await decide.decide(compiled, sources, at=at, given=at_hand)
                return decision, None
        decision, readings = await decide.decide(
            compiled, sources, at=at, tracing=question.tracing, at_hand=at_hand
        )
        if question.recording == "off":
            return decision, None
        receipt = Receipt(
            decision_id=self._ids.new(self._clock.now()),
            account=actor.account,
            conversation_id=question.conversation_id or "",
            at=at,
            version=book.rules.version,
            number=book.rules.number,
            readings=decide.read(readings),
            policy_id=decision.policy_id,
            policy_name=decision.policy_name,
            no_match_reason=decision.no_match_reason,
            actions=decision.actions,
            warnings=book.warnings,
            asked_by=actor.who,
            consumer_id=question.consumer_id,
            only_policy=question.policy_id,
            calls=sources.calls,
        )
        return decision, receipt

    def _gatherer(
        self, subject: Subject, question: Question, compiled: compiler.CompiledSet, at: datetime
    ) -> gather.Gatherer:
        cloud = Cloud(subject.account, self._surroundings, self._platforms)

        async def find() -> Conversation | None:
            return await cloud.conversation(subject.conversation_id or "")

        return gather.gatherer(
            subject,
            cloud,
            find,
            rules=compiled,
            asked=Once(self._clock, AT_ONCE),
            now=at,
            first_message_wait=timedelta(),
            beyond=self._beyond,
            given=question.attributes,
        )

    def _note(self, receipts: Sequence[Receipt]) -> None:
        if self._seen is not None:
            now = self._clock.now()
            for receipt in receipts:
                self._seen.note(receipt, now=now)


def _moment(question: Question, clock: Clock) -> datetime:
    if question.at is None:
        return clock.now()
    if question.at.utcoffset() is None:
        raise errors.BadInput("The clock must say its offset from UTC, such as Z.", path="at")
    with contextlib.suppress(OverflowError):
        at = question.at.astimezone(UTC)
        if at.year in YEARS:
            return at
    raise errors.BadInput(f"The clock must be in {YEARS[0]} to {YEARS[-1]}.", path="at")


def _demand_ids(question: Question) -> None:
    ids = {
        "conversationId": question.conversation_id,
        "consumerId": question.consumer_id,
        "sessionId": question.session_id,
    }
    for path, named in ids.items():
        if named is not None and len(named.encode(errors="replace")) > LONGEST_ID:
            raise errors.BadInput(f"{path} may have {LONGEST_ID:,} bytes at most.", path=path)


class _Lazily:
    """A gatherer that is built when something has to be fetched, which most often nothing has."""

    def __init__(self, build: Callable[[], gather.Gatherer]) -> None:
        self._build = build
        self._built: gather.Gatherer | None = None

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name, as `gather.Gatherer.fetch`."""
        if self._built is None:
            self._built = self._build()
        return await self._built.fetch(names)

    @property
    def calls(self) -> tuple[Call, ...]:
        """What functions cost."""
        return () if self._built is None else tuple(self._built.calls)


def _at_hand(subject: Subject, said: Mapping[str, Json], *, now: datetime) -> decide.AtHand:
    """Return what reads the caller's attributes, then the ids: as the gatherer's sources would."""
    caller = given.caller(said)

    def read(name: str) -> AttributeValue | None:
        return caller(name) or conversation.at_hand(subject, name, now=now)

    return read
