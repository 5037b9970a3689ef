"""As whom a provider of OpenID Connect knows a user. Nobody is linked before they sign in again."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "sign_in_links",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "user_id"),
    )
    op.create_index(
        "sign_in_links_by_subject", "sign_in_links", ["account", "issuer", "subject"], unique=True
    )
