"""Namespaces, sessions and their properties; keys of the REST interfaces."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _contexts()
    _api_keys()


def _contexts() -> None:
    op.create_table(
        "context_scopes",
        *_place(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ttl_seconds", _COUNTER, nullable=True),
        sa.PrimaryKeyConstraint("account", "namespace", "session"),
    )
    op.create_table(
        "context_properties",
        *_place(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "namespace", "session", "name"),
    )
    op.create_index("context_properties_by_end", "context_properties", ["expires_at"])
    op.create_table(
        "context_documents",
        *_place(),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "namespace", "session"),
    )
    op.create_index("context_documents_by_end", "context_documents", ["expires_at"])


def _place() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in _PLACE]


_PLACE = ("account", "namespace", "session")


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_index("api_keys_by_id", "api_keys", ["id"], unique=True)
