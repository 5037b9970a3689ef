"""``--at`` and the like: a moment as people type it, ISO 8601 with its offset."""

from datetime import UTC, datetime

from orchestrator.core.model import errors


def read(at: str | None, *, path: str = "--at") -> datetime | None:
    """Return the moment in UTC, None for None. Raises `errors.BadInput`, without an offset too."""
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise errors.BadInput(
            "not an ISO 8601 date-time, such as 2026-12-24T18:00:00+01:00", path=path
        ) from None
    if moment.utcoffset() is None:
        raise errors.BadInput("the clock needs its offset: add Z, or such as +01:00", path=path)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise errors.BadInput("the clock is out of range", path=path) from None
