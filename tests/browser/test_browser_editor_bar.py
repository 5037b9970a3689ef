"""The editor's Save and Discard: always in sight, and what is discarded can be brought back."""

import pytest
from playwright.sync_api import Page, expect

from running import browser

pytestmark = pytest.mark.thorough

READ = [f"custom.unknown{number}" for number in range(9)]
POLICY = {
    "id": "p-1",
    "name": "First",
    "enabled": True,
    "conditions": [{"property": name, "type": "IS_SET"} for name in READ],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}


def opened(console: browser.Console, *, width: int = browser.WIDE, height: int = 900) -> Page:
    """The editor of a policy about which there is much to say."""
    console.account("policies", "load", "-", stdin={"policies": [POLICY]})
    page = console.signed_in(width=width)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{console.base}/policies/p-1/edit")
    expect(page.locator(".findings > li")).to_have_count(len(READ))
    return page


@pytest.mark.parametrize(("width", "height"), [(browser.WIDE, 700), (browser.NARROW, 844)])
def test_saving_and_discarding_are_in_sight(
    console: browser.Console, width: int, height: int
) -> None:
    """However much there is to say, and wherever one has scrolled to, both buttons are there."""
    page = opened(console, width=width, height=height)
    for where in ("0", "document.body.scrollHeight / 2", "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {where})")
        for name in ("Save as a new version", "Discard"):
            expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    last = page.locator(".findings > li").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    assert browser.barriers(page) == []


def test_what_is_discarded_can_be_brought_back(console: browser.Console) -> None:
    """Discard shows what is saved, also after a reload; Undo brings the edits back."""
    page = opened(console)
    discard = page.get_by_role("button", name="Discard", exact=True)
    expect(discard).to_be_disabled()
    page.get_by_label("Name").fill("Second")
    discard.click()
    expect(page.get_by_label("Name")).to_have_value("First")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Name")).to_have_value("Second")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Second")
    discard.click()
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("First")
    expect(discard).to_be_disabled()


def test_discarding_mine_on_top_of_theirs_shows_theirs(console: browser.Console) -> None:
    """Whoever went on with their own text after others published has theirs to go back to."""
    page = opened(console)
    page.get_by_label("Name").fill("Mine")
    console.account("policies", "edit", "First", "--name", "Theirs")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("button", name="Compare in full").click()
    page.get_by_role("button", name="Go on editing yours").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_label("Name")).to_have_value("Theirs")


def test_what_is_wrong_sets_code_apart_from_words(console: browser.Console) -> None:
    """At the field and in a notice, pieces of an expression are code without backticks."""
    page = opened(console)
    page.get_by_role("tab", name="Write an expression").click()
    code = page.locator("code-editor .cm-content").first
    code.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and custom.a ++ 3")
    error = page.locator(".error:visible")
    expect(error).to_contain_text("line 1, column")
    expect(error.locator("code").first).to_have_text("+")
    page.get_by_role("tab", name="Conditions").click()
    notice = page.locator('[data-notice="refused"]')
    expect(notice.locator("code").first).to_have_text("+")
    expect(notice).not_to_contain_text("`")


def test_a_phone_shows_the_opening_hours_that_are_painted(console: browser.Console) -> None:
    """The hours of the day are in sight at once, each with its day; a name needs no search."""
    page = opened(console, width=browser.NARROW, height=844)
    page.get_by_role("button", name="+ Opening hours or dates").first.click()
    expect(page.get_by_role("button", name="MON 09:00")).to_be_in_viewport(ratio=1)
    expect(page.locator(".day-name").first).to_be_in_viewport(ratio=0.9)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="+ Add condition").first.click()
    page.get_by_role("button", name="Attribute: Choose").click()
    page.get_by_role("combobox", name="Choose an attribute").fill("dueDate")
    expect(page.get_by_role("dialog")).to_contain_text("such as custom.tier")


def test_a_phone_has_room_for_deep_groups_and_long_words(console: browser.Console) -> None:
    """Five groups deep the choice is as wide as at the root; in German the bar is one row."""
    deep = list(POLICY["conditions"])
    for group in ("none", "any", "all", "none", "any"):
        deep = [{group: deep}]
    first = {"property": "custom.b", "type": "IS_SET"}
    policy = {**POLICY, "conditions": [first, *deep]}
    console.account("policies", "load", "-", stdin={"policies": [policy]})
    page = console.signed_in(width=browser.NARROW)
    for language in ("English", "Deutsch"):
        page.goto(f"{console.base}/policies/p-1/edit")
        if language == "Deutsch":
            page.locator("button", has_text=language).dispatch_event("click")
            page.get_by_role("tab", name="Bedingungen").wait_for()
        choices = page.locator("select.quantifier")
        expect(choices).to_have_count(6)
        widths = choices.evaluate_all("(all) => all.map((one) => one.offsetWidth)")
        assert len(set(widths)) == 1, (language, widths)
        for row in (".editor-bar .actions > button", "[role=tab]"):
            middles = page.locator(row).evaluate_all(
                "(all) => all.map((one) => { const box = one.getBoundingClientRect();"
                " return Math.round((box.top + box.bottom) / 2); })"
            )
            assert len(middles) == 3
            assert max(middles) - min(middles) <= 1, (language, row, middles)
