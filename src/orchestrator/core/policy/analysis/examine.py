"""The two ways to ask: a whole policy set, or the one policy that somebody edits."""

from collections.abc import Callable, Iterator
from typing import Final

from orchestrator.core.policy.analysis import alone, gaps, names, sendings, shadows, typed
from orchestrator.core.policy.analysis.finding import NOTHING_KNOWN, Facts, Finding
from orchestrator.core.policy.analysis.study import Study
from orchestrator.core.policy.compile import CompiledSet

Check = Callable[[Study, int], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    alone.impossible,
    shadows.shadowed,
    typed.mismatched,
    names.unprovided,
    sendings.targets,
)
"""What is asked of each policy; `gaps.gap` is asked once of the set."""


def check(policy_set: CompiledSet, *, facts: Facts = NOTHING_KNOWN) -> tuple[Finding, ...]:
    """Return everything that is probably not meant in a policy set, in the order of its policies.

    Disabled policies are looked at by themselves alone. "All attributes" are all attribute sets
    that say values; what could not be fetched may still reach a policy that is called shadowed.
    """
    study = Study(policy_set, facts)
    found = [
        finding
        for at in range(len(policy_set.policies))
        for examine in CHECKS
        for finding in examine(study, at)
    ]
    return (*found, *gaps.gap(study))


def check_one(
    policy_set: CompiledSet, policy_id: str, *, facts: Facts = NOTHING_KNOWN
) -> tuple[Finding, ...]:
    """Return the findings in which one policy takes part; none if there is no such policy."""
    place = next(
        (at for at, policy in enumerate(policy_set.policies) if policy.id == policy_id), None
    )
    if place is None:
        return ()
    study = Study(policy_set, facts)
    found = [finding for examine in CHECKS for finding in examine(study, place)]
    for at in shadows.later(study, place):
        found += [
            finding
            for finding in shadows.shadowed(study, at)
            if any(named.id == policy_id for named in finding.policies)
        ]
    return tuple(found)
