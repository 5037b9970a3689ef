"""What is wrong with a text, and where in it."""

import math
from typing import Final

from orchestrator.core.model.errors import Problem
from orchestrator.core.policy.mistakes import Code

MAX_DIGITS: Final = 400
NOT_FINITE: Final = "numbers must be finite"

Place = tuple[int, int]
"""Line and column, counted from 1."""


class Fault(Exception):
    """Something to refuse. Raised, reading ends there; collected, it goes on.

    ``at`` is None where the place is not known; ``path`` leads to it in what was read.
    """

    def __init__(
        self, message: str, *, at: Place | None = None, code: Code = "syntax", path: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.code: Code = code
        self.path = path

    def problem(self) -> Problem:
        """Return it for people."""
        where = f"line {self.at[0]}, column {self.at[1]}: " if self.at else ""
        return Problem(self.code, self.path, where + self.message)


def duplicate(key: str) -> Fault:
    """Return the fault of a key that stands twice in one object."""
    return Fault(f"the key {key[:80]!r} is there twice", code="duplicate")


def whole(text: str) -> int:
    """Return the whole number that ``text`` spells. Raises `Fault` for too many digits."""
    if len(text) > MAX_DIGITS:
        raise Fault(f"a number of more than {MAX_DIGITS} digits", code="bad-value")
    return int(text)


def finite(text: str) -> float:
    """Return the number that ``text`` spells. Raises `Fault` for the infinite, and for words."""
    try:
        number = float(text)
    except ValueError:  # .inf and .nan
        number = math.inf
    if not math.isfinite(number):
        raise Fault(NOT_FINITE, code="bad-value")
    return number
