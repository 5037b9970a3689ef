"""Schedules as documents have them: what is read, what is refused with its path, what comes out."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, mistakes, schedule, text

SPANS = [["08:30:00", "12:00:00"], ["13:00:00", "17:30:00"]]
GOOD = {"zone": "Europe/Paris", "weekly": {"MON": SPANS}}


def calendar(country, subdivision, /, *, first, last):
    """A country FR with one part A, of which everything is known, and XK, of which little is."""
    if country == "XK":
        return (date(first, 1, 1),)
    if country != "FR":
        raise schedule.UnknownHolidays("country", "only FR")
    if subdivision not in {None, "A"}:
        raise schedule.UnknownHolidays("subdivision", "only A")
    return tuple(date(year, 7, 14) for year in range(first, last + 1))


def load(one, name="s"):
    return document.load({"policies": [], "schedules": {name: one}}, calendar=calendar)


@pytest.mark.parametrize(
    ("one", "path", "code"),
    [
        ([], "schedules.s", "wrong-type"),
        ({**GOOD, "hours": []}, "schedules.s.hours", "unknown-key"),
        ({"weekly": {}}, "schedules.s.zone", "missing"),
        ({**GOOD, "zone": 1}, "schedules.s.zone", "wrong-type"),
        ({**GOOD, "zone": "localtime"}, "schedules.s.zone", "bad-value"),
        ({"zone": "GB"}, "schedules.s.weekly", "missing"),
        ({"zone": "GB", "weekly": []}, "schedules.s.weekly", "wrong-type"),
        ({"zone": "GB", "weekly": {"mon": []}}, "schedules.s.weekly.mon", "unknown-key"),
        ({"zone": "GB", "weekly": {"MON": {}}}, "schedules.s.weekly.MON", "wrong-type"),
        ({"zone": "GB", "weekly": {"MON": [[]]}}, "schedules.s.weekly.MON[0]", "wrong-type"),
        (
            {"zone": "GB", "weekly": {"MON": [["08:30", "12:00:00"]]}},
            "schedules.s.weekly.MON[0][0]",
            "bad-value",
        ),
        (
            {"zone": "GB", "weekly": {"MON": [["08:30:00", 43200]]}},
            "schedules.s.weekly.MON[0][1]",
            "wrong-type",
        ),
        ({**GOOD, "exceptions": {}}, "schedules.s.exceptions", "wrong-type"),
        ({**GOOD, "exceptions": [1]}, "schedules.s.exceptions[0]", "wrong-type"),
        ({**GOOD, "exceptions": [{"hours": []}]}, "schedules.s.exceptions[0].date", "missing"),
        (
            {**GOOD, "exceptions": [{"date": "2026-12-24"}]},
            "schedules.s.exceptions[0].hours",
            "missing",
        ),
        (
            {**GOOD, "exceptions": [{"date": "20261224", "hours": []}]},
            "schedules.s.exceptions[0].date",
            "bad-value",
        ),
        (
            {**GOOD, "exceptions": [{"date": "2026-12-24", "hours": []}] * 2},
            "schedules.s.exceptions[1].date",
            "duplicate",
        ),
        ({**GOOD, "holidays": "FR"}, "schedules.s.holidays", "wrong-type"),
        ({**GOOD, "holidays": {}}, "schedules.s.holidays.country", "missing"),
        ({**GOOD, "holidays": {"country": "fr"}}, "schedules.s.holidays.country", "bad-value"),
        ({**GOOD, "holidays": {"country": "ZZ"}}, "schedules.s.holidays.country", "unknown-word"),
        (
            {**GOOD, "holidays": {"country": "FR", "subdivision": "B"}},
            "schedules.s.holidays.subdivision",
            "unknown-word",
        ),
        (
            {**GOOD, "holidays": {"country": "FR", "subdivision": ""}},
            "schedules.s.holidays.subdivision",
            "bad-value",
        ),
        (
            {**GOOD, "holidays": {"country": "FR", "dates": []}},
            "schedules.s.holidays.dates",
            "unknown-key",
        ),
    ],
)
def test_each_kind_of_mistake_is_refused_with_its_path(one, path, code):
    """One mistake, one error."""
    with pytest.raises(mistakes.PolicyErrors) as refused:
        load(one)
    assert [(each.path, each.code) for each in refused.value] == [(path, code)]


def test_all_mistakes_of_all_schedules_come_at_once():
    """Beside those of the policies."""
    whole = {"policies": [{}], "schedules": {"a": {}, " b": GOOD, "Support hours": {"zone": "x"}}}
    with pytest.raises(mistakes.PolicyErrors) as refused:
        document.load(whole)
    paths = {each.path for each in refused.value}
    assert {
        "schedules.a.zone",
        "schedules.a.weekly",
        'schedules[" b"]',
        'schedules["Support hours"].zone',
        "policies[0].name",
    } <= paths


@pytest.mark.parametrize(
    ("one", "message"),
    [
        ({"zone": "GB", "weekly": {}}, "never open"),
        ({"zone": "GB", "weekly": {"MON": [["09:00:00", "09:00:00"]]}}, "one second"),
        (
            {"zone": "GB", "weekly": {"MON": [["09:00:00", "12:00:00"], ["12:00:00", "13:00:00"]]}},
            "overlap",
        ),
        ({**GOOD, "holidays": {"country": "XK"}}, "only until 2020"),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(one, message):
    """It loads all the same."""
    loaded = load(one)
    assert [message in each.message for each in loaded.warnings] == [True]


def test_the_canonical_form_is_in_order_and_loads_again():
    """Days as in the week, spans and dates in time, nothing that is empty; the same version."""
    one = {
        "holidays": {"country": "FR"},
        "exceptions": [
            {"date": "2026-12-31", "hours": [["13:00:00", "14:00:00"], ["09:00:00", "10:00:00"]]},
            {"date": "2026-12-24", "hours": []},
        ],
        "weekly": {"SUN": [], "TUE": SPANS[::-1], "MON": SPANS},
        "zone": "Europe/Paris",
    }
    policy_set = load(one, "Support hours").policy_set
    shown = document.dump(policy_set, form="document")
    assert shown["schedules"]["Support hours"] == {
        "zone": "Europe/Paris",
        "weekly": {"MON": SPANS, "TUE": SPANS},
        "exceptions": [
            {"date": "2026-12-24", "hours": []},
            {"date": "2026-12-31", "hours": [["09:00:00", "10:00:00"], ["13:00:00", "14:00:00"]]},
        ],
        "holidays": {"country": "FR", "subdivision": None},
    }
    again = document.load(shown, calendar=calendar).policy_set
    assert compiling.version_of(again) == compiling.version_of(policy_set)


def test_what_is_stored_holds_the_dates():
    """A receipt is told again by the dates of its time, whatever a calendar says by then."""
    policy_set = load({**GOOD, "holidays": {"country": "FR", "subdivision": "A"}}).policy_set
    stored = document.load_stored(document.dump(policy_set)).policy_set
    assert stored == policy_set
    timetable = compiling.compile_set(stored).schedules["s"]
    assert schedule.hours(timetable, date(2049, 7, 14)) == ()


def test_yaml_keeps_times_and_dates_as_they_are_written():
    """12:30:00 is a time there, not 45000."""
    written = """
