"""What is found after an edit: only where it can have changed anything is looked again.

How to think about it: what is found of a policy depends on its own conditions, on what is known of
the account, and on those policies whose boxes meet its own. So where no policy that came, went,
moved or changed meets it, it stays with what was found, under today's numbers: the whole would find
the same, perhaps with other attributes for a witness, and those of before still prove it.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.policy import recompile, splices
from orchestrator.core.policy.analysis import gaps
from orchestrator.core.policy.analysis.examine import CHECKS
from orchestrator.core.policy.analysis.finding import Facts, Finding, Named
from orchestrator.core.policy.analysis.space import Row
from orchestrator.core.policy.analysis.study import Study
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy

MOST: Final = 20
"""So many policies may have come, gone, moved or changed; of more, all is looked at."""

MOST_MET: Final = 200
"""So many policies may be met by those; to look at more takes as long as to look at all."""

_BEFORE: Final = "before-the-edit-"


class Looked(msgspec.Struct, frozen=True):
    """A whole policy set that was looked at, and what was found."""

    policies: Document
    facts: Facts
    findings: tuple[Finding, ...]


class Edit(msgspec.Struct, frozen=True):
    """What an edit did: policies as they were before it, and the places of those it brought.

    ``found`` is what was found before it, but for what is said of the whole set.
    """

    gone: tuple[Policy, ...]
    places: tuple[int, ...]
    found: tuple[Finding, ...]


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
    found = tuple(each for each in before.findings if each.policies)
    return Edit(tuple(usable), tuple(places), found)


def check_again(
    done: Edit, policy_set: CompiledSet, *, policies: Document, facts: Facts
) -> tuple[Finding, ...] | None:
    """Return what `examine.check` finds in ``policy_set``, the compiled form of ``policies``.

    ``done`` made it of one in which something was found. None where all has to be looked at. Where
    the whole gives up (`space.MAX_ALL_LOOKS`) there may be more than it finds.
    """
    met = _met(done, policy_set, policies, facts)
    if met is None:
        return None
    study = Study(policy_set, facts)
    kept: dict[str, list[Finding]] = {}
    for each in done.found:
        kept.setdefault(each.policies[0].id, []).append(each)
    numbers = {policy.id: at + 1 for at, policy in enumerate(policy_set.policies)}
    found: list[Finding] = []
    for at, policy in enumerate(policy_set.policies):
        if at in met:
            found += [finding for examine in CHECKS for finding in examine(study, at)]
        else:
            found += [_renumbered(each, numbers) for each in kept.get(policy.id, ())]
    return (*found, *gaps.gap(study))


def _renumbered(finding: Finding, numbers: Mapping[str, int]) -> Finding:
    """Return a finding with the numbers that its policies have now."""
    named = tuple(Named(numbers[each.id], each.id, each.name) for each in finding.policies)
    if named == finding.policies:
        return finding
    now = {str(old): str(new) for old, new in zip(finding.policies, named, strict=True)}
    called = re.compile("|".join(f"[Pp]{re.escape(each[1:])}" for each in now))

    def renamed(said: re.Match[str]) -> str:
        new = now[said[0][:1].lower() + said[0][1:]]
        return said[0][:1] + new[1:]

    message = called.sub(renamed, finding.message)
    return msgspec.structs.replace(finding, policies=named, message=message)


def _met(
    done: Edit, policy_set: CompiledSet, policies: Document, facts: Facts
) -> frozenset[int] | None:
    """Return the places of policies whose boxes an edited one meets, or met before; its own too."""
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
    few = itertools.islice(_meeting(study, rows, len(policies.policies)), MOST_MET + 1)
    met = frozenset((*done.places, *few))
    return met if len(met) <= MOST_MET else None


def _meeting(study: Study, rows: Sequence[Row], number: int) -> Iterator[int]:
    for at in range(number):
        for part in study.parts[at]:
            if part.rows is None or any(
                _meets(study, mine, row) for row in part.rows for mine in rows
            ):
                yield at
                break


def _meets(study: Study, one: Row, other: Row) -> bool:
    """Whether something may satisfy both rows."""
    return all(
        study.space.of(one, dimension).may & study.space.of(other, dimension).may
        for dimension in one.by_dimension
        if dimension in other.by_dimension
    )
