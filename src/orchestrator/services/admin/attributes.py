"""The attributes that policies can read: the registry, and what the account adds to it."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import Attribute, LastSeen
from orchestrator.core.policy import uses
from orchestrator.core.policy.document import Policy
from orchestrator.services.admin.policies import Policies, Saved
from orchestrator.services.admin.ports import Observed
from orchestrator.services.directory import lookup

_EXAMPLE: Final = "…"
_OF_FUNCTIONS: Final = "What a function of this account answers."
_OF_VALUES: Final = "Static value of this account."

_KEPT: Final = 8
"""Versions of policy sets of which it is remembered who reads what."""

Readers = Mapping[str, tuple[Policy, ...]]
"""Canonical name of an attribute → the policies that read it, in evaluation order."""


class SeenShown(msgspec.Struct, frozen=True):
    """The value that some decision read last, and when."""

    value: Any
    at: datetime


class Shown(msgspec.Struct, frozen=True, omit_defaults=False, rename="camel"):
    """One attribute. ``value`` is unset but for the account's static ones.

    A name with a part in angle brackets stands for all of its shape. ``last_seen`` is None where
    nothing was read lately, and always for functions and what is sensitive or personal.
    """

    name: str
    type: str
    source: str
    description: str
    example: Any
    sensitive: bool
    last_seen: SeenShown | None = None
    aliases: tuple[str, ...] = ()
    value: Any = msgspec.UNSET


class AttributesListed(msgspec.Struct, frozen=True):
    """One page: its ``rows``, how many of ``total`` were ``found``, and how many have a source."""

    rows: tuple[Shown, ...]
    found: int
    total: int
    sources: Mapping[str, int]


class _Entry(msgspec.Struct, frozen=True):
    """An attribute without its last value; ``known`` is what the registry says of it."""

    name: str
    source: str
    known: Attribute | None = None
    value: Any = msgspec.UNSET


class Attributes:
    """Use cases on attributes. Static ones belong to the policy set: a change is a new version."""

    def __init__(self, policies: Policies, observed: Observed | None = None) -> None:
        self._policies = policies
        self._observed = observed
        self._readers: OrderedDict[str, Readers] = OrderedDict()

    async def readers(self, actor: Actor) -> Readers:
        """Return the policies that read each attribute, by its canonical name.

        It is worked out once a version, beside the loop.
        """
        version, document = await self._policies.current(actor)
        if version is None:
            return {}
        found = self._readers.get(version.hash)
        if found is None:
            found = await asyncio.to_thread(uses.by_attribute, document)
            self._readers[version.hash] = found
        self._readers.move_to_end(version.hash)
        while len(self._readers) > _KEPT:
            self._readers.popitem(last=False)
        return found

    async def static(self, actor: Actor, name: str) -> Any:
        """Return the value of the account's static ``custom.NAME``. Raises `errors.NotFound`."""
        _, document = await self._policies.current(actor)
        known = document.custom or {}
        plain = name.removeprefix("custom.")
        if plain not in known:
            raise lookup.missing(
                "attribute",
                f"custom.{plain}",
                known=[f"custom.{each}" for each in known],
                path="name",
            )
        return known[plain]

    def expecting(self, number: int) -> "Attributes":
        """Return the same use cases, whose changes raise `errors.Stale` at another version."""
        return Attributes(self._policies.expecting(number), self._observed)

    async def at(self, actor: Actor) -> int:
        """Return the number of the version that decides now, 0 before the first one."""
        return await self._policies.at(actor)

    async def all(self, actor: Actor, *, names: Collection[str] | None = None) -> list[Shown]:
        """Return the registry and what the account has besides, by name; ``names``: these alone.

        That is its static values, its functions, and what decisions have read of its own namespaces
        and of single skills and agents.
        """
        entries = await self._entries(actor)
        seen: dict[str, LastSeen] = {}
        if self._observed is not None:
            kept = await self._observed.seen(actor.account, names=names)
            seen = {each.name: each for each in kept}
        return [_shown(each, seen) for each in entries if names is None or each.name in names]

    async def listed(
        self,
        actor: Actor,
        sources: Collection[str] | None = None,
        *,
        search: str = "",
        skip: int = 0,
        limit: int,
        told: Callable[[str], str] = str,
    ) -> AttributesListed:
        """Return one page of `all`, or of these ``sources``; values are read of its rows alone.

        ``search`` is in a name, another spelling of it or the description, as ``told`` tells that
        to people. A ``skip`` behind the end is that of the last page.
        """
        entries = await self._entries(actor)
        mine = [each for each in entries if sources is None or each.source in sources]
        wanted = search.casefold()
        found = [each for each in mine if _fits(each, wanted, told)] if wanted else mine
        first = min(skip, max(0, (len(found) - 1) // limit * limit))
        page = found[first : first + limit]
        seen: dict[str, LastSeen] = {}
        if self._observed is not None:
            names = [each.name for each in page]
            kept = await self._observed.seen(actor.account, names=names)
            seen = {each.name: each for each in kept}
        counts = Counter(each.source for each in entries)
        rows = tuple(_shown(each, seen) for each in page)
        return AttributesListed(rows, len(found), len(mine), counts)

    async def _entries(self, actor: Actor) -> list[_Entry]:
        """Return every attribute without its value, by name."""
        _, document = await self._policies.current(actor)
        found = {each.name: _Entry(each.name, each.source, each) for each in attributes.CATALOGUE}
        if self._observed is not None:
            for name in await self._observed.names(actor.account):
                entry = None if name in found else attributes.described(name)
                if entry is not None:
                    found[name] = _Entry(name, entry.source, entry)
            for each in await self._observed.functions(actor.account):
                found[f"custom.{each}"] = _Entry(f"custom.{each}", "function")
        for each, value in (document.custom or {}).items():
            found[f"custom.{each}"] = _Entry(f"custom.{each}", "custom", value=value)
        return sorted(found.values(), key=lambda each: each.name)

    async def set(self, actor: Actor, name: str, *, value: Any) -> Saved:
        """Set ``custom.NAME`` to a JSON value, as a new version of the policy set.

        Raises `errors.BadInput` for another namespace or a malformed name.
        """
        return await self._policies.set_custom(actor, name, value=value)

    async def remove(self, actor: Actor, name: str) -> Saved:
        """Take ``custom.NAME`` away, as a new version. Raises `errors.NotFound`."""
        return await self._policies.remove_custom(actor, name)


def _shown(entry: _Entry, seen: Mapping[str, LastSeen]) -> Shown:
    if entry.known is not None:
        return _known(entry.known, seen, name=entry.name)
    if entry.source == "function":
        return _function(entry.name)
    return _static(entry.name, entry.value)


def _fits(entry: _Entry, wanted: str, told: Callable[[str], str]) -> bool:
    if entry.known is None:
        about = _OF_FUNCTIONS if entry.source == "function" else _OF_VALUES
        words = (entry.name, told(about))
    else:
        words = (*attributes.spellings(entry.name), told(entry.known.description))
    return any(wanted in each.casefold() for each in words)


def _known(entry: Attribute, seen: Mapping[str, LastSeen], *, name: str | None = None) -> Shown:
    named = name or entry.name
    return Shown(
        named,
        entry.type,
        entry.source,
        entry.description,
        entry.example,
        entry.sensitive,
        _last(named, seen),
        attributes.spellings(named)[1:],
    )


def _function(name: str) -> Shown:
    return Shown(
        name,
        "any",
        "function",
        _OF_FUNCTIONS,
        _EXAMPLE,
        sensitive=False,
    )


def _static(name: str, value: Any) -> Shown:
    return Shown(name, _type(value), "custom", _OF_VALUES, value, sensitive=False, value=value)


def _last(name: str, seen: Mapping[str, LastSeen]) -> SeenShown | None:
    found = seen.get(name)
    if found is None or not attributes.may_be_kept_aside(name):
        return None
    return SeenShown(found.value, found.at)


_TYPES = {bool: "boolean", int: "number", float: "number", str: "text", list: "list"}


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "object")
