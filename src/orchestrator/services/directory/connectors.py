"""Connectors: the servers of a brand that vouch for its consumers, and the keys they sign with."""

from typing import Final
from urllib.parse import urlsplit

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Connector
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, fields, lookup
from orchestrator.services.directory.ports import Reading, Store, Writing

LONGEST_KEYS: Final = 64 * 1024
"""Characters of a key set: some hundred keys."""


class Connectors:
    """Use cases on connectors. ``reference`` is an id or an exact name."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self, actor: Actor, *, name: str, issuer: str, keys: str, audience: str | None = None
    ) -> Connector:
        """Trust tokens of ``issuer`` that are signed with one of ``keys`` (a JSON Web Key Set).

        With ``audience`` they must be meant for it. Raises `errors.Conflict` when the name or the
        issuer is taken: a token names its issuer alone, so it must say which connector is meant.
        """
        access.demand(actor, "directory.write")
        wanted = fields.name(name, path="name")
        vouching = _issuer(issuer)
        meant = fields.line(audience, path="--audience") or None
        if len(keys) > LONGEST_KEYS:
            raise errors.BadInput("The key set is too large.", path="--key")

        def work(unit: Writing) -> Connector:
            accounts.required(unit, actor.account)
            for field, value in (("name", wanted), ("issuer", vouching)):
                if unit.find(Connector, account=actor.account, **{field: value}):
                    raise errors.Conflict(
                        f"There is a connector with the {field} “{value}” already.", path=field
                    )
            made = Connector(
                account=actor.account,
                id=unit.next_id(actor.account, "connectors"),
                name=wanted,
                issuer=vouching,
                keys=keys,
                created_at=unit.now,
                audience=meant,
            )
            unit.add(made)
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor) -> list[Connector]:
        """Return every connector of the account, by name."""
        access.demand(actor, "directory.read")
        return lookup.by_name(await self.trusted(actor.account), lambda found: found.name)

    async def show(self, actor: Actor, reference: str) -> Connector:
        """Return one connector, or raise `errors.NotFound`."""
        access.demand(actor, "directory.read")
        return await self._store.read(lambda rows: _named(rows, actor.account, reference))

    async def remove(self, actor: Actor, reference: str) -> Connector:
        """Trust a connector no longer. Tokens given out before are good until they expire."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Connector:
            found = _named(unit, actor.account, reference)
            unit.remove(found)
            return found

        return await self._store.write(actor, self._clock.now(), work)

    async def trusted(self, account: str) -> list[Connector]:
        """Return who may vouch for consumers of the account: for the door at which they knock."""
        return await self._store.read(lambda rows: rows.find(Connector, account=account))


def _named(rows: Reading, account: str, reference: str) -> Connector:
    for field in ("id", "name"):
        found = rows.find(Connector, account=account, **{field: reference})
        if found:
            return found[0]
    known = [other.name for other in rows.find(Connector, account=account)]
    raise lookup.missing("connector", reference, known=known, path="connector")


def _issuer(text: str) -> str:
    """Return an ``iss`` claim: any text without blanks; where it is a URL, one with a host."""
    shown = fields.name(text, path="--issuer")
    if any(character.isspace() for character in shown):
        raise errors.BadInput("An issuer has no blanks.", path="--issuer")
    if "://" in shown:
        try:
            host = urlsplit(shown).hostname
        except ValueError:
            host = None
        if not host:
            raise errors.BadInput("The issuer looks like a URL and names no host.", path="--issuer")
    return shown
