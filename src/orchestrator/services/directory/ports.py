"""What the directory needs from the world: rows, password hashing, sealing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import (
    Account,
    AgentGroup,
    ApiKey,
    BotConfig,
    BotState,
    Campaign,
    Connector,
    Details,
    Engagement,
    LoginKey,
    LoginSession,
    Password,
    Profile,
    SignInLink,
    Skill,
    SkillAssignment,
    TokenClient,
    User,
)

T = TypeVar("T")
Record = (
    Account
    | AgentGroup
    | ApiKey
    | BotConfig
    | BotState
    | Campaign
    | Connector
    | Details
    | Engagement
    | LoginKey
    | LoginSession
    | Password
    | Profile
    | SignInLink
    | Skill
    | SkillAssignment
    | TokenClient
    | User
)
R = TypeVar("R", bound=Record)

KEYS: Final[dict[type[Record], tuple[str, ...]]] = {
    Account: ("id",),
    User: ("account", "id"),
    Password: ("account", "user_id"),
    SignInLink: ("account", "user_id"),
    LoginKey: ("account", "app_key"),
    LoginSession: ("id",),
    Skill: ("account", "id"),
    SkillAssignment: ("account", "skill_id", "user_id"),
    Campaign: ("account", "id"),
    Engagement: ("account", "id"),
    Profile: ("account", "id"),
    AgentGroup: ("account", "id"),
    Details: ("account", "noun", "id"),
    TokenClient: ("account", "id"),
    ApiKey: ("account", "id"),
    Connector: ("account", "id"),
    BotConfig: ("account",),
    BotState: ("account",),
}
"""The fields that tell two records of a kind apart."""

FIRST_IDS: Final[dict[str, int]] = {
    "users": 1001,
    "skills": 3001,
    "campaigns": 5001,
    "engagements": 7001,
    "agent-groups": 8001,
    "profiles": 9001,
    "connectors": 6001,
}
"""Where each account's ids begin, so that an id says by its look what it is of."""

CONFIGURATION: Final[dict[type[Record], str]] = {
    User: "users",
    Password: "passwords",
    Skill: "skills",
    SkillAssignment: "skill-assignments",
    Campaign: "campaigns",
    Engagement: "engagements",
    Profile: "profiles",
    AgentGroup: "agent-groups",
    Details: "details",
    Account: "accounts",
    BotConfig: "bot-config",
    ApiKey: "keys",
}
"""What an account's configuration consists of, by the nouns of the change log."""


Listed = User | Skill | Campaign | Engagement
L = TypeVar("L", bound=Listed)

NAMED: Final[dict[type[Listed], tuple[str, ...]]] = {
    User: ("login", "full_name"),
    Skill: ("name",),
    Campaign: ("name",),
    Engagement: ("name", "entry_point"),
}
"""Fields by which records are looked for in lists; the first is the one that lists go by."""


class Sheet(msgspec.Struct, Generic[L], frozen=True):
    """One page of a list: its ``rows``, how many were ``found`` in all, and how many there are."""

    rows: tuple[L, ...]
    found: int
    total: int


class WayIn(msgspec.Struct, frozen=True):
    """An engagement in its campaign, or a campaign that has none."""

    campaign: Campaign
    engagement: Engagement | None


class WaysIn(msgspec.Struct, frozen=True):
    """One page of the ways in: its ``rows``, how many were ``found``, and how many there are."""

    rows: tuple[WayIn, ...]
    found: int
    total: int


class Reading(Protocol):
    """One consistent look at the rows. Plain calls: it runs where the rows are."""

    def find(self, kind: type[R], **equal: Any) -> list[R]:
        """Return the records of ``kind`` whose named fields have these values, in any order."""
        ...

    def sheet(self, kind: type[L], account: str, *, search: str, skip: int, limit: int) -> Sheet[L]:
        """Return ``limit`` records of an account behind the first ``skip``, by name.

        ``search`` is in one of their `NAMED` fields. Neither it nor the order regards case, as far
        as the database's locale knows it.
        """
        ...

    def ways_in(self, account: str, *, search: str, skip: int, limit: int) -> WaysIn:
        """Return ``limit`` ways in behind the first ``skip``, by campaign and then by name.

        ``search`` is in the name of the campaign or the engagement, or in its entry point, as
        `sheet` takes it.
        """
        ...

    def uses_of_skill(self, account: str, skill_id: str) -> list[str]:
        """Return what outside the directory still needs the skill, as phrases for people."""
        ...

    def schedules(self, account: str) -> list[str]:
        """Return the names of the account's schedules, which belong to its policy set."""
        ...

    def uses_of_account(self, account: str) -> list[str]:
        """Return what outside the directory still lives in the account, as phrases for people."""
        ...

    def uses_of_user(self, account: str, user_id: str) -> list[str]:
        """Return what outside the directory still needs the user, as phrases for people."""
        ...

    def revision(self, account: str) -> int:
        """Return the revision of the account's configuration: 0 before its first change.

        It is the sequence of the newest change of a kind in `CONFIGURATION`, whoever made it.
        """
        ...

    def changed(
        self, kind: type[Record], *, account: str, only: str | None = None
    ) -> dict[str, datetime]:
        """Return when the records of a kind in `CONFIGURATION` were last changed, by their id.

        ``only`` is the one id that is asked about.
        """
        ...

    def removed(self, kind: type[Record], *, account: str) -> dict[str, dict[str, Any]]:
        """Return the records of a kind in `CONFIGURATION` that are gone, as JSON, by their id."""
        ...


