"""The directory's store in memory, for tests that need rows and no disk."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from orchestrator.core.model import times
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Campaign, Engagement
from orchestrator.services.directory import ports

T = TypeVar("T")
R = TypeVar("R", bound=ports.Record)
L = TypeVar("L", bound=ports.Listed)


class MemoryDirectory:
    """Implements `services.directory.ports.Store`; holds what the database's twin holds.

    ``uses`` says what outside the directory needs a skill, a user or the account itself, by
    ``(account, id)``; ``schedules`` are the names of an account's schedules.
    """

    def __init__(self) -> None:
        self.schedules: dict[str, list[str]] = {}
        self.uses: dict[tuple[str, str], list[str]] = {}
        self._rows: dict[tuple[Any, ...], ports.Record] = {}
        self._newest: dict[tuple[str, str], int] = {}
        self._log: list[_Line] = []

    async def read(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on what is there now."""
        return work(_Unit(self, self._rows, self._newest, log=self._log, now=times.EPOCH))

    async def glance(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on what is there now."""
        return await self.read(work)

    async def first(self, kind: type[R], **equal: Any) -> R | None:
        """Return one of the records that ``find`` finds, or None."""
        found = await self.read(lambda rows: rows.find(kind, **equal))
        return found[0] if found else None

    async def write(self, actor: Actor, at: datetime, work: Callable[[ports.Writing], T]) -> T:  # noqa: ARG002 - nothing is logged here
        """Run ``work`` on a copy that takes the place of the original unless it raises."""
        rows, newest, log = dict(self._rows), dict(self._newest), list(self._log)
        result = work(_Unit(self, rows, newest, log=log, now=at))
        self._rows, self._newest, self._log = rows, newest, log
        return result


class _Line(msgspec.Struct, frozen=True):
    """A change of the configuration; ``before`` is what was removed, or None."""

    sequence: int
    kind: type[ports.Record]
    account: str
    id: str
    at: datetime
    before: dict[str, Any] | None

    def is_of(self, kind: type[ports.Record], account: str) -> bool:
        return self.kind is kind and self.account == account


class _Unit:
    """Implements `ports.Writing` on dictionaries."""

    def __init__(
        self,
        outside: MemoryDirectory,
        rows: dict[tuple[Any, ...], ports.Record],
        newest: dict[tuple[str, str], int],
        *,
        log: list["_Line"],
        now: datetime,
    ) -> None:
        self._outside = outside
        self._log = log
        self._rows = rows
        self._newest = newest
        self.now = times.moment(times.milliseconds(now))

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        return [
            record
            for record in self._rows.values()
            if isinstance(record, kind)
            and all(getattr(record, name) == value for name, value in equal.items())
        ]

    def sheet(
        self, kind: type[L], account: str, *, search: str, skip: int, limit: int
    ) -> ports.Sheet[L]:
        fields, wanted = ports.NAMED[kind], search.casefold()
        every = sorted(
            self.find(kind, account=account),
            key=lambda each: (getattr(each, fields[0]).casefold(), getattr(each, fields[0])),
        )
        found = [
            each
            for each in every
            if any(wanted in (getattr(each, field) or "").casefold() for field in fields)
        ]
        return ports.Sheet(tuple(found[skip : skip + limit]), len(found), len(every))

    def ways_in(self, account: str, *, search: str, skip: int, limit: int) -> ports.WaysIn:
        every = [
            ports.WayIn(campaign, each)
            for campaign in self.find(Campaign, account=account)
            for each in self.find(Engagement, account=account, campaign_id=campaign.id) or [None]
        ]
        every.sort(key=lambda way: [word.casefold() for word in _words(way)])
        wanted = search.casefold()
        found = [way for way in every if any(wanted in word.casefold() for word in _words(way))]
        return ports.WaysIn(tuple(found[skip : skip + limit]), len(found), len(every))

    def uses_of_skill(self, account: str, skill_id: str) -> list[str]:
        return self._outside.uses.get((account, skill_id), [])

    def uses_of_account(self, account: str) -> list[str]:
        return self._outside.uses.get((account, account), [])

    def uses_of_user(self, account: str, user_id: str) -> list[str]:
        return self._outside.uses.get((account, user_id), [])

    def schedules(self, account: str) -> list[str]:
        return self._outside.schedules.get(account, [])

    def next_id(self, account: str, noun: str) -> str:
        newest = self._newest.get((account, noun), ports.FIRST_IDS[noun] - 1) + 1
        self._newest[account, noun] = newest
        return str(newest)

    def add(self, record: ports.Record) -> None:
        if _key(record) in self._rows:
            raise KeyError(f"there is a {type(record).__name__} with this key already")
        self._rows[_key(record)] = record
        self._note(None, record)

    def replace(self, record: ports.Record) -> None:
        if _key(record) not in self._rows:
            raise KeyError(f"there is no {type(record).__name__} with this key")
        before, self._rows[_key(record)] = self._rows[_key(record)], record
        if before != record:
            self._note(before, record)

    def remove(self, record: ports.Record) -> None:
        self._note(self._rows.pop(_key(record)), None)

    def revision(self, account: str) -> int:
        return max((line.sequence for line in self._log if line.account == account), default=0)

    def changed(
        self, kind: type[ports.Record], *, account: str, only: str | None = None
    ) -> dict[str, datetime]:
        return {
            line.id: line.at
            for line in self._log
            if line.is_of(kind, account) and only in (None, line.id)
        }

    def removed(self, kind: type[ports.Record], *, account: str) -> dict[str, dict[str, Any]]:
        return {
            line.id: line.before
            for line in self._log
            if line.is_of(kind, account) and line.before is not None
        }

    def _note(self, before: ports.Record | None, after: ports.Record | None) -> None:
        record = after if after is not None else before
        if record is None or type(record) not in ports.CONFIGURATION:
            return
        key = [str(getattr(record, name)) for name in ports.KEYS[type(record)] if name != "account"]
        gone = msgspec.to_builtins(before) if after is None else None
        account = getattr(record, "account", "")
        line = _Line(len(self._log) + 1, type(record), account, ":".join(key), self.now, gone)
        self._log.append(line)

    def clear(self, account: str) -> None:
        for key, record in tuple(self._rows.items()):
            if getattr(record, "account", None) == account:
                del self._rows[key]
        for key in [key for key in self._newest if key[0] == account]:
            del self._newest[key]


def _key(record: ports.Record) -> tuple[Any, ...]:
    kind = type(record)
    return (kind.__name__, *(getattr(record, name) for name in ports.KEYS[kind]))


def _words(way: ports.WayIn) -> tuple[str, ...]:
    if way.engagement is None:
        return (way.campaign.name,)
    return (way.campaign.name, way.engagement.name, way.engagement.entry_point or "")
