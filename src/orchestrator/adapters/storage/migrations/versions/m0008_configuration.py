"""What administrators configure over REST: further fields, profiles, groups, revisions."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
