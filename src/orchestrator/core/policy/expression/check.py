"""What an expression that can be read may still get wrong: everything at once, with its place.

Refused is what can never be of use: unknown functions, wrong numbers of arguments, literals whose
type or spelling does not fit, schedules that do not exist. What only looks odd is a warning:
attributes that nobody knows, ``||`` between conditions, parts that are always unknown.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import functions, memory, values
from orchestrator.core.policy.expression import render, suggest, tree
from orchestrator.core.policy.expression.findings import Finding
from orchestrator.core.policy.expression.tokens import shown
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.functions import Function, Parameter
from orchestrator.core.policy.mistakes import Code
from orchestrator.core.policy.values import Kind

_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
_RESERVED: Final = frozenset({"conversation", "custom", "customerinfo", "personalinfo", "sde"})
"""Namespaces whose names are known beforehand; others come into being at run time."""

_MOST_STRANGERS: Final = 50
_MOST_CUSTOM: Final = 1_000
"""Looking for what was meant takes time: of so many attributes, among so many custom values."""

_OR: Final = "did you mean `or`?"


class Scope(msgspec.Struct, frozen=True):
    """What expressions may name: static values without their ``custom.``, and schedules.

    ``custom`` is None where the document says nothing of them, so that nobody knows.
    """

    custom: Mapping[str, Json] | None = None
    schedules: frozenset[str] = frozenset()


class Checked(msgspec.Struct, frozen=True):
    """What was found, each in the order of the text."""

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def check(root: Node, scope: Scope) -> Checked:
    """Return everything that is wrong with a tree, and everything that is probably not meant."""
    findings = _Findings()
    _check_truth(root, findings)
    for node in tree.walk(root):
        match node:
            case tree.Call():
                _check_call(node, scope, findings)
            case tree.Compare():
                _check_compare(node, findings)
            case tree.Join(_, members):
                for member in members:
                    _check_truth(member, findings)
            case tree.Not(operand):
                _check_truth(operand, findings)
            case _:
                _check_work(node, findings)
    _check_names(root, scope, findings)
    return findings.sorted()


class _Findings:
    """A collector."""

    def __init__(self) -> None:
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def error(self, node: Node, code: Code, said: str, suggestion: str = "") -> None:
        self.errors.append(Finding(node.place, code, said, suggestion=suggestion))

    def warn(self, node: Node, said: str, suggestion: str = "", code: Code = "no-effect") -> None:
        self.warnings.append(Finding(node.place, code, said, suggestion=suggestion))

    def sorted(self) -> Checked:
        """Return them in the order of the text, of several warnings in one place the first."""
        first = {_place(finding): finding for finding in reversed(self.warnings)}
        return Checked(
            tuple(sorted(self.errors, key=_place)), tuple(sorted(first.values(), key=_place))
        )


def _place(finding: Finding) -> tuple[int, int]:
    return (finding.place.line, finding.place.column)


def kind(node: Node) -> Kind | None:
    """Return the type that ``node`` has if it has a value at all; None if it may be any."""
    match node:
        case tree.Value(value):
            return values.kind(value)
        case tree.Name():
            return None
        case tree.Sequence():
            return "list"
        case tree.Call(name):
            function = functions.BY_NAME.get(name)
            return function.gives if function else None
        case tree.Minus() | tree.Power():
            return "number"
        case tree.Chain(signs):
            return "text" if signs[-1] == "||" else "number"
        case _:
            return "boolean"


def constant(node: Node) -> tuple[Any] | None:
    """Return the value of a literal, of a list of them or of a negative number, in a tuple."""
    match node:
        case tree.Value(value):
            return (value,)
        case tree.Minus(tree.Value(int() | float() as number)) if not isinstance(number, bool):
            return (-number,)
        case tree.Sequence(members):
            found = [constant(member) for member in members]
            known = [each[0] for each in found if each is not None]
            return (known,) if len(known) == len(found) else None
        case _:
            return None


def _check_truth(node: Node, findings: _Findings) -> None:
    """A condition is a boolean, or an attribute that may be one."""
    found = kind(node)
    if found in {None, "boolean"}:
        return
    if isinstance(node, tree.Chain) and node.signs[-1] == "||":
        findings.warn(node, "`||` joins texts, and a text is no condition", _OR)
    elif constant(node) is not None:
        findings.error(
            node,
            "wrong-type",
            f"`{_shown(node)}` is never true or false",
            "a condition is a comparison, such as custom.tier == 'gold'",
        )
    else:
        findings.warn(node, f"a {found} is never true or false: this is always unknown")


def _check_compare(node: tree.Compare, findings: _Findings) -> None:
    if node.comparator == "in":
        _check_list(node.right, findings)
    if node.comparator not in _ORDERS:
        return
    for side in (node.left, node.right):
        literal = constant(side)
        if literal is not None and values.rank(literal[0]) is None:
            findings.error(
                side,
                "wrong-type",
                f"`{_shown(side)}` can never be compared by `{node.comparator}`",
                "it takes numbers, texts that spell one, ISO dates ('2026-12-24') and date-times",
            )
        elif literal is None and kind(side) == "list":
            findings.warn(side, f"a list cannot be compared by `{node.comparator}`")


def _check_list(node: Node, findings: _Findings) -> None:
    found = kind(node)
    if found in {None, "list"}:
        return
    example = f"[{_shown(node)}]" if isinstance(node, tree.Value) else "['gold', 'silver']"
    if constant(node) is not None:
        findings.error(
            node,
            "wrong-type",
            f"`in` needs a list, and `{_shown(node)}` is none",
            f"such as {example}, or an attribute that is a list",
        )
    else:
        findings.warn(node, f"`in` needs a list: with a {found} it is always unknown")


def _check_work(node: Node, findings: _Findings) -> None:
    joins_conditions = False
    for sign, operand in _worked(node):
        found, literal = kind(operand), constant(operand)
        if sign == "||":
            if found == "list":
                findings.error(operand, "wrong-type", "`||` joins texts, and a list is none")
            elif found == "boolean" and literal is None and not joins_conditions:
                joins_conditions = True
                findings.warn(operand, "`||` joins texts, and this is a condition", _OR)
        elif literal is not None and functions.double(literal[0]) is None:
            findings.error(
                operand,
                "wrong-type",
                f"`{sign}` takes numbers, and `{_shown(operand)}` is none",
                "texts are joined with `||`" if sign == "+" and found == "text" else "",
            )
        elif found in {"boolean", "list"}:
            findings.warn(operand, f"`{sign}` takes numbers: with a {found} it is always unknown")


def _worked(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield each operand of a sign with the first sign that it meets."""
    match node:
        case tree.Minus(operand):
            yield "-", operand
        case tree.Power(base, exponent):
            yield "^", base
            yield "^", exponent
        case tree.Chain(signs, operands):
            yield from zip((signs[0], *signs), operands, strict=True)
        case _:
            return


