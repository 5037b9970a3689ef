"""Everything that can come in, as boxes: for each attribute the cells that its value may be in.

How to think about it: a row of a policy is a box (`Row.may`), of which a smaller one is certain
(`Row.must`). A box is *covered* by rows when each of its points lies within the certain box of one:
`Space.cover` picks a point, looks for a row that takes it, cuts that row out of the box and goes on
with the pieces. Either nothing is left, which is the proof, or there is a point that nobody takes.

Boxes are never smaller than the truth and certain boxes never larger, so that a proof is one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.policy import values
from orchestrator.core.policy.analysis import implied
from orchestrator.core.policy.analysis.cells import Bits, Table
from orchestrator.core.policy.analysis.leaves import Conjunction, Dimension, Leaf, Literal, Reader
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Truth

Box = Mapping[Dimension, int]
"""From dimensions to cells; what is not in it may be anything."""
Domain = Callable[[Dimension], int]
"""What a dimension that is not in a box may be: `Space.everything`, or `Space.typical`."""
Point = Mapping[Dimension, int]
"""From dimensions to the number of one cell; what is not in it is missing."""

MAX_LOOKS: Final = 50_000
"""So many rows are looked at for one box before nobody knows."""
MAX_ALL_LOOKS: Final = 4_000_000
"""So many for a whole policy set: some seconds, whatever the policies are."""
MAX_STEPS: Final = 400
"""So many points are looked at for one box before nobody knows."""

_DECLARED: Final[dict[str, frozenset[values.Kind]]] = {
    kind: frozenset({kind, "null"}) for kind in ("boolean", "number", "text")
}
_OPAQUE: Final = {TRUE: Bits(0b001, 0b001), FALSE: Bits(0b010, 0b010), UNKNOWN: Bits(0b100, 0b100)}
_OPAQUE_ALL: Final = 0b111
_OPAQUE_DEFAULT: Final = 2


class Row(msgspec.Struct, frozen=True, eq=False):
    """Literals that must hold together for a block, by dimension.

    ``policy`` and ``block`` are positions, ``rejects`` the dimensions that must not be missing.
    ``sure`` is False where a match may still come to nothing: its target is a reference.
    """

    policy: int
    block: int
    literals: Conjunction
    by_dimension: dict[Dimension, list[Literal]]
    rejects: frozenset[Dimension]
    sure: bool


class Part(msgspec.Struct, frozen=True):
    """A part of the space: a box, literals that hold throughout it, and what else may come in."""

    box: Box
    domain: Domain
    given: Mapping[Dimension, Sequence[Literal]] = {}


class Covered(msgspec.Struct, frozen=True):
    """Every point of a box is taken by one of these rows."""

    rows: tuple[Row, ...]


class Reached(msgspec.Struct, frozen=True):
    """A point that no row takes for certain."""

    point: dict[Dimension, int]


class Space:
    """All rows of a policy set, and the cells of each attribute, made when they are first asked."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._leaves: dict[Dimension, dict[int, Leaf]] = {}
        self._tables: dict[Dimension, Table] = {}
        self._may: dict[tuple[int, Dimension], Bits] = {}
        self._rows: list[Row] = []
        self._easy: list[Row] = []
        self._by_rejected: dict[Dimension, list[Row]] = {}
        self._missing: dict[tuple[int, Truth], bool] = {}
        self._looks = 0

    def row(self, policy: int, block: int, literals: Conjunction, *, sure: Truth) -> Row:
        """Return a row, and remember its leaves. All rows come before the first question."""
        by_dimension: dict[Dimension, list[Literal]] = {}
        for literal in literals:
            dimension = literal.leaf.dimension
            by_dimension.setdefault(dimension, []).append(literal)
            self._leaves.setdefault(dimension, {})[id(literal.leaf)] = literal.leaf
        rejects = frozenset(
            dimension
            for dimension, members in by_dimension.items()
            if not all(self._holds_missing(literal) for literal in members)
        )
        made = Row(policy, block, literals, by_dimension, rejects, sure == TRUE)
        self._rows.append(made)
        return made

    def index(self) -> None:
        """Make rows easy to find: each under the attribute that the fewest others ask for."""
        often: dict[Dimension, int] = {}
        for row in self._rows:
            for dimension in row.rejects:
                often[dimension] = often.get(dimension, 0) + 1
        for row in self._rows:
            if not row.sure:
                continue
            if row.rejects:
                rarest = min(row.rejects, key=lambda each: often[each])
                self._by_rejected.setdefault(rarest, []).append(row)
            else:
                self._easy.append(row)

    def _holds_missing(self, literal: Literal) -> bool:
        """Whether a literal holds where the attribute is not there at all."""
        leaf = literal.leaf
        if leaf.is_opaque:
            return False
        key = (id(leaf), literal.wanted)
        if key not in self._missing:
            static = self._static(leaf.dimension)
            value = None if static is None else static[0]
            self._missing[key] = leaf.judge(value) == literal.wanted
        return self._missing[key]

    def _static(self, dimension: Dimension) -> tuple[object] | None:
        known = self._reader.memory.get(dimension) if isinstance(dimension, str) else None
        return None if known is None else (getattr(known, "value", None),)

    def table(self, dimension: Dimension) -> Table:
        """Return the cells of an attribute."""
        if dimension not in self._tables:
            leaves = self._leaves.get(dimension, {}).values()
            self._tables[dimension] = Table(leaves, static=self._static(dimension))
        return self._tables[dimension]

    def everything(self, dimension: Dimension) -> int:
        """Return all cells of a dimension."""
        return self.table(dimension).everything if isinstance(dimension, str) else _OPAQUE_ALL

    def typical(self, dimension: Dimension) -> int:
        """Return the cells of values of the declared type, and that of none; all without one."""
        entry = attributes.described(dimension) if isinstance(dimension, str) else None
        kind = _DECLARED.get(entry.type) if entry is not None else None
        if kind is None or not isinstance(dimension, str):
            return self.everything(dimension)
        return self.table(dimension).kinds(kind) or self.everything(dimension)

    def missing(self, dimension: Dimension) -> int:
        """Return the number of the cell of an attribute that is not there."""
        return (
            len(self.table(dimension).cells) - 1 if isinstance(dimension, str) else _OPAQUE_DEFAULT
        )

    def bits(self, literal: Literal) -> Bits:
        """Return where one literal holds, and where it may."""
        leaf = literal.leaf
        if isinstance(leaf.dimension, str):
            return self.table(leaf.dimension).of(leaf, literal.wanted)
        if leaf.never and literal.wanted == TRUE:
            return Bits(0, 0)
        return _OPAQUE[literal.wanted]

    def of(self, row: Row, dimension: Dimension) -> Bits:
        """Return where all literals of a row on one dimension hold, and where they may."""
        key = (id(row), dimension)
        if key not in self._may:
            literals = row.by_dimension[dimension]
            must = may = self.everything(dimension)
            for literal in literals:
                found = self.bits(literal)
                must &= found.must
                may &= found.may
            if isinstance(dimension, str) and len(literals) > 1 and may != must:
                may = self._without_exclusive(self.table(dimension), literals, may)
            self._may[key] = Bits(must, may)
        return self._may[key]

    @staticmethod
    def _without_exclusive(table: Table, literals: Sequence[Literal], may: int) -> int:
        for kind in ("text", "list", "object"):
            if implied.exclusive(literals, kind):
                may &= ~table.free(kind)
        return may

    def box(self, row: Row) -> Box:
        """Return what may satisfy a row."""
        return {dimension: self.of(row, dimension).may for dimension in row.by_dimension}

    def is_complete(self, row: Row) -> bool:
        """Whether nothing was overlooked on the attributes of a row."""
        return all(
            self.table(dimension).complete
            for dimension in row.by_dimension
            if isinstance(dimension, str)
        )

    def dead(self, row: Row) -> Dimension | None:
        """Return a dimension on which nothing can satisfy the row, or None."""
        for dimension in row.by_dimension:
            complete = not isinstance(dimension, str) or self.table(dimension).complete
            if complete and self.of(row, dimension).may == 0:
                return dimension
        return None

    def contains(self, row: Row, part: Part) -> bool:
        """Whether the row takes all of a part of the space."""
        return all(self._within(row, dimension, part) for dimension in row.by_dimension)

    def _within(self, row: Row, dimension: Dimension, part: Part) -> bool:
        inside = part.box.get(dimension)
        if inside is None:
            if dimension in row.rejects:
                return False
            inside = part.domain(dimension)
        if inside & ~self.of(row, dimension).must == 0:
            return self.is_sound(dimension)
        if not isinstance(dimension, str) or not self.is_sound(dimension):
            return False
        table = self.table(dimension)
        for literal in row.by_dimension[dimension]:
            left = inside & ~self.bits(literal).must
            if left & ~(table.free("text") | table.free("list") | table.free("object")):
                return False
            for kind in ("text", "list", "object"):
                if left and implied.follows(literal, part.given.get(dimension, ()), kind):
                    left &= ~table.free(kind)
            if left:
                return False
        return True

    def is_sound(self, dimension: Dimension) -> bool:
        """Whether all cells of a dimension are known."""
        return not isinstance(dimension, str) or self.table(dimension).complete

    def cover(self, whole: Part, *, before: tuple[int, int]) -> Covered | Reached | None:
        """Look for a point that no row before (policy, block) takes; None: nobody knows."""
        waiting: list[Box] = [whole.box]
        used: dict[int, Row] = {}
        enough = min(self._looks + MAX_LOOKS, MAX_ALL_LOOKS)
        for _ in range(MAX_STEPS):
            if not waiting or self._looks > enough:
                break
            part = msgspec.structs.replace(whole, box=waiting.pop())
            if not all(part.box.values()):
                continue
            point = {each: (bits & -bits).bit_length() - 1 for each, bits in part.box.items()}
            likely = list(self.candidates(point, before))
            whole_takers = (row for row in likely if self.contains(row, part))
            taker = min(whole_takers, key=lambda row: (row.policy, row.block), default=None)
            if taker is None:
                taker = self._cutting(likely, point, part)
                if taker is None:
                    return Reached(point)
                waiting.extend(self._pieces(part, taker))
            used[id(taker)] = taker
        return None if waiting else Covered(tuple(used.values()))

    def _cutting(self, likely: Iterable[Row], point: Point, part: Part) -> Row | None:
        """Return a row that takes ``point``; of several the one with the fewest pieces left."""
        takers = [
            row
            for row in likely
            if self._takes(row, point) and all(map(self.is_sound, row.by_dimension))
        ]
        known = part.box.keys()
        return min(takers, key=lambda row: len(row.by_dimension.keys() - known), default=None)

    def candidates(self, point: Iterable[Dimension], before: tuple[int, int]) -> Iterator[Row]:
        """Yield the sure rows before (policy, block) that ask for nothing beside ``point``."""
        known = set(point)
        if self._looks > MAX_ALL_LOOKS:
            return
        for group in (self._easy, *(self._by_rejected.get(each, ()) for each in known)):
            self._looks += len(group) + 1
            for row in group:
                if (row.policy, row.block) < before and row.rejects <= known:
                    yield row

    def _takes(self, row: Row, point: Point) -> bool:
        return all(
            self.of(row, dimension).must >> point[dimension] & 1
            for dimension in row.by_dimension
            if dimension in point
        )

    def _pieces(self, part: Part, row: Row) -> Iterator[Box]:
        """Yield what is left of a box without a row, in boxes that do not overlap."""
        rest = dict(part.box)
        for dimension in row.by_dimension:
            inside = rest.get(dimension)
            if inside is None:
                inside = part.domain(dimension)
            must = self.of(row, dimension).must
            if inside & ~must:
                yield {**rest, dimension: inside & ~must}
            rest[dimension] = inside & must
