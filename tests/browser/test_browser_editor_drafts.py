"""Edits that are not saved: each tab keeps its own, and what a closed tab left is found again."""

import json
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, expect

from running import browser
from running.editing import PATH, POLICY, shown, signed_in

DRAFTS = "Object.keys(localStorage).filter((name) => name.startsWith('orchestrator.draft'))"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };"
DENIED = """
const deny = () => { throw new DOMException('', 'SecurityError'); };
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {get: deny});
for (const name of ['request', 'query']) LockManager.prototype[name] = async () => deny();
"""
MONTH = 31 * 24 * 3600 * 1000


def another(console: browser.Console, page: Page, path: str = PATH) -> Page:
    """Open the editor in another tab of the same browser."""
    return shown(console, page.context.new_page(), path)


def name_of(page: Page) -> str:
    """What stands in the field for the name."""
    return page.get_by_label("Name").input_value()


def keep(page: Page, name: str, draft: dict[str, Any], *, age: int = 0) -> None:
    """Put a draft into the browser's storage, `age` milliseconds ago."""
    page.evaluate(
        "([name, draft, age]) => localStorage.setItem(name,"
        " JSON.stringify({...draft, at: Date.now() - age}))",
        [name, draft, age],
    )


def test_each_open_tab_keeps_its_own(console: browser.Console) -> None:
    """Two tabs type, one discards and one reloads: each has what was typed in it."""
    one = shown(console, signed_in(console))
    one.get_by_label("Name").fill("One")
    two = another(console, one)
    assert name_of(two) == "First"
    expect(two.locator('[data-notice="elsewhere"]')).to_contain_text("in another tab")
    two.get_by_label("Name").fill("Two")
    expect(one.locator('[data-notice="elsewhere"]')).to_contain_text("in another tab")
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")
    two.bring_to_front()
    two.get_by_role("button", name="Discard", exact=True).click()
    expect(one.locator('[data-notice="elsewhere"]')).to_have_count(0)
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")
    assert browser.barriers(one) == []


def test_saving_forgets_only_what_this_tab_kept(console: browser.Console) -> None:
    """A policy is saved in one tab; what another had typed is there when it loads again."""
    one = shown(console, signed_in(console))
    one.get_by_label("Name").fill("One")
    two = another(console, one)
    two.get_by_label("Name").fill("Two")
    two.get_by_role("button", name="Save as a new version").click()
    two.get_by_text("Saved as version 2.").wait_for()
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")
    assert len(one.evaluate(DRAFTS)) == 1
    one.get_by_role("button", name="Save as a new version").click()
    expect(one.locator('[data-notice="stale"]')).to_contain_text("changed meanwhile")


def test_what_a_closed_tab_left_is_here_again(console: browser.Console) -> None:
    """The newest is gone on with, the others can be looked at, and none is lost meanwhile."""
    page = signed_in(console)
    tabs = {name: another(console, page) for name in ("One", "Two")}
    for name, tab in tabs.items():
        tab.get_by_label("Name").fill(name)
    for tab in tabs.values():
        tab.close()
    shown(console, page)
    assert name_of(page) == "Two"
    expect(page.locator('[data-notice="restored"]')).to_contain_text("are here again")
    left = page.locator('[data-notice="left"]')
    left.get_by_role("button", name="Show those from").click()
    expect(page.get_by_label("Name")).to_have_value("One")
    page.get_by_role("button", name="Discard them").click()
    left.get_by_role("button", name="Show those from").click()
    expect(page.get_by_label("Name")).to_have_value("Two")
    expect(left).to_have_count(0)
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    assert page.evaluate(DRAFTS) == []


@pytest.mark.thorough
def test_new_policies_are_written_in_two_tabs(console: browser.Console) -> None:
    """A second new policy begins empty while the first is open, and both can be saved."""
    one = shown(console, signed_in(console), "/policies/new")
    one.get_by_label("Name").fill("One")
    two = another(console, one, "/policies/new")
    assert name_of(two) == ""
    expect(two.locator('[data-notice="elsewhere"]')).to_contain_text("Another new policy")
    for page, name in ((two, "Two"), (one, "One")):
        page.bring_to_front()
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Always").click()
        page.get_by_role("button", name="+ Send a message").click()
        page.get_by_label("Message").fill("Hello")
        page.get_by_role("button", name="Save as a new version").click()
        page.get_by_text("Saved as version").wait_for()
    names = [each["name"] for each in console.account("policies", "list")]
    assert names == ["First", "Two", "One"]


@pytest.mark.thorough
def test_a_duplicated_tab_is_not_taken_for_the_first(console: browser.Console) -> None:
    """It has all that the first tab's session holds, yet keeps a draft of its own."""
    one = shown(console, signed_in(console))
    one.get_by_label("Name").fill("One")
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")
    session = one.evaluate("JSON.stringify(sessionStorage)")
    two = one.context.new_page()
    two.goto(f"{console.base}/policies")
    two.evaluate("(all) => Object.assign(sessionStorage, JSON.parse(all))", session)
    shown(console, two)
    assert name_of(two) == "First"
    two.get_by_label("Name").fill("Two")
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")


