"""One waiting ring for each conversation, and what other processes must be told."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
