"""Keys of the REST interfaces on the command line; no server runs."""

import pytest

from running import commands, inside


@pytest.fixture
def orchestrator(tmp_path):
    """The command line on an empty folder."""
    return inside.Inside(tmp_path / "data")


def test_a_key_is_made_rotated_and_revoked(orchestrator):
    """Its secret is shown by the command that made it, and never again."""
    made = orchestrator("keys", "add", "CRM")
    assert sorted(made) == ["apiKey", "name", "prefix", "rate", "scopes"]
    assert made["scopes"] == ["context", "decide"]
    again = orchestrator("keys", "rotate", "CRM", "--overlap", "3600")
    found = orchestrator("keys", "list")
    assert [(key["prefix"], key["state"]) for key in found] == [
        (made["prefix"], "ending"),
        (again["prefix"], "active"),
    ]
    assert orchestrator("keys", "list", "--prefix", again["prefix"]) == found[1:]
    assert orchestrator("keys", "show", "CRM") == found[1]
    assert orchestrator("keys", "revoke", made["prefix"])["state"] == "ended"
    assert orchestrator("keys", "revoke", "CRM")["state"] == "ended"
    assert made["apiKey"] not in str(found)


def test_a_client_has_a_user_id_and_a_password(orchestrator):
    """For which the interfaces give tokens."""
    made = orchestrator("keys", "add-client", "bot", "--scopes", "decide", "--rate", "60")
    assert sorted(made) == ["name", "password", "rate", "scopes", "userId"]
    (shown,) = orchestrator("keys", "list")
    assert (shown["prefix"], shown["kind"], shown["rate"]) == (made["userId"], "client", 60)
    assert orchestrator("keys", "rotate", "bot")["userId"] != made["userId"]


def test_a_key_is_changed_and_removed(orchestrator):
    """Without a new secret."""
    orchestrator("keys", "add", "CRM")
    changed = orchestrator("keys", "edit", "CRM", "--name", "Sales", "--rate", "5")
    assert (changed["name"], changed["rate"]) == ("Sales", 5)
    assert orchestrator("keys", "edit", "Sales", "--scopes", "admin")["scopes"] == ["admin"]
    assert orchestrator("keys", "remove", "Sales")["name"] == "Sales"
    assert orchestrator("keys", "list") == []


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (("add", "CRM", "--scopes", "everything"), "--scopes"),
        (("add", "CRM", "--scopes", ","), "--scopes"),
        (("add", ""), "name"),
        (("add", "CRM", "--rate", "0"), "--rate"),
        (("add", "taken"), "name"),
        (("rotate", "taken", "--overlap", "-1"), "--overlap"),
        (("rotate", "nobody"), "name"),
        (("revoke", "nobody"), "name"),
        (("show", "nobody"), "name"),
    ],
)
def test_mistakes_are_refused_with_a_word_about_where(orchestrator, words, path):
    """Exit 2, and the place of the mistake."""
    orchestrator("keys", "add", "taken")
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("keys", *words)
    assert failed.value.code == 2
    assert failed.value.errors[0]["path"] == path
