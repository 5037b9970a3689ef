"""Accounts, people, skills, engagements, credentials and login sessions."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, true

from orchestrator.adapters.storage.columns import Json, Words
from orchestrator.adapters.storage.tables import shapes

accounts = Table(
    "accounts",
    shapes.metadata,
    shapes.key("id"),
    shapes.at("created_at"),
    shapes.maybe("fallback_skill_id"),
    shapes.number("ring_seconds"),
    shapes.number("retention_days"),
    Column("session_hours", Float, nullable=False),
    shapes.number("suggestion_seconds"),
    Column("first_message_seconds", Float, nullable=False),
)

users = Table(
    "users",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("pid"),
    shapes.text("login"),
    shapes.text("type"),
    Column("roles", Words, nullable=False),
    Column("max_chats", Integer),  # NULL is unlimited
    shapes.text("full_name"),
    shapes.yes_no("enabled"),
    shapes.at("created_at"),
    Index("users_by_login", "account", "login", unique=True),
    Index("users_by_pid", "account", "pid", unique=True),
)

passwords = Table(
    "passwords",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("user_id"),
    shapes.text("hash"),
    shapes.at("changed_at"),
)

sign_in_links = Table(
    "sign_in_links",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("user_id"),
    shapes.text("issuer"),
    shapes.text("subject"),
    shapes.at("linked_at"),
    Index("sign_in_links_by_subject", "account", "issuer", "subject", unique=True),
)

login_keys = Table(
    "login_keys",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("app_key"),
    shapes.text("user_id"),
    shapes.binary("secret"),
    shapes.text("access_token_hash"),
    shapes.binary("access_token_secret"),
    shapes.at("created_at"),
    shapes.maybe_at("revoked_at"),
    Index("login_keys_of_user", "account", "user_id"),
)

login_sessions = Table(
    "login_sessions",
    shapes.metadata,
    shapes.key("id"),
    shapes.text("account"),
    shapes.text("user_id"),
    shapes.maybe("app_key"),
    shapes.text("bearer_hash"),
    shapes.text("csrf_hash"),
    shapes.text("cookie_hash"),
    shapes.at("created_at"),
    shapes.at("refreshed_at"),
    shapes.at("expires_at"),
    shapes.maybe_at("ended_at"),
    Index("login_sessions_by_bearer", "bearer_hash", unique=True),
    Index("login_sessions_by_cookie", "cookie_hash", unique=True),
    Index("login_sessions_of_user", "account", "user_id"),
    Index("login_sessions_by_expiry", "expires_at"),
)

skills = Table(
    "skills",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("description"),
    shapes.maybe("fallback_skill_id"),
    shapes.at("created_at"),
    shapes.maybe("schedule"),
    Column("can_transfer", Boolean, nullable=False, server_default=true()),
    Column("transfer_list", Words),  # NULL is all
    shapes.maybe("survey"),
    Column("transfer_wait_seconds", Integer),
    Index("skills_by_name", "account", "name", unique=True),
)

skill_assignments = Table(
    "skill_assignments",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("skill_id"),
    shapes.key("user_id"),
    Index("skill_assignments_of_user", "account", "user_id"),
)

campaigns = Table(
    "campaigns",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("description"),
    shapes.at("created_at"),
    Index("campaigns_by_name", "account", "name", unique=True),
)

engagements = Table(
    "engagements",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("campaign_id"),
    shapes.text("name"),
    shapes.text("skill_id"),
    shapes.maybe("entry_point"),
    shapes.at("created_at"),
    Index("engagements_by_name", "account", "name", unique=True),
)

profiles = Table(
    "profiles",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("role"),
    shapes.text("description"),
    shapes.at("created_at"),
    Index("profiles_by_name", "account", "name", unique=True),
)

agent_groups = Table(
    "agent_groups",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("description"),
    shapes.maybe("parent_id"),
    shapes.yes_no("enabled"),
    shapes.at("created_at"),
    Index("agent_groups_by_name", "account", "name", unique=True),
)

details = Table(
    "details",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("noun"),
    shapes.key("id"),
    Column("body", Json, nullable=False),
)

connectors = Table(
    "connectors",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("issuer"),
    shapes.text("keys"),
    shapes.at("created_at"),
    shapes.maybe("audience"),
    Index("connectors_by_name", "account", "name", unique=True),
    Index("connectors_by_issuer", "account", "issuer", unique=True),
)

token_clients = Table(
    "token_clients",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("name"),
    shapes.text("secret_hash"),
    Column("scopes", Words, nullable=False),
    shapes.at("created_at"),
    shapes.maybe_at("revoked_at"),
)

api_keys = Table(
    "api_keys",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("kind"),
    shapes.text("name"),
    shapes.text("secret_hash"),
    Column("scopes", Words, nullable=False),
    shapes.at("created_at"),
    Column("rate", Integer),
    shapes.maybe("replaced_by"),
    shapes.maybe_at("ends_at"),
    Index("api_keys_by_id", "id", unique=True),  # a login names no account
)

bot_configs = Table(
    "bot_configs",
    shapes.metadata,
    shapes.key("account"),
    shapes.text("username"),
    shapes.maybe("domain"),
    shapes.maybe("ca_file"),
    shapes.binary("credentials"),
    shapes.at("changed_at"),
)

bot_states = Table(
    "bot_states",
    shapes.metadata,
    shapes.key("account"),
    shapes.text("state"),
    shapes.text("reason"),
    shapes.at("at"),
)

signing_keys = Table(
    "signing_keys",
    shapes.metadata,
    shapes.key("account"),
    shapes.binary("private_key"),
    shapes.at("created_at"),
)
