"""Manage policies through its pages: roles, forms without scripts, forged and hostile input."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from running import commands, pages, server

ROLES = ("Agent", "Viewer", "Policy editor")
HOSTILE = "<img src=x onerror=alert(1)> {{ 7 * 7 }} \u202eeman"


@pytest.fixture(scope="module")
def brand(shared_server: server.Server, account_ids: Iterator[int]) -> commands.Commands:
    """An account with a person of some roles, named after it."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    for role in ROLES:
        login = role.lower().replace(" ", "-")
        orchestrator(
            *("users", "add", login, "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    document = {"policies": [policy("a"), policy("b"), policy("c/d?e#f", HOSTILE)]}
    orchestrator("policies", "load", "-", stdin=json.dumps(document))
    return orchestrator


@pytest.fixture
def visitor(shared_server: server.Server, brand: commands.Commands) -> Iterator[pages.Visitor]:
    """Somebody at the door of the brand, whose policies are a, b and a hostile one."""
    opened = pages.Visitor(shared_server.http, brand.account)
    yield opened
    opened.http.close()


def policy(identity: str, name: str | None = None, message: str = "Hello") -> dict[str, Any]:
    """A policy that says something."""
    action = {"type": "SEND_MESSAGE", "payload": {"message": message}}
    asked = [{"property": "custom.x", "type": "EQUAL", "value": identity}]
    shown = {"id": identity, "name": name or identity, "enabled": True}
    return {**shown, "conditions": asked, "actions": [action]}


def order(visitor: pages.Visitor) -> list[str]:
    """The ids in order, as the list shows them."""
    page = visitor.get("/policies").text
    return [html.unescape(found) for found in re.findall(r'data-policy="([^"]+)"', page)]


def test_the_list_is_shown_to_those_who_may_see_it(visitor: pages.Visitor) -> None:
    """An agent does not; a viewer sees rows without anything to do to them."""
    visitor.sign_in("agent")
    assert visitor.get("/policies").status_code == 403
    assert visitor.get("/policies/versions").status_code == 403
    visitor.sign_in("viewer")
    shown = visitor.get("/policies")
    assert shown.status_code == 200
    assert "first one that matches wins" in shown.text
    assert "policies/act" not in shown.text
    assert 'class="handle"' not in shown.text
    assert visitor.get("/policies/versions/1").status_code == 200


@pytest.mark.parametrize("login", ["agent", "viewer"])
def test_who_may_not_write_changes_nothing(visitor: pages.Visitor, login: str) -> None:
    """Whatever form is sent."""
    visitor.sign_in(login)
    for path in (
        *(f"/policies/act?policy=a&do={do}" for do in ("bottom", "disable", "duplicate", "remove")),
        "/policies/example",
        "/policies/undo/1",
        "/policies/versions/1/restore",
    ):
        assert visitor.post(path).status_code == 403
    visitor.sign_in("viewer")
    assert order(visitor) == ["a", "b", "c/d?e#f"]


def test_everything_works_as_a_form_without_scripts(visitor: pages.Visitor) -> None:
    """Each button of the menu, with an id that is hard to write into an address."""
    visitor.sign_in("policy-editor")
    odd = "c%2Fd%3Fe%23f"
    assert visitor.post(f"/policies/act?policy={odd}&do=top").status_code == 303
    assert order(visitor)[0] == "c/d?e#f"
    visitor.post("/policies/act?policy=b&do=move", to="1")
    assert order(visitor) == ["b", "c/d?e#f", "a"]
    visitor.post("/policies/act?policy=b&do=duplicate")
    done = visitor.post("/policies/act?policy=b&do=remove", search="b", show="all")
    page = visitor.get(done.headers["location"].removeprefix("/console")).text
    assert order(visitor)[:2] == ["c/d?e#f", "a"]
    assert "b (copy)" in page
    address = html.unescape(page.partition('action="/console/policies/undo/')[2].partition('"')[0])
    undone = visitor.post(f"/policies/undo/{address}")
    assert undone.headers["location"] == "/console/policies?search=b&show=all"
    undo = address.partition("?")[0]
    assert order(visitor)[0] == "b"
    assert "Restored version" not in visitor.get("/policies/versions").text
    first = int(undo) - 4
    assert visitor.post(f"/policies/versions/{first}/restore").status_code == 303
    assert order(visitor) == ["a", "b", "c/d?e#f"]


def test_a_row_leads_to_all_that_can_be_done_to_it(visitor: pages.Visitor) -> None:
    """Without scripts its three dots are a link; what would be refused is not offered there."""
    visitor.sign_in("policy-editor")
    (path,) = re.findall(
        r'href="/console(/policies/c[^"]*/actions)"', visitor.get("/policies").text
    )
    page = visitor.get(path)
    assert page.status_code == 200
    offered = re.findall(r'formaction="/console/policies/act[?]do=(\w+)&amp;', page.text)
    assert offered == ["duplicate", "disable", "top", "up", "remove"]
    assert html.escape(HOSTILE.partition(" {{")[0], quote=False) in page.text
    assert visitor.get("/policies/gone/actions").status_code == 404
    visitor.sign_in("viewer")
    assert visitor.get(path).status_code == 403


def test_a_forged_form_moves_nothing(visitor: pages.Visitor) -> None:
    """Without the session's token it is refused."""
    visitor.sign_in("policy-editor")
    assert visitor.post("/policies/act?policy=a&do=remove", "forged").status_code == 403
    assert "a" in order(visitor)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/policies/act?policy=gone&do=top", 404),
        ("/policies/act?policy=a&do=explode", 422),
        ("/policies/act?policy=a&do=move", 422),
        ("/policies/act", 422),
        ("/policies/versions/9999/restore", 404),
        ("/policies/merge", 422),
    ],
)
def test_what_makes_no_sense_is_told(visitor: pages.Visitor, path: str, status: int) -> None:
    """As a page to people, and as a notice to scripts."""
    visitor.sign_in("policy-editor")
    assert visitor.post(path).status_code == status


