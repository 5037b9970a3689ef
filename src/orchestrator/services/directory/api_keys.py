"""Keys of the REST interfaces, and the clients that fetch tokens for them by id and password.

A key looks like ``co_<prefix>_<secret>``: the prefix is its id and may be shown, the secret has 256
random bits and is kept as a hash.
"""

import hmac
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import ApiKey
from orchestrator.services.clock import Clock
from orchestrator.services.directory import (
    accounts,
    allowances,
    client_tokens,
    fields,
    lookup,
    sessions,
)
from orchestrator.services.directory.allowances import Allowance
from orchestrator.services.directory.client_tokens import Token
from orchestrator.services.directory.issued_keys import IssuedClient, IssuedKey
from orchestrator.services.directory.ports import Reading, Seal, Store, Writing

DEFAULT_SCOPES: Final = ("context", "decide")

LONGEST_OVERLAP: Final = 30 * 86_400
HIGHEST_RATE: Final = 1_000_000

_KEY: Final = "co_"
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32


class KeyShown(msgspec.Struct, frozen=True, rename="camel"):
    """What may be shown of a key or client; a client's ``prefix`` is its whole user id."""

    prefix: str
    name: str
    kind: Literal["key", "client"]
    scopes: tuple[str, ...]
    rate: int | None
    created_at: datetime
    state: Literal["active", "ending", "ended"]
    ends_at: datetime | None


class Admitted(msgspec.Struct, frozen=True):
    """Who presented a good key. ``allowance`` is None for a key without a rate."""

    actor: Actor
    allowance: Allowance | None = None


class _Wish(msgspec.Struct, frozen=True):
    """What a new key is to be, checked."""

    name: str
    scopes: tuple[str, ...]
    rate: int | None


