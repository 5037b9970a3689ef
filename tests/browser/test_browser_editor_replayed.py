"""What a change would have done to the conversations on record, said beside the policy."""

import json
from typing import Any

import httpx2
from playwright.sync_api import Page, expect

from running import browser, wire

BALANCE = "sde.visitorinfo.customerinfo.balance"


def policy(least: int) -> dict[str, Any]:
    """Customers with so much go to Gold."""
    condition = {"property": BALANCE, "type": "GREATER_THAN_OR_EQUAL", "value": least}
    transfer = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Gold"}}
    named = {"id": "p-1", "name": "Rich", "enabled": True}
    return named | {"conditions": [condition], "actions": [transfer]}


def decided(console: browser.Console, *balances: int) -> None:
    """Load the policy from 500 on, and put decisions on record, as a program asks for them."""
    account = console.account
    account("skills", "add", "Gold")
    account("policies", "load", "-", stdin={"policies": [policy(500)]})
    key = account("keys", "add", "Shop", "--scopes", "decide")["apiKey"]
    base = console.base.removesuffix("/console")
    for balance in balances:
        answer = httpx2.post(
            f"{base}/v3/accounts/{account.account}/decisions",
            headers={"Authorization": f"Bearer {key}"},
            json={"attributes": {BALANCE: balance}},
            timeout=wire.PATIENCE,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text


def opened(console: browser.Console, page: Page, path: str) -> Page:
    """Open the editor and wait until the server has looked the policy over."""
    with page.expect_response("**/policy-editor/look"):
        page.goto(console.base + path)
    return page


def test_who_would_have_gone_elsewhere_is_said_before_publishing(console: browser.Console) -> None:
    """Counted, summed up by place and policy, each a click away; another edit is said to be one,
    and what nobody had asked for is named instead of guessed."""
    decided(console, 100, 300, 400, 900)
    page = opened(console, console.signed_in(), "/policies/p-1/edit")
    card = page.locator(".card", has=page.get_by_role("heading", name="Last week’s conversations"))
    card.get_by_role("button", name="What would have changed?").click()
    expect(card).to_contain_text("None of 4 would have gone elsewhere.")
    page.get_by_label("Value", exact=True).fill("300")
    expect(card).to_contain_text("The policy was edited since.")
    card.get_by_role("button", name="Ask again").click()
    expect(card).to_contain_text("2 of 4 would have gone elsewhere.")
    expect(card.locator(".shifts > li")).to_have_text("2nowhere → Goldno policy → this policy")
    expect(card).not_to_contain_text("The policy was edited since.")
    card.get_by_text("The newest of them").click()
    with page.context.expect_page() as opening:
        card.locator(".moved a").first.click()
    expect(opening.value.get_by_role("heading", level=1)).to_be_visible()
    expect(opening.value.locator("main")).to_contain_text("400")
    assert browser.barriers(page) == []

    page.get_by_role("tab", name="JSON").click()
    other = policy(300) | {"conditions": [{"property": "shop.basket", "type": "IS_SET"}]}
    page.locator("code-editor .cm-content").fill(json.dumps(other))
    card.get_by_role("button", name="Ask again").click()
    expect(card).to_contain_text("It cannot be told of any of 4.")
    expect(card).to_contain_text("Cannot be told: 4. Nobody had asked then for")
    expect(card.locator("code")).to_have_text(["shop.basket"])


def test_a_draft_that_is_wrong_is_not_asked_about(console: browser.Console) -> None:
    """What is to be mended first is said; with nothing on record there is nothing to compare."""
    page = opened(console, console.signed_in(), "/policies/new")
    card = page.locator(".card", has=page.get_by_role("heading", name="Last week’s conversations"))
    card.get_by_role("button", name="What would have changed?").click()
    expect(card).to_contain_text("Mend first what is wrong with the policy.")
    page.get_by_role("tab", name="JSON").click()
    draft = {key: value for key, value in policy(5).items() if key != "id"}
    draft["actions"] = [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}]
    page.locator("code-editor .cm-content").fill(json.dumps(draft))
    card.get_by_role("button").click()
    expect(card).to_contain_text("Nothing is on record of the last week")
