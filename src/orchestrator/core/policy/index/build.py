"""Making the index of policies: every block's rows, a bit each, and lanes for their literals."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy import plan
from orchestrator.core.policy.compiled import CompiledBlock, CompiledPolicy
from orchestrator.core.policy.index import (
    bits,
    checks,
    equality,
    keyed,
    literals,
    order,
    rows,
    texts,
)
from orchestrator.core.policy.index.bits import Room
from orchestrator.core.policy.index.lane import Entry, Lane
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.index.rows import Row
from orchestrator.core.policy.index.table import Entrance, Holds, Index, Rest, True_, Unit
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.values import TRUE

ROOM: Final = 8_000_000
"""Bytes of dense masks that any set may have."""
ROOM_PER_LITERAL: Final = 1_000
"""Bytes that it may have besides for each literal in it."""

_Key = tuple[Any, ...]
"""What literals of a lane have in common: attribute, sort, case, and which of a row's they are."""


class _Block(msgspec.Struct, frozen=True, eq=False):
    policy: CompiledPolicy
    block: CompiledBlock
    rows: tuple[Row, ...]


def index(policies: tuple[CompiledPolicy, ...], custom: Mapping[str, Json]) -> Index:
    """Return the index of ``policies`` in their order; ``custom`` are the set's own values.

    Policies that are switched off have their bits too, so that switching is a matter of a mask.
    """
    statics = Memory(custom)
    blocks = [
        _Block(policy, block, rows.rows(block, statics))
        for policy in policies
        for block in policy.blocks
    ]
    size = sum(len(each.rows) for each in blocks)
    rows_of = [row.indexed for each in blocks for row in each.rows]
    rows_of.reverse()
    units, needs = _lanes(rows_of)
    opaque, enabled, able = _special(blocks, size)
    placed = [keyed.Placed(bit, rows_of[bit]) for bit in able]
    found = keyed.keyed(placed, size, _lists(units, needs))
    return Index(
        policies,
        custom,
        units,
        needs,
        _entrances(blocks, size),
        opaque,
        bits.mask(enabled),
        bits.mask(able),
        bits.mask(tuple(opaque)),
        _odd_names(unit.name for unit in units),
        nothing(policies),
        found,
        _rest(found.rest, rows_of, units, needs),
        found.pick,
    )


def nothing(policies: Sequence[CompiledPolicy]) -> Decision:
    """Return the decision where none of ``policies`` matches."""
    enabled = any(policy.enabled for policy in policies)
    return Decision(None, None, (), "NO_MATCHED_RULES" if enabled else "NO_POLICIES_ENABLED")


_Literals = tuple[Indexed, ...]


def _lanes(
    rows_of: Sequence[_Literals],
) -> tuple[tuple[Unit, ...], tuple[tuple[int, ...], ...]]:
    """Return the lanes of rows by bit, and for each row the numbers of those that it is in."""
    grouped, needed = _grouped(rows_of)
    units, numbers = _units(grouped, len(rows_of))
    return units, tuple(tuple(numbers[key] for key in keys) for keys in needed)


def _rest(
    places: Sequence[int],
    rows_of: Sequence[_Literals],
    units: tuple[Unit, ...],
    needs: Sequence[tuple[int, ...]],
) -> Rest:
    """Return the rows at ``places`` for lanes: of their own, or those of all if they are many."""
    if len(places) * 2 > len(rows_of):
        return Rest(bits.mask(places), _asks(units), needs, range(len(rows_of)))
    own, own_needs = _lanes([rows_of[bit] for bit in places])
    return Rest((1 << len(places)) - 1, _asks(own), own_needs, places)


def _asks(units: Sequence[Unit]) -> tuple[tuple[str, True_, Holds | None, int], ...]:
    return tuple((unit.name, unit.lane.true, *_single(unit.lane)) for unit in units)


def _grouped(
    rows_of: Sequence[_Literals],
) -> tuple[dict[_Key, list[Entry]], list[tuple[_Key, ...]]]:
    """Return the entries of every lane, and for each row, by bit, the lanes that it is in."""
    grouped: dict[_Key, list[Entry]] = {}
    needed: list[tuple[_Key, ...]] = []
    for bit, row in enumerate(rows_of):
        keys: list[_Key] = []
        for literal in row:
            key = _key(literal, keys)
            if key not in keys:
                keys.append(key)
            grouped.setdefault(key, []).append((bit, literal))
        needed.append(tuple(sorted(keys, key=_dearness)))
    return grouped, needed


