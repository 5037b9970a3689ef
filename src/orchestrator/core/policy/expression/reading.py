"""An expression as a part of a document: read and checked, its mistakes in the document's list."""

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.expression import check, parse
from orchestrator.core.policy.expression.check import Scope
from orchestrator.core.policy.expression.findings import Refused
from orchestrator.core.policy.expression.formula import Expression
from orchestrator.core.policy.mistakes import Mistakes


def read(given: Json, path: str, mistakes: Mistakes, scope: Scope) -> Expression | None:
    """Return the expression, None if it cannot be used: its mistakes are then collected.

    They are the first that keeps it from being read, or all others.
    """
    if not isinstance(given, str):
        mistakes.error(path, "wrong-type", "an expression is a text")
        return None
    try:
        root = parse.read(given)
    except Refused as refused:
        mistakes.error(path, refused.finding.code, refused.finding.message)
        return None
    found = check.check(root, scope)
    mistakes.several(path, [(finding.code, finding.message) for finding in found.errors])
    for finding in found.warnings:
        mistakes.warn(path, finding.code, finding.message)
    return None if found.errors else Expression(given, root)
