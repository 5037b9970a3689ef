"""What the decision interfaces record, and which values attributes were last seen with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
    op.add_column("decisions", sa.Column("asked_by", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("consumer_id", sa.Text(), nullable=True))
    op.create_index(
        "decisions_of_consumer",
        "decisions",
        ["account", "consumer_id"],
        sqlite_where=sa.text("consumer_id IS NOT NULL"),
        postgresql_where=sa.text("consumer_id IS NOT NULL"),
    )
    op.create_table(
        "attribute_values",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name"),
    )