class ApiKeys:
    """Use cases on keys and clients. ``reference`` is a prefix, a user id, or the exact name."""

    def __init__(self, store: Store, clock: Clock, seal: Seal) -> None:
        self._store = store
        self._clock = clock
        self._tokens = client_tokens.ClientTokens(seal)
        self._minutes = allowances.Minutes()

    async def add(
        self,
        actor: Actor,
        *,
        name: str,
        scopes: Sequence[str] = DEFAULT_SCOPES,
        rate: int | None = None,
    ) -> IssuedKey:
        """Make a key and return it in clear: it cannot be shown again.

        ``rate`` is in requests a minute. Raises `errors.BadInput` for an unknown scope, none, or an
        impossible rate, and `errors.Conflict` when a living key or client has the name.
        """
        issued, record = _new_key(actor.account, _wished(name, scopes, rate), self._clock.now())
        await self._write_new(actor, record)
        return issued

    async def add_client(
        self,
        actor: Actor,
        *,
        name: str,
        scopes: Sequence[str] = DEFAULT_SCOPES,
        rate: int | None = None,
    ) -> IssuedClient:
        """Make a client and return its password in clear: it cannot be shown again.

        Raises as `add`.
        """
        issued, record = _new_client(actor.account, _wished(name, scopes, rate), self._clock.now())
        await self._write_new(actor, record)
        return issued

    async def all(self, actor: Actor, *, prefix: str = "") -> list[KeyShown]:
        """Return keys and clients by name, ended ones included; those whose prefix begins so."""
        access.demand(actor, "directory.read")
        found = await self._store.read(lambda rows: rows.find(ApiKey, account=actor.account))
        found.sort(key=lambda key: key.created_at)
        now = self._clock.now()
        shown = [_shown(key, now) for key in lookup.by_name(found, lambda key: key.name)]
        return [key for key in shown if key.prefix.startswith(prefix)]

    async def show(self, actor: Actor, reference: str) -> KeyShown:
        """Return one key or client, the living one where several had the name.

        Raises `errors.NotFound`.
        """
        access.demand(actor, "directory.read")
        now = self._clock.now()
        return await self._store.read(
            lambda rows: _shown(_named(rows, actor.account, reference, now), now)
        )

    async def rotate(
        self, actor: Actor, reference: str, *, overlap_seconds: int = 0
    ) -> IssuedKey | IssuedClient:
        """Put a new key (or client) in the place of one, and return it in clear.

        The old one is good for ``overlap_seconds`` more, at most 30 days; 0 ends it at once.
        Raises `errors.NotFound`, `errors.BadInput`, and `errors.Conflict` for one that has ended
        or was replaced already.
        """
        access.demand(actor, "directory.write")
        fields.number(overlap_seconds, least=0, most=LONGEST_OVERLAP, path="--overlap")

        def work(unit: Writing) -> IssuedKey | IssuedClient:
            old = _named(unit, actor.account, reference, unit.now)
            if old.replaced_by is not None or _has_ended(old, unit.now):
                raise errors.Conflict(
                    f"“{old.name}” ({_prefix(old)}) has ended or was replaced already.", path="name"
                )
            wish = _Wish(old.name, old.scopes, old.rate)
            issued, record = _NEW[old.kind](actor.account, wish, unit.now)
            ends = unit.now + timedelta(seconds=overlap_seconds)
            unit.replace(msgspec.structs.replace(old, replaced_by=record.id, ends_at=ends))
            unit.add(record)
            return issued

        return await self._store.write(actor, self._clock.now(), work)

    async def revoke(self, actor: Actor, reference: str) -> KeyShown:
        """End a key or client now, with its tokens. Again, it changes nothing.

        By its name, those that it replaced and that are still good end too; by its prefix, it
        alone. Raises `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> KeyShown:
            meant = _named(unit, actor.account, reference, unit.now)
            by_name = reference not in {meant.id, _prefix(meant)}
            those = unit.find(ApiKey, account=actor.account, name=meant.name) if by_name else []
            for key in [meant, *(key for key in those if key.id != meant.id)]:
                if not _has_ended(key, unit.now):
                    unit.replace(msgspec.structs.replace(key, ends_at=unit.now))
            return _shown(unit.find(ApiKey, account=actor.account, id=meant.id)[0], unit.now)

        return await self._store.write(actor, self._clock.now(), work)

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        rate: int | None = None,
    ) -> KeyShown:
        """Change a key or client from its next request on; what is None stays, a rate of 0 goes.

        Raises `errors.NotFound`, and as `add`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> KeyShown:
            old = _named(unit, actor.account, reference, unit.now)
            wish = _wished(
                old.name if name is None else name,
                old.scopes if scopes is None else scopes,
                (old.rate if rate is None else rate) or None,
            )
            if wish.name != old.name:
                _demand_free(unit, actor.account, wish.name)
            new = msgspec.structs.replace(old, name=wish.name, scopes=wish.scopes, rate=wish.rate)
            unit.replace(new)
            return _shown(new, unit.now)

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, reference: str) -> KeyShown:
        """Delete a key or client, good or ended; the change log keeps that it was there.

        Raises `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> KeyShown:
            key = _named(unit, actor.account, reference, unit.now)
            unit.remove(key)
            return _shown(key, unit.now)

        return await self._store.write(actor, self._clock.now(), work)

    async def check(self, account: str, presented: str, *, scope: str) -> Actor:
        """Return who presents a key, or a client's token, of the account; as `admit`."""
        return (await self.admit(presented, account=account, scope=scope)).actor

    async def admit(self, presented: str, *, scope: str, account: str | None = None) -> Admitted:
        """Return who presents a key, or a client's token, and what it may still do.

        Without ``account`` it may be of any: compare ``actor.account`` before doing anything.
        Raises `errors.Unauthenticated`, which never says what was wrong, `errors.Forbidden` when
        the scope is missing, and `RateExceeded`.
        """
        now = self._clock.now()
        key = await self._living(presented, now)
        if key is None or account not in (None, key.account):
            raise errors.Unauthenticated("The API key or token is not valid.")
        if scope not in key.scopes:
            raise errors.Forbidden(
                f"The key “{key.name}” has not got the scope {scope}; "
                f"it has {', '.join(key.scopes)}."
            )
        actor = Actor(key.account, f"key {key.name}", access.of_key(key.scopes))
        allowance = None if key.rate is None else self._minutes.count(key.id, key.rate, now=now)
        return Admitted(actor, allowance)

    async def login(self, user_id: str, password: str) -> Token:
        """Return a token for a client. Raises `errors.Unauthenticated`."""
        client = await self._found(user_id)
        given = sessions.digest(password)
        if (
            client is None
            or client.kind != "client"
            or not hmac.compare_digest(client.secret_hash, given)
            or _has_ended(client, self._clock.now())
        ):
            raise errors.Unauthenticated("The user id or password is not valid.")
        return self._tokens.issue(client.id, now=self._clock.now())

    async def _write_new(self, actor: Actor, record: ApiKey) -> None:
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            accounts.required(unit, actor.account)
            _demand_free(unit, actor.account, record.name)
            unit.add(record)

        await self._store.write(actor, self._clock.now(), work)

    async def _living(self, presented: str, now: datetime) -> ApiKey | None:
        """Return the key that was presented, or the client whose token it is, while it is good."""
        if presented.startswith(client_tokens.MARK):
            identifier = self._tokens.read(presented, now=now)
            found = None if identifier is None else await self._found(identifier)
            is_right = found is not None and found.kind == "client"
        else:
            mark, _, rest = presented.partition("_")
            identifier, _, secret = rest.partition("_")
            if f"{mark}_" != _KEY:
                return None
            found = await self._found(identifier)
            is_right = (
                found is not None
                and found.kind == "key"
                and hmac.compare_digest(found.secret_hash, sessions.digest(secret))
            )
        return found if is_right and found is not None and not _has_ended(found, now) else None

    async def _found(self, identifier: str) -> ApiKey | None:
        if not identifier.isascii() or not identifier.isprintable():
            return None  # no key's, and not every database takes it in a question
        return await self._store.first(ApiKey, id=identifier)


