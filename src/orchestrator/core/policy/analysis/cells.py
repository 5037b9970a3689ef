"""The values of one attribute as finitely many cells, on which every one of its leaves is constant.

How to think about it: equality, membership, order and presence can only tell values apart by the
constants that the policies mention. So every mentioned value is a cell, and so is each gap between
thresholds (as a number and as a text that spells one), every further spelling of a mentioned
number, boolean, moment or folded text, null, and "any other text". One value stands for its cell;
what a leaf is there, the real operators say.

Parts of texts (and members of lists) are another matter: two "other texts" may differ in what they
contain. Cells that stand for many such values are *free*: there such a leaf may hold, and must not.
"""

import itertools
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import values
from orchestrator.core.policy.analysis import orders, spelling
from orchestrator.core.policy.analysis.leaves import Leaf
from orchestrator.core.policy.values import FALSE, TRUE, Truth

TEXTUAL: Final = frozenset({"CONTAINS", "IS_PART_OF", "STARTS_WITH", "ENDS_WITH", "MATCHES"})
_EQUALITY: Final = frozenset({"EQUAL", "IS_IN"})
_ORDERS: Final = frozenset(
    {"LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL"}
)
_STRUCTURES: Final = frozenset({"list", "object"})
_WORDS: Final = ("true", "false")

Freedom = Literal["fixed", "text", "list", "object"]


class Cell(msgspec.Struct, frozen=True, eq=False):
    """A value that stands for others; ``freedom`` says of which kind those are, if they differ."""

    value: Json
    freedom: Freedom = "fixed"


class Bits(msgspec.Struct, frozen=True):
    """Cells as bits: where a literal surely holds, and where it may."""

    must: int
    may: int


class Table:
    """The cells of one attribute. ``complete`` is False when a value may have been overlooked."""

    def __init__(self, leaves: Iterable[Leaf], *, static: tuple[Json] | None = None) -> None:
        self.cells: list[Cell] = []
        self.complete = True
        self._by_key: dict[Hashable, int] = {}
        self._found: dict[Hashable, Bits] = {}
        self._masks: dict[Hashable, int] = {}
        self._orders: orders.Orders | None = None
        if static is None:
            _Cells(self, list(leaves)).construct()
        else:
            self.add(static[0])
        self.everything = (1 << len(self.cells)) - 1

    def add(self, value: Json, freedom: Freedom = "fixed") -> None:
        """Add a cell."""
        bit = 1 << len(self.cells)
        self.cells.append(Cell(value, freedom))
        own = key(value)
        self._by_key[own] = self._by_key.get(own, 0) | bit

    def free(self, freedom: Freedom) -> int:
        """Return the cells of that freedom."""
        return self._mask(freedom, lambda cell: cell.freedom == freedom)

    def kinds(self, wanted: frozenset[values.Kind]) -> int:
        """Return the cells whose values are of these types."""
        return self._mask(wanted, lambda cell: values.kind(cell.value) in wanted)

    def _mask(self, key: Hashable, fits: Callable[[Cell], bool]) -> int:
        if key not in self._masks:
            found = (1 << at for at, cell in enumerate(self.cells) if fits(cell))
            self._masks[key] = sum(found)
        return self._masks[key]

    def of(self, leaf: Leaf, wanted: Truth) -> Bits:
        """Return where ``leaf`` is ``wanted``."""
        key = (leaf.key, wanted)
        if key not in self._found:
            true, false, free = self._judged(leaf)
            self._found[leaf.key, TRUE] = Bits(true, true | free)
            self._found[leaf.key, FALSE] = Bits(false, false | free)
        return self._found[key]

    def _judged(self, leaf: Leaf) -> tuple[int, int, int]:
        if leaf.operator is not None and leaf.operator.name in _ORDERS:
            place = values.rank(leaf.constant)
            if place is not None:
                return self._compared(leaf, *place)
        likely = self.everything
        if _is_plain_equality(leaf):
            likely = 0  # what equals a constant has its key: no other cell can
            for constant in _constants(leaf):
                likely |= self._by_key.get(key(constant), 0)
        true = false = free = 0
        for at in positions(likely):
            cell, bit = self.cells[at], 1 << at
            if _is_free(leaf, cell.freedom):
                free |= bit
                continue
            truth = leaf.judge(cell.value)
            if truth == TRUE:
                true |= bit
            elif truth == FALSE:
                false |= bit
        return true, false | (self.everything & ~likely), free

    def _compared(self, leaf: Leaf, sort: str, constant: Any) -> tuple[int, int, int]:
        """Judge a threshold, which is nowhere free: thousands of them meet thousands of cells."""
        if self._orders is None:
            self._orders = orders.Orders([cell.value for cell in self.cells])
        true = false = 0
        for group in self._orders.alike(sort, constant):
            one = (group & -group).bit_length() - 1
            truth = leaf.judge(self.cells[one].value)
            if truth == TRUE:
                true |= group
            elif truth == FALSE:
                false |= group
        return true, false, 0


