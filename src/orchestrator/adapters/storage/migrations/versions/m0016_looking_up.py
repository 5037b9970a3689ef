"""What people look for among decisions and conversations, so that no search reads all of them.

Decisions from before say nothing of their troubles: they are found by everything else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column and indexes."""
    op.add_column("decisions", sa.Column("trouble", sa.Text(), nullable=True))
    op.create_index(
        "decisions_of_policy",
        "decisions",
        ["account", "policy_id", "at"],
        sqlite_where=sa.text("policy_id IS NOT NULL"),
        postgresql_where=sa.text("policy_id IS NOT NULL"),
    )
    op.create_index(
        "decisions_unmatched",
        "decisions",
        ["account", "at"],
        sqlite_where=sa.text("policy_id IS NULL"),
        postgresql_where=sa.text("policy_id IS NULL"),
    )
    op.create_index(
        "decisions_in_trouble",
        "decisions",
        ["account", "at"],
        sqlite_where=sa.text("trouble IS NOT NULL"),
        postgresql_where=sa.text("trouble IS NOT NULL"),
    )
    op.create_index(
        "conversations_of_skill", "conversations", ["account", "skill_id", "started_at"]
    )
    op.create_index(
        "conversations_open",
        "conversations",
        ["account", "started_at"],
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
