"""Contexts for those who administer them: what is kept where, looked at and mended by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.services.context import names, values
from orchestrator.services.context.contexts import Contexts, Page
from orchestrator.services.context.ports import Property

PER_PAGE: Final = 50


class Named(msgspec.Struct, frozen=True, rename="camel"):
    """A namespace; ``ttl_seconds`` None was never set, 0 keeps for ever.

    ``created_at`` is None where it was only used, never registered.
    """

    name: str
    ttl_seconds: int | None = None
    created_at: datetime | None = None


class Sessions(msgspec.Struct, frozen=True):
    """A page of sessions that have properties; ``more`` says whether another follows."""

    ids: tuple[str, ...]
    more: bool


class Browsing:
    """Use cases with permissions: ``policies.read`` to look, ``policies.write`` to change.

    Calls raise as those of `Contexts`, and `errors.Forbidden`.
    """

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    async def namespaces(self, actor: Actor) -> list[Named]:
        """Return every namespace that is registered or in use, by name."""
        access.demand(actor, "policies.read")
        registered = {
            each.namespace: Named(each.namespace, each.ttl_seconds, each.created_at)
            for each in await self._contexts.namespaces(actor.account)
        }
        used = await self._contexts.used(actor.account)
        found = {**{name: Named(name) for name in used}, **registered}
        return [found[name] for name in sorted(found)]

    async def namespace(self, actor: Actor, name: str) -> Named:
        """Return one namespace. Raises `errors.NotFound`."""
        for each in await self.namespaces(actor):
            if each.name == name:
                return each
        raise errors.NotFound(f"There is no namespace “{name}”.", path="namespace")

    async def sessions(self, actor: Actor, namespace: str, *, number: int = 0) -> Sessions:
        """Return a page of sessions, counted from 0; the namespace's default one is among them."""
        access.demand(actor, "policies.read")
        page = Page(number, PER_PAGE)
        found = await self._contexts.sessions(actor.account, namespace, page=page)
        after = Page(page.offset + PER_PAGE, 1)  # pages of one: whether anything follows
        more = len(found) == PER_PAGE and bool(
            await self._contexts.sessions(actor.account, namespace, page=after)
        )
        return Sessions(tuple(found), more)

    async def properties(self, actor: Actor, namespace: str, session: str) -> Sequence[Property]:
        """Return what a session keeps, by name; an empty id is v2's document of the namespace."""
        access.demand(actor, "policies.read")
        return await self._contexts.kept(actor.account, namespace, session)

    async def register(self, actor: Actor, namespace: str, *, ttl_seconds: int | None) -> None:
        """Register a namespace, or change its lifetime for what is saved from now on."""
        access.demand(actor, "policies.write")
        await self._contexts.register(actor, namespace, ttl_seconds=ttl_seconds)

    async def drop(self, actor: Actor, namespace: str) -> None:
        """Delete a namespace with all that is in it."""
        access.demand(actor, "policies.write")
        await self._contexts.drop(actor, namespace)

    async def put(
        self, actor: Actor, namespace: str, session: str, *, name: str, value: str
    ) -> None:
        """Save one property; ``value`` is JSON text. Raises `errors.BadInput` where it is none."""
        access.demand(actor, "policies.write")
        names.member(name)
        members = {name: values.value(value.encode(), path="value")}
        await self._contexts.save(actor, namespace, session, members)

    async def remove(self, actor: Actor, namespace: str, session: str, *, name: str) -> None:
        """Delete one property."""
        access.demand(actor, "policies.write")
        await self._contexts.remove(actor, namespace, session, [name])

    async def drop_session(self, actor: Actor, namespace: str, session: str) -> None:
        """Delete a session: its properties and its lifetime."""
        access.demand(actor, "policies.write")
        await self._contexts.drop_session(actor, namespace, session)
