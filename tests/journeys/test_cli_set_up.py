"""The set-up guide, step by step, as commands on an empty folder; no server runs."""

import json
import shutil
import subprocess
import sys

import pytest

from running import commands, inside, program

ORCHESTRATOR = "Conversation Orchestrator"
POLICIES = {
    "policies": [
        {
            "name": "VIP",
            "enabled": True,
            "conditions": [{"property": "custom.outage", "type": "EQUAL", "value": False}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
        }
    ],
    "custom": {"outage": False},
}


@pytest.fixture
def orchestrator(tmp_path):
    """The command line on an empty folder."""
    return inside.Inside(tmp_path / "data")


@pytest.fixture(scope="module")
def guided(tmp_path_factory):
    """A folder on which the guide was followed; tests work on copies."""
    folder = tmp_path_factory.mktemp("guided") / "data"
    follow_the_guide(inside.Inside(folder))
    return folder


def follow_the_guide(orchestrator: commands.Commands) -> dict[str, str]:
    """Do every step of the guide; returns the key that was generated."""
    orchestrator(
        *("users", "add", "mavenBot", "--type", "bot"),
        *("--role", "Agent", "--max-chats", "unlimited"),
    )
    key = orchestrator("users", "generate-key", "mavenBot")
    orchestrator("skills", "add", ORCHESTRATOR)
    orchestrator("skills", "assign", ORCHESTRATOR, "mavenBot")
    orchestrator("engagements", "add", "Web", "--skill", ORCHESTRATOR, "--campaign", "Site")
    orchestrator("skills", "add", "Billing")
    orchestrator("skills", "add", "maven:Billing")
    orchestrator("skills", "assign", "maven:Billing", "mavenBot")
    orchestrator("users", "add", "anna", "--type", "human", "--role", "Agent")
    orchestrator("skills", "assign", "Billing", "anna")
    orchestrator("accounts", "edit", "--fallback-skill", "Billing")
    orchestrator("bot-config", "set", stdin=key)
    orchestrator("policies", "load", "-", stdin=POLICIES)
    return key


def findings(orchestrator: commands.Commands) -> dict[str, list[dict]]:
    """What the doctor finds wrong, by check."""
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("doctor")
    assert failed.value.code == 1  # no server runs, so it always finds something
    found = json.loads(failed.value.stdout)
    wrong: dict[str, list[dict]] = {}
    for finding in found:
        if not finding["ok"]:
            wrong.setdefault(finding["check"], []).append(finding)
    return wrong


def paste(remedy: str) -> None:
    """Run a remedy as somebody does who pastes it into a shell."""
    line = remedy.replace("orchestrator ", f"{sys.executable} -m orchestrator.cli ")
    done = subprocess.run(
        ["sh", "-c", line],
        env=program.environment({}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_the_guide_leaves_nothing_but_starting(orchestrator):
    """After the guide's steps in order, the doctor asks only for the server and for people."""
    key = follow_the_guide(orchestrator)

    assert set(key) == {"username", "appKey", "secret", "accessToken", "accessTokenSecret"}
    assert set(findings(orchestrator)) == {"bot-sign-in", "target-online"}
    assert orchestrator("bot-config", "show")["username"] == "mavenBot"
    assert "secret" not in json.dumps(orchestrator("bot-config", "show"))
    engagement = orchestrator("engagements", "list")[0]
    assert (engagement["skill"], engagement["campaign"]) == (ORCHESTRATOR, "Site")
    action = orchestrator("policies", "list")[0]["actions"][0]
    assert (action["type"], action["payload"]["skillName"]) == ("TRANSFER_TO_SKILL", "Billing")
    assert orchestrator("conversations", "list") == []


def test_remedies_alone_lead_from_an_empty_folder_to_a_set_up_one(orchestrator, tmp_path):
    """Pasting what the doctor says, again and again, ends with nothing left but to start."""
    document = tmp_path / "policies.json"
    document.write_text(json.dumps(POLICIES))
    for _ in range(20):
        wrong = findings(orchestrator)
        wrong.pop("bot-sign-in", None)
        wrong.pop("target-online", None)
        if not wrong:
            break
        first = next(iter(wrong.values()))[0]
        remedy = first["remedy"].replace("policies.json", str(document))
        if "|" in remedy:  # one real shell is proof enough of the quoting, and slow
            paste(remedy)
        else:
            inside.paste(remedy)

    assert set(findings(orchestrator)) <= {"bot-sign-in", "target-online"}


def break_bot(orchestrator):
    orchestrator("users", "edit", "mavenBot", "--status", "disabled")


def break_bot_type(orchestrator):
    orchestrator("bot-config", "set", stdin=orchestrator("users", "generate-key", "anna"))


def break_role(orchestrator):
    orchestrator("users", "edit", "mavenBot", "--role", "Viewer")


def break_capacity(orchestrator):
    orchestrator("users", "edit", "mavenBot", "--max-chats", "3")


def break_key(orchestrator):
    for key in orchestrator("users", "show", "mavenBot")["keys"]:
        orchestrator("users", "revoke-key", "mavenBot", key["appKey"])


def break_config(orchestrator):
    orchestrator("bot-config", "remove")


def break_assignment(orchestrator):
    orchestrator("skills", "unassign", ORCHESTRATOR, "mavenBot")
    orchestrator("skills", "unassign", "maven:Billing", "mavenBot")


def break_maven_assignment(orchestrator):
    orchestrator("skills", "unassign", "maven:Billing", "mavenBot")


def break_maven_original(orchestrator):
    orchestrator("skills", "add", "maven:Sales")
    orchestrator("skills", "assign", "maven:Sales", "mavenBot")


def break_engagement(orchestrator):
    orchestrator("engagements", "edit", "Web", "--skill", "Billing")


def break_enabled(orchestrator):
    orchestrator("policies", "edit", "VIP", "--disabled")


def break_staff(orchestrator):
    orchestrator("skills", "unassign", "Billing", "anna")


def break_loop(orchestrator):
    orchestrator("skills", "assign", "Billing", "mavenBot")


def break_target(orchestrator):
    action = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Nowhere"}}
    policy = POLICIES["policies"][0] | {"actions": [action]}
    saved = orchestrator("policies", "load", "-", stdin={"policies": [policy]})
    assert saved["warnings"][0]["code"] == "unknown-target"


def break_fallback(orchestrator):
    orchestrator("accounts", "edit", "--fallback-skill", "")


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("bot-user", break_bot),
        ("bot-user", break_bot_type),
        ("bot-role", break_role),
        ("bot-capacity", break_capacity),
        ("bot-key", break_key),
        ("bot-config", break_config),
        ("bot-assignment", break_assignment),
        ("maven-assignment", break_maven_assignment),
        ("maven-original", break_maven_original),
        ("engagement-skill", break_engagement),
        ("policies-enabled", break_enabled),
        ("target-assigned", break_staff),
        ("policy-loop", break_loop),
        ("policy-targets", break_target),
        ("fallback-skill", break_fallback),
    ],
)
def test_every_finding_goes_away_with_its_remedy(guided, tmp_path, check, spoil):
    """Each mistake is found by its check, in one line, and the remedy pasted makes it go away."""
    orchestrator = inside.Inside(shutil.copytree(guided, tmp_path / "copy"))
    spoil(orchestrator)

    found = findings(orchestrator)[check]
    for finding in found:
        assert "\n" not in finding["message"]
        inside.paste(finding["remedy"])

    assert check not in findings(orchestrator)
