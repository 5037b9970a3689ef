"""List, show, edit and remove of every noun, versions, attributes, backup: no server runs."""

import json
import sqlite3

import pytest

from running import commands, inside

SAY = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
ALWAYS = [{"all": []}]


@pytest.fixture(scope="module")
def orchestrator(tmp_path_factory):
    """The command line on an empty folder."""
    return inside.Inside(tmp_path_factory.mktemp("nouns") / "data")


def test_users_come_change_and_go(orchestrator):
    """A human's random password is shown once; edits keep the rest; a removed user is gone."""
    made = orchestrator("users", "add", "zoe", "--type", "human", "--role", "Agent Manager")
    assert len(made["password"]) >= 12
    assert made["maxChats"] == 10
    edited = orchestrator("users", "edit", "zoe", "--max-chats", "unlimited", "--role", "Agent")
    assert (edited["maxChats"], edited["roles"]) == (None, ["Agent"])
    shown = orchestrator("users", "show", made["id"])
    assert (shown["login"], shown["skills"], shown["keys"]) == ("zoe", [], [])
    assert "password" not in shown
    orchestrator("users", "remove", "zoe")
    assert orchestrator("users", "list") == []


def test_skills_campaigns_and_engagements_come_change_and_go(orchestrator):
    """What is in use is not removed; a name or an id means the same thing."""
    skill = orchestrator("skills", "add", "Front")
    made = orchestrator("engagements", "add", "Web", "--skill", skill["id"], "--campaign", "Spring")
    assert {"campaignId", "engagementId"} <= set(made)
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("skills", "remove", "Front")
    assert failed.value.errors[0]["code"] == "conflict"
    surveyed = orchestrator("skills", "edit", "Front", "--name", "Desk", "--survey", "app-7")
    assert surveyed["survey"] == "app-7"
    assert orchestrator("skills", "edit", "Desk", "--survey", "")["survey"] is None
    assert orchestrator("engagements", "show", "Web")["skill"] == "Desk"
    orchestrator("campaigns", "edit", "Spring", "--name", "Summer")
    assert orchestrator("campaigns", "show", "Summer")["engagements"] == ["Web"]
    orchestrator("engagements", "remove", made["engagementId"])
    orchestrator("campaigns", "remove", "Summer")
    orchestrator("skills", "remove", "Desk")
    for noun in ("skills", "campaigns", "engagements"):
        assert orchestrator(noun, "list") == []


def test_an_account_is_a_world_of_its_own(orchestrator):
    """Nothing of one account is seen in another, and ids count anew in each."""
    orchestrator("accounts", "add", "77")
    other = inside.Inside(orchestrator.data, "77")
    assert other("skills", "add", "Only here")["id"] == "3001"
    assert "Only here" not in [skill["name"] for skill in orchestrator("skills", "list")]
    assert other("accounts", "edit", "--ring-seconds", "5")["ringSeconds"] == 5
    assert orchestrator("accounts", "show")["ringSeconds"] == 72


def test_account_1_is_there_whatever_comes_first(tmp_path):
    """The first command makes the folder and account 1, also when it adds another account."""
    orchestrator = inside.Inside(tmp_path / "new")
    orchestrator("accounts", "add", "77")

    assert [account["id"] for account in orchestrator("accounts", "list")] == ["1", "77"]


def test_an_account_is_removed_with_its_versions(tmp_path):
    """An account without people and skills goes, whatever was loaded there; others stay."""
    orchestrator = inside.Inside(tmp_path / "new")
    orchestrator("accounts", "add", "77")
    other = inside.Inside(orchestrator.data, "77")
    for each in (orchestrator, other):
        each("attributes", "set", "custom.outage", "true")
    other("skills", "add", "Billing")
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("accounts", "remove", "77")
    assert (failed.value.code, failed.value.errors[0]["code"]) == (2, "conflict")
    other("skills", "remove", "Billing")

    assert orchestrator("accounts", "remove", "77")["id"] == "77"

    assert [account["id"] for account in orchestrator("accounts", "list")] == ["1"]
    orchestrator("accounts", "add", "77")
    assert other("versions", "list") == []
    assert other("skills", "add", "New")["id"] == "3001"
    assert len(orchestrator("versions", "list")) == 1


def test_a_list_that_no_argument_has_room_for_comes_from_stdin(tmp_path):
    """A hundred thousand customers are one static attribute; one more is refused by its name."""
    orchestrator = inside.Inside(tmp_path / "new")
    vip = [f"customer-{number}" for number in range(100_000)]
    assert orchestrator("attributes", "set", "custom.vip", "-", stdin=vip)["value"] == vip
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("attributes", "set", "custom.vip", "-", stdin=[*vip, "one more"])
    assert (failed.value.code, failed.value.errors[0]["path"]) == (2, "custom.vip")


