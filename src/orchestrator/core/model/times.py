"""Epoch milliseconds on the wire, aware UTC datetimes inside."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """Return whole milliseconds since the epoch, rounded down."""
    return (moment - EPOCH) // _MILLISECOND


def moment(epoch_milliseconds: int) -> datetime:
    """Return the aware UTC datetime of an epoch timestamp in milliseconds."""
    return EPOCH + timedelta(milliseconds=epoch_milliseconds)


def iso(instant: datetime) -> str:
    """Return ISO 8601 in UTC to the millisecond, as every JSON of ours prints times."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
