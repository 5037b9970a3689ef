"""Replays: recorded decisions made once more by other policies, and what came of it."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model.action import Action, SendMessage
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.policy import replay
from orchestrator.core.policy.compiled import CompiledSet
from orchestrator.core.policy.replay import Untold
from orchestrator.services.admin.courses import Course, Courses
from orchestrator.services.admin.drafts import UNSAVED
from orchestrator.services.admin.facts import Facts
from orchestrator.services.admin.ports import Reading
from orchestrator.services.admin.recalling import Recalled

_SHIFTS: Final = 50
_MOVED: Final = 100


class Shift(msgspec.Struct, frozen=True, rename="camel"):
    """Decisions with one course ``before`` that would all have the same other one ``after``."""

    before: Course
    after: Course
    decisions: int


class Moved(msgspec.Struct, frozen=True, rename="camel"):
    """One decision that would have led elsewhere; ``before`` is by the policies that decide now."""

    decision_id: str
    conversation_id: str | None
    at: datetime
    before: Course
    after: Course


class Unrecorded(msgspec.Struct, frozen=True, rename="camel"):
    """An attribute that nobody had asked for then, and the decisions that hang on it."""

    name: str
    decisions: int


class Replay(msgspec.Struct, frozen=True, rename="camel"):
    """What other policies would have changed.

    Of the ``decisions`` from ``since`` to ``until``, ``same`` would have been made in the same way;
    ``differently`` made ones lead to the same place, by another policy or with other messages;
    ``elsewhere`` ones lead to another. ``assumed`` of these hang on what is known of the customer,
    taken as it is today, for nobody had asked for it then. ``untold`` ones hang on other attributes
    that nobody had asked for: ``unrecorded``, the most frequent first. ``has_older`` says that the
    period has more, which were not looked at. ``shifts`` sum up those that lead elsewhere, and
    ``moved`` are the newest of them: none for somebody who may not read conversations.
    ``is_switched_on`` says that a draft is off and was tried as if it were on.
    """

    since: datetime
    until: datetime
    decisions: int
    same: int
    differently: int
    elsewhere: int
    assumed: int
    untold: int
    unrecorded: tuple[Unrecorded, ...]
    shifts: tuple[Shift, ...]
    moved: tuple[Moved, ...]
    has_older: bool = False
    is_switched_on: bool = False


class Sides(msgspec.Struct, frozen=True):
    """The two that are compared: the policies that decide ``now``, and others ``instead``."""

    now: CompiledSet
    instead: CompiledSet


class _Made(msgspec.Struct, frozen=True):
    """A decision by one of the sides."""

    policy_id: str | None
    policy: str | None
    actions: Sequence[Action]
    is_assumed: bool = False

    @property
    def messages(self) -> list[str]:
        """What is said."""
        return [each.message for each in self.actions if isinstance(each, SendMessage)]


class Trial:
    """Makes decisions once more, by both sides, and counts. Plain calls, where the rows are."""

    def __init__(self, sides: Sides, seen: Facts, *, functions: Collection[str]) -> None:
        self._sides = sides
        self._seen = seen
        self._functions = functions
        self._courses = Courses(seen)
        self._counts: Counter[str] = Counter()
        self._unrecorded: Counter[str] = Counter()
        self._shifts: Counter[tuple[Course, Course]] = Counter()
        self._moved: list[Moved] = []

    def add(self, rows: Reading, receipt: Receipt) -> None:
        """Make one decision once more.

        One in which the policies had no say (the conversation had come back too often), or only one
        of them, is passed over.
        """
        if receipt.hop_limited or receipt.only_policy is not None:
            return
        recalled = Recalled(rows, receipt, self._seen, functions=self._functions)
        if receipt.version == self._sides.now.version:
            now: _Made | Untold = _Made(receipt.policy_id, receipt.policy_name, receipt.actions)
        else:
            now = self._decide(self._sides.now, recalled, receipt)
        instead = self._decide(self._sides.instead, recalled, receipt)
        if isinstance(now, Untold) or isinstance(instead, Untold):
            self._counts["untold"] += 1
            for untold in (now, instead):
                if isinstance(untold, Untold):
                    self._unrecorded.update(untold.names)
                    break
            return
        before, after = self._course(recalled, now), self._course(recalled, instead)
        if before.way == "agent" and before.end != after.end and now.actions == receipt.actions:
            before = self._courses.taken(before, rows.decided(receipt.account, receipt.decision_id))
        self._counts["assumed"] += now.is_assumed or instead.is_assumed
        if before.end != after.end:
            self._move(receipt, before, after)
        elif now.policy_id != instead.policy_id or now.messages != instead.messages:
            self._counts["differently"] += 1
        else:
            self._counts["same"] += 1

    def _decide(
        self, policy_set: CompiledSet, recalled: Recalled, receipt: Receipt
    ) -> _Made | Untold:
        """Decide by what was known then; where that is not enough, by the customer of today."""
        found = replay.decide(policy_set, recalled.then, at=receipt.at)
        is_assumed = isinstance(found, Untold)
        if is_assumed:
            found = replay.decide(policy_set, recalled.today, at=receipt.at)
        if isinstance(found, Untold):
            return found
        return _Made(found.policy_id, found.policy_name, found.actions, is_assumed)

    def _move(self, receipt: Receipt, before: Course, after: Course) -> None:
        self._counts["elsewhere"] += 1
        self._shifts[before, after] += 1
        if len(self._moved) < _MOVED:
            told = receipt.conversation_id or None
            self._moved.append(Moved(receipt.decision_id, told, receipt.at, before, after))

    def _course(self, recalled: Recalled, made: _Made) -> Course:
        saved = None if made.policy_id == UNSAVED else made.policy_id
        return self._courses.of(recalled, made.actions, policy_id=saved, policy=made.policy)

    def told(self, since: datetime, until: datetime) -> Replay:
        """Return what came of it so far."""
        return Replay(
            since=since,
            until=until,
            decisions=self._counts.total() - self._counts["assumed"],
            same=self._counts["same"],
            differently=self._counts["differently"],
            elsewhere=self._counts["elsewhere"],
            assumed=self._counts["assumed"],
            untold=self._counts["untold"],
            unrecorded=tuple(Unrecorded(*each) for each in self._unrecorded.most_common(_SHIFTS)),
            shifts=tuple(
                Shift(before, after, count)
                for (before, after), count in self._shifts.most_common(_SHIFTS)
            ),
            moved=tuple(self._moved),
        )
