"""Clients of the token service, and who signs consumers' tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _token_clients()
    _connectors()


def _token_clients() -> None:
    op.create_table(
        "token_clients",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "id"),
    )


def _connectors() -> None:
    op.create_table(
        "connectors",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_index("connectors_by_name", "connectors", ["account", "name"], unique=True)
    op.create_index("connectors_by_issuer", "connectors", ["account", "issuer"], unique=True)
