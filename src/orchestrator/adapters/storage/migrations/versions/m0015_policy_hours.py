"""How often each policy matched, by the hour: written with the decisions, read by lists."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the hours, and count what is there."""
    op.create_table(
        "policy_hours",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "policy_id", "hour"),
    )
    op.execute(
        "INSERT INTO policy_hours (account, policy_id, hour, matches) "
        "SELECT account, coalesce(policy_id, ''), at - at % 3600000, count(*) "
        "FROM decisions GROUP BY account, coalesce(policy_id, ''), at - at % 3600000"
    )
