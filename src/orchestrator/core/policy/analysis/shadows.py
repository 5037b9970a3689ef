"""What earlier policies take of a later one: all of it, a block of it, or a part."""

import itertools
from collections.abc import Collection, Hashable, Iterator, Sequence
from typing import Final

import msgspec

from orchestrator.core.policy.analysis.codes import Severity
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.space import Box, Covered, Row
from orchestrator.core.policy.analysis.study import Among, Part, Study
from orchestrator.core.policy.analysis.witness import Witness

MAX_TOLD: Final = 3
"""So many earlier policies that take a part are told of one policy."""
_TRIED: Final = 6
_ROWS: Final = 20
"""Rows of a block that are looked at for examples; proofs look at all."""
_LIKELY: Final = 500
_NAMED: Final = 5
_AMONG: Final[tuple[Among, ...]] = ("all values", "declared types")


def shadowed(study: Study, at: int) -> Iterator[Finding]:
    """Find what is left of a policy by those before it."""
    if not study.policy_set.policies[at].enabled:
        return
    twin = _twin(study, at)
    if twin is not None:
        yield twin
    else:
        yield from _overlaps(study, at)


def _overlaps(study: Study, at: int) -> Iterator[Finding]:
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
    typed = [(part, _taken(study, part, "declared types")) for part in alive]
    if all(rows for _, rows in typed):
        likely = [*covered, *((part, rows) for part, rows in typed if rows)]
        told = list(_whole(study, at, likely, among="declared types"))
        yield from told
        if told:
            return
    for part, rows in covered:
        yield from _block(study, part, rows)
    for part in alive:
        yield from _partly(study, part)


def _taken(study: Study, part: Part, among: Among = "all values") -> tuple[Row, ...] | None:
    """Return the rows that take all of a block, none if it never holds; None if it is reached."""
    if part.rows is None:
        return None
    used: list[Row] = []
    for row in part.rows:
        if study.dead(row):
            continue
        found = study.cover(row, among)
        if not isinstance(found, Covered):
            return None
        used += found.rows
    return tuple(used)


def _whole(
    study: Study,
    at: int,
    covered: Sequence[tuple[Part, tuple[Row, ...]]],
    *,
    among: Among = "all values",
) -> Iterator[Finding]:
    takers = sorted({row.policy for _, rows in covered for row in rows if row.policy != at})
    wanted = study.named(at)
    gone = _going_elsewhere(study, [part for part, _ in covered], takers, among)
    if gone.reached or not takers:
        return
    if gone.winner is not None and gone.winner not in (*takers, at):
        takers = sorted([*takers, gone.winner])
    proved = among == "all values"
    grave: Severity | None = None if proved else "may"
    unless = "" if proved else ", as long as attributes have the type that is documented"
    if len(takers) > 1:
        names = _listed([str(study.named(taker)) for taker in takers])
        message = f"{names} together already take everything that {wanted} would{unless}"
        named = [at, *takers]
        yield study.finding("shadowed-together", named, message, gone.witness, severity=grave)
        return
    taker = study.named(takers[0])
    if proved and _says(study, at) == _says(study, takers[0]):
        message = f"{wanted} says the same as {taker}, which is tried first"
        yield study.finding("duplicate", [at, takers[0]], message, gone.witness)
        return
    message = f"{taker} already takes everything that {wanted} would{unless}"
    yield study.finding("shadowed", [at, takers[0]], message, gone.witness, severity=grave)


def _block(study: Study, part: Part, rows: Sequence[Row]) -> Iterator[Finding]:
    takers = sorted({row.policy for row in rows})
    gone = _going_elsewhere(study, [part], takers, "all values")
    if gone.reached:
        return
    if gone.winner is not None and gone.winner not in takers:
        takers = sorted([*takers, gone.winner])
    wanted = study.named(part.policy)
    own = takers == [part.policy]
    names = "its exception" if own else _listed([str(study.named(each)) for each in takers])
    what = "the exception" if part.compiled.name == "exception" else "the conditions"
    takes = "takes" if len(takers) == 1 else "together take"
    message = f"{what} of {wanted} are never reached: {names} already {takes} everything"
    if part.compiled.name == "exception":
        message = message.replace(" are never", " is never", 1)
    others = [taker for taker in takers if taker != part.policy]
    yield study.finding("shadowed-block", [part.policy, *others], message, gone.witness)


