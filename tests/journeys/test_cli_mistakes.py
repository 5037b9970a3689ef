"""What commands say about mistakes: the exit code, and JSON or a sentence on stderr."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from running import commands, inside, program

FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def orchestrator(tmp_path_factory):
    """The command line on a folder with a user, a skill and a policy set."""
    made = inside.Inside(tmp_path_factory.mktemp("mistakes") / "data")
    made("users", "add", "anna", "--type", "human", "--role", "Agent")
    made("skills", "add", "Billing")
    return made


def refused(orchestrator: commands.Commands, *arguments: str, stdin: object = None):
    """Run a command that must be refused; returns the errors."""
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator(*arguments, stdin=stdin)
    assert failed.value.code == 2, failed.value
    assert failed.value.stdout == ""
    assert failed.value.errors, failed.value.stderr
    for error in failed.value.errors:
        assert set(error) == {"code", "path", "message"}
        assert error["message"]
    return failed.value.errors


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        (("nonsense",), "bad-input", ""),
        (("users", "nonsense"), "bad-input", ""),
        (("users", "add", "x"), "bad-input", "--type"),
        (("users", "add", "x", "--type", "robot"), "bad-input", "--type"),
        (("users", "add", "x", "--type", "bot"), "bad-input", "--role"),
        (("users", "add", "x", "--type", "bot", "--role", "King"), "bad-input", "--role"),
        (
            ("users", "add", "x", "--type", "bot", "--role", "Agent", "--max-chats", "-1"),
            "bad-input",
            "--max-chats",
        ),
        (("users", "add", "anna", "--type", "human", "--role", "Agent"), "conflict", "login"),
        (("users", "show", "nobody"), "not-found", "login"),
        (("users", "edit", "anna"), "bad-input", ""),
        (("skills", "add", "Billing"), "conflict", "name"),
        (("skills", "add", "  "), "bad-input", "name"),
        (("skills", "assign", "Billing", "nobody"), "not-found", "login"),
        (("skills", "remove", "Bill"), "not-found", "skill"),
        (("engagements", "add", "Web", "--skill", "Nowhere"), "not-found", "--skill"),
        (("accounts", "edit", "--ring-seconds", "0"), "bad-input", "--ring-seconds"),
        (("accounts", "add", "abc"), "bad-input", "account"),
        (("accounts", "add", "1"), "conflict", "account"),
        (("policies", "load", "/nowhere.json"), "bad-input", "FILE"),
        (("policies", "show", "VIP"), "not-found", "policy"),
        (("versions", "show", "99"), "not-found", "version"),
        (("attributes", "set", "sde.x", "1"), "bad-input", "name"),
        (("attributes", "set", "custom.x", "{"), "bad-input", "JSON"),
        (("attributes", "remove", "custom.x"), "not-found", "name"),
        (("conversations", "show", "none"), "not-found", "conversation"),
        (("conversations", "list", "--limit", "0"), "bad-input", "--limit"),
        (("bot-config", "set"), "bad-input", "stdin"),
        (("chat", "--skill", "Billing"), "unavailable", "--data"),
        (("agent", "anna"), "unavailable", "--data"),
        (("restore", "/nowhere.db"), "not-found", ""),
        (("accounts", "remove", "4711"), "not-found", "--account"),
        (("serve", "--port", "99999"), "bad-input", "--port"),
    ],
)
def test_a_mistake_is_said_as_json_and_exits_2(orchestrator, arguments, code, path):
    """Bad input exits 2 with ``{"errors": […]}`` on stderr and nothing on stdout."""
    errors = refused(orchestrator, *arguments)

    assert (errors[0]["code"], errors[0]["path"]) == (code, path), errors


def test_an_unknown_account_exits_2(orchestrator):
    """An account that was never added is an error, and does not come into being."""
    stranger = inside.Inside(orchestrator.data, "4711")

    assert refused(stranger, "users", "list")[0]["path"] == "--account"
    assert "4711" not in [account["id"] for account in orchestrator("accounts", "list")]


def test_every_mistake_of_a_document_is_reported_at_once(orchestrator):
    """A policy document's errors come together, each with its path, and nothing is saved."""
    document = {
        "policies": [
            {"name": "a", "conditions": [], "actions": []},
            {"name": "a", "conditions": [{"all": []}], "actions": [{"type": "JUMP"}]},
        ]
    }

    paths = {
        error["path"] for error in refused(orchestrator, "policies", "load", "-", stdin=document)
    }

    assert {"policies[1].name", "policies[0].actions", "policies[1].actions[0].type"} <= paths
    assert orchestrator("versions", "list") == []