def _key(literal: Indexed, taken: Sequence[_Key]) -> _Key:
    """Return the lane for a literal of a row that is in the lanes ``taken`` already.

    Thresholds of one sort, and texts to be contained, may stand beside others of their row.
    """
    if literal.sort == "contains":
        return (literal.name, literal.sort, literal.fold, 0)
    if literal.sort == "order":
        return (literal.name, literal.sort, literal.fold, order.sort_of(literal))
    key: _Key = (literal.name, literal.sort, literal.fold, 0)
    while key in taken:
        key = (*key[:3], key[3] + 1)
    return key


def _dearness(key: _Key) -> int:
    """What rules a row out for less is asked first."""
    return checks.COST.get(key[1], 0)


def _units(
    grouped: Mapping[_Key, list[Entry]], size: int
) -> tuple[tuple[Unit, ...], dict[_Key, int]]:
    full = (1 << size) - 1
    room = Room(size, ROOM + ROOM_PER_LITERAL * sum(map(len, grouped.values())))
    thresholds = sum(len(entries) for key, entries in grouped.items() if key[1] == "order")
    stride = room.stride(thresholds)
    units: list[Unit] = []
    numbers: dict[_Key, int] = {}
    for key, entries in grouped.items():
        numbers[key] = len(units)
        units.append(Unit(key[0], checks.lane_of(entries, full, room, stride)))
    return tuple(units), numbers


def _single(made: Lane) -> tuple[Holds | None, int]:
    """Return how a dear lane is asked about one row, and how many so cost as much as all."""
    if isinstance(made, equality.Rare):
        return made.holds, 6
    return (made.holds, 4) if isinstance(made, texts.Contains) else (None, 0)


def _lists(units: Sequence[Unit], needs: Sequence[Sequence[int]]) -> keyed.Lists:
    """Return where the long lists of a row are told from those of all others."""

    def told(literal: Indexed, bit: int) -> checks.Told:
        of_row = [units[number] for number in needs[bit]]
        lanes = [each.lane for each in of_row if each.name == literal.name]
        rare = [each for each in lanes if isinstance(each, equality.Rare)]
        # With several lists on one attribute, whose is whose is not to be known.
        return (rare[0].holds, bit) if len(rare) == 1 else checks.alone(literal)

    return told


def _special(
    blocks: Sequence[_Block], size: int
) -> tuple[dict[int, tuple[literals.Opaque, ...]], list[int], list[int]]:
    """Return rows with opaque literals, rows of enabled policies, and those that can be TRUE."""
    opaque: dict[int, tuple[literals.Opaque, ...]] = {}
    enabled: list[int] = []
    able: list[int] = []
    bit = size
    for each in blocks:
        for row in each.rows:
            bit -= 1
            if row.opaque:
                opaque[bit] = row.opaque
            if each.policy.enabled:
                enabled.append(bit)
                if row.best == TRUE:
                    able.append(bit)
    return opaque, enabled, able


def _entrances(blocks: Sequence[_Block], size: int) -> tuple[Entrance, ...]:
    """Return the block of every row, by bit."""
    found: list[Entrance] = []
    ends: dict[int, int] = {}
    floor = size
    for each in blocks:
        floor -= len(each.rows)
        ends[id(each.policy)] = floor
    floor = size
    for each in blocks:
        floor -= len(each.rows)
        if each.rows:
            made = Entrance(
                each.policy,
                each.block,
                floor,
                ends[id(each.policy)],
                _ready(each.policy, each.block),
            )
            found += [made] * len(each.rows)
    found.reverse()
    return tuple(found)


def _ready(policy: CompiledPolicy, block: CompiledBlock) -> Decision | None:
    if block.plan.references:
        return None
    try:
        actions = plan.resolve(block.plan, Memory({}))
    except plan.Unresolved:
        return None
    return Decision(policy.id, policy.name, actions, None)


def _odd_names(names: Any) -> frozenset[str]:
    found: set[str] = set()
    for name in set(names):
        spellings = attributes.spellings(name)
        found.update(spellings[1:])
        for spelling in spellings:
            cut = spelling.rfind(".")
            while cut > 0:
                found.add(spelling[:cut])
                cut = spelling.rfind(".", 0, cut)
    return frozenset(found)