def _new_key(account: str, wish: _Wish, now: datetime) -> tuple[IssuedKey, ApiKey]:
    identifier, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    record = _record(account, wish, identifier=identifier, secret=secret, kind="key", now=now)
    presented = f"{_KEY}{identifier}_{secret}"
    return IssuedKey(presented, _prefix(record), wish.name, wish.scopes, wish.rate), record


def _new_client(account: str, wish: _Wish, now: datetime) -> tuple[IssuedClient, ApiKey]:
    identifier, secret = str(uuid.uuid4()), secrets.token_urlsafe(_SECRET_BYTES)
    record = _record(account, wish, identifier=identifier, secret=secret, kind="client", now=now)
    return IssuedClient(identifier, secret, wish.name, wish.scopes, wish.rate), record


_NEW: Final = {"key": _new_key, "client": _new_client}


def _record(
    account: str,
    wish: _Wish,
    *,
    identifier: str,
    secret: str,
    kind: Literal["key", "client"],
    now: datetime,
) -> ApiKey:
    return ApiKey(
        account=account,
        id=identifier,
        kind=kind,
        name=wish.name,
        secret_hash=sessions.digest(secret),
        scopes=wish.scopes,
        created_at=now,
        rate=wish.rate,
    )


def _wished(name: str, scopes: Sequence[str], rate: int | None) -> _Wish:
    if rate is not None:
        fields.number(rate, least=1, most=HIGHEST_RATE, path="--rate")
    return _Wish(fields.name(name, path="name"), _checked(scopes), rate)


def _checked(scopes: Sequence[str]) -> tuple[str, ...]:
    known = ", ".join(access.KEY_SCOPES)
    for scope in scopes:
        if scope not in access.KEY_SCOPES:
            raise errors.BadInput(
                f"There is no scope “{scope}” of keys. Scopes: {known}.", path="--scopes"
            )
    if not scopes:
        raise errors.BadInput(f"Name at least one scope: {known}.", path="--scopes")
    return tuple(scope for scope in access.KEY_SCOPES if scope in scopes)


def _named(rows: Reading, account: str, reference: str, now: datetime) -> ApiKey:
    """Return the key that is meant; of several that had the name, the one that goes on."""
    for key in rows.find(ApiKey, account=account, id=reference.removeprefix(_KEY)):
        return key
    of_name = rows.find(ApiKey, account=account, name=reference)
    if not of_name:
        known = [key.name for key in rows.find(ApiKey, account=account)]
        raise lookup.missing("key", reference, known=known, path="name")
    return max(
        of_name,
        key=lambda key: (not _has_ended(key, now), key.replaced_by is None, key.created_at),
    )


def _demand_free(unit: Writing, account: str, name: str) -> None:
    """Raise `errors.Conflict` when a living key or client has the name."""
    for other in unit.find(ApiKey, account=account, name=name):
        if not _has_ended(other, unit.now):
            raise errors.Conflict(f"There is a key or client “{name}” already.", path="name")


def _has_ended(key: ApiKey, now: datetime) -> bool:
    return key.ends_at is not None and key.ends_at <= now


def _prefix(key: ApiKey) -> str:
    return f"{_KEY}{key.id}" if key.kind == "key" else key.id


def _shown(key: ApiKey, now: datetime) -> KeyShown:
    state: Literal["active", "ending", "ended"] = "active" if key.ends_at is None else "ending"
    return KeyShown(
        prefix=_prefix(key),
        name=key.name,
        kind=key.kind,
        scopes=key.scopes,
        rate=key.rate,
        created_at=key.created_at,
        state="ended" if _has_ended(key, now) else state,
        ends_at=key.ends_at,
    )
