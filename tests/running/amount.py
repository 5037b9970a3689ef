"""How much is tried of what is drawn at random: `make oracle` tries ten times as much as usual."""

import os
from typing import Final

TIMES: Final = int(os.environ.get("ORACLE_TIMES", "1"))
"""By how much the number of seeds, or of decisions, is to be multiplied."""
