"""Attributes that nobody provides, in conditions and behind references."""

import difflib
from collections.abc import Iterator

from orchestrator.core.model import attributes
from orchestrator.core.policy import operand
from orchestrator.core.policy.analysis.codes import Severity
from orchestrator.core.policy.analysis.finding import Finding
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.analysis.witness import Witness
from orchestrator.core.policy.compile import Branch, Node, Test
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.reference import Reference

_OWN = "orchestrator"
"""The namespace that is always there."""


def unprovided(study: Study, at: int) -> Iterator[Finding]:
    """Find what a policy reads and nobody says; each name once."""
    told: set[str] = set()
    looked: set[tuple[str, str]] = set()
    for part in study.parts[at]:
        read = [("unknown-attribute", each) for each in _tested(part.compiled.condition)]
        read += [("unresolved-reference", each) for each in _referred(part)]
        for code, wanted in read:
            if wanted.name in told or (code, wanted.name) in looked:
                continue
            looked.add((code, wanted.name))
            found = missing(study, wanted, code)
            if found is not None:
                told.add(wanted.name)
                why, severity = found
                message = f"{study.said(part)} reads `{wanted.written}`, {why}"
                yield study.finding(
                    code, [at], message, _without(study, part, wanted.name), severity=severity
                )


def missing(study: Study, wanted: Reference, code: str) -> tuple[str, Severity | None] | None:
    """Say why an attribute has no value, and how sure that is; None where it may have one."""
    known = study.reader.memory.get(wanted.name)
    if known is not None:
        is_null = getattr(known, "value", None) is None
        if is_null and code == "unresolved-reference" and wanted.default is None:
            return ("a static value that is null", None)
        return None
    if code == "unresolved-reference" and wanted.default is not None:
        return None
    if wanted.name.startswith("custom."):
        return _custom(study, wanted.name.removeprefix("custom."))
    return _registered(study, wanted.name)


def _custom(study: Study, name: str) -> tuple[str, Severity | None] | None:
    functions, static = study.facts.functions, study.policy_set.custom
    parts = name.split(".")
    heads = {".".join(parts[: cut + 1]) for cut in range(len(parts))}
    if functions is not None and heads & functions:
        return None
    near = _near(name, [*static, *(functions or ())], prefix="custom.")
    if functions is not None:
        return (f"which is neither a static value nor a function of this account{near}", None)
    if study.policy_set.custom:
        return (f"which is not among the static values of the document{near}", "may")
    return None


def _registered(study: Study, name: str) -> tuple[str, Severity | None] | None:
    entry = attributes.described(name)
    if entry is None:
        return (f"which no attribute is called{_near(name, list(attributes.BY_NAME))}", None)
    staffed = attributes.staffed(name)
    facts = study.facts
    if staffed is not None:
        known = facts.skills if staffed.kind == "skills" else facts.users
        if known is not None and staffed.id not in known:
            noun = "skill" if staffed.kind == "skills" else "agent"
            return (f"and the account has no {noun} with the id {staffed.id}", None)
        return None
    if name in attributes.BY_NAME or facts.namespaces is None:
        return None
    namespace = name.partition(".")[0]
    if namespace in facts.namespaces or namespace == _OWN:
        return None
    return (f"and the account has no namespace {namespace}", None)


def _near(name: str, known: list[str], *, prefix: str = "") -> str:
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; did you mean `{prefix}{found[0]}`?" if found else ""


def _tested(node: Node) -> Iterator[Reference]:
    match node:
        case Test():
            yield node.property
        case Formula():
            yield from node.references
        case Branch():
            for member in node.members:
                yield from _tested(member)


def _referred(part: Part) -> Iterator[Reference]:
    yield from _operands(part.compiled.condition)
    yield from part.compiled.plan.references


def _operands(node: Node) -> Iterator[Reference]:
    if isinstance(node, Test):
        yield from operand.references(node.operand)
    elif isinstance(node, Branch):
        for member in node.members:
            yield from _operands(member)


def _without(study: Study, part: Part, name: str) -> Witness | None:
    """Return attributes that satisfy what else a row asks, without the one that nobody says."""
    for row in (part.rows or ())[:1]:
        box = {each: study.space.of(row, each).may for each in row.by_dimension if each != name}
        literals = tuple(
            literal
            for literal in row.literals
            if literal.leaf.dimension != name and name not in literal.leaf.names
        )
        for witness in study.trials.candidates(literals, box):
            study.trials.decide(witness)
            return witness
    return Witness({})
