"""docs/howto/opening-hours.md says what is true: its document, its table, its commands."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from orchestrator import PolicySet
from orchestrator.core.policy import text
from running import inside

PAGE = (Path(__file__).parents[2] / "docs/howto/opening-hours.md").read_text("utf-8")
DOCUMENT = re.search(r"```yaml[^\n]*\n(.*?)```", PAGE, re.DOTALL)[1]
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
ROWS = re.findall(r"^\| (\d[^|]*) \| (\w+) \|", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def policy_set():
    """The page's document."""
    return PolicySet.from_document(text.parse(DOCUMENT, "yaml"))


def test_the_page_has_a_table():
    """Or nothing would be tried below."""
    assert len(ROWS) == 8


@pytest.mark.parametrize(("moment", "policy"), ROWS)
def test_each_row_decides_as_it_says(policy_set, moment, policy):
    """At this moment, this policy."""
    assert policy_set.decide({}, at=datetime.fromisoformat(moment)).policy_name == policy


def test_the_commands_make_the_same_schedule(policy_set, tmp_path, monkeypatch):
    """Pasted one after another, they work; the first makes what the document says."""
    monkeypatch.setenv("ORCHESTRATOR_DATA", str(tmp_path / "data"))
    inside.paste(COMMANDS[0])
    made = inside.Inside(tmp_path / "data")("policies", "export")["schedules"]
    assert made == policy_set.document()["schedules"]
    for command in COMMANDS[1:]:
        inside.paste(command)


def test_policies_keep_their_schedules_from_being_removed(tmp_path):
    """The page's policies name the schedule, and so does the refusal; another's name is unknown."""
    orchestrator = inside.Inside(tmp_path / "data")
    page = text.parse(DOCUMENT, "yaml")
    orchestrator("policies", "load", "-", stdin=page)
    place = ("--data", str(orchestrator.data))
    code, _, said = inside.run(["schedules", "remove", "Support hours", *place])
    assert (code, "the policy “Closed”" in said) == (2, True)
    orchestrator("policies", "load", "-", stdin=page["policies"])  # it is still there
    orchestrator("policies", "remove", "Closed")
    orchestrator("schedules", "remove", "Support hours")
    with pytest.raises(AssertionError, match="no schedule 'Support hours'"):
        orchestrator("policies", "load", "-", stdin=page["policies"])
