"""Conditions as an expression and back, where that is possible without any change of meaning.

What has no twin on the other side: names with a ``-``, objects, ``ignoreCase``, references inside
longer texts or with a default, here; arithmetic, most functions, attributes that stand alone as a
condition, texts with braces, there.
"""

from collections.abc import Sequence
from typing import Final, cast

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import condition, functions, operand, operators, reference
from orchestrator.core.policy.condition import Comparison, Condition, Group
from orchestrator.core.policy.expression import check, formula, parse, render, tree
from orchestrator.core.policy.expression.findings import Refused
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.reference import Reference

_COMPARATORS: Final = {row: comparator for comparator, row in formula.COMPARATORS.items()}
_FUNCTIONS: Final = {row.operator: row.name for row in functions.ROWS if row.operator}
_MIRRORED: Final[dict[tree.Comparator, tree.Comparator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
_OPPOSITES: Final = {"IS_IN": "NOT_IN", "CONTAINS": "NOT_CONTAINS", "IS_SET": "IS_NOT_SET"}
_POSITIVE: Final = {opposite: name for name, opposite in _OPPOSITES.items()}
_ALWAYS: Final = Group("all", ())
_NEVER: Final = Group("any", ())


def to_conditions(root: Node) -> tuple[Condition, ...] | None:
    """Return conditions, all of which must hold, that mean what ``root`` does; None if none do."""
    found = tree.fold(root, _condition)
    if found is None:
        return None
    flat = isinstance(found, Group) and found.quantifier == "all" and found.members
    members = cast("Group", found).members if flat else (found,)
    return members if _is_accepted(members) else None


def to_expression(conditions: Sequence[Condition]) -> str | None:
    """Return the canonical expression that means what ``conditions`` do together, or None."""
    root = _of_group("all", conditions)
    if root is None:
        return None
    text = render.render(root)
    try:
        found = check.check(parse.read(text), check.Scope())
    except Refused:  # too long, or too deep
        return None
    return None if found.errors else text


def _is_accepted(members: tuple[Condition, ...]) -> bool:
    """Whether a document may hold them: groups nested too deeply it may not."""
    level, depth = members, 0
    while level:
        depth += any(isinstance(member, Group) for member in level)
        level = tuple(
            inner for member in level if isinstance(member, Group) for inner in member.members
        )
    return depth <= condition.MAX_GROUPS


def _condition(node: Node, under: tuple[Condition | None, ...]) -> Condition | None:
    match node:
        case tree.Join(word):
            members = tuple(member for member in under if member is not None)
            whole = len(members) == len(under)
            return Group("all" if word == "and" else "any", members) if whole else None
        case tree.Not():
            return None if under[0] is None else _opposite(under[0])
        case tree.Value(bool() as always):
            return _ALWAYS if always else _NEVER
        case _:
            return comparison(node)


def _opposite(found: Condition) -> Condition:
    if isinstance(found, Comparison) and found.type in _OPPOSITES:
        return Comparison(found.property, _OPPOSITES[found.type], found.value)
    if isinstance(found, Group) and found.quantifier == "any" and found.members:
        return Group("none", found.members)
    return Group("none", (found,))


def comparison(node: Node) -> Comparison | None:
    """Return the one comparison that ``node`` is, None if it is anything else."""
    match node:
        case tree.Compare(comparator, tree.Name(written), right):
            return _compared(written, formula.COMPARATORS[comparator], right)
        case tree.Compare(comparator, left, tree.Name(written)) if comparator in _MIRRORED:
            return _compared(written, formula.COMPARATORS[_MIRRORED[comparator]], left)
        case tree.Call("isSet", (tree.Name(written),)):
            return Comparison(written, "IS_SET")
        case tree.Call("contains", (tree.Value(str() as text), tree.Name(written))):
            return _compared(written, "IS_PART_OF", tree.Value(text))
        case tree.Call(name, (tree.Name(written), right)) if name in functions.BY_NAME:
            operator = functions.BY_NAME[name].operator
            return None if operator is None else _compared(written, operator, right)
        case _:
            return None


def _compared(written: str, operator: str, right: Node) -> Comparison | None:
    value = _value(right)
    if value is None:
        return None
    made = Comparison(written, operator, value[0])
    row = operators.BY_NAME[operator]
    try:
        objection = operand.objection(row, operand.read(value[0], row))
    except reference.Malformed:
        return None
    return made if objection is None else None


def _value(node: Node) -> tuple[Json] | None:
    """Return how a condition writes the value, in a tuple."""
    if isinstance(node, tree.Name):
        return (f"{{{{{node.written}}}}}",)
    if isinstance(node, tree.Sequence):
        found = [_value(member) for member in node.members]
        nested = any(
            isinstance(member, tree.Sequence) and tree.names(member) for member in node.members
        )
        known = [each[0] for each in found if each is not None]
        return (known,) if len(known) == len(found) and not nested else None
    constant = check.constant(node)
    if constant is None or not _is_literal(constant[0]):
        return None
    return constant


def _is_literal(value: Json) -> bool:
    """Whether a condition would not read a text as something else."""
    if not isinstance(value, str):
        return True
    return "{{" not in value and "}}" not in value and reference.braced_number(value) == value


def _of_group(quantifier: str, members: Sequence[Condition]) -> Node | None:
    found = [_node(member) for member in members]
    nodes = tuple(node for node in found if node is not None)
    if len(nodes) < len(found):
        return None
    if not nodes:
        return tree.Value(quantifier != "any")
    joined = (
        nodes[0] if len(nodes) == 1 else tree.Join("and" if quantifier == "all" else "or", nodes)
    )
    return tree.Not(joined) if quantifier == "none" else joined


def _node(member: Condition) -> Node | None:
    """Groups are at most 64 deep, so that recursion is."""
    if isinstance(member, Group):
        return _of_group(member.quantifier, member.members)
    if member.ignore_case or not parse.is_name(member.property):
        return None
    left = tree.Name(member.property)
    if member.type in _POSITIVE:
        positive = _node(Comparison(member.property, _POSITIVE[member.type], member.value))
        return None if positive is None else tree.Not(positive)
    if member.type == "IS_SET":
        return tree.Call("isSet", (left,))
    right = _right(member)
    if right is None:
        return None
    if member.type == "IS_PART_OF":
        fits = isinstance(right, tree.Value)
        return tree.Call("contains", (right, left)) if fits else None
    if member.type in _COMPARATORS:
        return tree.Compare(_COMPARATORS[member.type], left, right)
    return tree.Call(_FUNCTIONS[member.type], (left, right))


def _right(member: Comparison) -> Node | None:
    read = operand.read(member.value, operators.BY_NAME[member.type])
    if isinstance(read, operand.Elements):
        found = [_part(element) for element in read.members]
        parts = tuple(part for part in found if part is not None)
        return tree.Sequence(parts) if len(parts) == len(found) else None
    return _part(read)


def _part(read: operand.Operand) -> Node | None:
    match read:
        case operand.Literal(value):
            return _literal(value)
        case Reference(_, written, None) if parse.is_name(written):
            return tree.Name(written)
        case _:
            return None


def _literal(value: Json) -> Node | None:
    match value:
        case bool():
            return tree.Value(value)
        case int() | float():
            return tree.Minus(tree.Value(-value)) if value < 0 else tree.Value(value)
        case str():
            return tree.Value(value) if render.is_writable(value) else None
        case list():
            found = [_literal(element) for element in value]
            parts = tuple(part for part in found if part is not None)
            return tree.Sequence(parts) if len(parts) == len(found) else None
        case _:
            return None
