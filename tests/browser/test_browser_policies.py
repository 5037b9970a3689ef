"""Manage policies with mouse, keyboard and a single pointer, and without barriers."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from running import browser

NAMES = ("Aquamarine", "Beige", "Crimson")


@pytest.fixture
def page(console: browser.Console) -> Page:
    """The list of three enabled policies, and a fallback."""
    action = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
    policies = [
        {
            "id": name[0].lower(),
            "name": name,
            "enabled": True,
            "conditions": [{"property": "custom.colour", "type": "EQUAL", "value": name}],
            "actions": [action],
        }
        for name in NAMES
    ]
    console.account("policies", "load", "-", stdin=json.dumps({"policies": policies}))
    opened = console.signed_in()
    opened.goto(f"{console.base}/policies")
    return opened


def order(console: browser.Console) -> str:
    """The initials of the policies in order, in capitals where enabled, as the server has them."""
    found: Any = console.account("policies", "list")
    return "".join(
        each["name"][0] if each["enabled"] else each["name"][0].lower() for each in found
    )


def answered(page: Page, do: Any) -> None:
    """Do something that the server is asked for, and wait for its answer to be shown."""
    with page.expect_response("**/policies/act*"):
        do()
    page.locator("#toasts .toast").last.wait_for()


def test_a_policy_is_dragged_with_the_mouse(console: browser.Console, page: Page) -> None:
    """The last one goes before the first one, and back with Undo."""
    handle = page.locator(".handle").nth(2).bounding_box()
    first = page.locator(".rows > li").first.bounding_box()
    assert handle
    assert first
    page.mouse.move(handle["x"] + 12, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(handle["x"] + 12, first["y"] + 40, steps=4)
    page.mouse.move(handle["x"] + 12, first["y"] + 5)
    answered(page, page.mouse.up)
    assert order(console) == "CAB"
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back.").wait_for()
    assert order(console) == "ABC"


def test_a_policy_is_moved_with_the_keyboard(console: browser.Console, page: Page) -> None:
    """Space picks up, arrows move, space puts down; each is said, and the focus stays."""
    page.locator(".handle").first.focus()
    page.keyboard.press("Space")
    spoken = page.locator("#spoken")
    expect(spoken).to_contain_text("Picked up Aquamarine, number 1 of 3")
    page.keyboard.press("ArrowDown")
    expect(spoken).to_have_text("Number 2 of 3.")
    page.keyboard.press("Escape")
    expect(spoken).to_have_text("Left where it was, number 1.")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    answered(page, lambda: page.keyboard.press("Space"))
    assert order(console) == "BCA"
    expect(page.locator("[data-policy=a] .handle")).to_be_focused()


def test_a_policy_is_moved_and_switched_with_single_clicks(
    console: browser.Console, page: Page
) -> None:
    """By the menu, by a number, and by its switch: nothing needs a drag."""
    page.get_by_label("Actions for Crimson").click()
    answered(page, lambda: page.get_by_role("button", name="Move up").nth(0).click())
    assert order(console) == "ACB"
    page.get_by_label("Actions for Beige").click()
    page.locator(".menu[open]").get_by_role("button", name="Move to position").click()
    page.get_by_label("Position, from 1 to 3").fill("1")
    answered(page, lambda: page.get_by_role("button", name="Move", exact=True).click())
    assert order(console) == "BAC"
    answered(page, lambda: page.get_by_role("switch", name="Enable Aquamarine").click())
    assert order(console) == "BaC"


def test_what_was_done_last_is_what_is_shown(console: browser.Console, page: Page) -> None:
    """While an answer is late, what is done next waits for it: no old list comes over a new one."""
    with browser.Held(page, "**/policies/act*") as held:
        page.get_by_role("switch", name="Enable Aquamarine").click()
        late = held.first()
        page.get_by_role("switch", name="Enable Crimson").click()
        assert order(console) == "ABC"
        assert held.routes == []
        with page.expect_response("**/act?do=disable&policy=c"):
            late.continue_()
            held.first().continue_()
    shown = page.get_by_role("switch")
    expect(shown.nth(0)).not_to_be_checked()
    expect(shown.nth(1)).to_be_checked()
    expect(shown.nth(2)).not_to_be_checked()
    assert order(console) == "aBc"


def test_what_others_removed_leaves_the_list_when_it_is_asked_for(
    console: browser.Console, page: Page
) -> None:
    """The refusal is said, and the list is the one that there is."""
    expect(page.locator("[data-unsettled]")).to_have_count(0)  # it asks by itself no more
    console.account("policies", "remove", "b")
    page.get_by_role("switch", name="Enable Beige").click()
    page.get_by_text("That policy is not there any more.").wait_for()
    expect(page.locator(".rows .name")).to_contain_text(["Aquamarine", "Crimson"])


@pytest.mark.thorough
def test_of_a_double_click_one_counts(console: browser.Console, page: Page) -> None:
    """Nobody finds two copies, nor an Undo that has nothing to take back."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_label("Actions for Beige").click()
    duplicate = page.locator(".menu[open]").get_by_role("button", name="Duplicate")
    duplicate.evaluate("button => (button.click(), button.click())")
    page.get_by_text("The copy is the last one").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back.").wait_for()
    assert len([url for url in sent if "policies/act" in url]) == 1
    assert order(console) == "ABC"


def test_a_lost_connection_leaves_the_list_as_it_was(console: browser.Console, page: Page) -> None:
    """Nothing moves that the server did not move, and people are told."""
    page.route("**/policies/act*", lambda route: route.abort())
    page.locator(".handle").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.get_by_text("may be done or not").last.wait_for()
    expect(page.locator(".rows .name")).to_contain_text(NAMES)
    console.said.clear()  # the browser complains of the lost connection as well


@pytest.mark.thorough
def test_what_was_done_though_its_answer_is_lost_is_shown_when_the_server_is_back(
    console: browser.Console, page: Page
) -> None:
    """Nobody is told that nothing was changed, and nobody does it twice."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/policies/act*", lose, times=1)
    page.get_by_role("switch", name="Enable Aquamarine").click()
    page.get_by_text("may be done or not").last.wait_for()
    expect(page.get_by_role("switch").first).not_to_be_checked()
    assert order(console) == "aBC"
    console.said.clear()  # the browser complains of the lost connection as well


def test_searching_finds_by_attribute_while_one_types(page: Page) -> None:
    """The rows that are left keep their numbers."""
    page.get_by_label("Search by name, attribute or target").fill("crims")
    page.get_by_text("1 of 3 policies").wait_for()
    expect(page.locator(".rows > li")).to_have_attribute("data-number", "3")
    expect(page).to_have_url(re.compile("search=crims"))


def test_no_barriers_on_the_list_and_the_versions(console: browser.Console, page: Page) -> None:
    """Light and dark, wide and narrow."""
    paths = [
        "/policies",
        "/policies?search=nothing-like-it",
        "/policies/versions/1",
        "/policies/a/actions",
    ]
    assert browser.barriers_everywhere(console, page, [*paths, "/policies/versions"]) == {}
