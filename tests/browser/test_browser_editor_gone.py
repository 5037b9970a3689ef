"""A policy is removed, left, or saved twice while somebody edits it: what was typed stays."""

import pytest
from playwright.sync_api import Page, expect

from running import browser, editing

pytestmark = pytest.mark.thorough


def typed(console: browser.Console) -> Page:
    """The editor of the one policy there is, in which its name is now Mine."""
    page = editing.signed_in(console)
    page.goto(f"{console.base}/policies")
    page.goto(f"{console.base}{editing.PATH}")
    page.get_by_label("Name").fill("Mine")
    return page


def removed(console: browser.Console) -> Page:
    """The page on which to decide about a policy that was removed while it was edited."""
    page = typed(console)
    console.account("policies", "remove", "First")
    page.get_by_role("button", name="Save as a new version").click()
    stale = page.locator('[data-notice="stale"]')
    expect(stale).to_contain_text("removed meanwhile")
    stale.get_by_role("button", name="Decide what is to be").click()
    page.get_by_role("heading", name="Yours and theirs").wait_for()
    return page


def test_a_removed_policy_is_brought_back_with_what_was_typed(console: browser.Console) -> None:
    """Who was editing it decides: it is there again, with the edits, and nothing is unsaved."""
    page = removed(console)
    assert browser.barriers(page) == []
    page.get_by_label("Put yours back").check()
    page.get_by_role("button", name="Save what is picked").click()
    page.get_by_text("Saved as version 3.").wait_for()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.locator('[data-notice="restored"]')).to_have_count(0)
    assert editing.names(console) == ["Mine"]


def test_a_removed_policy_stays_removed_if_one_wants_so(console: browser.Console) -> None:
    """The list is shown then, not the page of a policy that is not there."""
    page = removed(console)
    page.get_by_label("Leave it removed").check()
    page.get_by_role("button", name="Save what is picked").click()
    page.get_by_text("Theirs stays as it is.").wait_for()
    page.wait_for_url("**/policies")
    assert editing.names(console) == []


def test_back_and_forward_keep_what_was_typed(console: browser.Console) -> None:
    """Neither going back nor coming again, nor a link and Back, costs an edit."""
    page = typed(console)
    page.go_back()
    page.wait_for_url("**/policies")
    page.go_forward()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.locator('[data-notice="restored"]')).to_be_visible()
    page.get_by_label("Name").fill("Mine too")
    page.get_by_role("link", name="Playground").click()
    page.wait_for_url("**/playground")
    page.go_back()
    expect(page.get_by_label("Name")).to_have_value("Mine too")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()


def test_saving_is_done_once(console: browser.Console) -> None:
    """A double click on Save makes one version, and of a new policy one policy."""
    page = typed(console)
    page.get_by_role("button", name="Save as a new version").dblclick()
    page.get_by_text("Saved as version 2.").wait_for()
    page.goto(f"{console.base}/policies/new")
    page.get_by_label("Name").fill("New")
    page.get_by_role("button", name="Always").click()
    page.get_by_role("button", name="+ Send a message").click()
    page.get_by_label("Message").fill("Hello")
    page.get_by_role("button", name="Save as a new version").dblclick()
    page.get_by_text("Saved as version 3.").wait_for()
    page.go_back()
    expect(page.get_by_label("Name")).to_have_value("")
    assert editing.names(console) == ["Mine", "New"]


def test_what_was_typed_into_a_removed_policy_becomes_a_new_one(console: browser.Console) -> None:
    """Loaded again, the page has no policy to show; it still has the edits, and leads on."""
    page = typed(console)
    console.account("policies", "remove", "First")
    page.reload()
    expect(page.get_by_text("still in this browser")).to_be_visible()
    assert browser.barriers(page) == []
    page.get_by_role("button", name="Go on with it as a new policy").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 3.").wait_for()
    assert editing.names(console) == ["Mine"]
    page.goto(f"{console.base}/policies/p-9/edit")
    page.get_by_role("link", name="Manage policies").last.wait_for()
    expect(page.get_by_text("still in this browser")).to_have_count(0)
