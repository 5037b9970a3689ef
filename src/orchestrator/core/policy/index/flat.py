"""Functions made for a set, which find candidates where values are of the kinds they expect.

How to think about it: what a decision costs at a thousand policies is mostly calls, so the look-ups
are written out, an attribute after the other, and so are tests of the rows that no key finds. These
may let a row through that does not hold, since candidates are checked afterwards; they never keep
one back. Where a test would need more than its kind of value, the function gives up and the slower
search is asked. The source is made of numbers alone: whatever came from a document
is a global of the function, which costs less than defaults do.
"""

import bisect
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import lookup
from orchestrator.core.policy.index import masks, needles
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.index.simple import simple
from orchestrator.core.policy.operators import Absent

Get = Callable[[str], Any]
"""From a canonical name to its value, None where it is missing, an `Absent` where it was lost."""
Found = Callable[[Any], Sequence[int] | None]
"""From a value to the bits of the rows that it makes candidates, in no order, perhaps twice."""
Finder = Callable[[Get], tuple[list[int], bool] | None]
"""From attributes to candidates, in no order, and whether an attribute was missing; or None."""
Picker = Callable[[dict[str, Any]], list[int] | None]
"""The same where nothing is missing and every value is of the kind that is expected; or None."""

LARGEST: Final = 1e300
"""Numbers beyond it are looked at more closely: they may be no JSON."""
_NUMBERS: Final = frozenset({int, float})


class Probe(msgspec.Struct, frozen=True, eq=False):
    """An attribute with keys: ``by_text`` finds candidates by a text, ``by_value`` by any value.

    ``table`` is all there is to ``by_text`` where it is given, and so are ``needles``: rows by what
    a text contains.
    """

    name: str
    by_text: Found
    by_value: Found
    table: Mapping[str, Sequence[int]] | None = None
    needles: Mapping[str, Sequence[int]] | None = None


Row = tuple[int, Sequence[Indexed]]
Rows = Iterable[Row]
"""Bits of rows, and their literals, the rarest first: that alone is a reason to read its attribute,
where rows are tested one by one.
"""


class _Attribute:
    """What is asked of one attribute: keys, tests of one kind of value, if any, and a lane."""

    __slots__ = ("kind", "lane", "name", "number", "probes")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.probes: list[Probe] = []
        self.kind: str | None = None
        self.lane: masks.Lane | None = None


def finders(probes: Iterable[Probe], tested: Rows, masked: Rows) -> tuple[Picker, Finder]:
    """Return two functions that find candidates by ``probes``, and those of the other rows.

    Rows that are ``tested`` are tested one after the other, those that are ``masked`` all at once.
    """
    return _Writer(masks.lanes(masked)).written(probes, tuple(tested))