def test_policies_are_versions(orchestrator):
    """Each change is a version; loading without custom values keeps those that are there."""
    skill = orchestrator("skills", "add", "Target")
    move = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Target"}}
    document = {
        "policies": [
            {"name": "one", "enabled": True, "conditions": ALWAYS, "actions": [SAY]},
            {"name": "two", "conditions": ALWAYS, "actions": [move]},
        ],
        "custom": {"tiers": ["gold"]},
    }
    saved = orchestrator("policies", "load", "-", stdin=document)
    assert (saved["version"], saved["policies"], saved["enabled"]) == (1, 2, 1)
    assert [warning["path"] for warning in saved["warnings"]] == ["policies[1].enabled"]

    exported = orchestrator("policies", "export")
    payload = exported["policies"][1]["actions"][0]["payload"]
    assert payload == {"skillId": skill["id"], "skillName": "Target"}
    assert orchestrator("policies", "load", "-", stdin=exported)["warnings"] == []

    orchestrator("policies", "edit", "two", "--position", "1", "--enabled", "--name", "first")
    assert [policy["name"] for policy in orchestrator("policies", "list")] == ["first", "one"]
    orchestrator("attributes", "set", "custom.outage", "true")
    orchestrator("policies", "load", "-", stdin=document["policies"])
    values = {
        attribute["name"]: attribute.get("value")
        for attribute in orchestrator("attributes", "list")
    }
    assert (values["custom.tiers"], values["custom.outage"]) == (["gold"], True)
    orchestrator("attributes", "remove", "custom.outage")
    orchestrator("policies", "remove", "one")
    assert [policy["name"] for policy in orchestrator("policies", "list")] == ["two"]

    versions = orchestrator("versions", "list")
    assert [version["version"] for version in versions] == [7, 6, 5, 4, 3, 2, 1]
    assert versions[0]["author"] == "operator"
    first = orchestrator("versions", "show", "1")
    assert [policy["name"] for policy in first["document"]["policies"]] == ["one", "two"]
    assert versions[5]["hash"] == orchestrator("versions", "show", "2")["hash"]


def test_a_backup_brings_back_what_was(orchestrator, tmp_path):
    """What is changed after a backup is undone by restoring it."""
    orchestrator("skills", "add", "Before")
    copy = tmp_path / "copy.db"
    assert orchestrator("backup", str(copy))["bytes"] > 0
    orchestrator("skills", "add", "After")
    orchestrator("restore", str(copy))
    names = [skill["name"] for skill in orchestrator("skills", "list")]
    assert "Before" in names
    assert "After" not in names


def test_a_dead_servers_note_is_ignored(orchestrator):
    """A server.json whose process is gone counts for nothing."""
    note = orchestrator.data / "server.json"
    note.write_text('{"http":"http://x","https":"https://x","ca":"/x","pid":999999999}')
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("chat", "--skill", "Target")
    assert failed.value.code == 2
    assert failed.value.errors[0]["code"] == "unavailable"


def test_a_killed_server_leaves_nobody_online(orchestrator):
    """What a server wrote of the bot's sign-in before a power cut is not believed after it."""
    orchestrator("users", "add", "bot9", "--type", "bot", "--role", "Agent")
    orchestrator("bot-config", "set", stdin=orchestrator("users", "generate-key", "bot9"))
    with sqlite3.connect(orchestrator.data / "orchestrator.db") as database:
        database.execute(
            "INSERT OR REPLACE INTO bot_states (account, state, reason, at) "
            "SELECT account, 'online', '', changed_at FROM bot_configs"
        )
    database.close()

    shown = orchestrator("bot-config", "show")

    assert shown["state"] == "connecting"
    assert "No server runs" in shown["reason"]


def test_decide_takes_the_options_that_every_command_takes(orchestrator, tmp_path):
    """A program may add --data and --account to each call; files decide all the same."""
    document = {"policies": [{"name": "a", "conditions": ALWAYS, "actions": [SAY]}]}
    (tmp_path / "policies.json").write_text(json.dumps(document))

    decided = orchestrator("decide", str(tmp_path / "policies.json"), "-", stdin={})

    assert decided["noMatchReason"] == "NO_POLICIES_ENABLED"
    assert set(decided) == {"policyId", "policyName", "actions", "noMatchReason"}


def test_all_of_it_works_on_postgresql(tmp_path, postgres_url, monkeypatch):
    """With two variables no command touches a file; copies are PostgreSQL's own business."""
    monkeypatch.setenv("ORCHESTRATOR_DATABASE", postgres_url)
    monkeypatch.setenv("ORCHESTRATOR_KEY", "c1" * 32)
    orchestrator = inside.Inside(tmp_path / "one")
    test_users_come_change_and_go(orchestrator)
    test_skills_campaigns_and_engagements_come_change_and_go(orchestrator)
    test_an_account_is_a_world_of_its_own(orchestrator)
    elsewhere = inside.Inside(tmp_path / "two")
    assert elsewhere("accounts", "list") == orchestrator("accounts", "list")
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("backup", str(tmp_path / "copy"))
    assert "pg_dump" in failed.value.errors[0]["message"]
    assert list(tmp_path.rglob("*.db")) == []
