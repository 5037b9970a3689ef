"""One function made for a set, which finds candidates where values are of the kinds it expects.

How to think about it: what a decision costs at a thousand policies is mostly calls, so the look-ups
are written out, an attribute after the other, and so are tests of the rows that no key finds. These
may let a row through that does not hold, since candidates are checked afterwards; they never keep
one back. Where a test would need more than its kind of value, the function gives up and the slower
search is asked. The source is made of numbers alone: whatever came from a document
is a global of the function, which costs less than defaults do.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import lookup
from orchestrator.core.policy.index import order
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE

Get = Callable[[str], Any]
"""From a canonical name to its value, None where it is missing, an `Absent` where it was lost."""
Found = Callable[[Any], Sequence[int] | None]
"""From a value to the bits of the rows that it makes candidates, in no order, perhaps twice."""
Finder = Callable[[Get], tuple[list[int], bool] | None]
"""From attributes to candidates, in no order, and whether an attribute was missing; or None."""

LARGEST: Final = 1e300
"""Numbers beyond it are looked at more closely: they may be no JSON."""
_LONGEST: Final = 4_096
"""A longer list is left to the checks: it would be kept twice."""

_ORDER: Final = {
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
}


class Probe(msgspec.Struct, frozen=True, eq=False):
    """An attribute with keys: ``by_text`` finds candidates by a text, ``by_value`` by any value.

    ``table`` is all there is to ``by_text`` where it is given.
    """

    name: str
    by_text: Found
    by_value: Found
    table: Mapping[str, Sequence[int]] | None = None


Rows = Iterable[tuple[int, Iterable[Indexed]]]
"""Bits of rows to be tested, and their literals, the rarest first: that alone is a reason to read
its attribute.
"""


class _Attribute:
    """What is asked of one attribute: keys, and tests of one kind of value, if any."""

    __slots__ = ("kind", "number", "probes")

    def __init__(self, number: int) -> None:
        self.number = number
        self.probes: list[Probe] = []
        self.kind: str | None = None


def finder(probes: Iterable[Probe], rows: Rows) -> Finder:
    """Return the function that finds candidates by ``probes``, and those of ``rows``."""
    return _Writer().written(probes, rows)


class _Writer:
    """The source of the function, line by line, and the constants that it names."""

    def __init__(self) -> None:
        self._constants: dict[str, Any] = {
            "_check": check,
            "_other": other,
            "_nan": math.nan,
            "_largest": LARGEST,
            "_least": -LARGEST,
        }
        self._attributes: dict[str, _Attribute] = {}

    def written(self, probes: Iterable[Probe], rows: Rows) -> Finder:
        for probe in probes:
            self._attribute(probe.name).probes.append(probe)
        rows = tuple(rows)
        first = [next(filter(_simple, literals), None) for _, literals in rows]
        for literal in first:
            if literal is not None:
                self._attribute(literal.name)
        always: list[int] = []
        tests: list[str] = []
        for bit, literals in rows:
            known = [literal for literal in literals if literal.name in self._attributes]
            known.sort(key=lambda literal: literal.sort == "contains")  # what takes longest
            parts = [part for literal in known if (part := self._test(literal))]
            if parts:
                tests.append(f" if {' and '.join(parts)}: add({bit})")
            else:
                always.append(bit)
        body = [
            f" found = [*{self._constant(tuple(always))}]",
            " add = found.append",
            " missing = False",
        ]
        for name, attribute in self._attributes.items():
            body += self._read(name, attribute)
        body += tests
        source = "\n".join(["def find(get):", *body, " return found, missing"])
        space = dict(self._constants)
        exec(compile(source, "<index>", "exec"), space)  # noqa: S102 — no text of others is in it
        return space["find"]

    def _attribute(self, name: str) -> _Attribute:
        return self._attributes.setdefault(name, _Attribute(len(self._attributes)))

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _test(self, literal: Indexed) -> str | None:
        """Return a test that is true where ``literal`` holds, None if there is no cheap one.

        A missing text is None, a missing number is not a number.
        """
        made = _simple(literal)
        if made is None:
            return None
        kind, sign, constant = made
        attribute = self._attribute(literal.name)
        attribute.kind = attribute.kind or kind
        if attribute.kind != kind:
            return None
        value = f"v{attribute.number}"
        if sign == "contains":
            return f"{value} is not None and {self._constant(constant)} in {value}"
        return f"{value} {sign} {self._constant(constant)}"

    def _read(self, name: str, attribute: _Attribute) -> list[str]:
        value, key = f"v{attribute.number}", self._constant(name)
        body = [f" {value} = get({key})"]
        other = ["  return None"]
        match attribute.kind:
            case "number":
                body.append(f" if type({value}) is int or type({value}) is float:")
                body.append(f"  if not _least < {value} < _largest: return None")
                body += self._others(value, key, attribute)
            case "boolean":
                body.append(f" if type({value}) is bool:")
                body += self._others(value, key, attribute) or ["  pass"]
            case kind:
                body.append(f" if type({value}) is str:")
                body.append(f"  if not {value}.isascii(): _check({value}, {key})")
                for probe in attribute.probes:
                    body += self._by_text(value, probe)
                if kind is None:
                    other = self._others(value, key, attribute)
        body += [f" elif {value} is None:", "  missing = True"]
        if attribute.kind == "number":
            body.append(f"  {value} = _nan")
        return [*body, " else:", *other]

    def _others(self, value: str, key: str, attribute: _Attribute) -> list[str]:
        return [
            f"  found += _other({value}, {key}, {self._constant(probe.by_value)})"
            for probe in attribute.probes
        ]

    def _by_text(self, value: str, probe: Probe) -> list[str]:
        if probe.table is not None:
            table = self._constant(probe.table)
            return [f"  if {value} in {table}: found += {table}[{value}]"]
        return [f"  found += {self._constant(probe.by_text)}({value}) or ()"]


def check(value: object, name: str) -> Json | Absent:
    """Return ``value``; raises `errors.BadInput` if it is no JSON."""
    return value if isinstance(value, Absent) else lookup.plain_json(value, name)


def other(value: Any, name: str, by_value: Found) -> Sequence[int]:
    """Return candidates by a value that is no text; raises `errors.BadInput` if it is no JSON."""
    kind = type(value)
    if kind is int or kind is float:
        if not -LARGEST < value < LARGEST:
            check(value, name)
    elif kind is not bool:
        value = check(value, name)
    return by_value(value) or ()


def _simple(literal: Indexed) -> tuple[str, str, Any] | None:
    """Return of what kind a value must be, how it is compared, and with what."""
    constants = literal.constants
    positive = literal.wanted == TRUE
    if literal.sort == "order" and order.sort_of(literal) == "number":
        return "number", _ORDER[literal.operator], order.threshold(literal)
    if literal.fold == TRUE:
        return None
    if literal.sort == "contains" and positive and type(constants[0]) is str:
        return "text", "contains", constants[0]
    if literal.sort not in {"equal", "listed"} or len(constants) > _LONGEST:
        return None
    kinds = set(map(type, constants))
    if kinds == {str}:
        if len(constants) == 1:
            return "text", "==" if positive else "!=", constants[0]
        return "text", "in" if positive else "not in", frozenset(constants)
    if len(constants) == 1 and kinds <= {int, float}:
        return "number", "==" if positive else "!=", constants[0]
    if len(constants) == 1 and kinds == {bool}:
        return "boolean", "is" if positive else "is not", constants[0]
    return None
