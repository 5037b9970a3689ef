"""Surveys and files of conversations, and where a skill lets its conversations go."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables, an index of open surveys, and the columns of skills."""
    op.create_table(
        "dialogs",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("dialog_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "dialog_id"),
    )
    op.create_index("dialogs_of_conversation", "dialogs", ["account", "conversation_id"])
    op.create_table(
        "files",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_index("files_of_conversation", "files", ["account", "conversation_id"])
    op.create_index(
        "files_unsent",
        "files",
        ["created_at"],
        sqlite_where=sa.text("conversation_id IS NULL"),
        postgresql_where=sa.text("conversation_id IS NULL"),
    )
    op.create_index(
        "conversations_surveyed",
        "conversations",
        ["ended_at"],
        sqlite_where=sa.text("state = 'CLOSE' AND stage = 'OPEN'"),
        postgresql_where=sa.text("state = 'CLOSE' AND stage = 'OPEN'"),
    )
    transfers = sa.Column("can_transfer", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("skills", transfers)
    op.add_column("skills", sa.Column("transfer_list", sa.Text(), nullable=True))
    op.add_column("skills", sa.Column("survey", sa.Text(), nullable=True))
    op.add_column("skills", sa.Column("transfer_wait_seconds", sa.Integer(), nullable=True))
