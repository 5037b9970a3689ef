"""Wall-clock ranges: inclusive ends, days, midnight, gaps, folds, odd zones."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from orchestrator.core.policy import clock_time

PARIS = clock_time.zone("Europe/Paris")
APIA = clock_time.zone("Pacific/Apia")
WORKDAYS = clock_time.weekdays(["MON", "TUE", "WED", "THU", "FRI"])


def at(text):
    return datetime.fromisoformat(text)


def in_hours(moment, zone, start, end, days=clock_time.EVERY_DAY):
    return clock_time.in_time_range(
        at(moment), zone, start=clock_time.clock(start), end=clock_time.clock(end), days=days
    )


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-23T07:29:59.999999Z", False),
        ("2026-11-23T07:30:00Z", True),
        ("2026-11-23T16:30:00.999999Z", True),
        ("2026-11-23T16:30:01Z", False),
    ],
)
def test_both_ends_count_to_the_second(moment, inside):
    """From the start's first to the end's last microsecond, by the zone's clock."""
    assert in_hours(moment, PARIS, "08:30:00", "17:30:00", WORKDAYS) is inside


def test_the_day_is_the_zones():
    """Sunday evening in New York is Monday in Paris."""
    monday = clock_time.weekdays(["MON"])
    assert in_hours("2026-11-22T19:00:00-05:00", PARIS, "00:00:00", "23:59:59", monday)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-27T21:59:59+01:00", False),
        ("2026-11-27T22:00:00+01:00", True),  # Friday
        ("2026-11-28T06:00:00+01:00", True),  # Saturday, but begun on Friday
        ("2026-11-28T06:00:01+01:00", False),
        ("2026-11-28T22:00:00+01:00", False),
        ("2026-11-27T05:00:00+01:00", False),  # begun on Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(moment, inside):
    """The list of days is about beginnings."""
    assert in_hours(moment, PARIS, "22:00:00", "06:00:00", frozenset({4})) is inside


def test_a_fold_is_inside_twice_and_a_gap_never_comes():
    """02:30 is shown twice in autumn and not at all in spring."""
    quarter = ("02:15:00", "02:45:00")
    seconds = [at("2026-10-25T00:00:00Z") + timedelta(minutes=5 * step) for step in range(24)]
    assert sum(in_hours(each.isoformat(), PARIS, *quarter) for each in seconds) == 14
    seconds = [at("2026-03-29T00:00:00Z") + timedelta(minutes=5 * step) for step in range(24)]
    assert sum(in_hours(each.isoformat(), PARIS, *quarter) for each in seconds) == 0


def test_a_night_over_a_day_that_never_was_belongs_to_the_day_on_which_it_began():
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    thursday, friday = frozenset({3}), frozenset({4})
    assert in_hours("2011-12-30T12:00:00Z", APIA, "22:00:00", "06:00:00", thursday)
    assert not in_hours("2011-12-30T12:00:00Z", APIA, "22:00:00", "06:00:00", friday)


def test_lord_howe_moves_its_clock_by_half_an_hour():
    """From 02:00 to 02:30 in spring, from 02:00 back to 01:30 in autumn."""
    howe = clock_time.zone("Australia/Lord_Howe")
    assert clock_time.wall_clock(at("2026-10-03T15:29:59Z"), howe).time() == time(1, 59, 59)
    assert clock_time.wall_clock(at("2026-10-03T15:30:00Z"), howe).time() == time(2, 30)
    assert in_hours("2026-04-04T14:45:00Z", howe, "01:30:00", "01:59:59")
    assert in_hours("2026-04-04T15:15:00Z", howe, "01:30:00", "01:59:59")


def test_dates_are_inclusive_and_the_zones():
    """A campaign begins and ends at the zone's midnights, on its days."""

    def inside(moment, days=clock_time.EVERY_DAY):
        return clock_time.in_date_range(
            at(moment),
            PARIS,
            start=clock_time.american_date("03/01/24"),
            end=clock_time.american_date("03/14/2024"),
            days=days,
        )

    assert not inside("2024-02-29T22:59:59Z")
    assert inside("2024-02-29T23:00:00Z")
    assert inside("2024-03-14T22:59:59.9Z")
    assert not inside("2024-03-14T23:00:00Z")
    assert not inside("2024-03-02T12:00:00Z", WORKDAYS)


@pytest.mark.parametrize("name", ["US/Pacific", "Asia/Calcutta", "GB", "Etc/GMT+5", "Zulu"])
def test_old_names_are_names(name):
    """What the tz database keeps for compatibility works."""
    assert clock_time.zone(name).key == name


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (clock_time.zone, "Europe/Pariss", "did you mean 'Europe/Paris'"),
        (clock_time.zone, "europe/paris", "did you mean 'Europe/Paris'"),
        (clock_time.zone, "localtime", "no time zone"),
        (clock_time.zone, "../../etc/passwd", "no time zone"),
        (clock_time.zone, "", "no time zone"),
        (clock_time.zone, "Z" * 100_000, "no time zone"),
        (clock_time.clock, "8:30:00", "hh:mm:ss"),
        (clock_time.clock, "08:30", "hh:mm:ss"),
        (clock_time.clock, "24:00:00", "23:59:59"),
        (clock_time.clock, "٠٨:٣٠:٠٠", "hh:mm:ss"),
        (clock_time.clock, "08:60:00", "hh:mm:ss"),
        (clock_time.american_date, "02/29/23", "month/day/year"),
        (clock_time.american_date, "13/01/24", "month/day/year"),
        (clock_time.american_date, "1/1/24", "month/day/year"),
        (clock_time.american_date, "2024-01-01", "month/day/year"),
        (clock_time.american_date, "01/01/0000", "month/day/year"),
        (clock_time.weekday, "mon", "did you mean 'MON'"),
        (clock_time.weekday, "Xyz", "MON, TUE"),
    ],
)
def test_what_is_none_is_refused_with_what_would_be(read, text, message):
    """Each refusal says what to write."""
    with pytest.raises(clock_time.Malformed, match=message):
        read(text)


def test_an_empty_list_of_days_is_refused():
    """It would never hold."""
    with pytest.raises(clock_time.Malformed, match="at least one"):
        clock_time.weekdays([])


def test_two_digits_are_this_century():
    """The original's short form has no other."""
    assert clock_time.american_date("12/31/99") == date(2099, 12, 31)


@pytest.mark.parametrize("name", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize(
    "end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_ends_of_the_calendar_have_an_answer(name, end):
    """No clock makes a range fail."""
    zone = clock_time.zone(name)
    for offset in (-14, 0, 14):
        moment = end.replace(tzinfo=timezone(timedelta(hours=offset)))
        for start in (time(0), time(12)):
            clock_time.in_time_range(moment, zone, start=start, end=time(6))
        clock_time.in_date_range(moment, zone, start=date.min, end=date.max)
    assert clock_time.wall_clock(datetime.min.replace(tzinfo=UTC), zone).year == 1
