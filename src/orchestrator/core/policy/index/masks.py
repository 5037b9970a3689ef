"""A few hundred rows at once: by each value of an attribute, which of them its literals leave.

Where a row says more of an attribute than a comparison of Python can tell, or of values of another
kind, it is left in: candidates are checked afterwards, and no row may be kept back that holds.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.index.simple import simple

_LONGEST: Final = 64
"""Constants of a longer list would each need a mask."""

_Part = tuple[str, Any]
"""A sign and a constant, as `simple` has them."""

_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda value, some: value in some,
    "not in": lambda value, some: value not in some,
}


class Lane(msgspec.Struct, frozen=True, eq=False):
    """What values of one ``kind`` leave of the rows, a bit each.

    ``at`` has the constants, ``other`` is for whatever is none of them, and ``missing`` for no
    value. Where numbers are compared, ``edges`` are the constants in order and ``between`` the
    masks below the first, between two of them and above the last.
    """

    kind: str
    at: Mapping[Any, int]
    other: int
    missing: int
    edges: Sequence[float] = ()
    between: Sequence[int] = ()


class Masked(msgspec.Struct, frozen=True, eq=False):
    """Rows by places of their own, the lowest bit first; ``left`` has all places."""

    bits: tuple[int, ...]
    left: int
    lanes: Mapping[str, Lane]


def lanes(rows: Iterable[tuple[int, Iterable[Indexed]]]) -> Masked:
    """Return the lanes of ``rows``, each a bit and its literals, by attribute."""
    ordered = sorted(rows, key=lambda row: row[0])
    full = (1 << len(ordered)) - 1
    said: dict[str, dict[int, list[_Part]]] = {}
    kinds: dict[str, str] = {}
    for place, (_, literals) in enumerate(ordered):
        for literal in literals:
            made = simple(literal)
            if made is None or made[1] == "contains":
                continue
            kind, sign, constant = made
            if kinds.setdefault(literal.name, kind) != kind or _is_long(sign, constant):
                continue
            said.setdefault(literal.name, {}).setdefault(place, []).append((sign, constant))
    return Masked(
        tuple(bit for bit, _ in ordered),
        full,
        {name: _lane(kinds[name], parts, full) for name, parts in said.items()},
    )


def _is_long(sign: str, constant: Any) -> bool:
    return sign.endswith("in") and len(constant) > _LONGEST


def _lane(kind: str, parts: Mapping[int, Sequence[_Part]], full: int) -> Lane:
    if kind == "number":
        return _of_numbers(parts, full)
    # What no row names is as good as no value: equal to nothing, and so unequal to everything.
    other = full
    for place, some in parts.items():
        if not _holds(some, None):
            other ^= 1 << place
    at: dict[Any, int] = dict.fromkeys((False, True), other) if kind == "boolean" else {}
    for place, some in parts.items():
        for constant in at if kind == "boolean" else set(_constants(some)):
            here = at.get(constant, other)
            at[constant] = here | 1 << place if _holds(some, constant) else here & ~(1 << place)
    return Lane(kind, at, other, other)


def _of_numbers(parts: Mapping[int, Sequence[_Part]], full: int) -> Lane:
    """Number the stretches below, at, between and above all edges, and turn rows over in order."""
    edges = sorted({constant for some in parts.values() for _, constant in some})
    stretches = {edge: 2 * number + 1 for number, edge in enumerate(edges)}
    turns = [0] * (2 * len(edges) + 1)
    first = missing = full
    for place, some in parts.items():
        bit = 1 << place
        numbered = [(sign, stretches[constant]) for sign, constant in some]
        held = _holds(numbered, 0)
        first ^= 0 if held else bit
        missing ^= 0 if _holds(some, math.nan) else bit
        for edge in sorted({stretch for _, stretch in numbered}):
            for stretch in (edge, edge + 1):
                holds = _holds(numbered, stretch)
                turns[stretch] ^= 0 if holds == held else bit
                held = holds
    found: list[int] = []
    for turn in turns:
        first ^= turn
        found.append(first)
    at = dict(zip(edges, found[1::2], strict=True))
    return Lane("number", at, 0, missing, tuple(edges), tuple(found[0::2]))


def _holds(parts: Iterable[_Part], value: Any) -> bool:
    return all(_SIGNS[sign](value, constant) for sign, constant in parts)


def _constants(parts: Iterable[_Part]) -> Iterator[Any]:
    for sign, constant in parts:
        if sign.endswith("in"):
            yield from constant
        else:
            yield constant
