"""What an expression is, as far as its attributes are known, and which ones it still depends on.

How to think about it: going up, every part gets a result. That of a condition is bounds with a note
of failure; that of anything else is a value, or the reason why there is none: not fetched yet, lost
in a failure, or unknown. Arithmetic and functions on nothing are unknown at once, whatever their
other parts would be. Going down, conditions get a window as in `judging`; below a comparison that
is not settled, everything pending matters.
"""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json, Unfetched
from orchestrator.core.policy import functions, kleene, operators, values
from orchestrator.core.policy.expression import formula, tree
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.functions import Function
from orchestrator.core.policy.kleene import Bounds, Window
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operators import FAILED, PENDING, Absent
from orchestrator.core.policy.reference import Reference
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN

LOST: Final = Absent()
"""No value can be told: arithmetic on nothing, a division by zero, a text that is no zone."""

MAX_TEXT: Final = 1_000_000
"""A longer text that `||` would make is unknown."""

_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
_OPEN: Final[Bounds] = (FALSE, TRUE)


class Weighed(msgspec.Struct, frozen=True):
    """A condition with its bounds. ``failed``: if it is unknown, it is because a fetch failed."""

    low: values.Truth
    high: values.Truth
    failed: bool = False

    @property
    def bounds(self) -> Bounds:
        """The least and the greatest truth that is still possible."""
        return (self.low, self.high)


Result = Weighed | Json | Absent


def truth(made: Formula, memory: Memory) -> Weighed:
    """Return what is known of the whole expression."""
    return as_truth(weigh(made, memory)[-1])


def weigh(made: Formula, memory: Memory) -> list[Result]:
    """Return the result of every node, in the order of ``made.nodes``."""
    results: list[Result] = []
    for node, positions in zip(made.nodes, made.under, strict=True):
        results.append(_weigh(node, [results[position] for position in positions], memory))
    return results


def as_truth(result: Result) -> Weighed:
    """Return a result as a condition: only a real boolean counts."""
    if isinstance(result, Weighed):
        return result
    if result is PENDING:
        return Weighed(*_OPEN)
    if isinstance(result, bool):
        return _settled(result)
    return Weighed(UNKNOWN, UNKNOWN, result is FAILED)


def as_value(result: Result) -> Json | Absent:
    """Return a result as a value: a condition that is settled is a boolean."""
    if not isinstance(result, Weighed):
        return result
    if result.low != result.high:
        return PENDING
    if result.low == UNKNOWN:
        return FAILED if result.failed else LOST
    return result.low == TRUE


def _settled(holds: bool) -> Weighed:  # noqa: FBT001 — it is the value
    return Weighed(TRUE, TRUE) if holds else Weighed(FALSE, FALSE)


def _weigh(node: Node, under: list[Result], memory: Memory) -> Result:  # noqa: C901 — a row for each
    match node:
        case tree.Value(value):
            return value
        case tree.Name():
            return _attribute(node.reference, memory)
        case tree.Sequence():
            found = [as_value(result) for result in under]
            absent = _absence(found)
            return found if absent is None else absent
        case tree.Not():
            operand = as_truth(under[0])
            return Weighed(*kleene.inverted(operand.bounds), operand.failed)
        case tree.Join(word):
            return _join(word, [as_truth(result) for result in under])
        case tree.Compare():
            return _compare(node, as_value(under[0]), as_value(under[1]))
        case tree.Call(name):
            return _call(node, functions.BY_NAME[name], [as_value(one) for one in under], memory)
        case tree.Minus():
            return _work("-", 0, as_value(under[0]))
        case tree.Power():
            return _work("^", as_value(under[0]), as_value(under[1]))
        case tree.Chain(signs):
            found = [as_value(result) for result in under]
            made = found[0]
            for sign, operand in zip(signs, found[1:], strict=True):
                made = _work(sign, made, operand)
            return made


def _attribute(wanted: Reference, memory: Memory) -> Json | Absent:
    known = memory.get(wanted.name)
    if known is None:
        return PENDING
    if isinstance(known, Unfetched):
        return FAILED
    folds = isinstance(known.value, str) and wanted.name in attributes.FOLDED
    return values.Caseless(known.value) if folds else known.value


def _absence(found: Sequence[Json | Absent]) -> Absent | None:
    """The gravest reason why there is no value: a failure, then nothing at all, then not yet."""
    for reason in (FAILED, LOST, PENDING):
        if any(one is reason for one in found):
            return reason
    return None


def _join(word: tree.Word, members: list[Weighed]) -> Weighed:
    low, high = kleene.joined(
        "all" if word == "and" else "any", [member.bounds for member in members]
    )
    failed = low == high == UNKNOWN and any(member.failed for member in members)
    return Weighed(low, high, failed)


