"""Four-part login keys of users, as the platform's API keys: app key, secret, token, its secret.

Their shape is the platform's (32, 16, 32 and 16 hex digits). The two secrets must be used in clear
again, to verify OAuth1 signatures, and are sealed; the access token is hashed.
Source: LivePerson's API keys, `docs/reference/protocol.md`.
"""

import hmac
import secrets
from datetime import datetime

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import LoginKey, User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import lookup, sessions
from orchestrator.services.directory.ports import Reading, Seal, Store, Writing


class Credentials(msgspec.Struct, frozen=True, rename="camel"):
    """A key in clear, with the login it belongs to: shown once, or typed in by its owner."""

    username: str
    app_key: str
    secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        """Name the owner alone: a repr ends up in logs and tracebacks."""
        return f"Credentials(username={self.username!r}, …)"


class KeyShown(msgspec.Struct, frozen=True, rename="camel"):
    """What may be shown of a key."""

    username: str
    app_key: str
    created_at: datetime
    revoked_at: datetime | None


class Signatory(msgspec.Struct, frozen=True):
    """The two secrets by which a user's signature is verified; they stay within the services."""

    user: User
    secret: str
    token_secret: str

    def __repr__(self) -> str:
        """Name the user alone: a repr ends up in logs and tracebacks."""
        return f"Signatory(user={self.user.id!r}, …)"


class Keys:
    """Use cases on login keys. ``reference`` names a user."""

    def __init__(self, store: Store, clock: Clock, seal: Seal) -> None:
        self._store = store
        self._clock = clock
        self._seal = seal

    async def generate(self, actor: Actor, reference: str) -> Credentials:
        """Make a key for a user and return it in clear: it cannot be shown again.

        Raises `errors.NotFound`.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> Credentials:
            user = lookup.user(unit, actor.account, reference)
            made = Credentials(user.login, *(secrets.token_hex(size) for size in (16, 8, 16, 8)))
            unit.add(self._record(user, made, unit.now))
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def all(self, actor: Actor, reference: str | None = None) -> list[KeyShown]:
        """Return the keys of one user or of all, newest first, revoked ones included."""
        access.demand(actor, "directory.read")

        def work(rows: Reading) -> list[KeyShown]:
            logins = {user.id: user.login for user in rows.find(User, account=actor.account)}
            found = rows.find(LoginKey, account=actor.account)
            if reference is not None:
                user = lookup.user(rows, actor.account, reference)
                found = [key for key in found if key.user_id == user.id]
            found.sort(key=lambda key: (key.created_at, key.app_key), reverse=True)
            return [
                KeyShown(logins[key.user_id], key.app_key, key.created_at, key.revoked_at)
                for key in found
            ]

        return await self._store.read(work)

    async def revoke(self, actor: Actor, reference: str, *, app_key: str) -> KeyShown:
        """Revoke a key; sessions that began with it end. Revoking it again changes nothing.

        Raises `errors.NotFound` for the user or the key.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> KeyShown:
            user = lookup.user(unit, actor.account, reference)
            found = unit.find(LoginKey, account=user.account, user_id=user.id, app_key=app_key)
            if not found:
                raise errors.NotFound(
                    f"{user.login} has no key {app_key}. "
                    f"See `orchestrator users show {user.login}`.",
                    path="appKey",
                )
            key = found[0]
            if key.revoked_at is None:
                key = msgspec.structs.replace(key, revoked_at=unit.now)
                unit.replace(key)
            sessions.end(unit, user.account, app_key=app_key)
            return KeyShown(user.login, key.app_key, key.created_at, key.revoked_at)

        return await self._store.write(actor, self._clock.now(), work)

    def owner(self, rows: Reading, account: str, given: Credentials) -> User | None:
        """Return the enabled user to whom all five parts belong, else None.

        Every part is compared in constant time, and all of them even after one differs.
        """
        for key in rows.find(LoginKey, account=account, app_key=given.app_key, revoked_at=None):
            for user in rows.find(User, account=account, id=key.user_id, enabled=True):
                equal = [
                    _same(given.username, user.login),
                    _same(given.secret, self._opened(key, "secret")),
                    _same(sessions.digest(given.access_token), key.access_token_hash),
                    _same(given.access_token_secret, self._opened(key, "access_token_secret")),
                ]
                if all(equal):
                    return user
        return None

    def signatory(
        self, rows: Reading, account: str, *, app_key: str, access_token: str
    ) -> Signatory | None:
        """Return by what a signature with this key is verified, if its user is enabled."""
        for key in rows.find(LoginKey, account=account, app_key=app_key, revoked_at=None):
            for user in rows.find(User, account=account, id=key.user_id, enabled=True):
                if _same(sessions.digest(access_token), key.access_token_hash):
                    secret = self._opened(key, "secret")
                    return Signatory(user, secret, self._opened(key, "access_token_secret"))
        return None

    def _record(self, user: User, made: Credentials, now: datetime) -> LoginKey:
        return LoginKey(
            account=user.account,
            app_key=made.app_key,
            user_id=user.id,
            secret=self._sealed(user.account, made, "secret"),
            access_token_hash=sessions.digest(made.access_token),
            access_token_secret=self._sealed(user.account, made, "access_token_secret"),
            created_at=now,
        )

    def _sealed(self, account: str, made: Credentials, field: str) -> bytes:
        row = _row(account, made.app_key, field)
        return self._seal.seal(getattr(made, field).encode(), row=row)

    def _opened(self, key: LoginKey, field: str) -> str:
        row = _row(key.account, key.app_key, field)
        return self._seal.open(getattr(key, field), row=row).decode()


def _row(account: str, app_key: str, field: str) -> str:
    """Return the place of a sealed secret, to which the seal binds it."""
    return f"login_keys/{account}/{app_key}/{field}"


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(given.encode(), kept.encode())
