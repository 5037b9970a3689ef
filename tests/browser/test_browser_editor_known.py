"""What editor and playground know: the value seen last, the time that is set, old versions."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from running import browser, wire

pytestmark = pytest.mark.thorough

GOLD = {
    "id": "p-gold",
    "name": "Gold",
    "enabled": True,
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "gold"}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Welcome"}}],
}
OPEN = {
    "id": "p-open",
    "name": "Open",
    "enabled": True,
    "expression": "isTimeRange('10:00:00', '10:59:59', 'Europe/Paris', ['MON'])",
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "We are here"}}],
}


def loaded(console: browser.Console, *policies: Any) -> None:
    """Give the account these policies."""
    console.account("policies", "load", "-", stdin={"policies": policies})


def test_the_picker_shows_the_value_seen_last(console: browser.Console) -> None:
    """Beside a name stands what a decision read last, and the kind of thing that it is."""
    loaded(console, GOLD)
    key = console.account("keys", "add", "Shop", "--scopes", "decide")["apiKey"]
    base = console.base.removesuffix("/console")
    address = f"{base}/v3/accounts/{console.account.account}/decisions"
    with httpx2.Client(trust_env=False, timeout=wire.PATIENCE) as http:
        given = {"attributes": {"shop": {"tier": "platinum"}}}
        answer = http.post(address, json=given, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    page = console.signed_in()

    def pick() -> str:
        page.goto(f"{console.base}/policies/p-gold/edit")
        page.get_by_role("button", name="Attribute: shop.tier").click()
        page.get_by_role("combobox", name="Choose an attribute").fill("shop.tier")
        return page.get_by_role("option", name="shop.tier").inner_text()

    said = pick()
    for _ in range(20):  # what was seen is written down now and then
        if "platinum" in said:
            break
        page.wait_for_timeout(250)
        said = pick()
    assert "last seen platinum" in " ".join(said.split())


def test_the_playground_decides_at_the_time_that_is_set(console: browser.Console) -> None:
    """The clock is the viewer's own: it decides, it stays as typed, and a link carries it."""
    loaded(console, OPEN)
    page = console.signed_in()
    page.goto(f"{console.base}/playground")
    clock = page.get_by_label("Clock")
    expect(page.locator("label[for=at]")).to_contain_text("Europe/Paris")
    for typed, words in (("2026-06-01T10:30:15", "Open"), ("2026-06-02T10:30:15", "Fell back")):
        clock.fill(typed)
        page.get_by_role("button", name="Try", exact=True).last.click()
        answer = page.get_by_role("region", name="Answer")
        expect(answer.get_by_role("heading").first).to_contain_text(words)
        expect(clock).to_have_value(typed)
    page.get_by_role("button", name="Share link").click()
    other = console.tab(like=page)
    other.goto(page.get_by_label("Link:").input_value())
    expect(other.get_by_label("Clock")).to_have_value("2026-06-02T10:30:15")


def test_an_old_version_decides_again_and_back(console: browser.Console) -> None:
    """Restore makes a new version of an old one; its Undo takes that back."""
    loaded(console, GOLD)
    console.account("policies", "edit", "Gold", "--name", "Silver")
    page = console.signed_in()
    page.goto(f"{console.base}/policies/versions")
    page.get_by_role("link", name="Version 1").first.click()
    assert browser.barriers(page) == []
    page.get_by_role("button", name="Restore version 1").click()
    page.get_by_text("Version 1 decides again, as version 3.").wait_for()
    expect(page.locator(".rows .name")).to_contain_text(["Gold"])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".rows .name")).to_contain_text(["Silver"])
    page.goto(f"{console.base}/policies/versions")
    page.get_by_label("Actions for version 3").click()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("Version 3 decides again, as version 5.").wait_for()
