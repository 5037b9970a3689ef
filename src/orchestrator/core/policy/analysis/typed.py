"""Conditions that values of the attribute's declared type never satisfy, or always do."""

from collections.abc import Iterator

from orchestrator.core.model import attributes
from orchestrator.core.policy import reasons, values
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.leaves import Literal
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.analysis.witness import Witness
from orchestrator.core.policy.values import TRUE

_KINDS: frozenset[values.Kind] = frozenset({"boolean", "number", "text"})


def mismatched(study: Study, at: int) -> Iterator[Finding]:
    """Find comparisons that can say nothing of values of the type that the registry declares."""
    told: set[str] = set()
    for part in study.parts[at]:
        for row in part.rows or ():
            for literal in row.literals:
                if literal.said not in told:
                    told.add(literal.said)
                    yield from _mismatch(study, part, literal)


def _mismatch(study: Study, part: Part, literal: Literal) -> Iterator[Finding]:
    leaf = literal.leaf
    entry = attributes.described(leaf.dimension) if isinstance(leaf.dimension, str) else None
    kind = next((kind for kind in _KINDS if entry is not None and entry.type == kind), None)
    if entry is None or kind is None or leaf.operator is None or not leaf.operator.takes_value:
        return
    table = study.space.table(leaf.dimension)
    may = table.of(leaf, TRUE).may
    if not table.complete or not may or may & table.kinds(frozenset({kind})):
        return
    never = literal.wanted == TRUE
    effect = "never holds" if never else "always holds"
    message = (
        f"`{reasons.short(entry.name)}` is a {kind}, so {literal.said} {effect} in "
        f"{study.said(part)}"
    )
    witness = Witness({entry.name: entry.example})
    if (leaf.judge(entry.example) == TRUE) or "<" in entry.name:
        witness = _other(study, literal, kind)
    yield study.finding("type-mismatch", [part.policy], message, witness)


def _other(study: Study, literal: Literal, kind: values.Kind) -> Witness | None:
    name = literal.leaf.dimension
    if not isinstance(name, str):
        return None
    cells = study.space.table(name).cells
    found = next((cell.value for cell in cells if values.kind(cell.value) == kind), None)
    return None if found is None else Witness({name: found})
