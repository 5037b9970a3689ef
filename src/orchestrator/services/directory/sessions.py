"""Login sessions: how their tokens are made, kept and compared, and how they end."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Account, LoginSession, User
from orchestrator.services.directory.ports import Reading, Writing

LONGEST: Final = timedelta(days=7)
"""After so long a browser signs in again, however busy it was."""

REFRESHED: Final = timedelta(minutes=5)
"""How often a browser that is used prolongs its session."""

_TOKEN_BYTES: Final = 32


class Session(msgspec.Struct, frozen=True):
    """A login that just succeeded. Bearer, CSRF token and cookie are 64 hex digits, shown once."""

    session_id: str
    user: User
    bearer: str
    csrf: str
    cookie: str
    expires_at: datetime
    lifetime: timedelta

    def __repr__(self) -> str:
        """Name session and user alone: a repr ends up in logs and tracebacks."""
        return f"Session(session_id={self.session_id!r}, user={self.user.id!r}, …)"


class Lent(msgspec.Struct, frozen=True):
    """A bearer of the messaging cloud that belongs to a browser's session and ends with it."""

    user: User
    bearer: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Name the user alone, as `Session` does."""
        return f"Lent(user={self.user.id!r}, …)"


class SignedIn(msgspec.Struct, frozen=True):
    """Whose bearer it is, and until when."""

    session_id: str
    user: User
    expires_at: datetime

    @property
    def actor(self) -> Actor:
        """The user as somebody who asks."""
        return actor_of(self.user)


def actor_of(user: User) -> Actor:
    """Return the user as somebody who asks."""
    granted = access.permissions(user.roles)
    if user.type == "bot":
        granted |= access.OF_BOTS
    return Actor(user.account, user.login, granted, user.id)


def digest(token: str) -> str:
    """Return the hex SHA-256 under which a random token is kept.

    The token has 256 random bits, so a slow hash would protect nothing; that it is looked up by
    this digest is also why no comparison can leak it by its time.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_of(cookie: str) -> str:
    """Return the bearer that goes with a browser's cookie, of which it tells nothing.

    The same for every tab, so that none takes another's away. 64 hex digits, as all bearers are.
    """
    return hmac.digest(cookie.encode(), b"bearer of the messaging cloud", "sha256").hex()


def begin(unit: Writing, account: Account, user: User, *, app_key: str | None) -> Session:
    """Begin a session of ``user`` and return it with its tokens."""
    lifetime = timedelta(hours=account.session_hours)
    made = Session(
        secrets.token_hex(16),
        user,
        secrets.token_hex(_TOKEN_BYTES),
        secrets.token_hex(_TOKEN_BYTES),
        secrets.token_hex(_TOKEN_BYTES),
        unit.now + lifetime,
        lifetime,
    )
    record = LoginSession(
        made.session_id,
        account.id,
        user.id,
        digest(made.bearer),
        digest(made.csrf),
        digest(made.cookie),
        created_at=unit.now,
        refreshed_at=unit.now,
        expires_at=made.expires_at,
        app_key=app_key,
    )
    unit.add(record)
    return made


def living(
    rows: Reading, *, account: str, now: datetime, **tokens: str
) -> tuple[LoginSession, User]:
    """Return the session whose token hashes are these, and its user, while both are good.

    Raises `errors.Unauthenticated`, which never says what was wrong.
    """
    for record in rows.find(LoginSession, account=account, **tokens):
        if record.ended_at is None and record.expires_at > now:
            for user in rows.find(User, account=account, id=record.user_id, enabled=True):
                return record, user
    raise over()


def over() -> errors.Unauthenticated:
    """Return the refusal of a session that is not, or no longer, good."""
    return errors.Unauthenticated("The session is over or never began. Sign in again.")


def end(unit: Writing, account: str, **which: str) -> list[str]:
    """End the sessions whose named fields have these values; return their ids."""
    ended = []
    for record in unit.find(LoginSession, account=account, ended_at=None, **which):
        unit.replace(msgspec.structs.replace(record, ended_at=unit.now))
        ended.append(record.id)
    return ended
