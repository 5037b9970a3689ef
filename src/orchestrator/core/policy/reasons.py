"""One sentence per condition, in the words of a routing manager."""

from typing import Final

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.policy import operand, values
from orchestrator.core.policy.compile import Test
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operand import Literal
from orchestrator.core.policy.reference import Reference
from orchestrator.core.policy.values import FALSE, TRUE

MASK: Final = "•••"
"""What stands for the value of a sensitive attribute."""
NOT_EVALUATED: Final = "not evaluated: it could not change the outcome"
_LONGEST: Final = 60
_PREFIXES: Final = ("sde.visitorinfo.customerinfo.", "sde.visitorinfo.personalinfo.")


def sentence(judged: Judged, test: Test, memory: Memory) -> str:
    """Say why the condition has its state: "`ctype` is 'silver', which is not in `custom.top`"."""
    if judged.truth is None:
        return NOT_EVALUATED
    if judged.failed:
        return _failure(test, memory)
    actual = memory.get(test.property.name)
    name = f"`{short(test.property.name)}`"
    if actual is None or isinstance(actual, Unfetched):
        return _without_property(name, judged, test, memory)
    missing = actual.value is None
    if not test.operator.takes_value:
        return f"{name} is missing" if missing else f"{name} is {shown(test.property.name, actual)}"
    if missing:
        return f"{name} is missing" + _because(judged, test, memory)
    return f"{name} is {shown(test.property.name, actual)}" + _because(judged, test, memory)


def short(name: str) -> str:
    """Return the name people use: the customer's attributes go without their long prefix."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def failure(known: Unfetched, name: str) -> str:
    """Say that an attribute could not be fetched."""
    return f"`{short(name)}` could not be fetched: {known.reason}"


def _failure(test: Test, memory: Memory) -> str:
    for wanted in (test.property, *operand.references(test.operand)):
        known = memory.get(wanted.name)
        if isinstance(known, Unfetched):
            return failure(known, wanted.name)
    return "an attribute could not be fetched"


def _without_property(name: str, judged: Judged, test: Test, memory: Memory) -> str:
    """The other side settles it alone: it is missing, an empty list, or nothing to compare with."""
    phrase = test.operator.holds if judged.truth == TRUE else test.operator.fails
    if judged.truth in (TRUE, FALSE):
        return f"{name} {phrase.format(other(test, memory))}, whatever its value"
    return f"{name} cannot be compared with {other(test, memory)}"


def _because(judged: Judged, test: Test, memory: Memory) -> str:
    compared = other(test, memory)
    if judged.truth in (TRUE, FALSE):
        phrase = test.operator.holds if judged.truth == TRUE else test.operator.fails
        return ", which " + phrase.format(compared)
    literals = test.operator.family.literals
    if literals == {"list"}:
        return ", and there is no list in " + _names(test)
    if literals == {"number", "text"}:
        return f", which is not comparable with {compared}"
    return f", and {test.operator.name} cannot be applied to that and {compared}"


def other(test: Test, memory: Memory) -> str:
    """The value of the condition: literals as they are, a reference by name and value."""
    match test.operand:
        case Literal(value):
            return quoted(value)
        case Reference():
            return _reference(test.operand, memory)
        case _:
            return quoted(test.source.value)


def _names(test: Test) -> str:
    return ", ".join(f"`{short(wanted.name)}`" for wanted in operand.references(test.operand))


def _reference(wanted: Reference, memory: Memory) -> str:
    known = memory.get(wanted.name)
    name = f"`{short(wanted.name)}`"
    if not isinstance(known, Known):
        return name
    if known.value is None:
        if wanted.default is not None:
            return f"{name} (missing, so {quoted(wanted.default)})"
        return f"{name} (which is missing)"
    if values.kind(known.value) in {"list", "object"}:
        return name
    return f"{name} ({shown(wanted.name, known)})"


def shown(name: str, known: Known) -> str:
    """Return the value of an attribute within a sentence, masked if it is sensitive."""
    return MASK if attributes.is_sensitive(name) else quoted(known.value)


def masked(name: str, known: AttributeValue | None) -> Json:
    """Return the value as the trace shows it: null if missing, the mask if sensitive."""
    if not isinstance(known, Known) or known.value is None:
        return None
    return MASK if attributes.is_sensitive(name) else known.value


def quoted(value: Json) -> str:
    """Return a value within a sentence: texts in quotes, long ones cut within them."""
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= _LONGEST - 2 else f"'{value[: _LONGEST - 3]}…'"
    text = values.written(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
