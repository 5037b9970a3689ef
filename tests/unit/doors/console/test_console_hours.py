"""Hours as people write them, and the form of a week."""

import pytest

from orchestrator.core.model import errors
from orchestrator.core.policy import schedule_reading
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.doors.console import hours, words

DESK = {
    "zone": "Europe/Paris",
    "weekly": {
        "MON": [["09:00:00", "12:30:00"], ["13:30:00", "18:00:00"]],
        "TUE": [["09:00:00", "12:30:00"], ["13:30:00", "18:00:00"]],
        "FRI": [["22:00:00", "06:00:00"]],
        "SUN": [["08:00:30", "23:59:59"]],
    },
    "exceptions": [{"date": "2026-12-24", "hours": []}],
    "holidays": {"country": "DE", "subdivision": "BY"},
}


def read(document):
    """Read one schedule without a calendar."""
    mistakes = Mistakes()
    found = schedule_reading.read(document, "schedules.Desk", mistakes, form="document")
    mistakes.raise_any()
    return found


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        (" Closed ", []),
        ("09:00–17:00", [["09:00:00", "17:00:00"]]),
        ("9:00-12:30, 13:30 - 24:00", [["09:00:00", "12:30:00"], ["13:30:00", "23:59:59"]]),
        ("22:00:15—06:00", [["22:00:15", "06:00:00"]]),
    ],
)
def test_hours_are_read_as_people_write_them(text, spans):
    """Any dash, one digit or two, several with commas, midnight as 24:00, and closed."""
    assert hours.read(text, "week_MON") == spans


@pytest.mark.parametrize("text", ["nine to five", "09:00", "09:00–", "9–17"])
def test_what_is_no_hours_is_said_at_its_day(text):
    """The message says what to write."""
    with pytest.raises(errors.BadInput) as refused:
        hours.read(text, "week_TUE")
    assert refused.value.problems[0].path == "week_TUE"
    assert "09:00–17:00" in refused.value.message


def test_a_schedule_survives_its_form():
    """What is shown and sent back unchanged is the same schedule, to the second."""
    found = read(DESK)
    assert read(hours.document(hours.of(found))) == found


def test_a_week_is_told_in_few_lines():
    """Days in a row with the same hours stand together; closed days are left out."""
    assert hours.brief(read(DESK)) == [
        ("Mon–Tue", "09:00–12:30, 13:30–18:00"),
        ("Fri", "22:00–06:00"),
        ("Sun", "08:00:30–24:00"),
    ]


def test_the_days_of_a_week_in_few_lines_are_in_the_reader_s_language():
    """German has two letters for a day."""
    with words.speaking("de"):
        lines = hours.brief(read(DESK))
    assert [days for days, _hours in lines] == ["Mo–Di", "Fr", "So"]


def test_mistakes_of_documents_are_said_at_the_fields():
    """Zone, days, exceptions and holidays each have their field; the rest stands above the form."""
    error = errors.Problems(
        [
            errors.Problem("bad-value", "schedules.Desk.zone", "no zone"),
            errors.Problem("bad-value", "schedules.Desk.weekly.MON[0]", "too short"),
            errors.Problem("bad-value", 'schedules["My desk"].exceptions[1].date', "no date"),
            errors.Problem("bad-value", "schedules.Desk.holidays.subdivision", "no part"),
            errors.Problem("odd", "elsewhere", "odd"),
        ]
    )
    found = hours.fault(error)
    assert found.fields == {
        "zone": "no zone",
        "week_MON": "too short",
        "exceptions": "no date",
        "subdivision": "no part",
    }
    assert found.rest == ("odd",)
