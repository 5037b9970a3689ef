"""What every lane promises, and the lanes that need no search: presence and bare truth.

How to think about it: a lane holds at most one literal of each row, all on one attribute and of one
sort. Given a value it says in which rows its literal holds; rows without one are always among them,
so that lanes are joined by *and*. Two literals of a row never share a lane.
"""

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.index import bits
from orchestrator.core.policy.index.literals import Indexed
from orchestrator.core.policy.operators import Absent
from orchestrator.core.policy.values import TRUE

Entry = tuple[int, Indexed]
"""The bit of a row, and its literal."""


class Lane(Protocol):
    """Literals of one sort on one attribute. ``rows`` are the bits of those that have one.

    Lanes that take long also have a ``holds``, which tells of one row what `true` tells of all.
    """

    rows: int

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without; an `Absent` value was lost."""
        ...

    def unsure(self, value: Json | Absent) -> int:
        """Return the rows whose literal neither holds nor fails: at least those that do neither."""
        ...


def split(entries: Sequence[Entry], full: int) -> tuple[int, int, int]:
    """Return the rows of ``entries``, those of them that want their test false, and all others."""
    rows = bits.mask([bit for bit, _ in entries])
    negative = bits.mask([bit for bit, literal in entries if literal.wanted != TRUE])
    return rows, negative, full ^ rows


class Presence:
    """Whether there is a value at all."""

    __slots__ = ("_absent", "_missing", "_present", "rows")

    def __init__(self, entries: Sequence[Entry], full: int) -> None:
        self.rows, negative, self._absent = split(entries, full)
        self._missing = self._absent | negative
        self._present = full ^ negative

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without."""
        if value is None:
            return self._missing
        return self._absent if isinstance(value, Absent) else self._present

    def unsure(self, value: Json | Absent) -> int:
        """A value that was lost may be there or not."""
        return self.rows if isinstance(value, Absent) else 0


class Boolean:
    """An attribute that stands alone as a condition: only a real boolean counts."""

    __slots__ = ("_absent", "_false", "_true", "rows")

    def __init__(self, entries: Sequence[Entry], full: int) -> None:
        self.rows, negative, self._absent = split(entries, full)
        self._true = full ^ negative
        self._false = self._absent | negative

    def true(self, value: Json | Absent) -> int:
        """Return the rows whose literal holds, and all rows without."""
        if value is True:
            return self._true
        return self._false if value is False else self._absent

    def unsure(self, value: Json | Absent) -> int:
        """Anything but a boolean is unknown."""
        return 0 if isinstance(value, bool) else self.rows
