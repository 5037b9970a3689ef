"""The right-hand side of a condition, or a field of a payload: a literal, references, or a mix."""

from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json, Known, Unfetched
from orchestrator.core.policy import membership, operators, reference, values
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operators import FAILED, PENDING, Absent, Operator
from orchestrator.core.policy.reference import Malformed, Reference, Template


class Literal(msgspec.Struct, frozen=True, gc=False):
    """A value as it stands in the document."""

    value: Json


class Elements(msgspec.Struct, frozen=True, gc=False):
    """A list, some of whose elements are references or templates."""

    members: "tuple[Literal | Reference | Template, ...]"


Operand = Literal | Reference | Template | Elements

NOTHING: Final = Literal(None)
"""The value of a condition that takes none."""


def read(value: Json, operator: Operator | None = None) -> Operand:
    """Return the operand that ``value`` spells; raises `Malformed` for braces that are none."""
    if operator is not None and operator.name in operators.TAKES_BRACED_NUMBER:
        value = reference.braced_number(value)
    match value:
        case str():
            parsed = reference.parse(value)
            return Literal(parsed) if isinstance(parsed, str) else parsed
        case list():
            return _list(value)
        case dict():
            _refuse_braces(value)
    return Literal(value)


def _list(value: list[Any]) -> Operand:
    if _is_plain(value):
        return Literal(membership.indexed(value))
    members: list[Literal | Reference | Template] = []
    for element in value:
        if isinstance(element, str):
            parsed = reference.parse(element)
            members.append(Literal(parsed) if isinstance(parsed, str) else parsed)
        else:
            _refuse_braces(element)
            members.append(Literal(element))
    if all(isinstance(member, Literal) for member in members):
        return Literal(membership.indexed(value))
    return Elements(tuple(members))


def _is_plain(value: list[Any]) -> bool:
    """Whether it is of texts alone, and none of them has braces: most long lists are."""
    if any(kind is not str for kind in set(map(type, value))):
        return False
    together = "\n".join(value)
    return "{{" not in together and "}}" not in together


def _refuse_braces(value: Json) -> None:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str) and ("{{" in part or "}}" in part):
            raise Malformed("a reference can be a value or a list's element, nothing deeper")


def objection(operator: Operator, operand: Operand) -> str | None:
    """Return why ``operator`` can never use ``operand``, or None if it can."""
    match operand:
        case Literal(value):
            return _null_inside(value) or operators.objection(operator, value)
        case Template():
            fits = "text" in operator.family.literals
        case Elements(members):
            for member in members:
                if isinstance(member, Literal) and (found := _null_inside(member.value)):
                    return found
            fits = "list" in operator.family.literals
        case Reference():
            fits = True
    return (
        None if fits else operators.objection(operator, "" if isinstance(operand, Template) else [])
    )


def _null_inside(value: Json) -> str | None:
    if not values.holds_null(value):
        return None
    return "null equals nothing: use IS_NOT_SET (or IS_SET) without a value"


def references(operand: Operand) -> tuple[Reference, ...]:
    """Return every reference in ``operand``, in order."""
    match operand:
        case Reference():
            return (operand,)
        case Template():
            return operand.references
        case Elements(members):
            return tuple(found for member in members for found in references(member))
        case _:
            return ()


def resolve(operand: Operand, memory: Memory) -> Json | Absent:
    """Return the value of ``operand``, PENDING if a part was not fetched, FAILED if one failed."""
    match operand:
        case Literal(value):
            return value
        case Reference():
            return _attribute(operand, memory)
        case Template(pieces):
            parts = [
                piece if isinstance(piece, str) else _attribute(piece, memory) for piece in pieces
            ]
            return _absence(parts) or "".join(values.written(part) for part in parts)
        case Elements(members):
            found = [_element(member, memory) for member in members]
            return _absence(found) or found


def _absence(parts: list[Json | Absent]) -> Absent | None:
    if any(part is FAILED for part in parts):
        return FAILED
    return PENDING if any(part is PENDING for part in parts) else None


def _attribute(wanted: Reference, memory: Memory) -> Json | Absent:
    known = memory.get(wanted.name)
    if known is None:
        return PENDING
    if isinstance(known, Unfetched):
        return FAILED
    return wanted.default if known.value is None else known.value


def _element(member: Literal | Reference | Template, memory: Memory) -> Json | Absent:
    found = resolve(member, memory)
    folds = isinstance(member, Reference) and member.name in attributes.FOLDED
    return values.Caseless(found) if folds and isinstance(found, str) else found


def empty_references(part: Operand, memory: Memory) -> tuple[str, ...]:
    """Return what inside a longer text was replaced by nothing, as written."""
    members = part.members if isinstance(part, Elements) else (part,)
    return tuple(
        wanted.written
        for member in members
        if isinstance(member, Template)
        for wanted in member.references
        if wanted.default is None and _is_missing(wanted, memory)
    )


def _is_missing(wanted: Reference, memory: Memory) -> bool:
    known = memory.get(wanted.name)
    return isinstance(known, Known) and known.value is None


def is_pending(part: Operand, memory: Memory) -> bool:
    """Whether something that ``part`` names has not been asked for."""
    return any(memory.get(wanted.name) is None for wanted in references(part))
