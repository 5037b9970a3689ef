"""What the API answers, as data. Fields that a newer server adds are passed over."""

from datetime import datetime
from typing import Any, Literal

import msgspec


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """Fields are camelCase in JSON; times are aware UTC."""


class Decision(Shape, frozen=True):
    """What the policies would do. ``decision_id`` is None where nothing was kept."""

    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]
    no_match_reason: str | None
    decision_id: str | None = None
    trace: dict[str, Any] | None = None


class Mistake(Shape, frozen=True):
    """One thing that is wrong with a question of a batch, or probably not meant in a document."""

    code: str
    path: str
    message: str


class BatchItem(Shape, frozen=True):
    """The answer to one question of a batch: a decision, or what is wrong (``errors``)."""

    policy_id: str | None = None
    policy_name: str | None = None
    actions: list[dict[str, Any]] = []
    no_match_reason: str | None = None
    decision_id: str | None = None
    trace: dict[str, Any] | None = None
    errors: list[Mistake] = []


class Rule(Shape, frozen=True):
    """The policy that matched, as the original's next actions have it."""

    id: str
    name: str
    actions: list[dict[str, Any]]


class NextActions(Shape, frozen=True):
    """The original's answer; ``no_match_reason`` only where ``rule`` is None."""

    next_action_id: str
    rule: Rule | None = None
    no_match_reason: str | None = None


class Namespace(Shape, frozen=True):
    """A registered namespace of the context service."""

    name: str
    created_at: datetime
    ttl_second: int | None = None


class Account(Shape, frozen=True):
    """An account's settings."""

    id: str
    created_at: datetime
    fallback_skill_id: str | None
    fallback_skill: str | None
    ring_seconds: int
    retention_days: int
    session_hours: float
    suggestion_seconds: int
    first_message_seconds: float


class User(Shape, frozen=True):
    """A person or a bot. ``max_chats`` None is unlimited; a random ``password`` comes once."""

    id: str
    pid: str
    login: str
    type: Literal["human", "bot"]
    roles: list[str]
    created_at: datetime
    max_chats: int | None
    full_name: str
    enabled: bool
    skills: list[str] = []
    password: str | None = None


class LoginKey(Shape, frozen=True):
    """A login key in clear: shown once."""

    username: str
    app_key: str
    secret: str
    access_token: str
    access_token_secret: str


class Skill(Shape, frozen=True):
    """A skill, and the logins of those who serve it."""

    id: str
    name: str
    created_at: datetime
    description: str
    fallback_skill_id: str | None
    schedule: str | None
    can_transfer: bool
    transfer_list: list[str] | None
    survey: str | None
    transfer_wait_seconds: int | None
    users: list[str]


class Campaign(Shape, frozen=True):
    """A campaign; ``engagements`` are named when one is shown."""

    id: str
    name: str
    created_at: datetime
    description: str
    engagements: list[str] = []


class Engagement(Shape, frozen=True):
    """A way in for consumers."""

    campaign_id: str
    engagement_id: str
    name: str
    campaign: str
    skill_id: str
    skill: str
    entry_point: str | None
    created_at: datetime


class Key(Shape, frozen=True):
    """What may be shown of an API key or client."""

    prefix: str
    name: str
    kind: Literal["key", "client"]
    scopes: list[str]
    rate: int | None
    created_at: datetime
    state: Literal["active", "ending", "ended"]
    ends_at: datetime | None


class Issued(Shape, frozen=True):
    """A key or client in clear: shown once."""

    name: str
    scopes: list[str]
    rate: int | None
    api_key: str | None = None
    prefix: str | None = None
    user_id: str | None = None
    password: str | None = None


class Function(Shape, frozen=True):
    """A function behind ``custom.NAME``: its definition without secrets, and what calls cost."""

    name: str
    timeout_ms: int
    retries: int
    on_failure: str
    cache_seconds: int
    concurrency: int
    has_secrets: bool
    changed_at: datetime
    cost: dict[str, Any]
    url: str | None = None
    lambda_id: str | None = None
    parameters: dict[str, Any] | None = None
    payload: Any = None
    default_value: Any = None


