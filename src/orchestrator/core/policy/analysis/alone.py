"""What is wrong with a policy whatever stands before it: it can never match, or a part cannot."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, cast

from orchestrator.core.policy.analysis import implied, leaves
from orchestrator.core.policy.analysis.codes import Severity
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.leaves import Dimension, TooMany
from orchestrator.core.policy.analysis.space import Row
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.analysis.witness import Witness
from orchestrator.core.policy.compile import Branch
from orchestrator.core.policy.compile import Node as Conditions
from orchestrator.core.policy.expression import tree
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.values import FALSE

Node = Conditions | tree.Node

_TOLD: Final = 3
"""So many reasons are told of one block."""


def impossible(study: Study, at: int) -> Iterator[Finding]:
    """Find blocks that no attributes satisfy, alternatives that cannot hold, and why.

    Each is told once: as a contradiction where conditions exclude each other. What leaves the
    policy another way to match is a warning.
    """
    parts = study.parts[at]
    whole = all(part.rows is not None and all(map(study.dead, part.rows)) for part in parts)
    for part in parts:
        rows = part.rows
        if rows is None or (rows and not any(map(study.dead, rows))):
            continue
        if all(map(study.dead, rows)):
            yield _never(study, part, rows, None if whole else "warning")
            continue
        for found in _alternatives(study, part, part.compiled.condition):
            yield _empty_alternative(study, part, found)


def _never(study: Study, part: Part, rows: Sequence[Row], severity: Severity | None) -> Finding:
    """Tell of a block that never holds."""
    whys = _whys(study, rows)
    block = study.said(part)
    code = _code(whys)
    if code == "contradiction":
        message = f"{_contradicting(whys)} in {block}, so that it never matches"
    else:
        reason = _unsatisfied(whys) or "its conditions are false whatever comes in"
        message = f"{block} can never match: {reason}"
    witness = _nearest(study, part, rows)
    return study.finding(code, [part.policy], message, witness, severity=severity)


def _empty_alternative(study: Study, part: Part, rows: Sequence[Row]) -> Finding:
    """Tell of a part of *any* that never holds."""
    whys = _whys(study, rows)
    block = study.said(part)
    code = _code(whys)
    if code == "contradiction":
        message = f"{_contradicting(whys)} in {block}, so that this alternative never holds"
    else:
        reason = _unsatisfied(whys) or "it is false whatever comes in"
        message = f"an alternative in {block} can never hold: {reason}"
    witness = _nearest(study, part, rows)
    return study.finding(code, [part.policy], message, witness, severity="warning")


_Why = tuple[str, ...]
"""Conditions, as people know them, that nothing satisfies together; one alone is impossible."""


def _whys(study: Study, rows: Sequence[Row]) -> list[_Why]:
    """Return why each of ``rows`` is dead, what is the same once."""
    found: dict[frozenset[str], _Why] = {}
    for row in rows:
        dimension = study.space.dead(row)
        literals = row.by_dimension[dimension] if dimension is not None else []
        alone = next((each for each in literals if study.space.bits(each).may == 0), None)
        said = tuple(each.said for each in ([alone] if alone else _fewest(study, literals)))
        found.setdefault(frozenset(said), said)
    return list(found.values())


def _code(whys: Sequence[_Why]) -> Literal["contradiction", "never-matches"]:
    return "contradiction" if whys and all(len(why) > 1 for why in whys) else "never-matches"


def _contradicting(whys: Sequence[_Why]) -> str:
    """Return the conditions that exclude each other, of every way in which the block might hold."""
    first, *others = whys
    text = f"{' and '.join(first)} contradict each other"
    if others:
        shown = [f"so do {' and '.join(why)}" for why in others[: _TOLD - 1]]
        if len(whys) > _TOLD:
            shown.append(f"{len(whys) - _TOLD} more")
        text += f", and {', and '.join(shown)},"
    return text


def _unsatisfied(whys: Sequence[_Why]) -> str:
    """Return what nothing satisfies; empty where no condition is to blame."""
    shown = [" together with ".join(why) for why in whys[:_TOLD]]
    if len(whys) > _TOLD:
        shown.append(f"{len(whys) - _TOLD} more")
    return f"nothing satisfies {', nor '.join(shown)}" if shown else ""


def _alternatives(study: Study, part: Part, node: Node) -> Iterator[tuple[Row, ...]]:
    """Yield the rows of each part of *any* that can never be true; the largest such part."""
    if isinstance(node, Formula):
        node = node.source.root
    if isinstance(node, Branch) and node.quantifier != "none":
        is_any, members = node.quantifier == "any", node.members
    elif isinstance(node, tree.Join):
        is_any, members = node.word == "or", node.members
    else:
        return
    for member in members:
        if isinstance(member, tree.Value):
            continue
        try:
            found = study.reader.rows(cast("Conditions", member))
        except TooMany:
            continue
        rows = tuple(
            study.space.row(part.policy, part.block, literals, sure=FALSE) for literals in found
        )
        if is_any and all(map(study.dead, rows)):
            if rows or not _is_empty(member):
                yield rows
        else:
            yield from _alternatives(study, part, member)


def _is_empty(node: Node) -> bool:
    """Whether a group is empty: loading has warned of it."""
    return isinstance(node, Branch) and not node.members


def _fewest(study: Study, literals: Sequence[leaves.Literal]) -> list[leaves.Literal]:
    """Return as few of ``literals``, on one dimension, as exclude each other."""
    kept = list(literals)
    for literal in literals:
        rest = [each for each in kept if each is not literal]
        if rest and _excluded(study, rest):
            kept = rest
    return kept


def _excluded(study: Study, literals: Sequence[leaves.Literal]) -> bool:
    dimension: Dimension = literals[0].leaf.dimension
    may = study.space.everything(dimension)
    for literal in literals:
        may &= study.space.bits(literal).may
    if may and isinstance(dimension, str):
        table = study.space.table(dimension)
        for kind in ("text", "list", "object"):
            if implied.exclusive(literals, kind):
                may &= ~table.free(kind)
    return may == 0


def _nearest(study: Study, part: Part, rows: Sequence[Row]) -> Witness | None:
    """Return attributes that satisfy as much as can be, and do not satisfy the block."""
    for row in rows[:1]:
        box = {}
        literals: list[leaves.Literal] = []
        for dimension, members in row.by_dimension.items():
            inside = study.space.of(row, dimension).may
            kept = members if inside else members[:1]
            box[dimension] = inside or study.space.bits(kept[0]).may
            literals += kept
        for witness in study.trials.candidates(tuple(literals), box, part.compiled):
            if not study.trials.holds(part.compiled, witness):
                return witness
            return None
    empty = Witness({})
    return None if study.trials.holds(part.compiled, empty) else empty
