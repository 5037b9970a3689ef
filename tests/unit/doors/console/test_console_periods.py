"""Periods in addresses: what each says, that each can be said again, and what is refused."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from starlette.requests import Request

from orchestrator.core.model import errors
from orchestrator.doors.console import periods
from orchestrator.services.admin import usage_periods

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def read(**asked: str) -> periods.Chosen:
    """The period of a query, in UTC where nothing else is said."""
    return periods.read(lambda name: asked.get(name, ""), now=NOW, zone=UTC)


def test_every_period_with_a_name_has_words() -> None:
    """And no other has."""
    assert set(periods.CALLED) == set(usage_periods.NAMED)


@pytest.mark.parametrize("name", periods.CALLED)
def test_one_with_a_name_ends_now(name: str) -> None:
    """And its address has the name, so that a bookmark moves on with the time."""
    found = read(period=name)
    length = found.period.until - found.period.since
    assert (found.period.until, length) == (NOW, usage_periods.NAMED[name])
    assert found.address("/dashboard") == f"/dashboard?period={name}"
    before = found.before(zone=UTC)
    assert (before.until, before.until - before.since) == (found.period.since, length)


def test_nobody_has_to_choose() -> None:
    """Without a word it is the usual one, and so it is for fields that hold nothing."""
    assert read() == periods.usual(NOW)
    assert read(since=" ", zone="Europe/Paris") == periods.usual(NOW)


def test_two_times_are_those_of_the_viewers_clock() -> None:
    """Paris is an hour ahead in winter; the address says the same to everybody, wherever."""
    found = read(since="2026-01-04T10:00", until="2026-01-05T10:00", zone="Europe/Paris")
    assert found.period.since == datetime(2026, 1, 4, 9, tzinfo=UTC)
    assert found.period.until == datetime(2026, 1, 5, 9, tzinfo=UTC)
    again = parse_qs(urlsplit(found.address("/dashboard", show="never", page="")).query)
    assert again.pop("show") == ["never"]
    assert read(**{name: values[0] for name, values in again.items()}) == found


def test_one_time_is_enough() -> None:
    """From then until now, or the usual length until then."""
    assert read(since="2026-01-01T00:00").period.until == NOW
    found = read(until="2026-01-03T00:00").period
    assert found.until - found.since == timedelta(hours=24)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"period": "1y"}, "period"),
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01T00:00"}, "until"),
        ({"since": "2026-01-02T00:00", "zone": "Mars"}, "since"),
        ({"since": "2026-01-02T00:00", "until": "2026-01-02T00:00"}, "until"),
        ({"since": "2026-02-02T00:00"}, "until"),
        ({"since": "2020-02-02T00:00"}, "until"),
    ],
)
def test_what_is_no_period_is_said_at_its_field(asked: dict[str, str], field: str) -> None:
    """Nothing else is raised, whatever an address holds."""
    with pytest.raises(errors.BadInput) as refused:
        read(**asked)
    assert refused.value.path == field


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("Europe/Paris", ZoneInfo("Europe/Paris")),
        ("", ZoneInfo("UTC")),
        ("Mars/Olympus", UTC),
        ("../../etc/passwd", UTC),
        ("Europe", UTC),
        ("\0", UTC),
    ],
)
def test_a_browser_names_its_zone(cookie: str, zone: object) -> None:
    """What is no zone is not believed."""
    header = (b"cookie", f"{periods.ZONE}={cookie}".encode())
    assert periods.zone_of(Request({"type": "http", "headers": [header]})) == zone
