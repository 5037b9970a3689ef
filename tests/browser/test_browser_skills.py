"""Signing in, skills, and signing out, as people do them."""

import pytest
from playwright.sync_api import expect

from running import browser


def test_a_skill_is_added_and_assigned_with_the_mouse(console: browser.Console) -> None:
    """Sign in, add a skill and assign somebody, see it in the list, sign out: nothing is left."""
    console.account("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    page = console.tab()
    console.sign_in(page)
    page.get_by_role("link", name="Skills").click()
    page.get_by_role("link", name="Add skill").click()
    page.get_by_label("Name").fill("maven:Billing")
    page.get_by_label("mavenBot").check()
    page.get_by_role("button", name="Add skill").click()
    page.get_by_text("Skill “maven:Billing” is there.").wait_for()
    row = page.get_by_role("row", name="maven:Billing")
    expect(row.get_by_text("mavenBot")).to_be_visible()
    (skill,) = console.account("skills", "list")
    assert skill["name"] == "maven:Billing"

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.goto(f"{console.base}/skills")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    console: browser.Console,
) -> None:
    """A name that is taken is said at the name; the description is still there."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    page.goto(f"{console.base}/skills/new")
    page.get_by_label("Name").fill("Billing")
    page.get_by_label("Description").fill("All about money")
    page.get_by_role("button", name="Add skill").click()
    expect(page.locator("#name-error")).to_contain_text("Billing")
    expect(page.get_by_label("Description")).to_have_value("All about money")


@pytest.mark.thorough
def test_what_is_pressed_while_no_server_answers_leaves_the_page_there(
    console: browser.Console,
) -> None:
    """The browser's own error does not take its place; pressed again, with a server, it is done."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    page.goto(f"{console.base}/skills")
    page.context.set_offline(True)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#offline")).to_be_visible()
    expect(page.get_by_role("heading", name="Skills")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    console.said.clear()  # the browser says that it is offline


def test_no_barriers_on_the_first_pages(console: browser.Console) -> None:
    """Home, Skills and the sign-in page: none is serious, light or dark, wide or narrow."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    paths = ["", "/skills", "/skills/new", "/sign-in"]
    assert browser.barriers_everywhere(console, page, paths) == {}
