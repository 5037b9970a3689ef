"""What earlier policies take of a later one: all of it, a block of it, or a part."""

import itertools
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.space import Box, Covered, Row
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.analysis.witness import Witness

MAX_TOLD: Final = 3
"""So many earlier policies that take a part are told of one policy."""
_TRIED: Final = 10
_NAMED: Final = 5


def shadowed(study: Study, at: int) -> Iterator[Finding]:
    """Find what is left of a policy by those before it."""
    if not study.policy_set.policies[at].enabled:
        return
    covered: list[tuple[Part, tuple[Row, ...]]] = []
    alive: list[Part] = []
    for part in study.parts[at]:
        rows = _taken(study, part)
        if rows is None:
            alive.append(part)
        elif rows:
            covered.append((part, rows))
    if covered and not alive:
        yield from _whole(study, at, covered)
        return
    for part, rows in covered:
        yield from _block(study, part, rows)
    for part in alive:
        yield from _partly(study, part)


def _taken(study: Study, part: Part) -> tuple[Row, ...] | None:
    """Return the rows that take all of a block, none if it never holds; None if it is reached."""
    if part.rows is None:
        return None
    used: list[Row] = []
    for row in part.rows:
        if study.dead(row):
            continue
        found = study.cover(row)
        if not isinstance(found, Covered):
            return None
        used += found.rows
    return tuple(used)


def _whole(
    study: Study, at: int, covered: Sequence[tuple[Part, tuple[Row, ...]]]
) -> Iterator[Finding]:
    takers = sorted({row.policy for _, rows in covered for row in rows if row.policy != at})
    wanted = study.named(at)
    witness, reached = _going_elsewhere(study, [part for part, _ in covered], at)
    if reached or not takers:
        return
    if len(takers) > 1:
        names = _listed([str(study.named(taker)) for taker in takers])
        message = f"{names} together already take everything that {wanted} would"
        yield study.finding("shadowed-together", [at, *takers], message, witness)
        return
    taker = study.named(takers[0])
    if _says(study, at) == _says(study, takers[0]):
        message = f"{wanted} says the same as {taker}, which is tried first"
        yield study.finding("duplicate", [at, takers[0]], message, witness)
        return
    message = f"{taker} already takes everything that {wanted} would"
    yield study.finding("shadowed", [at, takers[0]], message, witness)


def _block(study: Study, part: Part, rows: Sequence[Row]) -> Iterator[Finding]:
    takers = sorted({row.policy for row in rows})
    witness, reached = _going_elsewhere(study, [part], part.policy)
    if reached:
        return
    wanted = study.named(part.policy)
    own = takers == [part.policy]
    names = "its exception" if own else _listed([str(study.named(each)) for each in takers])
    what = "the exception" if part.compiled.name == "exception" else "the conditions"
    takes = "takes" if len(takers) == 1 else "together take"
    message = f"{what} of {wanted} are never reached: {names} already {takes} everything"
    if part.compiled.name == "exception":
        message = message.replace(" are never", " is never", 1)
    others = [taker for taker in takers if taker != part.policy]
    yield study.finding("shadowed-block", [part.policy, *others], message, witness)


def _going_elsewhere(study: Study, parts: Sequence[Part], at: int) -> tuple[Witness | None, bool]:
    """Return attributes that satisfy a block and go elsewhere; and whether some reached it."""
    found: Witness | None = None
    for part in parts:
        before = study.parts[at][: part.block]
        for row in (part.rows or ())[:20]:
            for witness in itertools.islice(study.satisfying(part, row), _TRIED):
                elsewhere = study.trials.winner(witness) != at or any(
                    study.trials.holds(other.compiled, witness) for other in before
                )
                if not elsewhere:
                    return None, True
                found = found or witness
    return found, False


def _partly(study: Study, part: Part) -> Iterator[Finding]:
    """Tell of earlier policies that ask for no more attributes, and take a slice of this one.

    Those that ask for more are the ordinary order of things: the special case before the rule.
    """
    told: set[int] = set()
    for row in part.rows or ():
        box = study.space.box(row)
        tried = 0
        for taker, slice_ in _slices(study, part, box):
            if taker in told or len(told) >= MAX_TOLD:
                continue
            tried += 1
            if tried > _TRIED:
                break
            witness = next(
                (
                    each
                    for each in itertools.islice(study.satisfying(part, row, slice_), 3)
                    if study.trials.winner(each) == taker
                ),
                None,
            )
            if witness is not None:
                told.add(taker)
                yield study.finding(
                    "partly-shadowed",
                    [part.policy, taker],
                    f"{study.named(taker)} takes a part of what {study.said(part)} would",
                    witness,
                )


def _slices(study: Study, part: Part, box: Box) -> Iterator[tuple[int, Box]]:
    for other in study.space.candidates(box, (part.policy, 0)):
        if not other.by_dimension or not other.by_dimension.keys() <= box.keys():
            continue
        slice_ = {
            dimension: box[dimension] & study.space.of(other, dimension).may
            for dimension in other.by_dimension
        }
        if all(slice_.values()):
            yield other.policy, {**box, **slice_}


def _says(study: Study, at: int) -> Hashable:
    """Return what a policy says, however its conditions are spelled and ordered."""
    return tuple(
        (
            part.compiled.name,
            part.compiled.plan,
            None
            if part.rows is None
            else frozenset(frozenset(literal.key for literal in row.literals) for row in part.rows),
        )
        for part in study.parts[at]
    )


def twins(study: Study, at: int) -> Iterator[Finding]:
    """Find an earlier policy that is written the same, where there are too many rows to compare."""
    parts = study.parts[at]
    if not study.policy_set.policies[at].enabled or all(part.rows is not None for part in parts):
        return
    blocks = study.policy_set.policies[at].blocks
    for earlier in range(at):
        policy = study.policy_set.policies[earlier]
        if policy.enabled and policy.blocks == blocks:
            message = (
                f"{study.named(at)} says the same as {study.named(earlier)}, which is tried first"
            )
            yield study.finding("duplicate", [at, earlier], message, None)
            return


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def later(study: Study, at: int) -> Iterator[int]:
    """Yield later policies of which this one takes something, as far as one can see at once."""
    if not study.policy_set.policies[at].enabled:
        return
    own = [row for part in study.parts[at] for row in part.rows or ()]
    for parts in study.parts[at + 1 :]:
        if any(
            _touches(study, mine, row) for part in parts for row in part.rows or () for mine in own
        ):
            yield parts[0].policy


def _touches(study: Study, mine: Row, row: Row) -> bool:
    if not mine.rejects <= row.by_dimension.keys():
        return False
    return all(
        study.space.of(mine, dimension).may & study.space.of(row, dimension).may
        for dimension in mine.by_dimension
        if dimension in row.by_dimension
    )
