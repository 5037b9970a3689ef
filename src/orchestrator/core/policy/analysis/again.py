"""What is found after an edit: only where it can have changed anything is looked again.

How to think about it: what is found of a policy depends on its own conditions, on what is known of
the account, and on those earlier policies whose boxes meet its own. So where nothing was found, and
no policy that came, went, moved or changed meets it, nothing is there to be found now. All others
are looked at as if for the first time, so that numbers, names and witnesses are those of today.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.policy import recompile, splices
from orchestrator.core.policy.analysis import alone, gaps, names, sendings, shadows, typed
from orchestrator.core.policy.analysis.examine import CHECKS, Check
from orchestrator.core.policy.analysis.finding import Facts, Finding
from orchestrator.core.policy.analysis.space import Row
from orchestrator.core.policy.analysis.study import Study
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy

MOST: Final = 20
"""So many policies may have come, gone, moved or changed; of more, all is looked at."""

FINDS: Final[Mapping[Check, frozenset[str]]] = {
    alone.impossible: frozenset({"never-matches", "contradiction"}),
    shadows.shadowed: frozenset(
        {"shadowed", "shadowed-together", "shadowed-block", "partly-shadowed", "duplicate"}
    ),
    typed.mismatched: frozenset({"type-mismatch"}),
    names.unprovided: frozenset({"unknown-attribute", "unresolved-reference"}),
    sendings.targets: frozenset({"loop", "unknown-target", "unstaffed-target", "closed-target"}),
}
"""Which codes each check tells; `gaps.gap` tells the rest."""

_OF_OTHERS: Final = frozenset({shadows.shadowed, sendings.targets})
"""Checks whose answer depends on earlier policies."""

_BEFORE: Final = "before-the-edit-"


class Looked(msgspec.Struct, frozen=True):
    """A whole policy set that was looked at, and what was found."""

    policies: Document
    facts: Facts
    findings: tuple[Finding, ...]


class Edit(msgspec.Struct, frozen=True):
    """What an edit did: policies as they were before it, and the places of those it brought.

    ``found`` are the codes of what was found before it, by the id of the policy.
    """

    gone: tuple[Policy, ...]
    places: tuple[int, ...]
    found: Mapping[str, frozenset[str]]


def edit(before: Looked, after: Document, facts: Facts) -> Edit | None:
    """Return what has changed since; None where all has to be looked at."""
    old = before.policies
    if facts != before.facts or old.custom != after.custom or old.schedules != after.schedules:
        return None
    over = splices.gaps(old.policies, after.policies)
    gone = [each for gap in over for each in old.policies[gap.old : gap.old_end]]
    places = [place for gap in over for place in range(gap.new, gap.new_end)]
    usable = [each for each in gone if isinstance(each, Policy)]
    if len(gone) + len(places) > MOST or len(usable) < len(gone):
        return None
    if any(isinstance(after.policies[place], InvalidPolicy) for place in places):
        return None
    found: dict[str, set[str]] = {}
    for each in before.findings:
        for about in each.policies[:1]:
            found.setdefault(about.id, set()).add(each.code)
    told = {identity: frozenset(codes) for identity, codes in found.items()}
    return Edit(tuple(usable), tuple(places), told)


def check_again(
    done: Edit, policy_set: CompiledSet, *, policies: Document, facts: Facts
) -> tuple[Finding, ...] | None:
    """Return what `examine.check` finds in ``policy_set``, the compiled form of ``policies``.

    ``done`` made it of one in which something was found. None where all has to be looked at.
    """
    met = _met(done, policy_set, policies, facts)
    if met is None:
        return None
    study = Study(policy_set, facts)
    found = [
        finding
        for at, policy in enumerate(policy_set.policies)
        for examine in CHECKS
        if at in done.places
        or (examine in _OF_OTHERS and at in met)
        or not FINDS[examine].isdisjoint(done.found.get(policy.id, ()))
        for finding in examine(study, at)
    ]
    return (*found, *gaps.gap(study))


def _met(
    done: Edit, policy_set: CompiledSet, policies: Document, facts: Facts
) -> frozenset[int] | None:
    """Return the places of policies whose boxes an edited one meets, or has met before."""
    gone = [
        msgspec.structs.replace(each, id=f"{_BEFORE}{number}")
        for number, each in enumerate(done.gone)
    ]
    both = msgspec.structs.replace(policies, policies=(*policies.policies, *gone))
    study = Study(recompile.recompile(policy_set, policies, both, version=_BEFORE), facts)
    edited = [*done.places, *range(len(policies.policies), len(both.policies))]
    rows: list[Row] = []
    for at in edited:
        for part in study.parts[at]:
            if part.rows is None or not all(map(study.space.is_complete, part.rows)):
                return None
            rows += part.rows
    return frozenset(_meeting(study, rows, len(policies.policies)))


def _meeting(study: Study, rows: Sequence[Row], number: int) -> Iterator[int]:
    for at in range(number):
        for part in study.parts[at]:
            if part.rows is None or any(
                _meets(study, mine, row) for row in part.rows for mine in rows
            ):
                yield at


def _meets(study: Study, one: Row, other: Row) -> bool:
    """Whether something may satisfy both rows."""
    return all(
        study.space.of(one, dimension).may & study.space.of(other, dimension).may
        for dimension in one.by_dimension
        if dimension in other.by_dimension
    )
