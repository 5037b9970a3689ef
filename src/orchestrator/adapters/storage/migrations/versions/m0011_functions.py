"""Functions behind attributes, the hosts they may reach, and what calls of them cost."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
