"""Signing in, by password or by key, and what keeps a session alive."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import LoginSession, Password, User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, guesses, keys, sessions
from orchestrator.services.directory.keys import Credentials
from orchestrator.services.directory.ports import Passwords, Reading, Store, Writing
from orchestrator.services.directory.sessions import Lent, Session, SignedIn


class Logins:
    """Use cases of signing in. A wrong credential of any kind is always the same error."""

    def __init__(
        self, store: Store, clock: Clock, *, passwords: Passwords, login_keys: keys.Keys
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._keys = login_keys
        self._guesses = guesses.Guesses(clock)

    async def by_password(
        self, account: str, *, username: str, password: str, address: str | None = None
    ) -> Session:
        """Begin a session. ``address`` is where the caller is, None for nobody from outside.

        Raises `errors.Unauthenticated`, after the same time whatever was wrong, and
        `errors.TooMany` after many wrong passwords (`guesses`).
        """
        async with self._guesses.turn(account, username, address=address) as turn:
            session = await self._by_password(account, username, password)
            turn.good()
        return session

    async def _by_password(self, account: str, username: str, password: str) -> Session:

        def look(rows: Reading) -> tuple[User | None, str | None]:
            for user in rows.find(User, account=account, login=username, enabled=True):
                for kept in rows.find(Password, account=account, user_id=user.id):
                    return user, kept.hash
            return None, None

        user, hashed = await self._store.read(look)
        if not await self._passwords.matches(password, hashed=hashed) or user is None:
            raise _refused()

        def still(rows: Reading) -> User | None:
            """Nothing may have changed while the slow hash was computed."""
            found, kept = look(rows)
            return found if kept == hashed else None

        return await self._begin(account, user, still=still, app_key=None)

    async def by_key(self, account: str, *, credentials: Credentials) -> Session:
        """Begin a session with a four-part key. Raises `errors.Unauthenticated`."""

        def owner(rows: Reading) -> User | None:
            return self._keys.owner(rows, account, credentials)

        user = await self._store.read(owner)  # wrong ones never reach the writer
        if user is None:
            raise _refused()
        return await self._begin(account, user, still=owner, app_key=credentials.app_key)

    async def refresh(self, account: str, *, cookie: str, csrf: str) -> datetime:
        """Keep the session alive for another lifetime and return its new end.

        Raises `errors.Unauthenticated` when cookie or CSRF token are wrong or the session is over.
        """
        now = self._clock.now()

        def work(unit: Writing) -> datetime:
            record, _ = sessions.living(
                unit,
                account=account,
                now=unit.now,
                cookie_hash=sessions.digest(cookie),
                csrf_hash=sessions.digest(csrf),
            )
            hours = accounts.required(unit, account).session_hours
            ends = unit.now + timedelta(hours=hours)
            unit.replace(msgspec.structs.replace(record, refreshed_at=unit.now, expires_at=ends))
            return ends

        return await self._store.write(_unknown(account), now, work)

    async def logout(self, account: str, *, cookie: str, csrf: str) -> SignedIn:
        """End the session and return whose it was. Raises as `refresh`."""

        def work(unit: Writing) -> SignedIn:
            record, user = sessions.living(
                unit,
                account=account,
                now=unit.now,
                cookie_hash=sessions.digest(cookie),
                csrf_hash=sessions.digest(csrf),
            )
            sessions.end(unit, account, id=record.id)
            return SignedIn(record.id, user, record.expires_at)

        return await self._store.write(_unknown(account), self._clock.now(), work)

    async def check(self, account: str, *, bearer: str) -> SignedIn:
        """Return whose bearer it is. Raises `errors.Unauthenticated`."""
        now = self._clock.now()

        def work(rows: Reading) -> SignedIn:
            record, user = sessions.living(
                rows, account=account, now=now, bearer_hash=sessions.digest(bearer)
            )
            return SignedIn(record.id, user, record.expires_at)

        return await self._store.glance(work)

    async def by_cookie(self, account: str, *, cookie: str, csrf: str) -> SignedIn:
        """Return whose browser it is, and keep the session alive while it is used.

        Raises `errors.Unauthenticated`, also for a session that is older than `sessions.LONGEST`.
        """
        now = self._clock.now()

        def work(rows: Reading) -> tuple[LoginSession, User]:
            return sessions.living(
                rows,
                account=account,
                now=now,
                cookie_hash=sessions.digest(cookie),
                csrf_hash=sessions.digest(csrf),
            )

        record, user = await self._store.glance(work)
        if now - record.created_at > sessions.LONGEST:
            raise sessions.over()
        ends = record.expires_at
        if now - record.refreshed_at > sessions.REFRESHED:
            ends = await self.refresh(account, cookie=cookie, csrf=csrf)
        return SignedIn(record.id, user, ends)

    async def lend(self, account: str, *, cookie: str, csrf: str) -> Lent:
        """Return the bearer with which the browser's session opens an agent's sockets.

        It is good for as long as the session is. Raises as `by_cookie`, and `errors.Forbidden` for
        whoever is no agent, or no person: bots sign in with their keys.
        """
        signed = await self.by_cookie(account, cookie=cookie, csrf=csrf)
        access.demand(signed.actor, "conversations.serve")
        if signed.user.type != "human":
            raise errors.Forbidden(f"{signed.user.login} is a bot: its program answers.")
        bearer = sessions.bearer_of(cookie)
        hashes = {"cookie_hash": sessions.digest(cookie), "csrf_hash": sessions.digest(csrf)}
        wanted, now = sessions.digest(bearer), self._clock.now()

        def is_lent(rows: Reading) -> bool:
            found, _ = sessions.living(rows, account=account, now=now, **hashes)
            return found.bearer_hash == wanted

        def work(unit: Writing) -> None:
            found, _ = sessions.living(unit, account=account, now=unit.now, **hashes)
            unit.replace(msgspec.structs.replace(found, bearer_hash=wanted))

        if not await self._store.glance(is_lent):
            await self._store.write(_unknown(account), now, work)
        return Lent(signed.user, bearer, signed.expires_at)

    async def issued(self, account: str, *, bearer: str) -> bool:
        """Whether the bearer was ever given out: a socket then closes with 4401, not with 401."""
        digest = sessions.digest(bearer)

        def work(rows: Reading) -> bool:
            return bool(rows.find(LoginSession, account=account, bearer_hash=digest))

        return await self._store.read(work)

    async def _begin(
        self,
        account: str,
        user: User,
        *,
        still: Callable[[Reading], User | None],
        app_key: str | None,
    ) -> Session:
        def work(unit: Writing) -> Session:
            found = still(unit)
            if found is None:
                raise _refused()
            return sessions.begin(unit, accounts.required(unit, account), found, app_key=app_key)

        return await self._store.write(sessions.actor_of(user), self._clock.now(), work)


def _refused() -> errors.Unauthenticated:
    return errors.Unauthenticated("These credentials are not valid.")


def _unknown(account: str) -> Actor:
    """Return the actor of a request that has only a session to show, and no more rights."""
    return Actor(account, "session", frozenset())
