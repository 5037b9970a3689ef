"""What happened to each conversation, held against what should have, and counted."""

import collections
import math
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from orchestrator.simulator import expected, seed
from orchestrator.simulator.visit import Visit

KEPT: Final = 200
"""Cases kept for showing; the counts go on."""
_MEASURED: Final = 10_000
"""Latencies kept for percentiles, the newest."""

_SERVES: Final = {agent.login: agent.skills for agent in seed.AGENTS}
_SERVED: Final = {skill for skills in _SERVES.values() for skill in skills} | _SERVES.keys()
"""Where somebody of the seed answers."""


class Decided(msgspec.Struct, frozen=True):
    """What the server recorded: the policy that won (None: none), why, and where it sent it.

    ``target`` is a skill's name or an agent's login; ``why`` one sentence. ``version`` is that of
    the policies.
    """

    policy: str | None
    why: str
    target: str
    version: int = 0


class Case(msgspec.Struct, frozen=True):
    """One conversation: seen from outside, as decided, and as it should be decided.

    ``shaken``: the server was away meanwhile, so agents were as well, and others may have taken it.
    ``changed``: somebody has changed the policies, so only they can say where it should go. What
    the customer saw must be what was decided, in both.
    """

    visit: Visit
    expected: expected.Expected
    decided: Decided | None = None
    shaken: bool = False
    changed: bool = False

    @property
    def state(self) -> Literal["open", "right", "wrong"]:
        """Whether it ended as expected; open while that cannot be said."""
        if self.visit.stage not in ("ended", "given-up") or self.decided is None:
            return "open"
        return "wrong" if self.mistakes() else "right"

    def mistakes(self) -> list[str]:
        """Return how the conversation differs from what was expected, a phrase each."""
        visit, decided, wanted = self.visit, self.decided, self._wanted()
        found: list[str] = []
        if decided is None:
            found.append("no decision was recorded")
        elif decided.policy != wanted.policy:
            found.append(f"policy {_named(decided.policy)} instead of {_named(wanted.policy)}")
        if decided is not None and decided.target != wanted.target:
            found.append(f"went to {decided.target} instead of {wanted.target}")
        if visit.agent is None:
            if not self.changed or wanted.target in _SERVED:
                found.append("nobody answered")
        elif wanted.target in _SERVES:
            if visit.agent != wanted.target:
                found.append(f"{visit.agent} answered instead of {wanted.target}")
        else:
            if visit.skill != wanted.target:
                found.append(f"the customer saw it under {visit.skill}, not {wanted.target}")
            if wanted.target not in _SERVES.get(visit.agent, ()):
                found.append(f"{visit.agent} answered, who does not serve {wanted.target}")
        return found

    def _wanted(self) -> expected.Expected:
        """Return what is expected once it is known under which circumstances it was decided."""
        if self.decided is None or not (self.shaken or self.changed):
            return self.expected
        policy = self.decided.policy if self.changed else self.expected.policy
        return expected.Expected(policy, self.decided.target)


class Totals(msgspec.Struct, frozen=True):
    """Counts of conversations so far; percentiles in milliseconds, None before the first."""

    begun: int
    finished: int
    waiting: int
    lost: int
    """Those whom nobody answered."""
    matched: int
    fell_back: int
    wrong: int
    kills: int
    """How often the server died on the way."""
    changed: int
    """Those that other policies decided than those of the beginning."""
    p50: float | None
    p95: float | None
    wins: tuple[tuple[str, int], ...]
    """Policies and how often they won, in the order of the rules."""


class Ledger:
    """Every conversation of a day, the newest last; long days are forgotten but counted."""

    def __init__(self, policies: Sequence[str]) -> None:
        self._policies = tuple(policies)
        self._cases: collections.OrderedDict[str, Case] = collections.OrderedDict()
        self._counts: collections.Counter[str] = collections.Counter()
        self._wins: collections.Counter[str | None] = collections.Counter()
        self._milliseconds: collections.deque[float] = collections.deque(maxlen=_MEASURED)
        self._is_shaking = False
        self._is_back = True
        self.wrong: list[Case] = []
        self.version = 0
        """The version of the policies that are expected to decide."""
        self.staffed: Callable[[], bool] = _always
        """Whether all agents are there, who come back one by one after the server."""

    def turn(self, turn: Literal["down", "up"]) -> None:
        """Note that the server is away: what is under way, and what comes until all are back."""
        self._is_back = turn == "up"
        if turn == "down":
            self._is_shaking = True
            self._counts["kills"] += 1
            for key, case in self._cases.items():
                if case.state == "open":
                    self._cases[key] = msgspec.structs.replace(case, shaken=True)

    def see(self, visit: Visit) -> Case:
        """Note a visit's new stage and return the case."""
        before = self._cases.get(visit.conversation_id)
        if before is None:
            self._counts["begun"] += 1
            self._is_shaking = self._is_shaking and not (self._is_back and self.staffed())
            case = Case(visit, expected.of(visit.facts), shaken=self._is_shaking)
        else:
            case = msgspec.structs.replace(before, visit=visit)
        was_moved = before is not None and before.visit.milliseconds is not None
        if visit.milliseconds is not None and not was_moved:
            self._counts["moved"] += 1
            self._milliseconds.append(visit.milliseconds)
        return self._keep(case)

    def decide(self, conversation_id: str, decided: Decided | None) -> Case:
        """Note what the server decided; None when it recorded nothing in time."""
        case = self._cases[conversation_id]
        if case.decided is None and decided is not None:
            self._wins[decided.policy] += 1
        changed = decided is not None and decided.version != self.version
        return self._keep(msgspec.structs.replace(case, decided=decided, changed=changed))

    def close(self, conversation_id: str) -> Case:
        """Count a conversation that is over, and return it."""
        case = self._cases[conversation_id]
        self._counts["finished"] += 1
        self._counts["lost"] += case.visit.agent is None
        self._counts["changed"] += case.changed
        if case.mistakes():
            self.wrong.append(case)
        return case

    def newest(self, limit: int) -> list[Case]:
        """Return the newest cases, the newest first."""
        return list(reversed(self._cases.values()))[:limit]

    def totals(self) -> Totals:
        """Return the counts."""
        ordered = sorted(self._milliseconds)
        return Totals(
            begun=self._counts["begun"],
            finished=self._counts["finished"],
            waiting=self._counts["begun"] - self._counts["moved"],
            lost=self._counts["lost"],
            matched=sum(count for policy, count in self._wins.items() if policy is not None),
            fell_back=self._wins[None],
            wrong=len(self.wrong),
            kills=self._counts["kills"],
            changed=self._counts["changed"],
            p50=percentile(ordered, 50),
            p95=percentile(ordered, 95),
            wins=tuple((policy, self._wins[policy]) for policy in self._policies),
        )

    def _keep(self, case: Case) -> Case:
        self._cases[case.visit.conversation_id] = case
        while len(self._cases) > KEPT and next(iter(self._cases.values())).state != "open":
            self._cases.popitem(last=False)
        return case


def _always() -> bool:
    return True


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return the nearest-rank percentile of numbers in ascending order; None for none."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _named(policy: str | None) -> str:
    return "none" if policy is None else f"“{policy}”"