class Tried(Shape, frozen=True):
    """What one call of a function brought: ``outcome`` is value, missing or error."""

    name: str
    outcome: str
    value: Any
    milliseconds: int
    attempts: int
    reason: str | None
    sent: Any


class BotConfig(Shape, frozen=True):
    """As whom the bot signs in, and how that is going."""

    username: str | None
    domain: str | None
    state: Literal["not-configured", "connecting", "online", "refused"]
    reason: str


class PolicyTraffic(Shape, frozen=True):
    """How often a policy matched in the last 24 hours, and in each of them, the oldest first."""

    matches: int
    matches_by_hour: list[int]
    last_match_hour: datetime | None


PolicyState = Literal["live", "disabled", "unreachable", "invalid", "never-matched"]


class Policy(PolicyTraffic, frozen=True):
    """A policy in its place, and how it stands.

    ``is_settled`` is false while a change is still being looked at: what is live or never matched
    may then turn out to be unreachable.
    """

    state: PolicyState
    is_settled: bool
    position: int
    id: str
    name: str
    enabled: bool
    valid: bool
    actions: list[Any]


class Saved(Shape, frozen=True):
    """What came of saving the policy set; ``id`` is that of the one policy that was saved."""

    version: int
    policies: int
    enabled: int
    warnings: list[Mistake]
    id: str | None = None


class Version(Shape, frozen=True):
    """A version of the policy set, with its document when one is shown."""

    version: int
    hash: str
    author: str
    at: datetime
    message: str
    document: dict[str, Any] | None = None


class Attribute(Shape, frozen=True):
    """An attribute that policies can read; static ones have a value."""

    name: str
    type: str
    source: str
    description: str
    example: Any
    sensitive: bool
    value: Any = None


class SavedValue(Shape, frozen=True):
    """A static attribute that was set or taken away, as a new version."""

    name: str
    version: int
    value: Any = None


class Schedule(Shape, frozen=True):
    """Opening hours. ``version`` is that of the policy set, after a change."""

    name: str
    zone: str
    weekly: dict[str, Any]
    exceptions: list[Any]
    holidays: Any
    open: bool
    skills: list[str]
    version: int | None = None


class Removed(Shape, frozen=True):
    """A schedule that is gone, as a new version of the policy set."""

    name: str
    version: int


class Conversation(Shape, frozen=True):
    """A conversation, with names instead of ids."""

    conversation_id: str
    state: Literal["QUEUED", "RINGING", "WITH_BOT", "WITH_AGENT", "CLOSED"]
    entry_skill: str
    skill: str
    agent: str | None
    policy: str | None
    started_at: datetime


class Told(Shape, frozen=True):
    """A conversation with what was said and decided."""

    conversation: Conversation
    messages: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


class Recorded(Shape, frozen=True):
    """A decision that was recorded."""

    decision_id: str
    conversation_id: str | None
    at: datetime
    version: int
    policy_id: str | None
    policy: str | None
    no_match_reason: str | None
    actions: list[dict[str, Any]]


class Explained(Shape, frozen=True):
    """A recorded decision, with what became of it, and why."""

    decision: Recorded
    outcomes: list[dict[str, Any]]
    trace: dict[str, Any] | None


class Queue(Shape, frozen=True):
    """A skill's queue and staffing."""

    skill: str
    waiting: int
    longest_wait_seconds: float
    online_agents: int
    slots: int | None
    free_slots: int | None


class Consumer(Shape, frozen=True):
    """A consumer in a list."""

    consumer_id: str
    kind: str
    created_at: datetime


class Held(Shape, frozen=True):
    """What is held of a consumer."""

    consumer_id: str
    profile: Any
    conversations: list[str]


class Erased(Shape, frozen=True):
    """How much was erased of a consumer."""

    conversations: int
    messages: int
    decisions: int
    files: int
    contexts: int
    profiles: int
