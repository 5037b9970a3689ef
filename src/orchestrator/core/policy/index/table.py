"""The index of a policy set: its rows as bits, and the lanes that say which of them can match.

The first row in order is the highest bit, so that the first of those left is found at once, and
the fewer are left at the top, the shorter the numbers become.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.decision import Decision
from orchestrator.core.policy.index.flat import Picker
from orchestrator.core.policy.index.keyed import Keyed
from orchestrator.core.policy.index.lane import Lane
from orchestrator.core.policy.index.literals import Opaque
from orchestrator.core.policy.operators import Absent

if TYPE_CHECKING:
    from orchestrator.core.policy.compiled import CompiledBlock, CompiledPolicy


True_ = Callable[[Json | Absent], int]
"""From a value to the rows whose literal holds, and all rows without: `lane.Lane.true`."""
Holds = Callable[[Json | Absent, int], bool]
"""From a value and the bit of a row to whether its literal holds."""


class Unit(msgspec.Struct, frozen=True, eq=False):
    """One lane, and the canonical name of the attribute that it is asked about."""

    name: str
    lane: Lane


class Entrance(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A block and its bits, from ``floor`` up; ``policy_floor`` is the lowest of its policy.

    ``ready`` is the decision it leads to, where that is the same for all attributes.
    """

    policy: "CompiledPolicy"
    block: "CompiledBlock"
    floor: int
    policy_floor: int
    ready: Decision | None


class Beside(msgspec.Struct, frozen=True, eq=False):
    """What an index has beside its own rows: see `overlay`.

    ``base`` is the index as it was made, with the lowest bit of each of its policies (and of none)
    in ``floors``; ``masked`` the same without what is gone. ``little`` is the index of what stands
    beside: the bits of its rows follow those of the base, and each comes behind the rows of the
    base from ``under`` up. ``stops`` are its policies in order, each with that bit. ``places`` says
    of each policy where it stands in the base, below zero if it does not; ``dead`` are the rows of
    the base that are gone.
    """

    base: "Index"
    floors: tuple[int, ...]
    masked: "Index"
    little: "Index"
    under: tuple[int, ...]
    stops: "tuple[tuple[int, CompiledPolicy], ...]"
    places: tuple[int, ...]
    dead: int


class Rest(msgspec.Struct, frozen=True, eq=False):
    """Rows left to lanes, by bits of their own: ``left`` are all of them, ``bits`` those they have.

    ``needs`` are by own bit the numbers of the ``asks`` with a literal of the row: a name, what to
    ask for all rows and, of dear lanes, what to ask for one, and how often.
    """

    left: int
    asks: tuple[tuple[str, True_, Holds | None, int], ...]
    needs: Sequence[tuple[int, ...]]
    bits: Sequence[int]


class Index(msgspec.Struct, frozen=True, eq=False):
    """Rows by bit: ``needs`` are the numbers of the units with a literal of theirs.

    ``possible`` are the rows of enabled policies, ``true`` those of them that nothing constant
    keeps from being TRUE. A row in ``opaque`` has literals that no lane answers for; ``inexact``
    are the bits of these. ``odd`` are names under which an attribute of a unit could stand too: as
    an alias, or nested. ``nothing`` is the decision where none matches. ``keyed`` and ``rest`` find
    rows where every attribute is at hand, of those that were TRUE when the index was made; ``pick``
    does where that is all there is to it.
    """

    policies: "tuple[CompiledPolicy, ...]"
    custom: Mapping[str, Json]
    units: tuple[Unit, ...]
    needs: tuple[tuple[int, ...], ...]
    entrances: tuple[Entrance, ...]
    opaque: Mapping[int, tuple[Opaque, ...]]
    possible: int
    true: int
    inexact: int
    odd: frozenset[str]
    nothing: Decision
    keyed: Keyed
    rest: Rest
    pick: Picker | None
    beside: Beside | None = None