def test_bot_credentials_with_mistakes_are_named_and_never_echoed(orchestrator):
    """Wrong fields are listed together, and no value of them is repeated."""
    given = {"username": "bot", "secret": "TOP SECRET VALUE", "unknown": "ANOTHER"}

    errors = refused(orchestrator, "bot-config", "set", stdin=given)

    assert {"appKey", "secret", "accessToken", "accessTokenSecret", "unknown"} <= {
        error["path"] for error in errors
    }
    assert "TOP SECRET" not in json.dumps(errors)
    assert "ANOTHER" not in json.dumps(errors)


def test_people_get_a_sentence(orchestrator):
    """Without --json an error is a line on stderr that says what is meant perhaps."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orchestrator.cli", "skills", "show", "Biling"),
            *("--data", str(orchestrator.data)),
        ],
        env=program.environment({}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: skill: There is no skill “Biling”. Did you mean “Billing”?\n"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("polices", "error: No such command 'polices'. Did you mean 'policies'?\n"),
        ("xyzzy", "error: No such command 'xyzzy'.\n"),
    ],
)
def test_a_command_that_is_mistyped_is_told_what_it_may_have_been(word, said, capsys):
    """As its subcommands are, though commands are imported only when they are used."""
    from orchestrator.cli import app

    assert app.run([word, "list"]) == 2
    assert capsys.readouterr().err.endswith(said)


def test_the_program_says_which_one_it_is(capsys):
    """Whoever reports a fault is asked for it first."""
    from orchestrator.cli import app

    assert app.run(["--version"]) == 0
    assert re.fullmatch(r"orchestrator \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_help_and_decide_import_little(tmp_path):
    """Help and decide import neither the database nor the web nor the terminal library."""
    policies = tmp_path / "policies.json"
    policies.write_text("[]")
    attributes = tmp_path / "attributes.json"
    attributes.write_text("{}")
    for arguments in (["--help"], ["decide", str(policies), str(attributes)]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "orchestrator.cli", *arguments],
            env=program.environment({}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        heavy = {"sqlalchemy", "websockets", "httpx2", "pydantic_settings", "rich.console", "re2"}
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert imported & heavy == set()


def test_every_command_explains_itself():
    """Each command of the table has help of its own, and so has each of its subcommands."""
    from orchestrator.cli import COMMANDS, app

    for name, (module, _) in COMMANDS.items():
        command = app.load(module, name)
        for each in [command, *getattr(command, "commands", {}).values()]:
            assert each.help, (name, each.name)


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("users", "add", "zed", "--type", "human", "--role", "Viewer", "--password-stdin"), None),
        (("bot-config", "set"), b'{"username": "\xff"}'),
        (("policies", "load", "-"), b'[{"name": "\xff"}]'),
        (("decide", "-", "/dev/null"), b"\xff\xfe\xfa"),
        (("skills", "add", b"\xff\xfe"), None),
        (("attributes", "set", "custom.x", b'"\xff"'), None),
    ],
)
def test_what_is_no_text_is_refused(orchestrator, arguments, stdin):
    """Bytes that are no UTF-8, on stdin or as an argument, exit 2 with a reason."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orchestrator.cli", *arguments),
            *("--json", "--data", orchestrator.data),
        ],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        env=program.environment({}),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2, done
    assert json.loads(done.stderr)["errors"]


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_is_said(orchestrator):
    """Output that cannot be written exits 2 with a reason, not with a trace."""
    with FULL.open("w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "orchestrator.cli",
                "users",
                "list",
                "--data",
                orchestrator.data,
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            env=program.environment({}),
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stderr) == (2, "error: No space left on device.\n")
