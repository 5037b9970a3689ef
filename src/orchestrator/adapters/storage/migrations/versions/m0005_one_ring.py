"""One waiting ring for each conversation, and what other processes must be told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'WAITING'")

# Of several that wait the newest stays; no answer to the others would have been accepted anyway.
_CANCEL_OLDER = """
UPDATE rings SET state = 'CANCELLED', ended_at = created_at
WHERE state = 'WAITING' AND EXISTS (
    SELECT 1 FROM rings AS newer
    WHERE newer.account = rings.account
      AND newer.conversation_id = rings.conversation_id
      AND newer.state = 'WAITING'
      AND (newer.created_at > rings.created_at
           OR (newer.created_at = rings.created_at AND newer.ring_id > rings.ring_id))
)
"""

# What counts without end must not stop at 2³¹; SQLite's integers have 64 bits already.
_COUNTERS = (("changes", "sequence"), ("transfers", "id"), ("sequences", "newest"))


def upgrade() -> None:
    """Resolve double rings, forbid new ones, and make the table of what happened."""
    op.execute(_CANCEL_OLDER)
    op.create_index(
        "rings_one_waiting",
        "rings",
        ["account", "conversation_id"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "happenings",
        sa.Column("sequence", whole, autoincrement=True, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _COUNTERS:
            op.alter_column(table, column, type_=sa.BigInteger())
        op.execute("ALTER SEQUENCE changes_sequence_seq AS bigint")
        op.execute("ALTER SEQUENCE transfers_id_seq AS bigint")
