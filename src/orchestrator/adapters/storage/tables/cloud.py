"""The embedded messaging cloud: conversations, messages, rings, history, presence."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, text

from orchestrator.adapters.storage.columns import Moment
from orchestrator.adapters.storage.tables import shapes

conversations = Table(
    "conversations",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("consumer_id"),
    shapes.text("skill_id"),
    shapes.text("entry_skill_id"),
    shapes.text("state"),
    shapes.text("stage"),
    shapes.text("people"),  # staff who take part, each between blanks
    shapes.maybe("assigned_user"),
    shapes.maybe("suggested_user"),
    shapes.maybe_at("suggested_until"),
    shapes.maybe_at("queued_at"),  # NULL while an agent has it
    shapes.at("started_at"),
    shapes.at("changed_at"),
    shapes.maybe_at("ended_at"),
    shapes.maybe("campaign_id"),
    shapes.maybe("engagement_id"),
    shapes.binary("body"),
    Index("conversations_newest", "account", "started_at"),
    Index("conversations_of_skill", "account", "skill_id", "started_at"),
    Index(
        "conversations_open",
        "account",
        "started_at",
        sqlite_where=text("state = 'OPEN'"),
        postgresql_where=text("state = 'OPEN'"),
    ),
    Index("conversations_of_consumer", "account", "consumer_id", "started_at"),
    Index("conversations_ended", "ended_at"),
    Index(
        "conversations_queued",
        "account",
        "skill_id",
        "queued_at",
        sqlite_where=text("state = 'OPEN' AND assigned_user IS NULL"),
        postgresql_where=text("state = 'OPEN' AND assigned_user IS NULL"),
    ),
    Index(
        "conversations_suggested",
        "account",
        "suggested_until",
        sqlite_where=text("suggested_until IS NOT NULL"),
        postgresql_where=text("suggested_until IS NOT NULL"),
    ),
    Index(
        "conversations_assigned",
        "account",
        "assigned_user",
        sqlite_where=text("state = 'OPEN'"),
        postgresql_where=text("state = 'OPEN'"),
    ),
    Index(
        "conversations_surveyed",
        "ended_at",
        sqlite_where=text("state = 'CLOSE' AND stage = 'OPEN'"),
        postgresql_where=text("state = 'CLOSE' AND stage = 'OPEN'"),
    ),
)

messages = Table(
    "messages",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("dialog_id"),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    shapes.text("conversation_id"),
    shapes.text("originator"),
    shapes.text("role"),
    shapes.at("at"),
    shapes.binary("body"),
    Index("messages_of_conversation", "account", "conversation_id", "at"),
)

rings = Table(
    "rings",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("ring_id"),
    shapes.text("conversation_id"),
    shapes.text("skill_id"),
    shapes.text("user_id"),
    shapes.text("state"),
    shapes.at("created_at"),
    shapes.at("expires_at"),
    shapes.maybe_at("ended_at"),
    Index("rings_ended", "account", "ended_at"),
    Index(
        "rings_waiting",
        "expires_at",
        sqlite_where=text("state = 'WAITING'"),
        postgresql_where=text("state = 'WAITING'"),
    ),
    Index("rings_of_conversation", "account", "conversation_id"),
    Index(
        "rings_one_waiting",
        "account",
        "conversation_id",
        unique=True,
        sqlite_where=text("state = 'WAITING'"),
        postgresql_where=text("state = 'WAITING'"),
    ),
    Index("rings_of_user", "account", "user_id", "state"),
    Index("rings_by_age", "created_at"),
)

consumers = Table(
    "consumers",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("kind"),
    shapes.at("created_at"),  # when they got a token last: a renewal begins anew
    shapes.binary("profile"),
)

assignments = Table(
    "assignments",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("conversation_id"),
    Column("from_at", Moment, primary_key=True),
    shapes.key("user_id"),
    shapes.text("consumer_id"),
    shapes.text("skill_id"),
    shapes.maybe_at("to_at"),
    shapes.maybe("reason"),
    shapes.maybe("by"),
    Index("assignments_of_consumer", "account", "consumer_id", "from_at"),
    Index("assignments_by_age", "from_at"),
)

transfers = Table(
    "transfers",
    shapes.metadata,
    Column("id", shapes.COUNTER, primary_key=True),
    shapes.text("account"),
    shapes.text("conversation_id"),
    shapes.at("at"),
    shapes.maybe("source_skill"),
    shapes.maybe("target_skill"),
    shapes.maybe("source_agent"),
    shapes.maybe("target_agent"),
    shapes.text("reason"),
    shapes.maybe("by"),
    Index("transfers_of_conversation", "account", "conversation_id", "at"),
    Index("transfers_by_age", "at"),
)

dialogs = Table(
    "dialogs",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("dialog_id"),  # further dialogs only: the main one has its conversation's id
    shapes.text("conversation_id"),
    Index("dialogs_of_conversation", "account", "conversation_id"),
)

files = Table(
    "files",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("owner"),
    shapes.text("type"),  # a media type; the file's name is its parameter
    Column("size", BigInteger, nullable=False),
    shapes.at("created_at"),
    shapes.maybe_at("stored_at"),  # NULL until the content has arrived
    shapes.maybe("conversation_id"),  # NULL until somebody has sent it, and after the end of that
    Index("files_of_conversation", "account", "conversation_id"),
    Index(
        "files_unsent",
        "created_at",
        sqlite_where=text("conversation_id IS NULL"),
        postgresql_where=text("conversation_id IS NULL"),
    ),
)

presence = Table(
    "presence",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("user_id"),
    shapes.text("availability"),
    shapes.yes_no("connected"),
    shapes.at("changed_at"),
    shapes.maybe_at("offered_at"),  # when a conversation last rang there
)
