"""The policy editor without a browser: who may, what is refused, and forms without scripts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from running import commands, pages, server

HOSTILE = "</script><script>alert('1')</script>\u202e"
POLICY = {
    "name": HOSTILE,
    "enabled": True,
    "conditions": [{"property": "custom.a", "type": "IS_SET"}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}


@pytest.fixture(scope="module")
def firm(shared_server: server.Server, account_ids: Iterator[int]) -> commands.Commands:
    """An account with an editor, a viewer and an agent; made once, for hashes are slow."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    for login, role in (("editor", "Policy editor"), ("viewer", "Viewer"), ("agent", "Agent")):
        orchestrator(
            *("users", "add", login, "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    return orchestrator


@pytest.fixture
def visitor(shared_server: server.Server, firm: commands.Commands) -> Iterator[pages.Visitor]:
    """Somebody at the door; there is one policy, ``p-1``, and nothing else."""
    firm("policies", "load", "-", stdin={"policies": [{"id": "p-1", **POLICY}], "custom": {}})
    opened = pages.Visitor(shared_server.http, firm.account)
    yield opened
    opened.http.close()


def asked(visitor: pages.Visitor, path: str, **fields: Any) -> Any:
    """Ask as the editor's script does; returns the JSON."""
    headers = {"accept": "application/json", "x-csrf-token": visitor.token()}
    return visitor.http.post(f"/console{path}", data=fields, headers=headers).json()


def version(visitor: pages.Visitor) -> str:
    """Return the version that the editor's form names."""
    page = visitor.get("/policies/p-1/edit").text
    return page.partition('name="version" value="')[2].partition('"')[0]


def test_who_may_not_change_policies_gets_no_editor(visitor: pages.Visitor) -> None:
    """A viewer reads what the policy says; an agent does not; neither saves."""
    visitor.sign_in("viewer")
    page = visitor.get("/policies/p-1/edit")
    assert page.status_code == 200
    assert "policy-editor" not in page.text
    assert visitor.get("/policies/new").status_code == 403
    assert visitor.post("/policies/p-1/edit", document="{}", version="1").status_code == 403
    visitor.sign_in("agent")
    assert visitor.get("/policies/p-1/edit").status_code == 403
    assert visitor.post("/policy-editor/look", document="{}").status_code == 403
    assert visitor.post("/policy-editor/findings", document="{}").status_code == 403


def test_a_policy_that_is_gone_may_have_left_edits(visitor: pages.Visitor) -> None:
    """Who may write is led to what their browser kept of it; others are told that it is gone."""
    for login, has in (("viewer", False), ("editor", True)):
        visitor.sign_in(login)
        page = visitor.get("/policies/p-9/edit")
        assert page.status_code == 404
        assert "There is no policy" in page.text
        assert ("<policy-remains" in page.text) is has


def test_names_that_are_scripts_stay_text(visitor: pages.Visitor) -> None:
    """Wherever the name stands on the page, it is escaped."""
    visitor.sign_in("editor")
    page = visitor.get("/policies/p-1/edit").text
    assert "<script>alert" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert" in page


def test_saving_works_as_a_plain_form_and_a_forged_one_does_not(visitor: pages.Visitor) -> None:
    """A form without scripts saves a version with its message; without the token nothing."""
    visitor.sign_in("editor")
    document = json.dumps({**POLICY, "name": "Two"})
    fields = {"document": document, "version": version(visitor), "message": "Why"}
    assert visitor.post("/policies/p-1/edit", "forged", **fields).status_code == 403
    answer = visitor.post("/policies/p-1/edit", **fields)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/console/policies/p-1/edit",
    )
    assert "Saved as version" in visitor.get("/policies/p-1/edit").text


def test_what_is_wrong_is_said_and_what_was_typed_comes_back(visitor: pages.Visitor) -> None:
    """Text that is no policy is shown again, with what is wrong with it."""
    visitor.sign_in("editor")
    answer = visitor.post("/policies/new", document='{"name": "Typed", "oops": 1}', version="0")
    assert answer.status_code == 422
    assert "Typed" in answer.text
    assert "unknown" in answer.text or "oops" in answer.text or "a policy has" in answer.text
    answer = visitor.post("/policies/new", document="{", version="0")
    assert answer.status_code == 422


def test_looking_says_paths_from_the_policy_and_its_sentence(visitor: pages.Visitor) -> None:
    """Problems and the sentence; a name that another policy has; keys that stand twice."""
    visitor.sign_in("editor")
    broken = {**POLICY, "name": "New", "conditions": [{"property": "a", "type": "IS_SET"}]}
    found = asked(visitor, "/policy-editor/look", document=json.dumps(broken))
    assert [each["path"] for each in found["problems"]] == ["conditions[0].property"]
    found = asked(visitor, "/policy-editor/look", document=json.dumps(POLICY))
    assert [each["path"] for each in found["problems"]] == ["name"]
    found = asked(visitor, "/policy-editor/look", document=json.dumps(POLICY), replaces="p-1")
    assert found["problems"] == []
    assert found["sentence"] == "IF custom.a is set THEN say 'Hello'"
    found = asked(visitor, "/policy-editor/look", document='{"name": "a", "name": "b"}')
    assert [each["code"] for each in found["problems"]] == ["duplicate"]


def test_findings_are_those_of_the_policy_in_its_place(visitor: pages.Visitor) -> None:
    """A new policy that an earlier one takes everything from is told so, also while it is off."""
    visitor.sign_in("editor")
    draft = {**POLICY, "name": "Later", "enabled": False}
    found = asked(visitor, "/policy-editor/findings", document=json.dumps(draft))
    assert {"duplicate", "unknown-attribute"} <= {each["code"] for each in found}
    assert asked(visitor, "/policy-editor/findings", document="{") == []


def test_forms_of_a_condition_are_changed_or_it_is_said_why_not(visitor: pages.Visitor) -> None:
    """Conditions become an expression; arithmetic does not become conditions."""
    visitor.sign_in("editor")
    block = json.dumps({"conditions": POLICY["conditions"]})
    assert asked(visitor, "/policy-editor/convert", block=block) == {
        "expression": "isSet(custom.a)"
    }
    block = json.dumps({"expression": "custom.a + 1 > 2"})
    assert "no form" in asked(visitor, "/policy-editor/convert", block=block)["message"]
    assert asked(visitor, "/policy-editor/convert", block="{") == {"message": "That is not JSON."}


def test_a_change_elsewhere_does_not_matter_one_here_does(
    visitor: pages.Visitor, firm: commands.Commands
) -> None:
    """Saving is stale only when this policy was changed since, and then theirs comes along."""
    visitor.sign_in("editor")
    before = version(visitor)
    firm("attributes", "set", "custom.a", "1")
    document = json.dumps({**POLICY, "name": "Mine"})
    answer = asked(visitor, "/policies/p-1/edit", document=document, version=before)
    assert answer["to"] == "/console/policies/p-1/edit"
    answer = asked(visitor, "/policies/p-1/edit", document=document, version=before)
    assert answer["stale"]["policy"]["name"] == "Mine"
    firm("policies", "remove", "Mine")
    answer = asked(visitor, "/policies/p-1/edit", document=document, version=before)
    assert "policy" not in answer["stale"]
