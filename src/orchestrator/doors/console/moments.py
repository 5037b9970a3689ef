"""Moments that people write: on their own clock, in the zone that their browser names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestrator.core.model import errors
from orchestrator.doors.console.words import _


def read(text: str, zone: str, *, path: str) -> datetime | None:
    """Return the moment of a ``datetime-local`` field, None for an empty one.

    ``zone`` is the browser's; UTC without one. Raises `errors.BadInput` for ``path``.
    """
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
        place = ZoneInfo(zone or "UTC")
        at = given if given.tzinfo is not None else given.replace(tzinfo=place)
        return at.astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        raise errors.BadInput(_("This is no date and time of a known zone."), path=path) from None


def field(at: datetime | None) -> dict[str, str]:
    """Return a moment for a field: in UTC, and as an instant from which scripts make local time."""
    if at is None:
        return {"value": "", "instant": ""}
    return {"value": at.strftime("%Y-%m-%dT%H:%M:%S"), "instant": at.isoformat()}
