"""Records that pages read whole, an account's users and skills, kept until anything is changed.

Every change of such a record is a line of the change log in the same transaction. So as long as a
snapshot has no newer line than the one in which they were read, they are what it would find.
"""

from collections import OrderedDict
from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import func, select

from orchestrator.adapters.storage import prepared, tables, unit
from orchestrator.core.model import directory
from orchestrator.services.directory import ports

R = TypeVar("R", bound=ports.Record)

KINDS: Final = frozenset(
    {
        directory.User,
        directory.Skill,
        directory.SkillAssignment,
        directory.Campaign,
        directory.Engagement,
    }
)
"""What there can be hundreds of; all of it is logged whenever it changes."""

KEPT: Final = 64
"""Lists kept, each of one kind and account; those used last."""

_BY: Final = frozenset({"account"})
_NEWEST: Final = prepared.Statement(select(func.max(tables.changes.c.sequence)))


class Kept:
    """What was read whole. For any number of threads: every step is one of a dictionary."""

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[type, str], tuple[int, tuple[Any, ...]]] = OrderedDict()

    def get(self, key: tuple[type, str], *, at: int) -> tuple[Any, ...] | None:
        """Return the records as of the newest change ``at``, if they are at hand."""
        found = self._lists.get(key)
        return None if found is None or found[0] != at else found[1]

    def put(self, key: tuple[type, str], records: tuple[Any, ...], *, at: int) -> None:
        """Keep records that were read when the newest change was ``at``."""
        self._lists.pop(key, None)
        self._lists[key] = (at, records)
        while len(self._lists) > KEPT:
            self._lists.popitem(last=False)


class Snapshot:
    """One snapshot, which reads its records from ``kept`` where they are those that it has."""

    def __init__(self, connection: sqlalchemy.Connection, kept: Kept) -> None:
        self._connection = connection
        self._kept = kept
        self._newest: int | None = None

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        """Return the records of ``kind`` whose named fields have these values, in any order."""
        if kind not in KINDS or equal.keys() != _BY:
            return unit.find(self._connection, kind, **equal)
        if self._newest is None:
            self._newest = _NEWEST.scalar(self._connection, {}) or 0
        key = (kind, equal["account"])
        found = self._kept.get(key, at=self._newest)
        if found is None:
            found = tuple(unit.find(self._connection, kind, **equal))
            self._kept.put(key, found, at=self._newest)
        return list(found)
