"""Two people edit one policy: the slower one sees both, decides, and loses nothing."""

import pytest
from playwright.sync_api import Page, expect

from running import browser, editing


def too_late(console: browser.Console) -> Page:
    """Rename the policy to Mine while somebody else renames it to Theirs, and try to save."""
    page = editing.signed_in(console)
    page.goto(f"{console.base}{editing.PATH}")
    page.get_by_label("Name").fill("Mine")
    console.account("policies", "edit", "First", "--name", "Theirs")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator('[data-notice="stale"]')).to_contain_text("changed meanwhile")
    return page


def test_going_on_in_place_saves_over_theirs(console: browser.Console) -> None:
    """Mine stays in the editor, and the next save replaces what they published."""
    page = too_late(console)
    page.get_by_role("button", name="Go on with mine").click()
    expect(page.get_by_text("What you save next replaces version 2.")).to_be_visible()
    page.get_by_label("Name").fill("Mine after all")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 3.").wait_for()
    assert editing.names(console) == ["Mine after all"]


def test_the_page_of_both_sides_saves_both(console: browser.Console) -> None:
    """Theirs stays and mine becomes a disabled copy; the editor then has nothing unsaved."""
    page = too_late(console)
    page.get_by_role("button", name="Compare in full").click()
    page.get_by_role("heading", name="Yours and theirs").wait_for()
    expect(page.get_by_text("Changed by both")).to_be_visible()
    page.get_by_label("Keep theirs, and add yours").check()
    page.get_by_role("button", name="Save what is picked").click()
    page.get_by_text("Saved as version 3.").wait_for()
    expect(page.get_by_label("Name")).to_have_value("Theirs")
    expect(page.locator('[data-notice="restored"]')).to_have_count(0)
    assert editing.names(console) == ["Theirs", "Mine (copy)"]


@pytest.mark.thorough
def test_the_page_of_both_sides_leads_back_to_mine(console: browser.Console) -> None:
    """Mine is in the editor again on top of theirs, outlives a reload, and can be saved."""
    page = too_late(console)
    page.get_by_role("button", name="Compare in full").click()
    assert browser.barriers(page) == []
    page.get_by_role("button", name="Go on editing yours").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.get_by_text("What you save next replaces version 2.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 3.").wait_for()
    assert editing.names(console) == ["Mine"]
