"""The other form of what a block asks: conditions as an expression and back, or a sentence why not.

The change of form itself is `expression.convert`; here is what people are told when there is none.
"""

from collections.abc import Iterator
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import condition, operand, operators, reference
from orchestrator.core.policy.condition import Comparison, Condition
from orchestrator.core.policy.expression import check, convert, parse, render, tree
from orchestrator.core.policy.expression.check import Scope
from orchestrator.core.policy.expression.findings import Refused
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.core.policy.reference import Reference

_LONGEST: Final = 80


class NoTwin(Exception):
    """There is no other form; the message is a sentence that says what stands in the way."""


def expression(given: Json) -> str:
    """Return the expression that means what ``conditions`` of a document do.

    Raises `NoTwin`.
    """
    found = Mistakes()
    members = condition.read_list(given, "conditions", found)
    if found.errors:
        problem = found.errors[0]
        raise NoTwin(f"The conditions are not complete yet ({problem.path}): {problem.message}.")
    made = convert.to_expression(members)
    if made is None:
        raise NoTwin(next(_obstacles(members), "As an expression this would be too long or deep."))
    return made


def conditions(text: str, *, scope: Scope | None = None) -> list[dict[str, Any]]:
    """Return the conditions, as documents have them, that mean what an expression does.

    Raises `NoTwin`.
    """
    try:
        root = parse.read(text)
        wrong = check.check(root, scope or Scope()).errors
    except Refused as refused:
        raise NoTwin(f"The expression cannot be read yet: {refused.finding.message}.") from None
    if wrong:
        raise NoTwin(f"The expression cannot be used yet: {wrong[0].message}.")
    made = convert.to_conditions(root)
    if made is None:
        raise NoTwin(_why(root))
    if not made:
        return [{"all": []}]
    return [condition.dump(member) for member in made]


def _obstacles(members: tuple[Condition, ...]) -> Iterator[str]:
    for member in members:
        if not isinstance(member, Comparison):
            yield from _obstacles(member.members)
        elif convert.to_expression([member]) is None:
            yield f"The condition on {member.property} stays here: {_obstacle(member)}."


def _obstacle(member: Comparison) -> str:
    if member.ignore_case:
        return "an expression has no “ignore case”"
    if not parse.is_name(member.property):
        return "a name with a “-” cannot be read in an expression"
    value = operand.read(member.value, operators.BY_NAME[member.type])
    if isinstance(value, reference.Template):
        return "a reference inside a longer text has no form in an expression"
    if isinstance(value, Reference) and value.default is not None:
        return "a reference with a default has no form in an expression"
    return "its value has no form in an expression"


def _why(root: Node) -> str:
    for node in _leaves(root):
        if convert.comparison(node) is None:
            shown = render.render(node)
            shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
            return f"{shown} has no form as a condition, so the policy stays an expression."
    return "As conditions this would be nested too deeply."


def _leaves(root: Node) -> Iterator[Node]:
    """Walk the parts between ``and``, ``or`` and ``not``, in the order of the text."""
    waiting = [root]
    while waiting:
        match waiting.pop():
            case tree.Join(_, members):
                waiting.extend(reversed(members))
            case tree.Not(inner):
                waiting.append(inner)
            case tree.Value(bool()):
                continue
            case node:
                yield node
