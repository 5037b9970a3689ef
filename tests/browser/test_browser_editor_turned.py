"""A policy is turned into another form: nothing is lost on the way, and one stays where one was."""

import json

import pytest
from playwright.sync_api import Page, expect

from running import browser, editing

pytestmark = pytest.mark.thorough


def opened(console: browser.Console) -> Page:
    """The editor of the one policy there is."""
    return editing.shown(console, editing.signed_in(console))


def test_nothing_is_typed_into_what_is_being_turned(console: browser.Console) -> None:
    """While the server is asked for the other form, neither JSON nor an expression takes a key."""
    page = opened(console)
    page.get_by_role("tab", name="JSON").click()
    code = page.locator("code-editor .cm-content")
    code.click()
    with page.expect_response("**/policy-editor/look"):
        page.keyboard.press("Control+End")
        page.keyboard.type(" ")
    with browser.Held(page, "**/policy-editor/look") as held:
        page.get_by_role("tab", name="Write an expression").click()
        page.locator(".editor-main section[inert]:visible").wait_for()
        place = code.bounding_box()
        assert place
        page.mouse.click(place["x"] + 200, place["y"] + 40)
        page.keyboard.type("too late")
        expect(code).not_to_contain_text("too late")
        expect(page.get_by_role("button", name="Save as a new version")).to_be_disabled()
        held.first().continue_()
    expect(page.get_by_role("tab", name="Write an expression")).to_be_focused()
    expect(code).to_have_text("isSet(custom.a)")
    code.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and custom.b")
    expect(code).to_have_text("isSet(custom.a) and custom.b")


def test_json_that_cannot_be_turned_stays_json(console: browser.Console) -> None:
    """Where an expression has no form as conditions, one stays where one was and is told why."""
    page = opened(console)
    page.get_by_role("tab", name="JSON").click()
    code = page.locator("code-editor .cm-content")
    text = json.dumps({"name": "N", "expression": "custom.a + 1 == custom.b", "actions": []})
    code.fill(text)
    page.get_by_role("tab", name="Conditions").click()
    expect(page.locator('[data-notice="refused"]')).to_contain_text("no form as a condition")
    expect(page.get_by_role("tab", name="JSON")).to_have_attribute("aria-selected", "true")
    expect(code).to_have_text(text)
    page.get_by_role("tab", name="Write an expression").click()
    expect(code).to_have_text("custom.a + 1 == custom.b")


def test_turning_an_exception_keeps_the_focus(console: browser.Console) -> None:
    """The button that turns an exception is drawn anew and still has the focus."""
    page = opened(console)
    page.get_by_role("button", name="+ Add an exception").click()
    page.get_by_role("button", name="Always").click()
    page.get_by_role("button", name="Write an expression").press("Enter")
    expect(page.get_by_role("button", name="As conditions")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Write an expression")).to_be_focused()


def test_a_key_that_stands_twice_is_not_lost_while_nobody_answers(
    console: browser.Console,
) -> None:
    """Only the server sees it: without an answer the policy stays JSON, as it was typed."""
    page = opened(console)
    page.get_by_role("tab", name="JSON").click()
    code = page.locator("code-editor .cm-content")
    twice = '{"name": "One", "name": "Two", "conditions": [], "actions": []}'
    code.fill(twice)
    page.route("**/policy-editor/look", lambda route: route.fulfill(status=401))
    page.get_by_role("tab", name="Conditions").click()
    expect(page.locator('[data-notice="refused"]')).to_contain_text("Sign in, then go on")
    expect(code).to_have_text(twice)
    page.unroute("**/policy-editor/look")
    page.get_by_role("tab", name="Conditions").click()
    expect(page.locator('[data-notice="refused"]')).to_contain_text("twice")
    expect(code).to_have_text(twice)
