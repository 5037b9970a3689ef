"""One tree of errors: a stable code, whose fault it is, where, and what to do about it.

Doors translate them at their border (exit codes, HTTP statuses, frames), adapters translate
foreign errors into them with ``from``.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True, omit_defaults=False):
    """One thing that is wrong: a stable ``code``, the ``path`` to it, and a sentence that helps."""

    code: str
    path: str
    message: str


class OrchestratorError(Exception):
    """The root. ``message`` says what is wrong and how to mend it; it never holds a secret."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    @property
    def problems(self) -> Sequence[Problem]:
        """Everything that is wrong, at least one entry."""
        return (Problem(self.code, self.path, self.message),)


class BadInput(OrchestratorError):
    """The caller sent something that can never be right; sending it again will not help."""

    code = "bad-input"


class NotFound(OrchestratorError):
    """The thing that the caller named does not exist in this account."""

    code = "not-found"


class Conflict(OrchestratorError):
    """The request is fine but contradicts what is there now (a name taken, a ring answered)."""

    code = "conflict"


class Stale(Conflict):
    """The caller's picture of what they change is out of date: read again, then decide again."""

    code = "stale"


class Unauthenticated(OrchestratorError):
    """The caller did not prove who they are. The message never says which part was wrong."""

    code = "unauthenticated"


class Forbidden(OrchestratorError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Unavailable(OrchestratorError):
    """Something that we do not own did not answer; trying again later may help."""

    code = "unavailable"


class TooMany(Unavailable):
    """The caller asks too often. ``seconds`` says when to come back."""

    code = "too-many"

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Problems(OrchestratorError):
    """Several things are wrong at once, and all of them are reported."""

    code = "bad-input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        first = self._problems[0]
        more = f" (and {len(self._problems) - 1} more)" if len(self._problems) > 1 else ""
        super().__init__(f"{first.path}: {first.message}{more}", path=first.path)

    @property
    def problems(self) -> Sequence[Problem]:
        """Everything that is wrong, in the order of the document."""
        return self._problems
