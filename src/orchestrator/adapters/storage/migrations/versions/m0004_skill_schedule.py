"""Opening hours of a skill, by the name of a schedule."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL is always open."""
    op.add_column("skills", sa.Column("schedule", sa.Text(), nullable=True))
