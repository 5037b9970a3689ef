"""Namespaces, sessions and properties: the original's first version, and what policies look up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import Known
from orchestrator.services.clock import Clock
from orchestrator.services.context import names, saving
from orchestrator.services.context.ports import Place, Property, Reading, Scope, Store, Writing

PER_PAGE: Final = 100
MOST_PER_PAGE: Final = 1_000

LARGEST_PAGE: Final = 16_000_000
"""Characters of one page of sessions with their properties: a bound on memory."""

SOURCE: Final = "context"
"""Where a value that was looked up comes from, for traces."""

Payload = dict[str, msgspec.Raw]


class Page(msgspec.Struct, frozen=True):
    """Which part of a long list: pages are counted from 0."""

    number: int = 0
    size: int = PER_PAGE

    @property
    def offset(self) -> int:
        """How many come before it."""
        return self.number * self.size


class Contexts:
    """Use cases on contexts. ``session`` None is v1's default session.

    Calls raise `errors.BadInput` for reserved and impossible names, and `errors.Unavailable` when
    the storage does not answer.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self, account: str, namespace: str, session: str | None = None) -> Payload:
        """Return all properties of a session; it is empty when there are none."""
        place, now = _place(account, namespace, session), self._clock.now()
        found = await self._store.glance(lambda rows: rows.few(place, now=now))
        if found is None:
            found = await self._store.read(lambda rows: rows.properties(place, now=now))
        return saving.payload(found)

    async def get(
        self, account: str, namespace: str, session: str | None, name: str
    ) -> msgspec.Raw:
        """Return one property's value as JSON. Raises `errors.NotFound`."""
        place, now = _place(account, namespace, session), self._clock.now()
        names.member(name)
        at = (place.session,) * 3
        found = await self._store.glance(
            lambda rows: rows.named(account, namespace, name, sessions=at)
        )
        kept = found.get(place.session)
        if kept is None or (kept.expires_at is not None and kept.expires_at <= now):
            raise errors.NotFound(f"There is no property “{name}” here.", path="property")
        return msgspec.Raw(kept.value)

    async def lookup(
        self,
        account: str,
        wanted: Iterable[str],
        *,
        session: str | None = None,
        conversation: str | None = None,
    ) -> dict[str, Known]:
        """Return a value for every ``namespace.property``; a missing one is `Known` of None.

        It is looked for in the session (a group id or session id, else the conversation's id), then
        in the namespace's default session, then in the document that v2 keeps for the namespace.
        """
        now = self._clock.now()
        order = (session or conversation or names.DEFAULT_SESSION, names.DEFAULT_SESSION, "")

        def one(rows: Reading, full: str) -> Known:
            namespace, _, name = full.partition(".")
            found = rows.named(account, namespace, name, sessions=order)
            for each in order:
                kept = found.get(each)
                if kept is not None and (kept.expires_at is None or kept.expires_at > now):
                    return Known(msgspec.json.decode(kept.value), SOURCE, kept.saved_at)
            return Known(None, SOURCE)

        asked = [full for full in wanted if full.isprintable()]
        found = await self._store.glance(lambda rows: {full: one(rows, full) for full in asked})
        return {full: found.get(full, Known(None, SOURCE)) for full in wanted}

    async def save(
        self, actor: Actor, namespace: str, session: str | None, members: Mapping[str, str]
    ) -> None:
        """Save properties, whose values are JSON texts from `values`; the others stay.

        They are kept as long as is set for the session, else for the namespace, else for ever.
        Raises `saving.DocumentTooLarge`.
        """
        place = _place(actor.account, namespace, session)

        def work(unit: Writing) -> None:
            scopes = unit.scopes(place.account, place.namespace, place.session)
            seconds = saving.lifetime(scopes)
            ends = unit.now + timedelta(seconds=seconds) if seconds else None
            saving.put(unit, place, members, expires_at=ends)

        await self._store.write(actor, self._clock.now(), work)

    async def remove(
        self, actor: Actor, namespace: str, session: str | None, wanted: Sequence[str]
    ) -> None:
        """Delete properties; those that are not there are nobody's concern."""
        place = _place(actor.account, namespace, session)
        those = [names.member(name) for name in wanted]
        await self._store.write(actor, self._clock.now(), lambda unit: unit.remove(place, those))

    async def clear(self, actor: Actor, namespace: str, session: str | None) -> None:
        """Delete all properties of a session; the lifetime that was set for it stays."""
        place = _place(actor.account, namespace, session)
        await self._store.write(actor, self._clock.now(), lambda unit: unit.clear(place))

    async def register(
        self, actor: Actor, namespace: str, *, ttl_seconds: int | None = None
    ) -> None:
        """Register a namespace, and set its lifetime unless that is None: for later savings."""
        names.namespace(namespace)
        if ttl_seconds is not None:
            saving.ttl(ttl_seconds, path="ttlSecond")

        def work(unit: Writing) -> None:
            if namespace in names.OURS and namespace not in unit.used(actor.account):
                names.refuse_ours(namespace)
            before = next(iter(unit.scopes(actor.account, namespace, "")), None)
            made = before or Scope(actor.account, namespace, "", unit.now)
            after = made if ttl_seconds is None else _with(made, ttl_seconds)
            if after != before:
                unit.set_scope(after)
                unit.note("namespaces", namespace, before=_shown(before), after=_shown(after))

        await self._store.write(actor, self._clock.now(), work)

    async def namespaces(self, account: str) -> list[Scope]:
        """Return the registered namespaces by name; those merely used are not among them."""
        found = await self._store.read(lambda rows: rows.namespaces(account))
        return sorted(found, key=lambda scope: scope.namespace)

    async def drop(self, actor: Actor, namespace: str) -> None:
        """Delete a namespace: every session, every document, every lifetime."""
        names.namespace(namespace)

        def work(unit: Writing) -> None:
            before = next(iter(unit.scopes(actor.account, namespace, "")), None)
            unit.drop_namespace(actor.account, namespace)
            if before is not None:
                unit.note("namespaces", namespace, before=_shown(before), after=None)

        await self._store.write(actor, self._clock.now(), work)

    async def set_lifetime(
        self, actor: Actor, namespace: str, session: str, *, ttl_seconds: int
    ) -> None:
        """Set how long a session keeps what is saved from now on; 0 is for ever."""
        place = _place(actor.account, namespace, session)
        saving.ttl(ttl_seconds, path="ttlSecond")

        def work(unit: Writing) -> None:
            if namespace in names.OURS and namespace not in unit.used(actor.account):
                names.refuse_ours(namespace)
            found = unit.scopes(actor.account, namespace, place.session)
            before = next((scope for scope in found if scope.session), None)
            made = before or Scope(actor.account, namespace, place.session, unit.now)
            unit.set_scope(_with(made, ttl_seconds))

        await self._store.write(actor, self._clock.now(), work)

    async def used(self, account: str) -> list[str]:
        """Return every namespace that is registered or in which anything was saved, by name."""
        return sorted(await self._store.read(lambda rows: rows.used(account)))

    async def kept(self, account: str, namespace: str, session: str) -> list[Property]:
        """Return what a session keeps, with until when; an empty one is v2's own document."""
        place, now = Place(account, names.namespace(namespace), session), self._clock.now()
        return await self._store.read(lambda rows: rows.properties(place, now=now))

    async def lifetimes(self, account: str, namespace: str) -> list[Scope]:
        """Return the sessions whose lifetime was set, by session."""
        names.namespace(namespace)
        found = await self._store.read(lambda rows: rows.lifetimes(account, namespace))
        return sorted(found, key=lambda scope: scope.session)

    async def drop_session(self, actor: Actor, namespace: str, session: str) -> None:
        """Delete a session: its properties and its lifetime."""
        place = _place(actor.account, namespace, session)

        def work(unit: Writing) -> None:
            unit.clear(place)
            unit.drop_scope(place)

        await self._store.write(actor, self._clock.now(), work)

    async def sessions(self, account: str, namespace: str, *, page: Page) -> list[str]:
        """Return a page of the ids of sessions that have properties."""
        names.namespace(namespace)
        now = self._clock.now()
        return await self._store.read(
            lambda rows: rows.sessions(
                account, namespace, now=now, offset=page.offset, limit=page.size
            )
        )

    async def with_properties(
        self, account: str, namespace: str, *, page: Page
    ) -> list[tuple[str, Payload]]:
        """Return the sessions of a page with their properties.

        Raises `errors.BadInput` when that is too much for one answer.
        """
        names.namespace(namespace)
        now = self._clock.now()

        def work(rows: Reading) -> list[tuple[str, Payload]]:
            of_page = rows.sessions(
                account, namespace, now=now, offset=page.offset, limit=page.size
            )
            if rows.characters(account, namespace, of_page, now=now) > LARGEST_PAGE:
                raise errors.BadInput(
                    "These sessions are too large for one answer. Ask for fewer.", path="perPage"
                )
            places = [Place(account, namespace, session) for session in of_page]
            return [
                (place.session, saving.payload(rows.properties(place, now=now))) for place in places
            ]

        return await self._store.read(work)

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` rows that have expired; return how many."""
        return await self._store.prune(now, limit)


def _place(account: str, namespace: str, session: str | None) -> Place:
    names.namespace(namespace)
    if session is None:
        return Place(account, namespace, names.DEFAULT_SESSION)
    return Place(account, namespace, names.session(session))


def _with(scope: Scope, ttl_seconds: int) -> Scope:
    return msgspec.structs.replace(scope, ttl_seconds=ttl_seconds)


def _shown(scope: Scope | None) -> dict[str, object] | None:
    return None if scope is None else {"name": scope.namespace, "ttlSeconds": scope.ttl_seconds}
