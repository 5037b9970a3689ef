"""Replaying: what a policy set would have decided by what was known then, and nothing else."""

from datetime import datetime

import msgspec

from orchestrator.core.model.decision import Decision
from orchestrator.core.policy import engine
from orchestrator.core.policy.compiled import CompiledSet
from orchestrator.core.policy.memory import Given


class Untold(msgspec.Struct, frozen=True):
    """There is no telling: it hangs on attributes that nobody asked for then.

    ``names`` are the canonical ones that the set would have asked for next: each can matter.
    """

    names: tuple[str, ...]


def decide(policy_set: CompiledSet, known: Given, *, at: datetime) -> Decision | Untold:
    """Return what ``policy_set`` decides by what is ``known``, whatever all the rest may be.

    What an unknown attribute cannot change is decided without it. Raises ValueError as
    `engine.evaluate`.
    """
    evaluation = engine.evaluate(policy_set, at=at, given=known)
    try:
        needs = next(evaluation)
    except StopIteration as end:
        return end.value
    evaluation.close()
    return Untold(needs.names)