class Writing(Reading, Protocol):
    """A unit of work: all of it happens, with its change rows, or nothing."""

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        ...

    def next_id(self, account: str, noun: str) -> str:
        """Return the account's next id for ``noun``; never one that was given before."""
        ...

    def add(self, record: Record) -> None:
        """Insert ``record``, whose key must be new."""
        ...

    def replace(self, record: Record) -> None:
        """Put ``record`` in the place of the one with its key."""
        ...

    def remove(self, record: Record) -> None:
        """Delete the record with the key of ``record``."""
        ...

    def clear(self, account: str) -> None:
        """Delete what is left of an account that nobody and nothing uses: versions, counters, keys.

        What was changed stays in the log of changes.
        """
        ...


class Store(Protocol):
    """Where the rows are."""

    async def read(self, work: Callable[[Reading], T]) -> T:
        """Run ``work`` on one snapshot. Raises `errors.Unavailable` when the disk fails."""
        ...

    async def glance(self, work: Callable[[Reading], T]) -> T:
        """As `read`, for work that finds a few records by their keys: it may hold up the loop."""
        ...

    async def first(self, kind: type[R], **equal: Any) -> R | None:
        """Return one of the records whose named fields have these values, as `Reading.find` does.

        Cheap for many who ask the same at once. Raises `errors.Unavailable` as `read`.
        """
        ...

    async def write(self, actor: Actor, at: datetime, work: Callable[[Writing], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return.

        An error in ``work`` undoes all of it and is raised here, as is `errors.Unavailable`.
        """
        ...


class Passwords(Protocol):
    """Slow hashing that never holds up the event loop."""

    async def hash(self, password: str) -> str:
        """Return the encoded hash."""
        ...

    async def matches(self, password: str, *, hashed: str | None) -> bool:
        """Whether it is the one hashed; with None it takes as long and is False."""
        ...


class Seal(Protocol):
    """Encryption of what must be used in clear again, bound to the row it is kept in."""

    def seal(self, secret: bytes, *, row: str) -> bytes:
        """Return ``secret`` sealed for ``row``."""
        ...

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Return the secret sealed for ``row``, or raise `errors.Conflict`."""
        ...


class Signing(Protocol):
    """OAuth1's way of signing a request."""

    def sign(
        self,
        method: str,
        url: str,
        parameters: Sequence[tuple[str, str]],
        *,
        secret: str,
        token_secret: str,
    ) -> str:
        """Return the signature as base64 text.

        ``url`` is without query; ``parameters`` are those of query and header, decoded, without
        the signature itself and without ``realm``. Raises ValueError for what is no URL.
        """
        ...


class AppToken(msgspec.Struct, frozen=True):
    """What a good token of the token service says."""

    client_id: str
    scopes: tuple[str, ...]


class AppTokens(Protocol):
    """Signed tokens of programs."""

    async def sign(
        self, account: str, client_id: str, *, scopes: Sequence[str], expires_at: datetime
    ) -> str:
        """Return a token of the client that is good until ``expires_at``."""
        ...

    async def verify(self, account: str, token: str) -> AppToken:
        """Return whose token it is, or raise `errors.Unauthenticated`."""
        ...

    async def published(self) -> dict[str, Any]:
        """Return the key set (RFC 7517) by which others verify our tokens."""
        ...


class Vouched(msgspec.Struct, frozen=True):
    """What a provider of OpenID Connect says of somebody, once its signature has been checked."""

    claims: Mapping[str, Any]
    id_token: str
    access_token: str

    def __repr__(self) -> str:
        """Name the subject alone: a repr ends up in logs and tracebacks."""
        return f"Vouched(subject={self.claims.get('sub')!r}, …)"


class Provider(Protocol):
    """A provider of OpenID Connect, which signs people in.

    Every call raises `errors.Unavailable` when it is away, or answers what cannot be used.
    """

    @property
    def issuer(self) -> str:
        """The address by which it names itself."""
        ...

    async def entrance(self, *, redirect: str, state: str, nonce: str, challenge: str) -> str:
        """Return where to send a browser; ``challenge`` is the S256 one of RFC 7636."""
        ...

    async def vouch(self, code: str, *, redirect: str, nonce: str, verifier: str) -> Vouched:
        """Exchange the code that a browser brought back, and check the ID token that comes.

        Raises `errors.Unauthenticated` for a code or a token that is not good.
        """
        ...

    async def more(self, vouched: Vouched) -> Mapping[str, Any]:
        """Return the claims of the userinfo endpoint; empty where the provider has none."""
        ...

    async def farewell(self, *, id_token: str | None, back: str) -> str | None:
        """Return where a browser signs out there and comes back; None where it cannot."""
        ...
