"""Policy sets in pages that versions share; a document becomes the list of its pages' addresses.

Documents that were stored whole stay as they are: they are content-addressed and never change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the pages."""
    op.create_table(
        "policy_pages",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
