"""What contexts need from the world: rows, and units of work on them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from orchestrator.core.model.access import Actor

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """Where properties are. ``session`` is empty for v2's document of the namespace itself."""

    account: str
    namespace: str
    session: str


class Property(msgspec.Struct, frozen=True):
    """One property: its value as compact JSON text, and the moment from which it is gone.

    ``characters`` is what it adds to its document; ``expires_at`` None keeps it for ever.
    """

    name: str
    value: str
    characters: int
    saved_at: datetime
    expires_at: datetime | None = None


class Scope(msgspec.Struct, frozen=True):
    """A registered namespace (``session`` empty), or a session whose lifetime was set.

    ``ttl_seconds`` None was never set; 0 keeps for ever.
    """

    account: str
    namespace: str
    session: str
    created_at: datetime
    ttl_seconds: int | None = None


class Reading(Protocol):
    """One consistent look at the rows. What has expired at ``now`` is not there.

    Plain calls: it runs where the rows are.
    """

    def properties(self, place: Place, *, now: datetime) -> list[Property]:
        """Return all properties of a place."""
        ...

    def few(self, place: Place, *, now: datetime) -> list[Property] | None:
        """Return all properties of a place if there are few, as mostly; else None."""
        ...

    def named(
        self, account: str, namespace: str, name: str, *, sessions: tuple[str, str, str]
    ) -> Mapping[str, Property]:
        """Return the property of that name in each of three sessions that has it.

        The one call that returns expired ones as well: it is made for every lookup of a policy.
        """
        ...

    def document(self, place: Place, *, now: datetime) -> datetime | None:
        """Return when the document ends that v2 saved here, None where there is none."""
        ...

    def characters(
        self, account: str, namespace: str, sessions: Sequence[str], *, now: datetime
    ) -> int:
        """Return how many characters the properties of these sessions add to their documents."""
        ...

    def sessions(
        self, account: str, namespace: str, *, now: datetime, offset: int, limit: int
    ) -> list[str]:
        """Return sessions that have properties, in a lasting order, without the empty one."""
        ...

    def scopes(self, account: str, namespace: str, session: str) -> list[Scope]:
        """Return what is set for the namespace and for the session."""
        ...

    def namespaces(self, account: str) -> list[Scope]:
        """Return the registered namespaces."""
        ...

    def lifetimes(self, account: str, namespace: str) -> list[Scope]:
        """Return the sessions of a namespace whose lifetime was set."""
        ...

    def used(self, account: str) -> list[str]:
        """Return every namespace in which anything was saved or that was registered."""
        ...


class Writing(Reading, Protocol):
    """A unit of work: all of it happens, or nothing."""

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        ...

    def put(self, place: Place, properties: Sequence[Property]) -> None:
        """Add properties, or put them in the place of those of the same name."""
        ...

    def end_all(self, place: Place, *, at: datetime) -> None:
        """Let a document, which is there from now on, and all that is in it end at a moment."""
        ...

    def remove(self, place: Place, names: Sequence[str]) -> None:
        """Delete these properties; those that are not there are nobody's concern."""
        ...

    def clear(self, place: Place) -> None:
        """Delete all properties of a place, and v2's document."""
        ...

    def set_scope(self, scope: Scope) -> None:
        """Write a scope, in the place of the one that was there."""
        ...

    def drop_scope(self, place: Place) -> None:
        """Delete what is set for a session."""
        ...

    def drop_namespace(self, account: str, namespace: str) -> None:
        """Delete everything of a namespace."""
        ...

    def note(
        self,
        noun: str,
        changed: str,
        *,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> None:
        """Write a line into the change log, without what people have saved."""
        ...


class Store(Protocol):
    """Where the rows are."""

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the storage fails."""
        ...

    async def glance(self, work: Callable[[Reading], T]) -> T:
        """As `read`, for work that finds a few rows by their keys: it may hold up the loop."""
        ...

    async def write(self, actor: Actor, at: datetime, work: Callable[[Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return.

        An error in ``work`` undoes all of it and is raised here, as is `errors.Unavailable`.
        """
        ...

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` rows that have expired; return how many."""
        ...
