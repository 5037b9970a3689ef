"""Policy versions, and the road from a ring to a transfer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _documents()
    _policy_versions()
    _policy_sets()
    _claims()
    _decisions()
    _steps()


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )


def _policy_versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "number"),
    )


def _policy_sets() -> None:
    op.create_table(
        "policy_sets",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("skill_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("assigned_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "conversation_id", "arrival"),
    )
    op.create_index("claims_by_age", "claims", ["opened_at"], unique=False)
    op.create_index(
        "claims_unfinished",
        "claims",
        ["account", "opened_at"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version_hash", sa.Text(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("policy_id", sa.Text(), nullable=True),
        sa.Column("policy_name", sa.Text(), nullable=True),
        sa.Column("no_match_reason", sa.Text(), nullable=True),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    op.create_index("decisions_by_age", "decisions", ["at"], unique=False)
    op.create_index("decisions_newest", "decisions", ["account", "at"], unique=False)
    op.create_index(
        "decisions_of_arrival", "decisions", ["account", "conversation_id", "arrival"], unique=True
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account", "step_id"),
    )
    op.create_index("steps_finished", "steps", ["finished_at"], unique=False)
    op.create_index("steps_of_conversation", "steps", ["account", "conversation_id"], unique=False)
    op.create_index(
        "steps_of_decision", "steps", ["account", "decision_id", "position"], unique=False
    )
    op.create_index(
        "steps_pending",
        "steps",
        ["account", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
