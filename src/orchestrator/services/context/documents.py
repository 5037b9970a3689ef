"""Documents: the original's second version, on the same properties.

A document is what a session holds, or what is kept for a namespace itself (no session). It has one
lifetime, which every saving sets anew for all that is in it. What the first version saves into the
same session keeps the lifetime of its own until then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.services.clock import Clock
from orchestrator.services.context import names, saving
from orchestrator.services.context.ports import Place, Property, Reading, Store, Writing


class Document(msgspec.Struct, frozen=True):
    """What is kept in one place. ``ends_at`` None: some of it is kept for ever, as v1 allows."""

    place: Place
    payload: dict[str, msgspec.Raw]
    ends_at: datetime | None


class Documents:
    """Use cases on documents. ``session`` empty is the document of the namespace itself.

    Calls raise `errors.BadInput` for reserved and impossible names, `errors.NotFound` for a
    document that is not there, and `errors.Unavailable` when the storage does not answer.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def save(
        self,
        actor: Actor,
        namespace: str,
        session: str,
        members: Mapping[str, str],
        *,
        ttl_seconds: int | None = None,
    ) -> Place:
        """Save properties, whose values are JSON texts from `values`; the others stay.

        The whole document ends ``ttl_seconds`` from now; without, or with 0 or too many, in 396
        days. Raises `saving.DocumentTooLarge`.
        """
        place = _place(actor.account, namespace, session)
        longest = int(saving.LONGEST_DOCUMENT.total_seconds())
        wanted = 0 if ttl_seconds is None else ttl_seconds
        if wanted < 0:
            raise errors.BadInput("ttlSeconds must not be negative.", path="ttlSeconds")
        seconds = min(wanted, longest) or longest

        def work(unit: Writing) -> None:
            ends = unit.now + timedelta(seconds=seconds)
            saving.put(unit, place, members, expires_at=ends)
            unit.end_all(place, at=ends)

        await self._store.write(actor, self._clock.now(), work)
        return place

    async def read(self, account: str, namespace: str, session: str) -> Document:
        """Return a document."""
        place, now = _place(account, namespace, session), self._clock.now()

        def few(rows: Reading) -> Document | None:
            found = rows.few(place, now=now)
            return None if found is None else _document(rows, place, found, now=now)

        def whole(rows: Reading) -> Document:
            return _document(rows, place, rows.properties(place, now=now), now=now)

        return await self._store.glance(few) or await self._store.read(whole)

    async def select(
        self, account: str, namespace: str, session: str, wanted: Sequence[str]
    ) -> dict[str, msgspec.Raw]:
        """Return those of the named properties that a document has."""
        found = (await self.read(account, namespace, session)).payload
        return {name: found[name] for name in wanted if name in found}

    async def remove(
        self, actor: Actor, namespace: str, session: str, wanted: Sequence[str]
    ) -> Place:
        """Delete properties of a document, which stays, even empty."""
        place = _place(actor.account, namespace, session)
        those = [names.member(name) for name in wanted]

        def work(unit: Writing) -> None:
            found = unit.properties(place, now=unit.now)
            _end(unit, place, found, now=unit.now)
            unit.remove(place, those)

        await self._store.write(actor, self._clock.now(), work)
        return place

    async def drop(self, actor: Actor, namespace: str, session: str) -> Place:
        """Delete a document."""
        place = _place(actor.account, namespace, session)

        def work(unit: Writing) -> None:
            _end(unit, place, unit.properties(place, now=unit.now), now=unit.now)
            unit.clear(place)

        await self._store.write(actor, self._clock.now(), work)
        return place


def _place(account: str, namespace: str, session: str) -> Place:
    names.of_v2(namespace)
    return Place(account, namespace, names.session(session) if session else "")


def _document(rows: Reading, place: Place, found: Sequence[Property], *, now: datetime) -> Document:
    return Document(place, saving.payload(found), _end(rows, place, found, now=now))


def _end(
    rows: Reading, place: Place, found: Sequence[Property], *, now: datetime
) -> datetime | None:
    """Return when the last of a document ends. Raises `errors.NotFound` when there is none."""
    saved = rows.document(place, now=now)
    if saved is None and not found:
        raise errors.NotFound("There is no such document.", path="nameSpace")
    ends = [each.expires_at for each in found]
    if None in ends:
        return None
    return max((end for end in (saved, *ends) if end is not None), default=None)
