"""Periods are whole hours, cut into spans that people know."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator.core.model import errors
from orchestrator.services.admin import usage_periods
from orchestrator.services.admin.usage_periods import Period, between, named

NOW = datetime(2026, 3, 30, 10, 20, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def lengths(period: Period) -> list[timedelta]:
    """How long the spans are."""
    spans = [period.span(place) for place in range(len(period.starts))]
    assert [since for since, _ in spans[1:]] == [until for _, until in spans[:-1]]
    assert (spans[0][0], spans[-1][1]) == (period.since, period.until)
    return [until - since for since, until in spans]


def test_a_day_has_hours() -> None:
    """The one that has begun counts, and so does the one in which the day before began."""
    period = named("24h", now=NOW)
    assert (period.width, period.until) == ("hour", datetime(2026, 3, 30, 11, tzinfo=UTC))
    assert lengths(period) == [timedelta(hours=1)] * 25


def test_a_full_hour_is_its_own_end() -> None:
    """Nothing of the next one is counted."""
    period = between(NOW.replace(minute=0) - timedelta(hours=3), NOW.replace(minute=0))
    assert lengths(period) == [timedelta(hours=1)] * 3


def test_days_are_those_of_the_zone() -> None:
    """Midnight is the viewer's; when clocks go forward a day has 23 hours."""
    period = named("7d", now=NOW, zone=BERLIN)
    assert period.width == "day"
    local = [start.astimezone(BERLIN) for start in period.starts[1:]]
    assert {(at.hour, at.minute) for at in local} == {(0, 0)}
    assert timedelta(hours=23) in lengths(period)


def test_an_hour_belongs_to_the_day_in_which_it_begins() -> None:
    """Where midnight is no full hour of UTC, the next one begins the day."""
    period = between(NOW - timedelta(days=5), NOW, zone=ZoneInfo("Asia/Kolkata"))
    assert {(start.hour, start.minute) for start in period.starts[1:]} == {(19, 0)}


def test_long_periods_have_weeks() -> None:
    """From Monday; the first and the last may be shorter."""
    period = between(NOW - timedelta(days=200), NOW)
    assert period.width == "week"
    assert {start.weekday() for start in period.starts[1:]} == {0}
    assert set(lengths(period)[1:-1]) == {timedelta(weeks=1)}


@pytest.mark.parametrize(
    ("since", "until"),
    [(NOW, NOW), (NOW, NOW - timedelta(1)), (NOW - timedelta(days=380), NOW)],
)
def test_what_is_no_period_is_refused(since: datetime, until: datetime) -> None:
    """Empty, backwards, or longer than a year."""
    with pytest.raises(errors.BadInput) as refused:
        between(since, until)
    assert refused.value.problems[0].path == "until"


def test_unknown_names_are_refused() -> None:
    """Of periods and of zones, whatever they would be in a file system."""
    with pytest.raises(errors.BadInput):
        named("1y", now=NOW)
    for zone in ("Nowhere", "../etc/passwd", "", "\0", "Europe"):
        with pytest.raises(errors.BadInput):
            usage_periods.zone_of(zone)
