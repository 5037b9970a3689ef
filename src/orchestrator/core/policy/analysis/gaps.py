"""What no policy wants, so that it goes to the fallback: said once of a set."""

import itertools
from collections.abc import Iterator

from orchestrator.core.policy import reasons
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.leaves import Dimension
from orchestrator.core.policy.analysis.space import Box, Covered, Part, Reached
from orchestrator.core.policy.analysis.study import Study
from orchestrator.core.policy.analysis.witness import Witness

_SHOWN = 6
"""A witness of more attributes than that tells people nothing."""
_NAMED = 2
"""So many of them are in the message; the proof stands beside it."""


def gap(study: Study) -> Iterator[Finding]:
    """Find attributes that match no policy; nothing where the policies are proved to take all."""
    enabled = [policy for policy in study.policy_set.policies if policy.enabled]
    if not enabled:
        return
    place = (len(study.policy_set.policies), 0)
    nothing: Box = {}
    for box in (_typical(study), nothing):
        found = study.space.cover(Part(box, study.space.everything), before=place)
        if isinstance(found, Covered) and not box:
            return
        point = found.point if isinstance(found, Reached) else {}
        within = {each: 1 << at for each, at in point.items()}
        for witness in study.trials.candidates((), within):
            if study.trials.winner(witness) is None:
                yield study.finding("gap", [], _message(witness), witness)
                return
            break


def _typical(study: Study) -> Box:
    """Return the attributes that most policies ask for, none of them missing."""
    often: dict[Dimension, int] = {}
    for parts in study.parts:
        for part in parts:
            for row in part.rows or ():
                for dimension in row.by_dimension:
                    if isinstance(dimension, str) and study.reader.memory.get(dimension) is None:
                        often[dimension] = often.get(dimension, 0) + 1
    first = sorted(often, key=lambda each: (-often[each], str(each)))[:_SHOWN]
    return {each: study.space.typical(each) & ~(1 << study.space.missing(each)) for each in first}


def _message(witness: Witness) -> str:
    """Name the first attributes of the witness."""
    known = [
        f"`{reasons.short(name)}` is {reasons.quoted(value)}"
        for name, value in itertools.islice(witness.attributes.items(), _NAMED)
    ]
    if len(witness.attributes) > _NAMED:
        known.append("and so on")
    when = f"when {', '.join(known)}" if known else "when no attribute is known"
    return f"no policy matches {when}: the conversation goes to the fallback"