class _Gone(msgspec.Struct, frozen=True):
    """Attributes that satisfy a block, and the policy to which they go instead."""

    witness: Witness | None = None
    winner: int | None = None
    reached: bool = False
    """Some attributes came through: then nothing of it is true."""


def _going_elsewhere(
    study: Study, parts: Sequence[Part], takers: Collection[int], among: Among
) -> _Gone:
    """Look for attributes that satisfy a block and go elsewhere, to one of ``takers`` if may be."""
    found = _Gone()
    for part in parts:
        before = study.parts[part.policy][: part.block]
        for row in (part.rows or ())[:_ROWS]:
            tries = study.satisfying(part, row, study.box(row, among))
            for witness in itertools.islice(tries, _TRIED):
                winner = study.trials.winner(witness)
                own = winner == part.policy
                if own and not any(study.trials.holds(each.compiled, witness) for each in before):
                    return _Gone(reached=True)
                if winner in takers:
                    return _Gone(witness, winner)
                if found.witness is None:
                    found = _Gone(witness, winner)
    return found


def _partly(study: Study, part: Part) -> Iterator[Finding]:
    """Tell of earlier policies that ask for no more attributes, and take a slice of this one.

    Those that ask for more are the ordinary order of things: the special case before the rule.
    """
    told: set[int] = set()
    tried = 0
    for row in (part.rows or ())[:_ROWS]:
        box = study.space.box(row)
        for taker, slice_ in _slices(study, part, box):
            if taker in told or len(told) >= MAX_TOLD:
                continue
            tried += 1
            if tried > _TRIED:
                return
            witness = next(
                (
                    each
                    for each in itertools.islice(study.satisfying(part, row, slice_), 2)
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
    likely = study.space.candidates(box, (part.policy, 0))
    for other in itertools.islice(likely, _LIKELY):
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


def _twin(study: Study, at: int) -> Finding | None:
    """Find an earlier policy that is written the same, where there are too many rows to compare."""
    parts = study.parts[at]
    if all(part.rows is not None for part in parts):
        return None
    blocks = study.policy_set.policies[at].blocks
    for earlier in range(at):
        policy = study.policy_set.policies[earlier]
        if policy.enabled and policy.blocks == blocks:
            message = (
                f"{study.named(at)} says the same as {study.named(earlier)}, which is tried first"
            )
            return study.finding("duplicate", [at, earlier], message, None)
    return None


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def later(study: Study, at: int) -> Iterator[int]:
    """Yield later policies of which this one takes something, alone or with others' help.

    What goes to it by chance, by conditions that analysis does not see into, is not looked for.
    """
    if not study.policy_set.policies[at].enabled:
        return
    own = [row for part in study.parts[at] for row in part.rows or ()]
    for parts in study.parts[at + 1 :]:
        met = [
            (mine, row)
            for part in parts
            for row in part.rows or ()
            for mine in own
            if _meet(study, mine, row)
        ]
        alone = any(mine.rejects <= row.by_dimension.keys() for mine, row in met)
        if alone or (any(_is_led_to(study, *pair) for pair in met) and _helps(study, at, parts)):
            yield parts[0].policy


def _is_led_to(study: Study, mine: Row, row: Row) -> bool:
    """Whether others may leave a part of ``row`` in which all is known that ``mine`` asks for."""
    known = set(row.by_dimension)
    while not mine.rejects <= known:
        more = {
            dimension
            for other in study.space.candidates(known, (row.policy, row.block))
            if not known.issuperset(other.by_dimension) and _meet(study, other, row)
            for dimension in other.by_dimension
        }
        if more <= known:
            return False
        known |= more
    return True


def _helps(study: Study, at: int, parts: Sequence[Part]) -> bool:
    """Whether a policy has a share in taking all of a block: it may ask for what others leave."""
    return any(
        row.policy == at
        for part in parts
        for among in _AMONG
        for row in _taken(study, part, among) or ()
    )


def _meet(study: Study, mine: Row, row: Row) -> bool:
    """Whether one set of attributes may satisfy both."""
    return all(
        study.space.of(mine, dimension).may & study.space.of(row, dimension).may
        for dimension in mine.by_dimension
        if dimension in row.by_dimension
    )
