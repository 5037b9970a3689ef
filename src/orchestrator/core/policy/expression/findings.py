"""What is wrong with an expression, and where: for people, and for editors that underline it."""

import msgspec

from orchestrator.core.policy.expression.tree import Place
from orchestrator.core.policy.mistakes import Code


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend. ``found``, ``expected`` and ``suggestion`` may be empty.

    ``said`` is what is wrong where that is more than something unexpected.
    """

    place: Place
    code: Code
    said: str = ""
    found: str = ""
    expected: str = ""
    suggestion: str = ""

    @property
    def message(self) -> str:
        """Everything in one line that begins with the place."""
        head = self.said or f"found {self.found}"
        expected = f", expected {self.expected}" if self.expected else ""
        suggestion = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.place}: {head}{expected}{suggestion}"


class Refused(Exception):
    """An expression that cannot be read; ``finding`` is the first thing that is wrong with it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
