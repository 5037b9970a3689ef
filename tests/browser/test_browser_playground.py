"""The playground, conversations and policy logs, with a mouse."""

import json

from playwright.sync_api import expect

from running import browser

CTYPE = "sde.visitorinfo.customerinfo.ctype"
POLICIES = {
    "policies": [
        {
            "id": "p-gold",
            "name": "Gold",
            "enabled": True,
            "conditions": [{"property": CTYPE, "type": "EQUAL", "value": "gold"}],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Welcome"}}],
        }
    ]
}


def test_a_combination_is_tried_asked_why_and_shared(console: browser.Console) -> None:
    """Two values make two rows; one row's why fills the form; its link does so elsewhere."""
    console.account("policies", "load", "-", stdin=json.dumps(POLICIES))
    page = console.signed_in()
    page.goto(f"{console.base}/playground")
    page.get_by_label(CTYPE).fill("gold\nsilver")
    page.get_by_role("button", name="Try").last.click()
    page.get_by_role("heading", name="2 combinations").wait_for()
    page.get_by_role("row", name="gold").get_by_role("link", name="Why?").click()
    page.get_by_role("heading", name="Gold").first.wait_for()
    page.get_by_text("This policy decides, because").wait_for()
    expect(page.get_by_label(CTYPE)).to_have_value("gold")
    page.get_by_role("button", name="Share link").click()
    link = page.get_by_label("Link:").input_value()
    assert "gold" not in link
    other = console.tab(like=page)
    other.goto(link)
    other.get_by_text("This policy decides, because").wait_for()


def test_no_barriers_where_decisions_are_told(console: browser.Console) -> None:
    """Lists, the playground's form and its answer have none, light and dark, wide and narrow."""
    console.account("policies", "load", "-", stdin=json.dumps(POLICIES))
    page = console.signed_in()
    paths = ["/playground", "/conversations", "/policy-logs"]
    assert browser.barriers_everywhere(console, page, paths) == {}


def test_the_list_shows_what_happens_while_one_looks(console: browser.Console) -> None:
    """A conversation that begins stands in the list soon after, without a click."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    page.goto(f"{console.base}/conversations")
    page.get_by_text("Live", exact=True).wait_for()
    expect(page.get_by_role("heading", name="No conversations yet")).to_be_visible()
    console.account("chat", "--skill", "Billing", "--message", "Hello", "--wait", "0")
    page.get_by_role("row", name="Billing").wait_for()