def positions(bits: int) -> Iterable[int]:
    """Yield the numbers of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _is_plain_equality(leaf: Leaf) -> bool:
    """Whether a leaf is FALSE of whatever equals none of its constants."""
    if leaf.operator is None or leaf.operator.name not in _EQUALITY:
        return False
    if leaf.operator.name == "IS_IN" and not isinstance(leaf.constant, list):
        return False
    return all(values.kind(each) not in _STRUCTURES for each in _constants(leaf))


def _constants(leaf: Leaf) -> list[Json]:
    if leaf.operator is not None and leaf.operator.name == "IS_IN":
        return leaf.constant if isinstance(leaf.constant, list) else []
    return [leaf.constant]


def key(value: Json) -> Hashable:
    """Return a key that equal values share (others may, too)."""
    match values.kind(value):
        case "text":
            spelled = values.spelled(value)
            return ("number", spelled) if spelled is not None else ("text", value.casefold())
        case "number":
            return ("number", value)
        case "boolean":
            return ("text", _WORDS[0] if value else _WORDS[1])
        case "null":
            return ("null",)
        case _:
            return ("structure",)


def _is_free(leaf: Leaf, freedom: Freedom) -> bool:
    if freedom == "fixed" or leaf.operator is None:
        return False
    name = leaf.operator.name
    if freedom == "text":
        return name in TEXTUAL and isinstance(leaf.constant, str)
    if freedom == "list" and name == "CONTAINS":
        return True
    return name in _EQUALITY and any(values.kind(each) in _STRUCTURES for each in _constants(leaf))


class _Cells:
    """Constructs the cells of one attribute from what its leaves mention."""

    def __init__(self, table: Table, leaves: list[Leaf]) -> None:
        self._table = table
        self._leaves = leaves
        self._texts: dict[str, None] = {}
        self._numbers: dict[int | float, None] = {}
        self._booleans = False
        self._thresholds: dict[str, set[Any]] = {}
        self._structures: list[Json] = []

    def construct(self) -> None:
        """Add every cell; the plainest first, which is what a witness is made of."""
        self._mention()
        table = self._table
        taken = self._texts
        table.add(spelling.plain(taken), "text")
        self._numeric()
        for sort in ("date", "moment", "local date-time"):
            self._sorted(sort)
        for text in taken:
            table.add(text)
        for number in self._numbers:
            table.add(number)
        table.add(True)
        table.add(False)
        if self._booleans:
            for word in _WORDS:
                self._spelled(spelling.boolean, word)
        if self._case_matters():
            for text in {text.casefold(): text for text in taken}.values():
                if values.spelled(text) is None and not (self._booleans and text.lower() in _WORDS):
                    self._spelled(spelling.folded, text)
        for structure in self._structures:
            table.add(structure)
        table.add([], "list")
        table.add({}, "object")
        table.add(None)

    def _mention(self) -> None:
        for leaf in self._leaves:
            name = leaf.operator.name if leaf.operator else ""
            for constant in _constants(leaf):
                self._note(constant)
            if name in _ORDERS and (ranked := values.rank(leaf.constant)) is not None:
                self._thresholds.setdefault(ranked[0], set()).add(ranked[1])

    def _note(self, constant: Json) -> None:
        match values.kind(constant):
            case "text":
                self._texts[str(constant)] = None
                if (spelled := values.spelled(constant)) is not None:
                    self._numbers[spelled] = None
            case "number":
                self._numbers[constant] = None
            case "boolean":
                self._booleans = True
            case "list" | "object":
                self._structures.append(constant)

    def _numeric(self) -> None:
        """Every number that matters, in every shape; and one of each gap between thresholds."""
        ordered = "number" in self._thresholds
        said = any(
            values.kind(each) == "number"
            for leaf in self._leaves
            if leaf.operator is not None and leaf.operator.name in _EQUALITY | _ORDERS
            for each in _constants(leaf)
        )
        points = sorted(set(self._numbers) | self._thresholds.get("number", set()))
        gaps = _gaps("number", points) if ordered and points else []
        if not gaps:
            gaps = [_gaps("number", points)[-1] if points else 1]
        for number in reversed(gaps):  # beyond the last threshold first
            self._table.add(number)
            if ordered:
                self._spelled(spelling.number, number)
        if ordered or said:
            for number in points:
                self._spelled(spelling.number, number)

    def _sorted(self, sort: str) -> None:
        if sort not in self._thresholds:
            return
        points = set(self._thresholds[sort])
        for text in self._texts:
            ranked = values.rank(text)
            if ranked is not None and ranked[0] == sort:
                points.add(ranked[1])
        try:
            gaps = _gaps(sort, sorted(points))
        except spelling.Unsure:
            self._table.complete = False
            return
        for key in [*reversed(gaps), *points]:
            try:
                text = spelling.sort_text(sort, key, self._texts)
            except spelling.Unsure:
                self._table.complete = False
            else:
                if text is not None:
                    self._table.add(text, "text")

    def _spelled(self, spell: Any, value: Any) -> None:
        try:
            text = spell(value, self._texts)
        except spelling.Unsure:
            self._table.complete = False
        else:
            if text is not None:
                self._table.add(text, "text")

    def _case_matters(self) -> bool:
        """Whether some leaf disregards case and another does not."""
        folds = [leaf.fold == TRUE for leaf in self._leaves if leaf.operator is not None]
        exact = any(
            leaf.operator is not None
            and (
                leaf.fold == FALSE
                or leaf.operator.name == "MATCHES"
                or leaf.operator.name in _ORDERS
            )
            and leaf.operator.takes_value
            for leaf in self._leaves
        )
        return any(folds) and exact


def _gaps(sort: str, points: list[Any]) -> list[Any]:
    """Return a key below all ``points``, one between each two of them, and one above all."""
    ends = [None, *points, None]
    found = [spelling.between(sort, low, high) for low, high in itertools.pairwise(ends)]
    return [key for key in found if key is not None]
