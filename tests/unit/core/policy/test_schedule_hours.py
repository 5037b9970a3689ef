"""When a schedule is open: its dates, its nights, and every odd hour of ten zones in ten years."""

import itertools
import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from orchestrator.core.policy import clock_time, mistakes, schedule, schedule_reading

ZONES = [
    "Africa/Casablanca",  # summer time that pauses for Ramadan
    "America/Havana",  # falls back at 01:00 to midnight
    "America/New_York",
    "America/Sao_Paulo",  # midnight is what is skipped
    "America/St_Johns",  # at 00:01, back to the day before, until 2011
    "Asia/Kathmandu",  # never changes
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Paris",
    "Pacific/Apia",  # 30 December 2011 left out
    "Pacific/Chatham",  # at 02:45
]
FIRST, LAST = datetime(2008, 6, 1, tzinfo=UTC), datetime(2018, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

WEEK = {
    "MON": [["08:30:00", "12:00:00"], ["13:00:00", "17:30:00"]],
    "THU": [["22:00:00", "06:00:00"]],
    "FRI": [["00:00:00", "00:00:30"], ["23:30:00", "02:15:00"]],
    "SAT": [["01:30:00", "02:30:00"], ["23:00:00", "00:30:00"]],
    "SUN": [["00:00:00", "00:59:59"], ["02:00:00", "02:44:59"], ["12:00:00", "11:59:59"]],
}


def made(zone, week=WEEK, exceptions=(), holidays=()):
    found = mistakes.Mistakes()
    given = {
        "zone": zone,
        "weekly": week,
        "exceptions": [{"date": day, "hours": spans} for day, spans in exceptions],
        "holidays": {"country": "FR"},
    }
    read = schedule_reading.read(
        given, "s", found, form="document", calendar=lambda *_, **__: tuple(holidays)
    )
    assert read is not None, found.errors
    return schedule.prepare(read)


def is_open(timetable, text):
    return schedule.is_open(timetable, datetime.fromisoformat(text))


def test_a_date_has_one_kind_of_hours():
    """By hand beats holiday, holiday beats the week; a night before runs to its end."""
    timetable = made(
        "Europe/Paris",
        {day: [["20:00:00", "02:00:00"]] for day in clock_time.DAYS},
        exceptions=[("2026-12-24", []), ("2026-12-25", [["10:00:00", "11:00:00"]])],
        holidays=[date(2026, 12, 25), date(2026, 12, 26)],
    )
    assert is_open(timetable, "2026-12-24T01:59:59+01:00")  # the night of the 23rd
    assert not is_open(timetable, "2026-12-24T20:00:00+01:00")
    assert not is_open(timetable, "2026-12-25T01:00:00+01:00")
    assert is_open(timetable, "2026-12-25T11:00:00.999999+01:00")
    assert not is_open(timetable, "2026-12-25T20:00:00+01:00")
    assert not is_open(timetable, "2026-12-26T20:00:00+01:00")
    assert is_open(timetable, "2026-12-27T20:00:00+01:00")


def test_the_zone_decides_what_date_it_is():
    """A holiday in Tokyo begins while it is the day before elsewhere."""
    week = {key: [["00:00:00", "23:59:59"]] for key in clock_time.DAYS}
    timetable = made("Asia/Tokyo", week, holidays=[date(2026, 1, 1)])
    assert not is_open(timetable, "2025-12-31T15:00:00Z")
    assert is_open(timetable, "2026-01-01T15:00:00Z")


def test_holidays_without_their_dates_cannot_be_asked():
    """Nobody is told "open" on a holiday because a calendar was forgotten."""
    bare = schedule.Schedule("Etc/UTC", ((),) * 7, (), schedule.Holidays("FR"))
    with pytest.raises(ValueError, match="no calendar"):
        schedule.prepare(bare)


@pytest.mark.parametrize("name", ZONES)
def test_every_odd_hour_of_ten_years_has_the_obvious_answer(name):
    """Around each change of the clock, at midnights and at random: as intervals on the wall say."""
    zone = clock_time.zone(name)
    dates = shown_dates(zone)
    changes = changes_of(zone)
    edges = [change.astimezone(zone).date().isoformat() for change in changes]
    special = {day: [["00:30:00", "03:00:00"], ["22:30:00", "01:15:00"]] for day in edges[::3]}
    special |= {key: [] for key in edges[1::3]}
    timetable = made(name, exceptions=special.items(), holidays=dates[::50])
    intervals = intervals_of(timetable, dates)
    nights = intervals_of_range(dates, time(23), time(2, 30), {3, 5})
    answers = set()
    for moment in samples(changes, zone):
        shown = moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
        answer = schedule.is_open(timetable, moment)
        assert answer is inside(shown, intervals), moment
        answers.add(answer)
        ranged = clock_time.in_time_range(
            moment, zone, start=time(23), end=time(2, 30), days=frozenset({3, 5})
        )
        assert ranged is inside(shown, nights), moment
    assert answers == {True, False}


def shown_dates(zone):
    """Every date that the zone's calendar shows, in order, found by walking through all hours."""
    found = {}
    moment = FIRST - 48 * HOUR
    while moment < LAST + 48 * HOUR:
        found[moment.astimezone(zone).date()] = None
        moment += 6 * HOUR
    return list(found)


def changes_of(zone):
    """The first moments of each new offset, found by halving."""
    found = []
    moment = FIRST
    while moment < LAST:
        later = moment + 24 * HOUR
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = moment, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(microsecond=0))
        moment = later
    return found


def samples(changes, zone):
    """Moments where something could go wrong, and some others."""
    chance = random.Random(zone.key)  # noqa: S311 - the same samples in each run
    for change in changes:
        for step in range(-50, 51):
            yield change + step * timedelta(minutes=11)
        for second in (-2, -1, 0, 1):
            yield change + timedelta(seconds=second)
    for _ in range(800):
        yield FIRST + timedelta(seconds=chance.randrange(int((LAST - FIRST).total_seconds())))
    for _ in range(200):
        day = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
        midnight = datetime.combine(day, time(), zone)
        for second in (-1, 0, 30, 31):
            yield midnight.astimezone(UTC) + timedelta(seconds=second)
    if zone.key == "Pacific/Apia":
        for hour in range(72):
            yield datetime(2011, 12, 29, tzinfo=UTC) + hour * HOUR


def intervals_of(timetable, dates):
    """Readings of a wall clock between which it is open, by the date on which they begin."""
    return {
        day: [
            (
                datetime.combine(day, span.start),
                datetime.combine(after if span.start > span.end else day, span.end),
            )
            for span in timetable.special.get(day, timetable.weekly[day.weekday()])
        ]
        for day, after in itertools.pairwise(dates)
    }


def intervals_of_range(dates, start, end, days):
    return {
        day: [(datetime.combine(day, start), datetime.combine(after, end))]
        for day, after in itertools.pairwise(dates)
        if day.weekday() in days
    }


def inside(shown, intervals):
    near = (shown.date() - timedelta(days=back) for back in range(3))
    return any(first <= shown <= last for day in near for first, last in intervals.get(day, ()))
