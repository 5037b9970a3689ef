"""Opening hours on the command line: options, JSON on stdin, skills, versions; no server runs."""

import pytest

from running import commands, inside

WORKDAY = [["08:30:00", "12:00:00"], ["13:00:00", "17:30:00"]]
WORKDAYS = dict.fromkeys(("MON", "TUE", "WED", "THU", "FRI"), WORKDAY)
TYPED = "MON-FRI 08:30:00-12:00:00,13:00-17:30"


@pytest.fixture
def orchestrator(tmp_path):
    """The command line on an empty folder."""
    return inside.Inside(tmp_path / "data")


def refused(orchestrator, *arguments, stdin=None):
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator(*arguments, stdin=stdin)
    assert failed.value.code == 2
    return [(error["code"], error["path"]) for error in failed.value.errors]


def test_a_schedule_comes_by_options_changes_and_goes(orchestrator):
    """Days that are named get new hours, dates come and go, the rest stays."""
    made = orchestrator(
        *("schedules", "add", "Support hours", "--zone", "Europe/Paris", "--open", TYPED),
        *("--closed", "2026-12-24", "--special", "2026-12-31 09:00-12:00", "--holidays", "FR"),
    )
    assert made["weekly"] == WORKDAYS
    assert made["exceptions"] == [
        {"date": "2026-12-24", "hours": []},
        {"date": "2026-12-31", "hours": [["09:00:00", "12:00:00"]]},
    ]
    assert made["holidays"] == {"country": "FR", "subdivision": None}
    assert made["version"] == 1
    edited = orchestrator(
        *("schedules", "edit", "Support hours", "--open", "FRI-SAT 22:00:00-06:00:00"),
        *("--open", "MON closed", "--regular", "2026-12-24", "--holidays", "none"),
    )
    assert edited["weekly"] == {
        "TUE": WORKDAY,
        "WED": WORKDAY,
        "THU": WORKDAY,
        "FRI": [["22:00:00", "06:00:00"]],
        "SAT": [["22:00:00", "06:00:00"]],
    }
    assert [each["date"] for each in edited["exceptions"]] == ["2026-12-31"]
    assert edited["holidays"] is None
    orchestrator("schedules", "remove", "Support hours")
    assert orchestrator("schedules", "list") == []
    assert len(orchestrator("versions", "list")) == 3


def test_whether_it_is_open_is_said_for_any_moment(orchestrator):
    """Holidays are closed, exceptions by hand beat them, nights end on the next day."""
    orchestrator(
        *("schedules", "add", "Desk", "--zone", "Europe/Paris", "--holidays", "FR"),
        *("--open", "MON-SUN 22:00:00-06:00:00", "--special", "2026-12-25 10:00-11:00"),
    )
    moments = {
        "2026-11-23T23:00:00+01:00": True,
        "2026-11-23T12:00:00+01:00": False,
        "2026-05-01T23:00:00+02:00": False,  # a holiday
        "2026-05-01T05:00:00+02:00": True,  # the night of 30 April
        "2026-12-25T10:30:00+01:00": True,
        "2026-12-25T23:00:00+01:00": False,
    }
    for moment, is_open in moments.items():
        assert orchestrator("schedules", "show", "Desk", "--at", moment)["open"] is is_open
        assert [each["open"] for each in orchestrator("schedules", "list", "--at", moment)] == [
            is_open
        ]


def test_json_on_stdin_is_what_documents_have(orchestrator):
    """Without options the schedule is read from stdin, for adding and for replacing."""
    given = {"zone": "US/Pacific", "weekly": {"SAT": WORKDAY}}
    orchestrator("schedules", "add", "Old zone", stdin=given)
    assert orchestrator("policies", "export")["schedules"] == {"Old zone": given}
    orchestrator("schedules", "edit", "Old zone", stdin={**given, "weekly": {}})
    assert orchestrator("schedules", "show", "Old zone")["weekly"] == {}


