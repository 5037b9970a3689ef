"""Lists of thousands of values in the policy editor: pasted, kept with their kinds, and saved."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from running import browser

pytestmark = pytest.mark.thorough

BALANCE = "sde.visitorinfo.customerinfo.balance"
MANY = 5000
QUICK = 2.0
"""Seconds in which the page has taken a long list; it takes some 0.1."""
PASTE = """(field, text) => {
  const data = new DataTransfer();
  data.setData("text", text);
  const given = {clipboardData: data, cancelable: true, bubbles: true};
  field.dispatchEvent(new ClipboardEvent("paste", given));
}"""


def opened(console: browser.Console, name: str, value: list[Any]) -> Page:
    """The editor of a policy that compares an attribute with a list."""
    policy = {
        "id": "p-1",
        "name": "First",
        "enabled": True,
        "conditions": [{"property": name, "type": "IS_IN", "value": value}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
    }
    console.account("policies", "load", "-", stdin={"policies": [policy]})
    page = console.signed_in()
    page.goto(f"{console.base}/policies/p-1/edit")
    page.get_by_role("tab", name="JSON").wait_for()
    return page


def saved(console: browser.Console, page: Page) -> Any:
    """Save, and return the list as the server has it."""
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    return console.account("policies", "show", "First")["conditions"][0]["value"]


def test_thousands_of_numbers_are_pasted(console: browser.Console) -> None:
    """They are one field at once, which counts them while one types, and numbers when saved."""
    page = opened(console, BALANCE, [12])
    field = page.get_by_label("Add a value")
    began = time.perf_counter()
    field.evaluate(PASTE, "\n".join(str(each) for each in range(MANY - 1)))
    area = page.get_by_label(f"{MANY} values, one a line")
    expect(area).to_be_focused()
    assert time.perf_counter() - began < QUICK
    assert page.locator(".values .chip").count() == 0
    page.keyboard.press("Control+End")
    page.keyboard.type("\n1.5\n")
    expect(page.get_by_label(f"{MANY + 1} values, one a line")).to_be_visible()
    assert saved(console, page) == [12, *range(MANY - 1), 1.5]


@pytest.mark.parametrize(
    ("value", "typed", "then"),
    [
        ([str(each) for each in range(50)], "50", "50"),
        ([*range(50)], "50", 50),
        ([*range(48), "12", "true", "gold plated", '"', True], "50", 50),
        ([*range(50)], "12345678901234567890", "12345678901234567890"),
    ],
    ids=["texts", "numbers", "mixed", "long"],
)
def test_a_long_list_keeps_its_kinds(
    console: browser.Console, value: list[Any], typed: str, then: object
) -> None:
    """Adding a line changes no other: a text that looks like a number stays a text."""
    page = opened(console, "custom.a", value)
    page.get_by_label("values, one a line").press("Control+End")
    page.keyboard.type(f"\n{typed}")
    assert saved(console, page) == [*value, then]