@pytest.mark.thorough
def test_drafts_of_before_are_found_and_old_ones_removed(console: browser.Console) -> None:
    """One that all tabs shared is here again; after a month a draft is gone, whose it was too."""
    page = signed_in(console)
    page.goto(f"{console.base}/policies")
    shown(console, page)
    key = page.locator("policy-editor").get_attribute("data-key")
    page.goto(f"{console.base}/policies")
    draft = {"text": json.dumps({**POLICY, "name": "Before"}), "tab": "build", "version": "1"}
    keep(page, f"orchestrator.draft/{key}", draft)
    keep(page, "orchestrator.draft/1/2/p-9", draft, age=MONTH)
    keep(page, f"orchestrator.drafts/0123456789abcdef/{key}", draft, age=MONTH)
    shown(console, page)
    expect(page.get_by_label("Name")).to_have_value("Before")
    (left,) = page.evaluate(DRAFTS)
    assert left.startswith("orchestrator.drafts/")
    page.get_by_role("button", name="Discard them").click()
    assert page.evaluate(DRAFTS) == []


@pytest.mark.thorough
def test_who_looks_at_theirs_still_has_mine_after_a_crash(console: browser.Console) -> None:
    """Mine is put aside while theirs is looked at, and is here again in the next page."""
    page = shown(console, signed_in(console))
    page.get_by_label("Name").fill("Mine")
    console.account("policies", "edit", "First", "--name", "Theirs")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("button", name="Look at theirs").click()
    expect(page.get_by_label("Name")).to_have_value("Theirs")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator('[data-notice="stale"]')).to_be_visible()


@pytest.mark.thorough
def test_why_it_changes_is_kept_as_well(console: browser.Console) -> None:
    """The note on a version that is not saved yet is there after a reload."""
    page = shown(console, signed_in(console))
    page.get_by_label("Name").fill("One")
    page.get_by_label("What changes, and why").fill("A better name")
    page.reload()
    expect(page.get_by_label("What changes, and why")).to_have_value("A better name")


@pytest.mark.thorough
@pytest.mark.parametrize("script", [FULL, DENIED], ids=["full", "denied"])
def test_a_browser_that_keeps_nothing_is_not_trusted(console: browser.Console, script: str) -> None:
    """It is said that nothing is kept, and the browser asks before the page goes; saving works."""
    page = signed_in(console)
    page.add_init_script(script)
    shown(console, page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("Name").press("End")
    page.keyboard.type("!")
    expect(page.locator(".editor-bar")).to_contain_text("this browser keeps nothing")
    page.get_by_role("link", name="Manage policies").last.click()
    expect(page.get_by_label("Name")).to_have_value("First!")
    assert asked == ["beforeunload"]
    page.route("**/policies/p-1/edit", lambda route: route.fulfill(status=401))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator('[data-notice="out"]')).to_contain_text("Stay on this page")
    page.unroute("**/policies/p-1/edit")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    page.get_by_role("link", name="Manage policies").last.click()
    page.wait_for_url("**/policies")
    assert asked == ["beforeunload"]


@pytest.mark.thorough
def test_without_locks_two_tabs_lose_nothing(console: browser.Console) -> None:
    """Where the browser cannot tell which tabs are open, edits are had twice rather than not."""
    one = signed_in(console)
    one.context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    shown(console, one)
    one.get_by_label("Name").fill("One")
    two = another(console, one)
    expect(two.get_by_label("Name")).to_have_value("One")
    two.get_by_label("Name").fill("Two")
    expect(one.locator('[data-notice="left"]')).to_be_visible()
    two.get_by_role("button", name="Discard", exact=True).click()
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")


def test_a_page_put_aside_comes_back_with_its_edits(console: browser.Console) -> None:
    """While it waits for Back its draft may go to another tab; back again it has one of its own."""
    one = shown(console, signed_in(console))
    one.get_by_label("Name").fill("One")
    turn = "(sort) => dispatchEvent(new PageTransitionEvent(sort, {persisted: true}))"
    one.evaluate(turn, "pagehide")
    two = another(console, one)
    expect(two.get_by_label("Name")).to_have_value("One")
    one.evaluate(turn, "pageshow")
    expect(two.locator('[data-notice="elsewhere"]')).to_have_count(0)
    two.get_by_role("button", name="Discard", exact=True).click()
    one.reload()
    expect(one.get_by_label("Name")).to_have_value("One")


@pytest.mark.thorough
def test_a_tab_that_is_loaded_again_is_quick(console: browser.Console) -> None:
    """Its lock is free at once: nobody waits for it, and it is not taken for another tab."""
    page = shown(console, signed_in(console))
    page.get_by_label("Name").fill("One")
    tab = page.evaluate(DRAFTS)
    for _ in range(3):
        page.reload()
        expect(page.get_by_label("Name")).to_have_value("One")
        expect(page.locator('[data-notice="elsewhere"]')).to_have_count(0)
    assert page.evaluate(DRAFTS) == tab


def test_what_is_typed_before_the_scripts_are_there_stays(console: browser.Console) -> None:
    """On a slow line the policy stands as JSON first; what is changed in it is an unsaved edit."""
    page = signed_in(console)
    with browser.Held(page, "**/editor.js*") as held:
        page.goto(f"{console.base}{PATH}", wait_until="commit")
        area = page.get_by_label("The policy as JSON")
        area.fill(json.dumps({**POLICY, "name": "Early"}))
        held.first().continue_()
    expect(page.get_by_label("Name")).to_have_value("Early")
    expect(page.get_by_role("button", name="Discard", exact=True)).to_be_enabled()
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Early")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_label("Name")).to_have_value("First")


@pytest.mark.thorough
def test_a_value_that_is_not_entered_yet_is_kept(console: browser.Console) -> None:
    """What stands in the field of a list, before Enter, is there after a reload."""
    page = shown(console, signed_in(console))
    page.get_by_label("Operator").select_option(label="is in")
    page.get_by_label("Add a value").fill("silver")
    page.reload()
    expect(page.locator(".values .chip")).to_contain_text("silver")