def test_what_people_wrote_is_text(visitor: pages.Visitor) -> None:
    """In the list, in what is searched for, and in the versions."""
    visitor.sign_in("viewer")
    for path in ("/policies", "/policies?search=<img src=x", "/policies/versions/1"):
        page = visitor.get(path).text
        assert "<img" not in page
    assert html.escape(HOSTILE) in visitor.get("/policies").text


@pytest.mark.parametrize(
    "query", ["start=-1", "start=²", "start=99999999999999", "show=none", "search=%00"]
)
def test_odd_addresses_show_the_list(visitor: pages.Visitor, query: str) -> None:
    """Nobody is shown an error for them."""
    visitor.sign_in("viewer")
    assert visitor.get(f"/policies?{query}").status_code == 200


def test_theirs_is_shown_beside_mine_and_neither_is_lost(
    visitor: pages.Visitor, brand: commands.Commands
) -> None:
    """Somebody saves what others have changed: picked by policy, as one version."""
    visitor.sign_in("policy-editor")
    begun = brand("policies", "load", "-", stdin=json.dumps({"policies": [policy("a")]}))["version"]
    theirs = {"policies": [policy("a", message="From them")]}
    now = brand("policies", "load", "-", stdin=json.dumps(theirs))["version"]
    mine = json.dumps(policy("a", message="From me"))
    shown = visitor.post("/policies/merge", policies=mine, version=str(begun))
    assert shown.status_code == 200
    assert "From them" in shown.text
    assert "From me" in shown.text
    sent = {"policies": mine, "version": str(begun), "pick a": "both"}
    again = visitor.post("/policies/merge/save", **sent, number=str(begun))
    assert again.status_code == 422
    assert "once more" in again.text
    assert "From me" in again.text
    assert visitor.post("/policies/merge/save", **sent, number=str(now)).status_code == 303
    found: Any = brand("policies", "list")
    said = {each["name"]: each["actions"][0]["payload"]["message"] for each in found}
    assert said == {"a": "From them", "a (copy)": "From me"}