class _Writer:
    """The source of the functions, line by line, and the constants that they name."""

    def __init__(self, masked: masks.Masked) -> None:
        self._constants: dict[str, Any] = {
            "_check": check,
            "_each": _each,
            "_other": other,
            "_nan": math.nan,
            "_least": -LARGEST,
            "_largest": LARGEST,
            "_numbers": _NUMBERS,
            "_sum": math.fsum,
            "_join": "".join,
            "_bisect": bisect.bisect_left,
        }
        self._attributes: dict[str, _Attribute] = {}
        self._masked = masked

    def written(self, probes: Iterable[Probe], rows: tuple[Row, ...]) -> tuple[Picker, Finder]:
        for probe in probes:
            self._attribute(probe.name).probes.append(probe)
        for name, lane in self._masked.lanes.items():
            attribute = self._attribute(name)
            attribute.lane, attribute.kind = lane, lane.kind
        for _, literals in rows:
            first = next(filter(simple, literals), None)
            if first is not None:
                self._attribute(first.name)
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
        begin = [f" found = [*{self._constant(tuple(always))}]" if always else " found = []"]
        if tests or self._masked.bits:
            begin.append(" add = found.append")
        if self._masked.bits:
            begin.append(f" left = {self._constant(self._masked.left)}")
        end = [*tests, *self._survivors()]
        return self._pick(begin, end), self._find(begin, end)

    def _pick(self, begin: list[str], end: list[str]) -> Picker:
        """Everything is there, and of the kind that is expected: or None."""
        every = self._attributes.values()
        texts = [each for each in every if each.kind in {None, "text"}]
        numbers = [each for each in every if each.kind == "number"]
        booleans = [each for each in every if each.kind == "boolean"]
        body = [" try:"]
        for some, name in ((texts, "texts"), (numbers, "numbers"), (booleans, "booleans")):
            if some:
                body += [f"  {name} = {self._got(some)}"]
        body += ["  pass", " except KeyError: return None"]
        body += self._typed(texts, "texts", "type({}) is str")
        if texts:
            names = self._constant(tuple(each.name for each in texts))
            body.append(f" if not _join(texts).isascii(): _each(texts, {names})")
        body += self._typed(numbers, "numbers", "type({}) in _numbers")
        if numbers:
            body += [
                " try:",
                "  if not _least < _sum(numbers) < _largest: return None",
                " except (OverflowError, ValueError): return None",
            ]
        body += self._typed(booleans, "booleans", "type({}) is bool")
        body += begin
        together = _together(texts)
        if together:
            joint = needles.Joint([probe.needles or {} for _, probe in together])
            values = ", ".join(f"v{each.number}" for each, _ in together)
            body.append(f" found += {self._constant(joint.inside)}(({values}))")
        apart = {id(probe) for _, probe in together}
        for each in every:
            value = f"v{each.number}"
            if each.kind in {None, "text"}:
                for probe in each.probes:
                    if id(probe) not in apart:
                        body += [line[1:] for line in self._by_text(value, probe)]
            else:
                body += [line[1:] for line in self._others(value, each)]
            body += [f" {line}" for line in self._held(value, each)]
        return self._made("pick(given)", [*body, *end, " return found"])

    def _got(self, some: Sequence[_Attribute]) -> str:
        if len(some) == 1:
            return f"(given[{self._constant(some[0].name)}],)"
        return f"{self._constant(operator.itemgetter(*(each.name for each in some)))}(given)"

    def _typed(self, some: Sequence[_Attribute], name: str, test: str) -> list[str]:
        if not some:
            return []
        numbered = [f"v{each.number}" for each in some]
        typed = " and ".join(map(test.format, numbered))
        return [f" {', '.join(numbered)}, = {name}", f" if not ({typed}): return None"]

    def _find(self, begin: list[str], end: list[str]) -> Finder:
        """Something may be missing: whoever asks is told so."""
        body = [*begin, " missing = False"]
        for attribute in self._attributes.values():
            body += self._read(attribute)
        return self._made("find(get)", [*body, *end, " return found, missing"])

    def _made(self, head: str, body: Sequence[str]) -> Any:
        source = "\n".join([f"def {head}:", *body])
        space = dict(self._constants)
        exec(compile(source, "<index>", "exec"), space)  # noqa: S102 — no text of others is in it
        return space[head.partition("(")[0]]

    def _attribute(self, name: str) -> _Attribute:
        return self._attributes.setdefault(name, _Attribute(name, len(self._attributes)))

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name

    def _test(self, literal: Indexed) -> str | None:
        """Return a test that is true where ``literal`` holds, None if there is no cheap one.

        A missing text is None, a missing number is not a number.
        """
        made = simple(literal)
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

    def _read(self, attribute: _Attribute) -> list[str]:
        value, key = f"v{attribute.number}", self._constant(attribute.name)
        held = [f"  {line}" for line in self._held(value, attribute)]
        body = [f" {value} = get({key})"]
        other = ["  return None"]
        match attribute.kind:
            case "number":
                body.append(f" if type({value}) is int or type({value}) is float:")
                body.append(f"  if not _least < {value} < _largest: return None")
                body += self._others(value, attribute) + held
            case "boolean":
                body.append(f" if type({value}) is bool:")
                body += self._others(value, attribute) + held or ["  pass"]
            case kind:
                body.append(f" if type({value}) is str:")
                body.append(f"  if not {value}.isascii(): _check({value}, {key})")
                for probe in attribute.probes:
                    body += self._by_text(value, probe)
                body += held
                if kind is None:
                    other = self._others(value, attribute)
        body += [f" elif {value} is None:", "  missing = True"]
        if attribute.kind == "number":
            body.append(f"  {value} = _nan")
        if attribute.lane is not None:
            body.append(f"  left &= {self._constant(attribute.lane.missing)}")
        return [*body, " else:", *other]

    def _others(self, value: str, attribute: _Attribute) -> list[str]:
        key = self._constant(attribute.name)
        return [
            f"  found += _other({value}, {key}, {self._constant(probe.by_value)})"
            for probe in attribute.probes
        ]

    def _by_text(self, value: str, probe: Probe) -> list[str]:
        if probe.table is not None:
            table = self._constant(probe.table)
            return [f"  if {value} in {table}: found += {table}[{value}]"]
        return [f"  found += {self._constant(probe.by_text)}({value}) or ()"]

    def _held(self, value: str, attribute: _Attribute) -> list[str]:
        """Leave those of the masked rows whose literals hold for a value of the kind expected."""
        lane = attribute.lane
        if lane is None:
            return []
        at = self._constant(lane.at)
        if not lane.edges:
            return [f"left &= {at}[{value}] if {value} in {at} else {self._constant(lane.other)}"]
        between, edges = self._constant(lane.between), self._constant(lane.edges)
        among = f"{between}[_bisect({edges}, {value})]"
        return [f"left &= {at}[{value}] if {value} in {at} else {among}"]

    def _survivors(self) -> list[str]:
        if not self._masked.bits:
            return []
        bits = self._constant((0, *self._masked.bits))
        tops = self._constant((0, *(1 << place for place in range(len(self._masked.bits)))))
        return [
            " while left:",
            "  top = left.bit_length()",
            f"  add({bits}[top])",
            f"  left ^= {tops}[top]",
        ]


def _together(texts: Iterable[_Attribute]) -> list[tuple[_Attribute, Probe]]:
    """Return where needles are looked for in several texts: one walk through all is faster."""
    found = [(each, probe) for each in texts for probe in each.probes if probe.needles is not None]
    return found if len(found) > 1 else []


def _each(values: Iterable[str], names: Iterable[str]) -> None:
    for value, name in zip(values, names, strict=True):
        check(value, name)


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