policies: []
schedules:
  Support hours:
    zone: Europe/Paris
    weekly:
      MON: [[08:30:00, 12:30:00]]
    exceptions:
      - {date: 2026-12-24, hours: []}
"""
    policy_set = document.load(text.parse(written, "yaml")).policy_set
    shown = document.dump(policy_set)["schedules"]["Support hours"]
    assert shown["weekly"] == {"MON": [["08:30:00", "12:30:00"]]}
    assert shown["exceptions"] == [{"date": "2026-12-24", "hours": []}]


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(
        ["GB", "FR", "A", "08:30:00", "22:00:00", "2026-12-24", "24:00:00", "0000-00-00"]
    ),
)
_KEYS = st.sampled_from(
    ["zone", "weekly", "exceptions", "holidays", "MON", "SUN", "date", "hours", "country", "dates"]
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)
_NEARLY = st.fixed_dictionaries(
    {"zone": _LEAVES, "weekly": _JSON},
    optional={"exceptions": _JSON, "holidays": _JSON},
)


@given(st.one_of(_JSON, _NEARLY))
def test_whatever_is_given_is_read_or_refused_with_paths(one):
    """Never an exception of another kind; what is read comes back the same, and can be asked."""
    try:
        policy_set = load(one).policy_set
    except mistakes.PolicyErrors as error:
        policy_set, refused = None, list(error)
    if policy_set is None:
        assert all(each.path.startswith("schedules") for each in refused)
        return
    assert document.load_stored(document.dump(policy_set)).policy_set == policy_set
    timetable = compiling.compile_set(policy_set).schedules["s"]
    schedule.is_open(timetable, datetime(2026, 12, 24, 9, tzinfo=UTC))
