"""Accounts, people, skills, campaigns, engagements and credentials, as records.

Fields that hold a secret, sealed or hashed, are only in `Password`, `LoginKey`, `LoginSession` and
`BotConfig`; those never leave the services. All times are aware UTC.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from orchestrator.core.model.ids import AccountId, Pid, SkillId, UserId

UserType = Literal["human", "bot"]
BotSignIn = Literal["not-configured", "connecting", "online", "refused"]


class Account(msgspec.Struct, frozen=True, rename="camel"):
    """One brand, and its settings. Nothing of one account can be seen from another."""

    id: AccountId
    created_at: datetime
    fallback_skill_id: SkillId | None = None
    """Where conversations go that no policy wanted; None: they stay with the bot."""
    ring_seconds: int = 72
    """How long a ring waits for its agent."""
    retention_days: int = 30
    """How long receipts and ended conversations are kept."""
    session_hours: float = 8.0
    """How long a login lasts without a refresh."""
    suggestion_seconds: int = 120
    """How long a conversation waits for a suggested agent before it falls back to its skill
    (the platform's ``transferToAgentMaxWaitInSeconds``)."""
    first_message_seconds: float = 2.0
    """How long a decision that reads the first message waits for it."""


class User(msgspec.Struct, frozen=True, rename="camel"):
    """An agent, a bot, a manager, an editor. ``max_chats`` None is unlimited."""

    account: AccountId
    id: UserId
    pid: Pid
    login: str
    type: UserType
    roles: tuple[str, ...]
    created_at: datetime
    max_chats: int | None = None
    full_name: str = ""
    enabled: bool = True


class Skill(msgspec.Struct, frozen=True, rename="camel"):
    """A queue of conversations, served by the users assigned to it."""

    account: AccountId
    id: SkillId
    name: str
    created_at: datetime
    description: str = ""
    fallback_skill_id: SkillId | None = None
    schedule: str | None = None
    """The name of the account's schedule that holds its opening hours; None: always open."""
    can_transfer: bool = True
    """Whether its conversations may be moved to other skills."""
    transfer_list: tuple[SkillId, ...] | None = None
    """The only skills to which they may be moved; None: all."""
    survey: str | None = None
    """Which survey follows them, by the id of the application that holds it; None: none."""
    transfer_wait_seconds: int | None = None
    """How long one waits for a suggested agent; None: as long as the account says."""


class SkillRules(msgspec.Struct, frozen=True):
    """What a skill says of its conversations: a part of `Skill`."""

    name: str
    fallback_skill_id: SkillId | None
    can_transfer: bool
    transfer_list: tuple[SkillId, ...] | None
    survey: str | None
    transfer_wait_seconds: int | None


class SkillAssignment(msgspec.Struct, frozen=True, rename="camel"):
    """One user serves one skill."""

    account: AccountId
    skill_id: SkillId
    user_id: UserId


class Campaign(msgspec.Struct, frozen=True, rename="camel"):
    """A group of engagements."""

    account: AccountId
    id: str
    name: str
    created_at: datetime
    description: str = ""


class Engagement(msgspec.Struct, frozen=True, rename="camel"):
    """A way in for consumers; its routing is one specific skill."""

    account: AccountId
    id: str
    campaign_id: str
    name: str
    skill_id: SkillId
    created_at: datetime
    entry_point: str | None = None


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """A role under a name of the account's own; whoever has the profile has the role."""

    account: AccountId
    id: str
    name: str
    role: str
    created_at: datetime
    description: str = ""


class AgentGroup(msgspec.Struct, frozen=True, rename="camel"):
    """A team. ``parent_id`` None: right under the main group, which is not a record."""

    account: AccountId
    id: str
    name: str
    created_at: datetime
    description: str = ""
    parent_id: str | None = None
    enabled: bool = True


class Details(msgspec.Struct, frozen=True, rename="camel"):
    """What is only kept and shown of a thing: fields of the platform on which nothing here acts.

    ``noun`` and ``id`` name the thing ("users", "1001"); ``body`` is plain JSON.
    """

    account: AccountId
    noun: str
    id: str
    body: dict[str, Any]


class TokenClient(msgspec.Struct, frozen=True, rename="camel"):
    """A program that fetches tokens of its own; its secret as hex SHA-256."""

    account: AccountId
    id: str
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """What a program shows at the REST interfaces; its secret as hex SHA-256.

    A ``key`` is presented whole, and ``id`` is its visible prefix. A ``client`` has an id and a
    password for which it gets tokens. No two accounts have the same id.
    """

    account: AccountId
    id: str
    kind: Literal["key", "client"]
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    rate: int | None = None
    """Requests a minute; None: as many as it likes."""
    replaced_by: str | None = None
    """The id of the key that took its place."""
    ends_at: datetime | None = None
    """From when on it is refused: revoked, or at the end of a rotation's overlap."""


class Connector(msgspec.Struct, frozen=True, rename="camel"):
    """A server of the brand's that vouches for its consumers."""

    account: AccountId
    id: str
    name: str
    issuer: str
    """The ``iss`` of its tokens; no two connectors of an account have the same."""
    keys: str
    """Its RSA public keys: a JSON Web Key Set, as text."""
    created_at: datetime
    audience: str | None = None
    """The ``aud`` that its tokens must have; None: they need none."""


class BotState(msgspec.Struct, frozen=True, rename="camel"):
    """How the routing bot's sign-in is going; ``reason`` is a sentence for people, or empty."""

    account: AccountId
    state: BotSignIn
    reason: str
    at: datetime


class Password(msgspec.Struct, frozen=True, rename="camel"):
    """A slow hash of somebody's password."""

    account: AccountId
    user_id: UserId
    hash: str
    changed_at: datetime


class SignInLink(msgspec.Struct, frozen=True, rename="camel"):
    """As whom a provider of OpenID Connect knows a user: the ``iss`` and ``sub`` of its tokens."""

    account: AccountId
    user_id: UserId
    issuer: str
    subject: str
    linked_at: datetime


class LoginKey(msgspec.Struct, frozen=True, rename="camel"):
    """A four-part key: its two secrets sealed, its access token as a hash (hex SHA-256)."""

    account: AccountId
    app_key: str
    user_id: UserId
    secret: bytes
    access_token_hash: str
    access_token_secret: bytes
    created_at: datetime
    revoked_at: datetime | None = None


class LoginSession(msgspec.Struct, frozen=True, rename="camel"):
    """One login; bearer, CSRF token and cookie as hex SHA-256."""

    id: str
    account: AccountId
    user_id: UserId
    bearer_hash: str
    csrf_hash: str
    cookie_hash: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    app_key: str | None = None
    ended_at: datetime | None = None


class BotConfig(msgspec.Struct, frozen=True, rename="camel"):
    """Where and as whom the routing bot signs in. ``domain`` None is this server's own cloud."""

    account: AccountId
    username: str
    credentials: bytes
    """Sealed JSON of the key's four parts."""
    changed_at: datetime
    domain: str | None = None
    ca_file: str | None = None
