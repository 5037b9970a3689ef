"""The period that somebody looks at, as it stands in addresses: one with a name, or two times."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from starlette.requests import Request

from orchestrator.core.model import errors
from orchestrator.doors.console import moments
from orchestrator.doors.console.words import _
from orchestrator.services.admin import usage_periods
from orchestrator.services.admin.usage_periods import Period

OWN: Final = "own"
"""What stands for a period between two times of one's own."""
CALLED: Final[Mapping[str, str]] = {
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
}
"""THE table of words for periods that have a name."""
FIELDS: Final = ("period", "since", "until")
ZONE: Final = "orchestrator_zone"
"""The cookie by which the browser names its zone (`web/src/dashboard/zone.js`)."""


class Chosen(msgspec.Struct, frozen=True):
    """A period that was chosen by its ``name``, or as `OWN`."""

    name: str
    period: Period

    def address(self, path: str, **more: str) -> str:
        """Return ``path`` for this period; what is empty in ``more`` is left out."""
        asked = {"period": self.name}
        if self.name == OWN:
            times = (self.period.since, self.period.until)
            asked = dict(zip(("since", "until"), (at.isoformat() for at in times), strict=True))
        return f"{path}?{urlencode(asked | {name: text for name, text in more.items() if text})}"

    def before(self, *, zone: tzinfo) -> Period:
        """Return the period that is as long and ends where this one begins."""
        since, until = self.period.since, self.period.until
        return usage_periods.between(since - (until - since), since, zone=zone)


def usual(now: datetime, *, zone: tzinfo = UTC) -> Chosen:
    """Return what is shown where nobody chose."""
    name = usage_periods.USUAL
    return Chosen(name, usage_periods.named(name, now=now, zone=zone))


def read(asked: Callable[[str], str], *, now: datetime, zone: tzinfo) -> Chosen:
    """Return what a query names: ``period``, or ``since`` and ``until``, in ``zone`` or their own.

    Without one of the two times it ends now, or is as long as the usual one. Raises
    `errors.BadInput` for the field that makes no sense.
    """
    named = asked("zone") or str(zone)
    since = moments.read(asked("since").strip(), named, path="since")
    until = moments.read(asked("until").strip(), named, path="until")
    if since is None and until is None:
        name = asked("period") or usage_periods.USUAL
        if name not in CALLED:
            raise errors.BadInput(_("There is no such period."), path="period")
        return Chosen(name, usage_periods.named(name, now=now, zone=zone))
    until = until or now
    since = since or until - usage_periods.NAMED[usage_periods.USUAL]
    if since >= until:
        raise errors.BadInput(_("The period ends before it begins."), path="until")
    if until - since > usage_periods.LONGEST:
        most = usage_periods.LONGEST.days
        raise errors.BadInput(_("A period has %(most)s days at most.", most=most), path="until")
    return Chosen(OWN, usage_periods.between(since, until, zone=zone))


def zone_of(request: Request) -> tzinfo:
    """Return the zone of the viewer's browser, UTC where it has not said."""
    try:
        return ZoneInfo(request.cookies.get(ZONE) or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC
