"""What the decision interfaces record, and which values attributes were last seen with."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what this step needs."""
