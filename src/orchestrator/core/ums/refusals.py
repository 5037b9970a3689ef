"""THE table between our errors and the codes of refusals, for both peers."""

from typing import Final

from orchestrator.core.model import errors

CODES: Final[tuple[tuple[type[errors.OrchestratorError], int], ...]] = (
    (errors.BadInput, 400),
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Stale, 412),
    (errors.Conflict, 409),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)
"""Error → code, most particular first; what is not listed is our own fault, 500."""


def code_of(error: errors.OrchestratorError) -> int:
    """Return the code (400 to 599) that tells a client of ``error``."""
    return next((code for kind, code in CODES if isinstance(error, kind)), 500)


def error_of(code: int, text: str) -> errors.OrchestratorError:
    """Return the error that a refusal with ``code`` means to the client that reads it.

    429 and everything from 500 is Unavailable: trying later may help. Other codes that are not in
    the table are BadInput.
    """
    if code == 429 or code >= 500:  # noqa: PLR2004  the codes are HTTP's own names for these
        return errors.Unavailable(text)
    kind = next((kind for kind, listed in CODES if listed == code), errors.BadInput)
    return kind(text)