def _check_call(node: tree.Call, scope: Scope, findings: _Findings) -> None:
    function = functions.BY_NAME.get(node.function)
    if function is None:
        near = suggest.closest(node.function, functions.BY_NAME)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(functions.BY_NAME)}"
        findings.error(node, "unknown-word", f"there is no function `{shown(node.function)}`", hint)
        return
    given = len(node.arguments)
    if given < function.required or (given > len(function.parameters) and not function.repeats):
        findings.error(
            node,
            "bad-value",
            f"`{function.name}` was given {_count(given)}",
            f"it is called as {function.signature}",
        )
        return
    before = len(findings.errors)
    for index, argument in enumerate(node.arguments):
        parameter = function.parameters[min(index, len(function.parameters) - 1)]
        _check_argument(function, parameter, argument, findings)
    if len(findings.errors) > before:
        return
    literals = [constant(argument) for argument in node.arguments]
    known = [literal[0] if literal else None for literal in literals]
    if function.together is not None and (objection := function.together(known)):
        findings.error(node, "bad-value", objection)
    if function.name == "isOpen" and isinstance(known[0], str) and known[0] not in scope.schedules:
        _refuse_schedule(node.arguments[0], known[0], scope, findings)


def _count(given: int) -> str:
    if given == 0:
        return "no arguments"
    return "1 argument" if given == 1 else f"{given} arguments"


def _check_argument(
    function: Function, parameter: Parameter, argument: Node, findings: _Findings
) -> None:
    where = f"{parameter.name} of {function.signature}"
    if parameter.is_reference:
        if not isinstance(argument, tree.Name):
            said = f"`{function.name}` takes an attribute, and `{_shown(argument)}` is none"
            findings.error(argument, "wrong-type", said, "such as isSet(custom.name)")
        return
    found, literal = kind(argument), constant(argument)
    if found is not None and found not in parameter.kinds:
        wanted = " or a ".join(sorted(parameter.kinds))
        if literal is not None:
            findings.error(argument, "wrong-type", f"{where} is a {wanted}, not a {found}")
        else:
            findings.warn(argument, f"{where} is a {wanted}: with a {found} it is always unknown")
        return
    if parameter.objection is not None and literal is not None:
        objection = parameter.objection(literal[0])
        if objection:
            findings.error(argument, "bad-value", objection)


def _refuse_schedule(node: Node, name: str, scope: Scope, findings: _Findings) -> None:
    near = suggest.closest(name, scope.schedules)
    hint = f"did you mean {near!r}?" if near else ""
    if not near and scope.schedules:
        hint = "there are " + ", ".join(repr(known) for known in sorted(scope.schedules)[:10])
    findings.error(node, "unknown-word", f"there is no schedule {shown(name)!r}", hint)


def _check_names(root: Node, scope: Scope, findings: _Findings) -> None:
    """Say of each attribute that nobody knows, once, what was probably meant."""
    strangers = [name for name in tree.names(root) if _is_strange(name.reference.name, scope)]
    if not strangers:
        return
    own = [f"custom.{known}" for known in itertools.islice(scope.custom or (), _MOST_CUSTOM)]
    short = [known for full in attributes.BY_NAME for known in attributes.spellings(full)]
    for node in strangers[:_MOST_STRANGERS]:
        near = suggest.closest(node.written, [*short, *own])
        if near is None and node.written.partition(".")[0] not in _RESERVED:
            continue
        hint = f"did you mean `{near}`?" if near else "it is missing until something provides it"
        findings.warn(node, f"nobody knows `{shown(node.written)}`", hint, "unknown-attribute")


def _is_strange(name: str, scope: Scope) -> bool:
    if name in attributes.BY_NAME or attributes.staffed(name) or _is_custom(name, scope):
        return False
    return scope.custom is not None or not name.startswith("custom.")


def _is_custom(name: str, scope: Scope) -> bool:
    if not name.startswith("custom."):
        return False
    return memory.find(cast("Mapping[str, Any]", scope.custom or {}), name[7:]) is not None


def _shown(node: Node) -> str:
    return shown(render.render(node))
