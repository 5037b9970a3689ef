"""A policy is tried in the playground before it is saved, and editing goes on where it was."""

import pytest
from playwright.sync_api import expect

from running import browser

pytestmark = pytest.mark.thorough

POLICY = {
    "id": "p-1",
    "name": "Gold",
    "enabled": False,
    "conditions": [{"property": "custom.tier", "type": "EQUAL", "value": "gold"}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}


def test_an_unsaved_policy_decides_in_the_playground(console: browser.Console) -> None:
    """The draft wins for what only it says; back in the editor, the edit is still there."""
    console.account("policies", "load", "-", stdin={"policies": [POLICY]})
    page = console.signed_in()
    page.goto(f"{console.base}/policies/p-1/edit")
    page.get_by_label("Value", exact=True).fill("platinum")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("With your unsaved change.")).to_be_visible()
    page.get_by_label("custom.tier").fill("platinum")
    page.get_by_role("button", name="Try", exact=True).last.click()
    answer = page.get_by_role("region", name="Answer")
    expect(answer.get_by_role("heading", name="Gold")).to_be_visible()
    expect(page.get_by_text("With your unsaved change.")).to_be_visible()
    assert browser.barriers(page) == []
    page.get_by_label("custom.tier").fill("gold\nplatinum")
    page.get_by_role("button", name="Try", exact=True).last.click()
    expect(answer.get_by_text("2 combinations")).to_be_visible()
    page.get_by_role("link", name="Why?").nth(1).click()
    expect(answer.get_by_role("heading", name="Gold")).to_be_visible()

    page.get_by_role("link", name="Back to the editor").click()
    expect(page.get_by_label("Value", exact=True)).to_have_value("platinum")
    expect(page.locator('[data-notice="restored"]')).to_be_visible()
    assert console.account("policies", "show", "Gold")["conditions"][0]["value"] == "gold"


def test_what_cannot_be_used_yet_is_said_in_the_playground(console: browser.Console) -> None:
    """A new policy without an action is refused with the reason, and leads back."""
    page = console.signed_in()
    page.goto(f"{console.base}/policies/new")
    page.get_by_label("Name").fill("Half")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("action")
    page.get_by_role("link", name="Back to the editor").click()
    expect(page.get_by_label("Name")).to_have_value("Half")