def _compare(node: tree.Compare, left: Json | Absent, right: Json | Absent) -> Weighed:
    if node.comparator in _ORDERS and is_computed(node.left) != is_computed(node.right):
        left = _as_number(left) if is_computed(node.left) else left
        right = _as_number(right) if is_computed(node.right) else right
    row = operators.BY_NAME[formula.COMPARATORS[node.comparator]]
    return _operate(row, left, right, (node.left, node.right))


def is_computed(node: Node) -> bool:
    """Whether ``node`` makes a boolean itself: such a one orders against a number, as 1 or 0."""
    match node:
        case tree.Not() | tree.Join() | tree.Compare():
            return True
        case tree.Call(name):
            return functions.BY_NAME[name].gives == "boolean"
        case _:
            return False


def _as_number(value: Json | Absent) -> Json | Absent:
    return int(value) if isinstance(value, bool) else value


def _operate(
    row: operators.Operator,
    left: Json | Absent,
    right: Json | Absent,
    sides: tuple[Node, ...],
) -> Weighed:
    """Ask the table of operators, to which a value that cannot be told is a lost one."""
    fold = TRUE if any(formula.is_folded(side) for side in sides) else FALSE
    low, high = operators.bounds(
        row, FAILED if left is LOST else left, FAILED if right is LOST else right, fold
    )
    failed = low == high == UNKNOWN and (left is FAILED or right is FAILED)
    return Weighed(low, high, failed)


def _call(
    node: tree.Call, function: Function, arguments: list[Json | Absent], memory: Memory
) -> Result:
    if function.operator is not None:
        right = arguments[1] if len(arguments) > 1 else None
        row = operators.BY_NAME[function.operator]
        return _operate(row, arguments[0], right, node.arguments)
    if function.clock == "needed" and memory.setting.at is None:
        return LOST
    given = [LOST if argument is None else argument for argument in arguments]
    absent = _absence(given)
    if absent is not None:
        return absent
    answer = cast("functions.Answer", function.answer)
    found = answer(given, memory.setting)
    return LOST if found is None else found


def _work(sign: str, left: Json | Absent, right: Json | Absent) -> Json | Absent:
    """Apply one sign. What can never be worked with settles it, though the other be pending."""
    if left is FAILED or right is FAILED:
        return FAILED
    read = _piece if sign == "||" else functions.double
    one = left if isinstance(left, Absent) else read(left)
    other = right if isinstance(right, Absent) else read(right)
    if one is None or other is None or one is LOST or other is LOST:
        return LOST
    if sign in {"/", "%"} and other == 0:
        return LOST
    if isinstance(one, Absent) or isinstance(other, Absent):
        return PENDING
    try:
        found = _SIGNS[sign](one, other)
    except (ArithmeticError, ValueError):
        return LOST
    return LOST if found is None else found


def _piece(value: Json) -> str | None:
    """Return what `||` joins: texts, numbers and booleans as they are written."""
    return None if values.kind(value) in {"null", "list", "object"} else values.written(value)


def _joined_texts(one: str, other: str) -> str | None:
    return one + other if len(one) + len(other) <= MAX_TEXT else None


def _finite(work: Callable[[float, float], float]) -> Callable[[float, float], float | None]:
    return lambda one, other: functions.finite(work(one, other))


_SIGNS: Final[dict[str, Callable[..., float | str | None]]] = {
    "+": _finite(operator.add),
    "-": _finite(operator.sub),
    "*": _finite(operator.mul),
    "/": _finite(operator.truediv),
    "%": _finite(math.fmod),
    "^": _finite(math.pow),
    "||": _joined_texts,
}


def wanted(made: Formula, memory: Memory, window: Window = kleene.WHOLE) -> Iterator[str]:
    """Yield the attributes, not fetched yet, that can still move the outcome within ``window``."""
    results = weigh(made, memory)
    windows: list[Window | None] = [None] * len(results)
    windows[-1] = window
    for index in range(len(results) - 1, -1, -1):
        own = windows[index]
        if own is None or kleene.is_settled(as_truth(results[index]).bounds, own):
            continue
        node, positions = made.nodes[index], made.under[index]
        if isinstance(node, tree.Name):
            yield node.reference.name
            continue
        inner = _inner(node, own, [results[position] for position in positions])
        for position, part in zip(positions, inner, strict=True):
            windows[position] = part if part is not None and kleene.is_open(part) else None


def _inner(node: Node, window: Window, under: list[Result]) -> list[Window | None]:
    """Return the window of each part of ``node``, None for those that do not matter."""
    match node:
        case tree.Not():
            return [kleene.inverted(window)]
        case tree.Join(word):
            bounds = [as_truth(result).bounds for result in under]
            return [*kleene.windows("all" if word == "and" else "any", bounds, window)]
        case _:
            return [kleene.WHOLE if as_value(result) is PENDING else None for result in under]
