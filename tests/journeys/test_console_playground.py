"""Playground, conversations and policy logs, as a browser without scripts has them."""

import html
import json
from collections.abc import Iterator

import pytest

from running import commands, pages, patience, server

CTYPE = "sde.visitorinfo.customerinfo.ctype"
POLICIES = {
    "policies": [
        {
            "id": "p-gold",
            "name": "<b>Gold</b>",
            "enabled": True,
            "conditions": [{"property": CTYPE, "type": "EQUAL", "value": "gold"}],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello & welcome"}}],
        }
    ]
}
ROLES = {
    "Agent": (403, 403, 403),
    "Policy editor": (200, 403, 403),
    "Viewer": (200, 200, 200),
    "Agent Manager": (200, 200, 200),
    "Administrator": (200, 200, 200),
}


@pytest.fixture
def visitor(shared_server: server.Server, account: commands.Commands) -> Iterator[pages.Visitor]:
    """An administrator of an account with one policy, signed in."""
    account("policies", "load", "-", stdin=json.dumps(POLICIES))
    yield from _signed_in(shared_server, account, "Administrator")


def _signed_in(
    running: server.Server, account: commands.Commands, role: str
) -> Iterator[pages.Visitor]:
    account(
        *("users", "add", "somebody", "--type", "human", "--role", role, "--password-stdin"),
        stdin=pages.PASSWORD,
    )
    opened = pages.Visitor(running.http, account.account)
    opened.sign_in("somebody")
    yield opened
    opened.http.close()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_what_it_may(
    shared_server: server.Server, account: commands.Commands, role: str
) -> None:
    """Policies may be tried by who reads them; conversations are read by who may read those."""
    for visitor in _signed_in(shared_server, account, role):
        paths = ("/playground", "/conversations", "/policy-logs")
        assert tuple(visitor.get(path).status_code for path in paths) == ROLES[role]
        if role == "Agent":
            assert visitor.get("/live").status_code == 403


def test_one_question_is_answered_with_its_reason(visitor: pages.Visitor) -> None:
    """The winner in a sentence, its action, its trace; names are text, whatever they hold."""
    page = visitor.post("/playground", name=CTYPE, values="gold").text
    assert "<b>Gold</b>" not in page
    assert "&lt;b&gt;Gold&lt;/b&gt;" in page
    assert "This policy decides, because" in page
    assert "Hello &amp; welcome" in page
    page = visitor.post("/playground", name=CTYPE, values="silver").text
    assert "no policy matched" in page
    assert "would match if" in page


def test_several_values_make_a_grid(visitor: pages.Visitor) -> None:
    """Each combination has its row; too many are refused with their number, and none is lost."""
    page = visitor.post("/playground", name=CTYPE, values="gold\nsilver\nnull").text
    assert "3 combinations" in page
    many = "\n".join(map(str, range(1_001)))
    page = visitor.post("/playground", name=CTYPE, values=many).text
    assert "1,001 combinations; at most 1,000" in page
    assert "\n1000</textarea>" in page


def test_fields_become_json_and_fields_again(visitor: pages.Visitor) -> None:
    """By a button, without scripts; what is wrong is said at its field."""
    page = visitor.post("/playground", name=CTYPE, values="gold", button="json").text
    assert '"gold"' in html.unescape(page)
    sent = {"as": "json", "json": json.dumps({CTYPE: "gold"})}
    fields = visitor.post("/playground", button="fields", **sent).text
    assert f"<code>{CTYPE}</code>" in fields.replace("<wbr>", "")
    page = visitor.post("/playground", **{"as": "json", "json": '{"a": '}).text
    assert 'id="json-error"' in page
    assert "no known zone" not in visitor.post("/playground", at="2026-01-01T10:00").text
    page = visitor.post("/playground", at="2026-01-01T10:00", zone="X/Y").text
    assert '<p class="error" id="at-hint">This is no date and time of a known zone.' in page
    assert "There is no version 99" in visitor.post("/playground", version="99").text


def test_a_form_without_the_token_is_not_answered(visitor: pages.Visitor) -> None:
    """Nothing is changed by it, but nobody else's page may ask either."""
    assert visitor.post("/playground", "wrong", name=CTYPE, values="gold").status_code == 403


def test_lists_say_what_cannot_be_found(visitor: pages.Visitor) -> None:
    """A policy that is not there is said at its field; a page nobody gave out is refused."""
    for path in ("/policy-logs", "/conversations"):
        assert visitor.get(f"{path}?policy=p-gold").status_code == 200
        answer = visitor.get(f"{path}?policy=<script>")
        assert answer.status_code == 422
        assert 'id="policy-error"' in answer.text
        assert "<script>”" not in answer.text
        assert visitor.get(f"{path}?after=nonsense").status_code == 422
        assert visitor.get(f"{path}/nobody").status_code == 404
    assert visitor.get("/policy-logs?ending=odd").status_code == 422
    assert visitor.get("/conversations?standing=odd").status_code == 422
    assert "There is no conversation" in visitor.get("/playground?load=nobody").text


def _routed(account: commands.Commands) -> str:
    """Let the bot route a conversation, and return its id."""
    account("skills", "add", "Front")
    account("users", "add", "bot", "--type", "bot", "--role", "Agent", "--max-chats", "5")
    account("skills", "assign", "Front", "bot")
    account("bot-config", "set", stdin=account("users", "generate-key", "bot"))
    account("chat", "--skill", "Front", "--message", "Hello", "--wait", "0")
    identity: str = account("conversations", "list", "--limit", "1")[0]["conversationId"]

    def is_decided() -> bool:
        return bool(account("conversations", "show", identity)["decisions"])

    patience.until(is_decided, what="the decision")
    return identity


def test_a_draft_is_tried_on_a_real_conversation_and_can_be_dropped(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """Loading keeps the draft, which decides now; starting over asks whether it stays."""
    loaded = _routed(account)
    any_: dict[str, object] = {
        **POLICIES["policies"][0],
        "name": "Draft for all",
        "conditions": [{"all": []}],
    }
    draft = {"draft": json.dumps(any_), "replaces": "p-gold"}
    page = visitor.post("/playground", button="load", load=loaded, **draft).text
    assert "With your unsaved change." in page
    assert "Loaded from the decision" in page
    assert "This policy decides, because" in page
    assert html.escape(draft["draft"]) in page.replace("&#34;", "&quot;")
    nowhere = visitor.post("/playground", button="load", load="no-such-thing", **draft).text
    assert "With your unsaved change." in nowhere

    filled = {**draft, "name": CTYPE, "values": "silver", "at": "2026-01-01T10:00"}
    over = visitor.post("/playground", button="over", **filled).text
    assert "With your unsaved change." in over
    assert "silver" not in over
    assert "2026-01-01" not in over
    assert 'value="over"' in over  # and beside it, the way without the draft
    assert '<a href="/console/playground">Without it</a>' in over
    assert "With your unsaved change" not in visitor.get("/playground").text


def test_another_attribute_is_looked_for(visitor: pages.Visitor) -> None:
    """By a part of its name; shapes, which nothing can be written for, are left out."""
    found = visitor.get("/playground/attributes", params={"search": "CTYPE"}).json()
    assert CTYPE in {row["name"] for row in found["rows"]}
    whole = visitor.get("/playground/attributes").json()
    assert whole["found"] > len(whole["rows"]) > 10
    assert all("<" not in row["name"] for row in whole["rows"])
    page = visitor.get("/playground").text
    assert "<datalist" not in page
    assert 'data-source="/console/playground/attributes"' in page