def test_mistakes_are_told_with_their_paths_and_change_nothing(orchestrator):
    """Every mistake at once; no version comes of it."""
    place = "schedules.Desk"
    bad = {
        "zone": "Europe/Pariss",
        "weekly": {"MON": [["8:30", "12:00:00"]], "Tue": []},
        "exceptions": [{"date": "2026-02-30", "hours": []}],
        "holidays": {"country": "XX"},
        "color": "red",
    }
    assert refused(orchestrator, "schedules", "add", "Desk", stdin=bad) == [
        ("unknown-key", f"{place}.color"),
        ("bad-value", f"{place}.zone"),
        ("bad-value", f"{place}.weekly.MON[0][0]"),
        ("unknown-key", f"{place}.weekly.Tue"),
        ("bad-value", f"{place}.exceptions[0].date"),
        ("unknown-word", f"{place}.holidays.country"),
    ]
    add = ("schedules", "add", "Desk", "--zone", "Europe/Paris")
    assert refused(orchestrator, *add, "--open", "MON-FRI") == [("bad-input", "--open")]
    assert refused(orchestrator, *add, "--open", "MONDAY 08:00-12:00") == [("bad-input", "--open")]
    assert refused(orchestrator, *add, "--open", "MON 08:00") == [("bad-input", "--open")]
    assert refused(orchestrator, *add, "--special", "2026-12-24") == [("bad-input", "--special")]
    assert refused(orchestrator, *add, "--holidays", "DE-XX") == [
        ("unknown-word", f"{place}.holidays.subdivision")
    ]
    assert refused(orchestrator, "schedules", "show", "Desk") == [("not-found", "name")]
    assert refused(orchestrator, "schedules", "list", "--at", "2026-01-01T00:00:00") == [
        ("bad-input", "--at")
    ]
    assert orchestrator("versions", "list") == []


def test_a_name_is_taken_once(orchestrator):
    """Adding again is a conflict, editing what is not there is not found."""
    add = ("--zone", "Etc/UTC", "--open", "SUN 10:00-11:00")
    orchestrator("schedules", "add", "Desk", *add)
    assert refused(orchestrator, "schedules", "add", "Desk", *add) == [("conflict", "name")]
    assert refused(orchestrator, "schedules", "edit", "Dusk", *add) == [("not-found", "name")]


def test_a_skills_opening_hours_are_a_schedule_that_stays(orchestrator):
    """None is always open; what is used is neither removed nor loaded away."""
    orchestrator("schedules", "add", "Desk", "--zone", "Etc/UTC", "--open", "SUN 10:00-11:00")
    assert orchestrator("skills", "add", "Front")["schedule"] is None
    assert refused(orchestrator, "skills", "edit", "Front", "--schedule", "Dask") == [
        ("not-found", "--schedule")
    ]
    assert orchestrator("skills", "edit", "Front", "--schedule", "Desk")["schedule"] == "Desk"
    assert orchestrator("schedules", "show", "Desk")["skills"] == ["Front"]
    assert refused(orchestrator, "schedules", "remove", "Desk") == [("conflict", "schedule")]
    gone = {"policies": [], "schedules": {}}
    assert refused(orchestrator, "policies", "load", "-", stdin=gone) == [("conflict", "schedules")]
    orchestrator("skills", "edit", "Front", "--schedule", "")
    orchestrator("schedules", "remove", "Desk")


def test_documents_without_schedules_leave_them_and_with_them_replace_all(orchestrator):
    """As with custom values; an export loads again."""
    orchestrator("schedules", "add", "One", "--zone", "Etc/UTC", "--open", "SUN 10:00-11:00")
    orchestrator("policies", "load", "-", stdin=[])
    assert [each["name"] for each in orchestrator("schedules", "list")] == ["One"]
    two = {"zone": "Asia/Tokyo", "weekly": {"MON": WORKDAY}, "holidays": {"country": "JP"}}
    orchestrator("policies", "load", "-", stdin={"policies": [], "schedules": {"Two": two}})
    exported = orchestrator("policies", "export")
    assert list(exported["schedules"]) == ["Two"]
    before = orchestrator("versions", "list")[0]["hash"]
    assert orchestrator("policies", "load", "-", stdin=exported)["warnings"] == []
    assert orchestrator("versions", "list")[0]["hash"] == before


def test_people_see_the_week_in_a_line(orchestrator):
    """The text forms name days and hours as they can be typed again."""
    place = ("--data", str(orchestrator.data))
    add = ["schedules", "add", "Desk", "--zone", "Etc/UTC", "--open", TYPED, *place]
    code, out, _ = inside.run(add)
    assert (code, "MON-FRI 08:30-12:00, 13:00-17:30, Etc/UTC" in out) == (0, True)
    _, listed, _ = inside.run(["schedules", "list", *place])
    assert "MON-FRI 08:30-12:00" in " ".join(listed.split())
    _, sheet, _ = inside.run(["schedules", "show", "Desk", *place])
    assert "fri" in sheet
