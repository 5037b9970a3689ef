"""What a policy may rely on when it asks the calendar for public holidays."""

from datetime import date

import pytest

from orchestrator.adapters import calendar
from orchestrator.core.policy import schedule


def test_dates_are_whole_days_in_order_and_within_the_years():
    """Those of the country, and of a part of it as well."""
    found = calendar.holidays("DE", None, first=2026, last=2027)
    assert list(found) == sorted(set(found))
    assert all(type(day) is date and day.year in {2026, 2027} for day in found)
    assert date(2026, 10, 3) in found
    assert date(2026, 1, 6) not in found
    assert date(2026, 1, 6) in calendar.holidays("DE", "BY", first=2026, last=2026)


def test_years_of_which_nothing_is_known_have_none():
    """No warning, no error: Sri Lanka's holidays are proclaimed year by year."""
    found = calendar.holidays("LK", None, first=2020, last=2049)
    assert found[-1].year < 2049
    assert calendar.holidays("LK", None, first=2048, last=2049) == ()


@pytest.mark.parametrize(
    ("country", "subdivision", "field", "message"),
    [
        ("ZZ", None, "country", "no holidays are known"),
        ("DE", "by", "subdivision", "did you mean 'BY'"),
        ("SG", "X", "subdivision", "leave the subdivision out"),
    ],
)
def test_what_is_unknown_is_said(country, subdivision, field, message):
    """Which of the two it is, and what there is."""
    with pytest.raises(schedule.UnknownHolidays, match=message) as unknown:
        calendar.holidays(country, subdivision, first=2026, last=2026)
    assert unknown.value.field == field
