"""The store of contexts in memory, for tests that need rows and no disk."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from orchestrator.core.model import times
from orchestrator.core.model.access import Actor
from orchestrator.services.context import ports
from orchestrator.services.context.ports import Place, Property, Scope

T = TypeVar("T")

_FEW: Final = 2
"""So small that tests read both ways."""


class _Rows(msgspec.Struct):
    properties: dict[Place, dict[str, Property]] = msgspec.field(default_factory=dict)
    documents: dict[Place, datetime] = msgspec.field(default_factory=dict)
    scopes: dict[Place, Scope] = msgspec.field(default_factory=dict)

    def copied(self) -> "_Rows":
        properties = {at: dict(found) for at, found in self.properties.items()}
        return _Rows(properties, dict(self.documents), dict(self.scopes))


class MemoryContexts:
    """Implements `services.context.ports.Store`. ``notes`` are the lines for the change log."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self._rows = _Rows()

    async def read(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on what is there now."""
        return work(_Unit(self._rows, notes=self.notes, now=times.EPOCH))

    async def glance(self, work: Callable[[ports.Reading], T]) -> T:
        """Run ``work`` on what is there now."""
        return await self.read(work)

    async def write(self, actor: Actor, at: datetime, work: Callable[[ports.Writing], T]) -> T:  # noqa: ARG002 - nobody asks who it was
        """Run ``work`` on a copy that takes the place of the original unless it raises."""
        rows, notes = self._rows.copied(), list(self.notes)
        result = work(_Unit(rows, notes=notes, now=at))
        self._rows, self.notes = rows, notes
        return result

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` rows that have expired; return how many."""
        gone = 0
        for found in self._rows.properties.values():
            for name, each in tuple(found.items()):
                if gone < limit and not _is_live(each, now):
                    del found[name]
                    gone += 1
        for place, ends in tuple(self._rows.documents.items()):
            if gone < limit and ends <= now:
                del self._rows.documents[place]
                gone += 1
        return gone


class _Unit:
    """Implements `ports.Writing` on dictionaries."""

    def __init__(self, rows: _Rows, *, notes: list[tuple[str, str]], now: datetime) -> None:
        self._rows = rows
        self._notes = notes
        self.now = times.moment(times.milliseconds(now))

    def properties(self, place: Place, *, now: datetime) -> list[Property]:
        found = self._rows.properties.get(place, {})
        return [found[name] for name in sorted(found) if _is_live(found[name], now)]

    def few(self, place: Place, *, now: datetime) -> list[Property] | None:
        found = self.properties(place, now=now)
        return found if len(found) <= _FEW else None

    def named(
        self, account: str, namespace: str, name: str, *, sessions: tuple[str, str, str]
    ) -> Mapping[str, Property]:
        places = {session: Place(account, namespace, session) for session in sessions}
        kept = {session: self._rows.properties.get(at, {}) for session, at in places.items()}
        return {session: found[name] for session, found in kept.items() if name in found}

    def document(self, place: Place, *, now: datetime) -> datetime | None:
        ends = self._rows.documents.get(place)
        return ends if ends is not None and ends > now else None

    def characters(
        self, account: str, namespace: str, sessions: Sequence[str], *, now: datetime
    ) -> int:
        places = [Place(account, namespace, session) for session in sessions]
        return sum(each.characters for at in places for each in self.properties(at, now=now))

    def sessions(
        self, account: str, namespace: str, *, now: datetime, offset: int, limit: int
    ) -> list[str]:
        mine = [
            at for at in self._rows.properties if (at.account, at.namespace) == (account, namespace)
        ]
        found = sorted(at.session for at in mine if at.session and self.properties(at, now=now))
        return found[offset : offset + limit]

    def scopes(self, account: str, namespace: str, session: str) -> list[Scope]:
        places = dict.fromkeys((Place(account, namespace, ""), Place(account, namespace, session)))
        return [self._rows.scopes[at] for at in places if at in self._rows.scopes]

    def namespaces(self, account: str) -> list[Scope]:
        return [
            scope
            for at, scope in self._rows.scopes.items()
            if at.account == account and not at.session
        ]

    def lifetimes(self, account: str, namespace: str) -> list[Scope]:
        return [
            scope
            for at, scope in self._rows.scopes.items()
            if (at.account, at.namespace) == (account, namespace) and at.session
        ]

    def used(self, account: str) -> list[str]:
        filled = [at for at, found in self._rows.properties.items() if found]
        places = [*filled, *self._rows.documents, *self._rows.scopes]
        return sorted({at.namespace for at in places if at.account == account})

    def put(self, place: Place, properties: Sequence[Property]) -> None:
        kept = self._rows.properties.setdefault(place, {})
        kept.update({each.name: each for each in properties})

    def end_all(self, place: Place, *, at: datetime) -> None:
        self._rows.documents[place] = at
        kept = self._rows.properties.setdefault(place, {})
        for each in self.properties(place, now=self.now):
            kept[each.name] = msgspec.structs.replace(each, expires_at=at)

    def remove(self, place: Place, names: Sequence[str]) -> None:
        for name in names:
            self._rows.properties.get(place, {}).pop(name, None)

    def clear(self, place: Place) -> None:
        self._rows.properties.pop(place, None)
        self._rows.documents.pop(place, None)

    def set_scope(self, scope: Scope) -> None:
        self._rows.scopes[Place(scope.account, scope.namespace, scope.session)] = scope

    def drop_scope(self, place: Place) -> None:
        self._rows.scopes.pop(place, None)

    def drop_namespace(self, account: str, namespace: str) -> None:
        kept: tuple[dict[Place, Any], ...] = (
            self._rows.properties,
            self._rows.documents,
            self._rows.scopes,
        )
        for rows in kept:
            for at in [at for at in rows if (at.account, at.namespace) == (account, namespace)]:
                del rows[at]

    def note(
        self,
        noun: str,
        changed: str,
        *,
        before: Mapping[str, Any] | None,  # noqa: ARG002 - the port names it
        after: Mapping[str, Any] | None,  # noqa: ARG002 - as above
    ) -> None:
        self._notes.append((noun, changed))


def _is_live(each: Property, now: datetime) -> bool:
    return each.expires_at is None or each.expires_at > now
