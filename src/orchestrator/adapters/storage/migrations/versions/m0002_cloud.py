"""The embedded messaging cloud."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _conversations()
    _messages()
    _rings()
    _consumers()
    _assignments()
    _transfers()
    _presence()


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consumer_id", sa.Text(), nullable=False),
        sa.Column("skill_id", sa.Text(), nullable=False),
        sa.Column("entry_skill_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("assigned_user", sa.Text(), nullable=True),
        sa.Column("suggested_user", sa.Text(), nullable=True),
        sa.Column("suggested_until", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("engagement_id", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_index(
        "conversations_assigned",
        "conversations",
        ["account", "assigned_user"],
        unique=False,
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_index(
        "conversations_suggested",
        "conversations",
        ["account", "suggested_until"],
        unique=False,
        sqlite_where=sa.text("suggested_until IS NOT NULL"),
        postgresql_where=sa.text("suggested_until IS NOT NULL"),
    )
    op.create_index("conversations_ended", "conversations", ["ended_at"], unique=False)
    op.create_index(
        "conversations_newest", "conversations", ["account", "started_at"], unique=False
    )
    op.create_index(
        "conversations_of_consumer",
        "conversations",
        ["account", "consumer_id", "started_at"],
        unique=False,
    )
    op.create_index(
        "conversations_queued",
        "conversations",
        ["account", "skill_id", "queued_at"],
        unique=False,
        sqlite_where=sa.text("state = 'OPEN' AND assigned_user IS NULL"),
        postgresql_where=sa.text("state = 'OPEN' AND assigned_user IS NULL"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("dialog_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "dialog_id", "sequence"),
    )
    op.create_index(
        "messages_of_conversation", "messages", ["account", "conversation_id", "at"], unique=False
    )


def _rings() -> None:
    op.create_table(
        "rings",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("ring_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("skill_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "ring_id"),
    )
    op.create_index("rings_ended", "rings", ["account", "ended_at"], unique=False)
    op.create_index("rings_by_age", "rings", ["created_at"], unique=False)
    op.create_index("rings_of_conversation", "rings", ["account", "conversation_id"], unique=False)
    op.create_index("rings_of_user", "rings", ["account", "user_id", "state"], unique=False)
    op.create_index(
        "rings_waiting",
        "rings",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'WAITING'"),
        postgresql_where=sa.text("state = 'WAITING'"),
    )


def _consumers() -> None:
    op.create_table(
        "consumers",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("profile", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id"),
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("consumer_id", sa.Text(), nullable=False),
        sa.Column("skill_id", sa.Text(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "conversation_id", "from_at", "user_id"),
    )
    op.create_index("assignments_by_age", "assignments", ["from_at"], unique=False)
    op.create_index(
        "assignments_of_consumer",
        "assignments",
        ["account", "consumer_id", "from_at"],
        unique=False,
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source_skill", sa.Text(), nullable=True),
        sa.Column("target_skill", sa.Text(), nullable=True),
        sa.Column("source_agent", sa.Text(), nullable=True),
        sa.Column("target_agent", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("transfers_by_age", "transfers", ["at"], unique=False)
    op.create_index(
        "transfers_of_conversation", "transfers", ["account", "conversation_id", "at"], unique=False
    )


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "user_id"),
    )
