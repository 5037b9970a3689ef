"""Why an expression has its state, in one sentence: that of the part that decided."""

from typing import Final

from orchestrator.core.model import times
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import functions, judging, reasons, values
from orchestrator.core.policy.expression import convert, formula, render, tree, weighing
from orchestrator.core.policy.expression.formula import Expression, Formula
from orchestrator.core.policy.expression.tree import Node
from orchestrator.core.policy.expression.weighing import Weighed
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN

_LONGEST: Final = 120
_MOST_NAMES: Final = 5
_STATES: Final[dict[values.Truth, str]] = {FALSE: "false", UNKNOWN: "unknown", TRUE: "true"}


def sentence(judged: Judged, made: Formula, memory: Memory) -> str:
    """Say why: "`ctype` is 'silver', which is not in `custom.topTiers`"."""
    if judged.truth is None:
        return reasons.NOT_EVALUATED
    return _about(_deciding(made, memory), judged, memory)


def _deciding(made: Formula, memory: Memory) -> Node:
    """Go down to the first part that has settled the whole: one false of an *and*, and so on."""
    results = weighing.weigh(made, memory)
    index = len(made.nodes) - 1
    while True:
        node, positions = made.nodes[index], made.under[index]
        if isinstance(node, tree.Not):
            index = positions[0]
            continue
        if not isinstance(node, tree.Join):
            return node
        own = weighing.as_truth(results[index])
        members = [(position, weighing.as_truth(results[position])) for position in positions]
        found = [position for position, member in members if _same(member, own)]
        settles = own.low == UNKNOWN or (own.low == TRUE) == (node.word == "or")
        if not settles or not found:
            return node
        index = found[0]


def _same(member: Weighed, own: Weighed) -> bool:
    return member.bounds == own.bounds and member.failed == own.failed


def _about(node: Node, judged: Judged, memory: Memory) -> str:
    if judged.failed and (failure := _failure(node, memory)):
        return failure
    if isinstance(node, tree.Name):
        doubt = "" if judged.truth in (TRUE, FALSE) else ", which is neither true nor false"
        return _value(node, memory) + doubt
    simple = convert.comparison(node)
    if simple is not None:
        test = compiling.test(simple)
        return reasons.sentence(judging.judge(test, memory), test, memory)
    return _shown_with_values(node, memory)


def _failure(node: Node, memory: Memory) -> str | None:
    for name in tree.names(node):
        known = memory.get(name.reference.name)
        if isinstance(known, Unfetched):
            return reasons.failure(known, name.reference.name)
    return None


def _shown_with_values(node: Node, memory: Memory) -> str:
    """The part itself with its state, and what its attributes were."""
    text = render.render(node)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    made = weighing.truth(formula.flatten(Expression(text, node)), memory)
    said = [f"`{text}` is {_STATES[made.low]}"]
    known = [_value(name, memory) for name in tree.names(node)]
    said += [phrase for phrase in known if phrase][:_MOST_NAMES]
    if _asks_the_clock(node):
        at = memory.setting.at
        said.append("there is no clock" if at is None else f"the clock is {times.iso(at)}")
    head, rest = said[0], said[1:]
    return f"{head}: {', '.join(rest)}" if rest else head


def _value(name: tree.Name, memory: Memory) -> str:
    wanted = name.reference
    known = memory.get(wanted.name)
    short = f"`{reasons.short(wanted.name)}`"
    if not isinstance(known, Known):
        return ""
    if known.value is None:
        return f"{short} is missing"
    shown = reasons.masked(wanted.name, known)
    return f"{short} is {shown if shown == reasons.MASK else reasons.quoted(shown)}"


def _asks_the_clock(node: Node) -> bool:
    return any(
        isinstance(part, tree.Call) and functions.BY_NAME[part.function].clock == "needed"
        for part in tree.walk(node)
    )
