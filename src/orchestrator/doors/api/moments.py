"""Moments that programs write: ISO 8601, with their offset."""

from datetime import UTC, datetime

from orchestrator.core.model import errors


def read(text: str | None, *, path: str = "at") -> datetime | None:
    """Return the moment in UTC, None for None. Raises `errors.BadInput` for ``path``."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.utcoffset() is None:
            raise errors.BadInput("The time needs its offset: add Z, or +01:00.", path=path)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise errors.BadInput("Write a time as 2026-12-24T18:00:00+01:00.", path=path) from error
