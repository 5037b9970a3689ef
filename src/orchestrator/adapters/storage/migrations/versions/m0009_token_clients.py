"""Clients of the token service, and who signs consumers' tokens."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
