"""`orchestrator decide`: files in, a decision out, and every error where it belongs."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orchestrator.cli import decide

POLICIES = """
policies:
  - name: Evening
    enabled: true
    conditions:
      - {property: shop.closes, type: GREATER_THAN, value: 18}
    actions:
      - {type: SEND_MESSAGE, payload: {message: "Good evening, {{shop.name|friend}}"}}
      - {type: TRANSFER_TO_SKILL, payload: {skillName: Night}}
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "policies.yaml").write_text(POLICIES)

    def invoke(attributes, *options, policies="policies.yaml"):
        return CliRunner().invoke(
            decide.app,
            [str(tmp_path / policies), "-", *options],
            input=attributes,
            catch_exceptions=False,
        )

    invoke.folder = tmp_path
    return invoke


def test_json_is_the_decision_document(run):
    """All four keys are always there; YAML is as good as JSON, and stdin as a file."""
    result = run("shop: {closes: 20}", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "policyId": "p-evening",
        "policyName": "Evening",
        "actions": [
            {"type": "SEND_MESSAGE", "payload": {"message": "Good evening, friend"}},
            {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Night"}},
        ],
        "noMatchReason": None,
    }


def test_text_is_for_people(run):
    """What was decided, and with --trace the tree of reasons."""
    result = run('{"shop.closes": 20}', "--trace")
    assert "policy: Evening (p-evening)" in result.stdout
    assert "`shop.closes` is 20, which is more than 18" in result.stdout
    assert run("{}").stdout == "no decision: no policy matched\n"


def test_trace_is_part_of_the_json(run):
    """Only if it was asked for, at the time that was given."""
    shown = json.loads(run("{}", "--json", "--trace", "--at", "2026-12-24T18:00:00+01:00").stdout)
    assert shown["trace"]["at"] == "2026-12-24T17:00:00.000Z"
    assert shown["trace"]["policies"][0]["state"] == "UNKNOWN"


def test_jsonl_answers_every_line(run):
    """A bad line says so in its place, the others are decided, and the exit is 2 at the end."""
    result = run('{"shop.closes": 20}\n[]\n\n{"a"\n{"shop.closes": 3}\n', "--jsonl")
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each.get("line") or each["noMatchReason"] for each in shown] == [
        None, 2, 4, "NO_MATCHED_RULES",
    ]  # fmt: skip
    assert all("error" in shown[index] for index in (1, 2))
    assert result.exit_code == 2
    assert run('{"shop.closes": 20}\n', "--jsonl").exit_code == 0
    told = json.loads(run('{"shop.closes": "\\ud800"}\n', "--jsonl").stdout)["error"]
    assert told.startswith("shop.closes: ")


@pytest.mark.parametrize(
    ("attributes", "options", "path", "words"),
    [
        ("{}", ["--at", "2026-01-01T00:00:00"], "--at", "offset"),
        ("{}", ["--at", "soon"], "--at", "ISO 8601"),
        ("{}", ["--at", "0001-01-01T00:00:00+14:00"], "--at", "range"),
        ("[]", [], "ATTRIBUTES", "object"),
        ('{"shop.closes": "\\ud800"}', [], "shop.closes", "surrogate"),
        ("{", [], "ATTRIBUTES", "line 1"),
    ],
)
def test_bad_input_exits_2(run, attributes, options, path, words):
    """Under --json the errors are JSON on stderr, and stdout stays empty."""
    result = run(attributes, "--json", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    (problem,) = json.loads(result.stderr)["errors"]
    assert (problem["path"], words in problem["message"]) == (path, True)
    assert set(problem) == {"code", "path", "message"}
    assert run(attributes, *options).stderr.startswith(f"error: {path}: ")


def test_mistakes_in_the_policies_are_all_reported(run):
    """With their paths; a file that is not there is named."""
    (run.folder / "bad.json").write_text('{"policies": [{"name": ""}, 5]}')
    result = run("{}", "--json", policies="bad.json")
    assert result.exit_code == 2
    paths = [problem["path"] for problem in json.loads(result.stderr)["errors"]]
    assert paths == [
        "policies[0].name", "policies[0].conditions", "policies[0].actions", "policies[1]",
    ]  # fmt: skip
    assert "nowhere.json" in run("{}", policies="nowhere.json").stderr


def test_warnings_go_to_stderr(run):
    """They change neither the output nor the exit code."""
    (run.folder / "off.json").write_text(
        '[{"name": "P", "conditions": [{"all": []}],'
        ' "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}]}]'
    )
    result = run("{}", "--json", policies="off.json")
    assert json.loads(result.stdout)["noMatchReason"] == "NO_POLICIES_ENABLED"
    assert json.loads(result.stderr)["warnings"][0]["path"] == "policies[0].enabled"
    assert result.exit_code == 0


def test_under_json_stderr_is_one_object(run):
    """Warnings of the policies do not come before the errors of the attributes."""
    (run.folder / "off.json").write_text(
        '[{"name": "P", "conditions": [{"all": []}],'
        ' "actions": [{"type": "SEND_MESSAGE", "payload": {"text": "x"}}]}]'
    )
    result = run("[]", "--json", policies="off.json")
    assert list(json.loads(result.stderr)) == ["errors"]


def test_it_starts_without_what_it_does_not_need(run):
    """Neither pydantic, nor YAML, nor patterns, nor anything that serves: it has half a second."""
    (run.folder / "p.json").write_text('{"policies": []}')
    (run.folder / "a.json").write_text("{}")
    files = [str(run.folder / name) for name in ("p.json", "a.json")]
    program = (
        "import sys\nfrom orchestrator.cli import app\n"
        f"assert app.run(['decide', *{files!r}, '--json']) == 0\n"
        "heavy = {'pydantic', 'ruamel.yaml', 're2', 'sqlalchemy', 'asyncio', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert shown.stdout.splitlines()[-1] == "[]"
