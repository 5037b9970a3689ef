"""THE table of what to do when the platform says no, or says nothing."""

from datetime import timedelta
from typing import Final, Literal

from orchestrator.core.model import errors

Verdict = Literal["again", "next"]

VERDICTS: Final[tuple[tuple[type[errors.OrchestratorError], Verdict], ...]] = (
    (errors.Unavailable, "again"),  # no answer, or 5xx: it may work in a moment
    (errors.Unauthenticated, "again"),  # the session is being renewed meanwhile
    (errors.OrchestratorError, "next"),  # the platform's no stays a no
)

PAUSES: Final[tuple[timedelta, ...]] = tuple(
    timedelta(seconds=seconds) for seconds in (0.5, 1, 2, 5, 10, 15, 30, 60)
)
"""Between attempts of one step; the last one repeats. LivePerson asks for 5/10/15 s after 5xx;
the shorter ones before that are for a socket that is just being renewed."""

SAY_ATTEMPTS: Final = 6
"""After so many a message is given up, so that the transfer behind it does not wait for ever."""

CHAIN_ATTEMPTS: Final = 7
"""After so many, about a minute, what the fallback chain cannot find out counts as unknown: a
history service that is down for hours must not keep people with the bot for hours."""


def verdict(error: errors.OrchestratorError) -> Verdict:
    """Return whether to try the same again later, or the next way out."""
    for kind, answer in VERDICTS:
        if isinstance(error, kind):
            return answer
    return "next"


def pause(failures: int) -> timedelta:
    """Return how long to wait after so many ``failures`` in a row (1 or more)."""
    return PAUSES[min(failures, len(PAUSES)) - 1]
