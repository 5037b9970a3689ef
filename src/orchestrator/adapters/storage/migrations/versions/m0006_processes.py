"""Which processes run on this database, and what each of them holds."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
