"""What is wrong with a policy whatever stands before it: it can never match, or a part cannot."""

from collections.abc import Iterator, Sequence
from typing import cast

from orchestrator.core.policy.analysis import implied
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.leaves import Dimension, Literal, TooMany
from orchestrator.core.policy.analysis.space import Row
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.analysis.witness import Witness
from orchestrator.core.policy.compile import Branch
from orchestrator.core.policy.compile import Node as Conditions
from orchestrator.core.policy.expression import tree
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.values import FALSE

Node = Conditions | tree.Node


def impossible(study: Study, at: int) -> Iterator[Finding]:
    """Find blocks that no attributes satisfy, alternatives that cannot hold, and why."""
    for part in study.parts[at]:
        rows = part.rows
        if rows is None or (rows and not any(map(study.dead, rows))):
            continue
        if all(map(study.dead, rows)):
            yield _never(study, part, rows)
            yield from _conflicts(study, part, rows, "so that it never matches")
            continue
        for found in _alternatives(study, part, part.compiled.condition):
            whole = list(_conflicts(study, part, found, "so that this alternative never holds"))
            yield from whole or [_empty_alternative(study, part, found)]


def _never(study: Study, part: Part, rows: Sequence[Row]) -> Finding:
    reason = _reason(study, rows[0]) if rows else "its conditions are false whatever comes in"
    message = f"{study.said(part)} can never match: {reason}"
    return study.finding("never-matches", [part.policy], message, _nearest(study, part, rows))


def _reason(study: Study, row: Row) -> str:
    dimension = study.space.dead(row)
    literals = row.by_dimension[dimension] if dimension is not None else []
    alone = next((each for each in literals if study.space.bits(each).may == 0), None)
    if alone is not None:
        return f"nothing satisfies {alone.said}"
    return f"nothing satisfies {' and '.join(each.said for each in _fewest(study, literals))}"


def _conflicts(
    study: Study, part: Part, rows: Sequence[Row], consequence: str
) -> Iterator[Finding]:
    """Tell of two conditions that exclude each other, if that is why the rows are dead."""
    told: set[frozenset[str]] = set()
    for row in rows:
        dimension = study.space.dead(row)
        literals = _fewest(study, row.by_dimension[dimension]) if dimension is not None else []
        said = tuple(each.said for each in literals)
        if len(literals) < 2 or frozenset(said) in told:  # noqa: PLR2004 - one alone is no contradiction
            continue
        told.add(frozenset(said))
        message = f"{' and '.join(said)} contradict each other in {study.said(part)}, {consequence}"
        yield study.finding("contradiction", [part.policy], message, _nearest(study, part, [row]))
        if len(told) == 1 and len(rows) > 1:
            return


def _empty_alternative(study: Study, part: Part, rows: Sequence[Row]) -> Finding:
    reason = _reason(study, rows[0]) if rows else "it is false whatever comes in"
    message = f"an alternative in {study.said(part)} can never hold: {reason}"
    witness = _nearest(study, part, rows)
    return study.finding("never-matches", [part.policy], message, witness, severity="warning")


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


def _fewest(study: Study, literals: Sequence[Literal]) -> list[Literal]:
    """Return as few of ``literals``, on one dimension, as exclude each other."""
    kept = list(literals)
    for literal in literals:
        rest = [each for each in kept if each is not literal]
        if rest and _excluded(study, rest):
            kept = rest
    return kept


def _excluded(study: Study, literals: Sequence[Literal]) -> bool:
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
        literals: list[Literal] = []
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
