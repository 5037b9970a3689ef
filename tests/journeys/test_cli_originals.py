"""`policies import-original`: from the original's files to a document that loads."""

import json

import pytest

from running import commands, inside

POLICY = {
    "conditions": [{"property": "ns.a", "type": "EQUAL", "value": "True"}],
    "actions": [{"type": "TRANSFER_TO_AGENT", "payload": {"userId": 901}}],
    "enabled": True,
}


@pytest.fixture
def folder(tmp_path):
    """Two policies, ordered by the numbers in their names, and a file that is none."""
    (tmp_path / "originals").mkdir()
    for name in ("10-last", "2-first"):
        (tmp_path / "originals" / f"{name}.json").write_text(json.dumps(POLICY))
    (tmp_path / "originals" / "notes.txt").write_text("for people")
    return tmp_path / "originals"


def test_a_folder_becomes_a_document_that_loads(folder, tmp_path):
    """Under --json the document and the report; --output writes the document, which loads."""
    orchestrator = inside.Inside(tmp_path / "data")
    output = tmp_path / "ours.json"
    found = orchestrator("policies", "import-original", str(folder), "--output", str(output))
    assert [policy["name"] for policy in found["document"]["policies"]] == ["2-first", "10-last"]
    assert json.loads(output.read_text()) == found["document"]
    expected = {
        "policy": "10-last",
        "path": "10-last.json: conditions[0].value",
        "given": "True",
        "read": True,
    }
    assert any(expected.items() <= each.items() for each in found["report"])
    assert found["report"][0]["path"] == "notes.txt"
    keys = {"policy", "path", "given", "read", "reason"}
    assert all(set(each) == keys for each in found["report"])
    assert orchestrator("policies", "load", str(output))["policies"] == 2


def test_for_people_the_document_is_stdout_and_the_report_stderr(folder):
    """So that it can be piped on; the report names policy, place, what was read and why."""
    code, out, err = inside.run(["policies", "import-original", str(folder / "2-first.json")])
    assert code == 0
    assert json.loads(out)["policies"][0]["conditions"][0]["value"] is True
    assert err.startswith("Read 1 policy, 1 enabled.")
    assert "2-first.json: conditions[0].value: 'True' read as true: a boolean" in err


def test_what_cannot_be_read_is_told_at_once(folder, tmp_path):
    """Each file with its own path; exit 2, nothing on stdout, nothing written."""
    (folder / "broken.json").write_text("{")
    (folder / "odd.json").write_text(json.dumps({**POLICY, "when": "noon"}))
    output = tmp_path / "ours.json"
    with pytest.raises(commands.CommandFailed) as failed:
        inside.Inside(tmp_path / "data")(
            "policies", "import-original", str(folder), "--output", str(output)
        )
    assert [each["path"] for each in failed.value.errors] == ["broken.json", "odd.json: when"]
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["nowhere.json"], "PATH"),
        (["."], "PATH"),
        (["x", "--contains", "EQUAL"], "--contains"),
        (["2-first.json", "--output", "no/such/folder.json"], "--output"),
    ],
)
def test_bad_arguments_exit_2(folder, tmp_path, monkeypatch, arguments, path):
    """With the argument's name."""
    monkeypatch.chdir(tmp_path if arguments == ["."] else folder)
    for leftover in folder.glob("*") if arguments == ["."] else ():
        leftover.unlink()
    code, out, err = inside.run(["policies", "import-original", *arguments, "--json"])
    assert (code, out) == (2, "")
    assert json.loads(err)["errors"][0]["path"] == path
