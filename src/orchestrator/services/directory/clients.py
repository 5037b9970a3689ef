"""Programs that fetch tokens of their own from the token service, by client id and secret."""

import hmac
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import TokenClient
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, fields, lookup, sessions
from orchestrator.services.directory.ports import Reading, Store, Writing

DEFAULT_SCOPES: Final = ("faas.lambda.invoke",)
"""What a client may do when nothing is said: the one thing for which the platform's need one."""

_SECRET_BYTES: Final = 32


class ClientCredentials(msgspec.Struct, frozen=True, rename="camel"):
    """A client just made, with its secret in clear: shown once."""

    client_id: str
    client_secret: str
    name: str
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the client alone: a repr ends up in logs and tracebacks."""
        return f"ClientCredentials(client_id={self.client_id!r}, …)"


class ClientShown(msgspec.Struct, frozen=True, rename="camel"):
    """What may be shown of a client."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class Clients:
    """Use cases on clients. ``reference`` is a client id, or the exact name of one not revoked."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self, actor: Actor, *, name: str, scopes: Sequence[str] = DEFAULT_SCOPES
    ) -> ClientCredentials:
        """Add a client and return its secret in clear: it cannot be shown again.

        Raises `errors.BadInput` for an unknown scope or none, `errors.Conflict` when a client that
        is not revoked has the name.
        """
        access.demand(actor, "directory.write")
        wanted = fields.name(name, path="name")
        granted = _checked(scopes)
        made = ClientCredentials(
            str(uuid.uuid4()), secrets.token_hex(_SECRET_BYTES), wanted, granted
        )

        def work(unit: Writing) -> ClientCredentials:
            account = accounts.required(unit, actor.account).id
            if unit.find(TokenClient, account=account, name=wanted, revoked_at=None):
                raise errors.Conflict(f"There is a client “{wanted}” already.", path="name")
            digest = sessions.digest(made.client_secret)
            unit.add(TokenClient(account, made.client_id, wanted, digest, granted, unit.now))
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor) -> list[ClientShown]:
        """Return every client of the account by name, revoked ones included."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(TokenClient, account=actor.account))
        found.sort(key=lambda client: client.created_at)
        return [_shown(client) for client in lookup.by_name(found, lambda client: client.name)]

    async def revoke(self, actor: Actor, reference: str) -> ClientShown:
        """Revoke a client; its tokens are refused from now on. Again, it changes nothing.

        Raises `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> ClientShown:
            client = _named(unit, actor.account, reference)
            if client.revoked_at is None:
                client = msgspec.structs.replace(client, revoked_at=unit.now)
                unit.replace(client)
            return _shown(client)

        return await self._store.write(actor, self._clock.now(), work)


def owner(rows: Reading, account: str, *, client_id: str, secret: str) -> TokenClient | None:
    """Return the client to whom both belong, unless it was revoked."""
    digest = sessions.digest(secret)
    for client in rows.find(TokenClient, account=account, id=client_id, revoked_at=None):
        if hmac.compare_digest(client.secret_hash, digest):
            return client
    return None


def living(rows: Reading, account: str, client_id: str) -> TokenClient | None:
    """Return the client, unless it was revoked."""
    found = rows.find(TokenClient, account=account, id=client_id, revoked_at=None)
    return found[0] if found else None


def _named(rows: Reading, account: str, reference: str) -> TokenClient:
    for client in rows.find(TokenClient, account=account, id=reference):
        return client
    for client in rows.find(TokenClient, account=account, name=reference, revoked_at=None):
        return client
    known = [each.name for each in rows.find(TokenClient, account=account, revoked_at=None)]
    raise lookup.missing("client", reference, known=known, path="name")


def _checked(scopes: Sequence[str]) -> tuple[str, ...]:
    for scope in scopes:
        if scope not in access.SCOPES:
            raise errors.BadInput(
                f"There is no scope “{scope}”. Scopes: {', '.join(access.SCOPES)}.", path="--scopes"
            )
    if not scopes:
        raise errors.BadInput(
            f"Name at least one scope: {', '.join(access.SCOPES)}.", path="--scopes"
        )
    return tuple(scope for scope in access.SCOPES if scope in scopes)


def _shown(client: TokenClient) -> ClientShown:
    return ClientShown(client.id, client.name, client.scopes, client.created_at, client.revoked_at)
