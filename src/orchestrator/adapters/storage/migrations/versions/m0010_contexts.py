"""Namespaces, sessions and their properties; keys of the REST interfaces."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
