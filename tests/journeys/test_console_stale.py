"""A stale save without a script: both sides on a page, marked to the word, and neither is lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from running import commands, pages, server


@pytest.fixture
def visitor(shared_server: server.Server, account: commands.Commands) -> Iterator[pages.Visitor]:
    """An editor of an account whose version 1 has the policies a and b."""
    account(
        *("users", "add", "editor", "--type", "human", "--role", "Policy editor"),
        "--password-stdin",
        stdin=pages.PASSWORD,
    )
    account("policies", "load", "-", stdin={"policies": [policy("a"), policy("b")]})
    opened = pages.Visitor(shared_server.http, account.account)
    opened.sign_in("editor")
    yield opened
    opened.http.close()


def policy(identity: str, message: str = "Hello dear people") -> dict[str, Any]:
    """A policy that says something."""
    asked = [{"property": "custom.x", "type": "EQUAL", "value": identity}]
    action = {"type": "SEND_MESSAGE", "payload": {"message": message}}
    made = {"id": identity, "name": identity, "enabled": True}
    return {**made, "conditions": asked, "actions": [action]}


def said(account: commands.Commands) -> dict[str, str]:
    """What each policy says, by its name."""
    found: Any = account("policies", "list")
    return {each["name"]: each["actions"][0]["payload"]["message"] for each in found}


@pytest.mark.parametrize(
    ("pick", "then"),
    [
        ("mine", {"a": "Hello good people"}),
        ("theirs", {"a": "Hello lovely people"}),
        ("both", {"a": "Hello lovely people", "a (copy)": "Hello good people"}),
    ],
)
def test_a_stale_form_shows_both_and_saves_what_is_picked(
    visitor: pages.Visitor, account: commands.Commands, pick: str, then: dict[str, str]
) -> None:
    """The words that differ are marked on their side; whichever is picked, both were there."""
    others = {"policies": [policy("a", "Hello lovely people"), policy("b")]}
    account("policies", "load", "-", stdin=others)
    mine = policy("a", "Hello good people")
    form = {"document": json.dumps(mine), "version": "1", "message": ""}
    shown = visitor.post("/policies/a/edit", **form)
    assert shown.status_code == 422
    assert "Changed by both" in shown.text
    assert "Hello <del>" in shown.text
    assert "lovely<span" in shown.text
    assert "Hello <ins>" in shown.text
    assert "good<span" in shown.text
    sent = {"policies": json.dumps([mine]), "policy": "a", "version": "1", "number": "2"}
    assert visitor.post("/policies/merge/save", **sent, **{"pick a": pick}).status_code == 303
    assert said(account) == {**then, "b": "Hello dear people"}


@pytest.mark.parametrize(
    ("pick", "then"),
    [
        ("mine", {"a": "Hello good people"}),
        ("theirs", {}),
        ("both", {"a (copy)": "Hello good people"}),
    ],
)
def test_what_others_removed_can_be_saved_again(
    visitor: pages.Visitor, account: commands.Commands, pick: str, then: dict[str, str]
) -> None:
    """The page says that it is gone, shows mine and what it was, and goes back to the list."""
    account("policies", "load", "-", stdin={"policies": [policy("b")]})
    mine = json.dumps(policy("a", "Hello good people"))
    shown = visitor.post("/policies/merge", policies=mine, policy="a", version="1")
    assert "Removed by others" in shown.text
    assert "Hello good people" in shown.text
    assert "Hello dear people" in shown.text
    sent = {"policies": mine, "version": "1", "number": "2", "pick a": pick}
    answer = visitor.post("/policies/merge/save", **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/policies")
    assert said(account) == {**then, "b": "Hello dear people"}
