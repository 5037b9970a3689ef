"""What was only just added in the editor is asked for what it lacks, and blamed only later."""

import pytest
from playwright.sync_api import Page, expect

from running import browser

pytestmark = pytest.mark.thorough


def new(console: browser.Console) -> Page:
    """The editor of a policy that is new."""
    page = console.signed_in()
    page.goto(f"{console.base}/policies/new")
    page.get_by_role("tab", name="JSON").wait_for()
    return page


def test_a_fresh_condition_is_asked_not_blamed(console: browser.Console) -> None:
    """Its hint is quiet until one goes on from it; then it is a mistake, counted at the side."""
    page = new(console)
    page.get_by_role("button", name="+ Add condition").click()
    row = page.locator(".builder .member")
    expect(row.get_by_text("which attribute is to be tested?")).to_be_visible()
    expect(page.locator(".error:visible, .member.wrong")).to_have_count(0)
    assert "which operator" not in row.inner_text()
    expect(page.get_by_label("What it says", exact=True)).not_to_contain_text("a name has")
    row.get_by_role("button", name="Attribute: Choose").click()
    page.keyboard.press("Escape")
    expect(page.locator(".error:visible, .member.wrong")).to_have_count(0)
    assert browser.barriers(page) == []
    page.get_by_label("Name").focus()
    expect(row.locator(".error")).to_contain_text("which operator?")
    expect(page.locator(".member.wrong")).to_have_count(1)
    expect(page.get_by_label("What it says", exact=True)).to_contain_text("to mend")
    expect(page.get_by_text("a name has 1 to 200 characters")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.get_by_text("a name has 1 to 200 characters")).to_be_visible()


def test_saving_tells_all_that_is_missing(console: browser.Console) -> None:
    """Fresh or not: what keeps it from being saved is said beside its field."""
    page = new(console)
    page.get_by_role("button", name="+ Add condition").click()
    page.get_by_role("button", name="+ Transfer to a skill").click()
    step = page.locator(".actions-list .member")
    expect(step.get_by_text("which skill?")).to_be_visible()
    expect(step.locator(".error")).to_have_count(0)
    page.get_by_label("What changes, and why").press("Enter")
    expect(step.locator(".error")).to_contain_text("which skill?")
    expect(page.get_by_text("a name has 1 to 200 characters")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
