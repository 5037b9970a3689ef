"""Long lists: what one looks for is found while one types, and boxes are found among many."""

import re

import pytest
from playwright.sync_api import expect

from orchestrator.doors.console import choosing
from running import browser

pytestmark = pytest.mark.thorough


def test_a_list_narrows_while_one_types_and_is_there_again_on_the_way_back(
    console: browser.Console,
) -> None:
    """The address keeps what was looked for; behind it is the page of somebody else's skill."""
    for name in ("Billing", *(f"Team {number}" for number in range(1, 9))):
        console.account("skills", "add", name)
    page = console.signed_in()
    page.goto(f"{console.base}/skills")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(9)
    page.get_by_label("Search skills").press_sequentially("bill")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(f"{console.base}/skills?search=bill")
    page.get_by_role("link", name="Billing").click()
    page.get_by_role("heading", name="Billing").wait_for()
    page.go_back()
    expect(page.get_by_label("Search skills")).to_have_value("bill")
    expect(rows).to_have_count(1)


def test_boxes_are_found_among_many(console: browser.Console) -> None:
    """Those without what is typed are hidden, nothing is sent by Enter, and ticks are counted."""
    for number in range(1, 14):
        console.account("skills", "add", f"Team {number}")
    page = console.signed_in()
    page.goto(f"{console.base}/users/new")
    finding = page.get_by_label("Search: Skills")
    finding.fill("team 12")
    finding.press("Enter")
    page.get_by_label("Team 12").check()
    expect(page.get_by_label("Team 11")).to_be_hidden()
    expect(page.get_by_text("1 of 13 chosen")).to_be_visible()
    page.get_by_label("Login name").fill("ann")
    page.get_by_role("button", name="Add user").click()
    page.get_by_role("heading", name="Password of ann").wait_for()
    (ann,) = [each for each in console.account("users", "list") if each["login"] == "ann"]
    assert console.account("skills", "show", "Team 12")["users"] == [ann["login"]]


def test_the_page_of_a_conversation_hears_what_is_said(console: browser.Console) -> None:
    """A supervisor has it open while the consumer goes on; nothing is loaded by hand."""
    console.account("skills", "add", "Billing")
    consumer = console.signed_in()
    consumer.goto(f"{console.base}/web-client?skill=Billing")
    writing = consumer.get_by_placeholder("Write a message")
    writing.fill("My invoice is wrong")
    writing.press("Enter")
    conversation = consumer.locator("[data-conversation]")
    expect(conversation).to_contain_text("-")

    supervisor = console.tab(like=consumer)
    supervisor.goto(f"{console.base}/conversations/{conversation.inner_text()}")
    supervisor.locator("#live.on").wait_for()
    writing.fill("Are you there?")
    writing.press("Enter")
    expect(supervisor.get_by_text("Are you there?")).to_be_visible()
    assert browser.barriers(supervisor) == []


def test_an_answer_of_the_playground_comes_into_sight(console: browser.Console) -> None:
    """On a phone it stands below the form; the keyboard goes on from there."""
    page = console.signed_in(width=browser.NARROW)
    page.goto(f"{console.base}/playground")
    page.get_by_role("button", name="Try").last.click()
    answer = page.get_by_role("region", name="Answer")
    expect(answer).to_be_focused()
    expect(answer.get_by_role("heading", name="Fell back")).to_be_in_viewport()


def test_one_of_many_is_found_by_keyboard(console: browser.Console) -> None:
    """The server has those with what is typed; what is chosen is added, or looked for at once."""
    page = console.signed_in()
    page.goto(f"{console.base}/users/new")
    token = page.locator('meta[name="csrf"]').get_attribute("content")
    for number in range(choosing.MOST + 1):
        form = {"csrf": token or "", "name": f"Team {number:02}"}
        page.request.post(f"{console.base}/skills/new", form=form, max_redirects=0)
    page.reload()
    finding = page.get_by_role("combobox", name="Add to: Skills")
    finding.fill("team 4")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(10)
    assert browser.barriers(page) == []
    finding.press("ArrowDown")
    finding.press("ArrowDown")
    finding.press("Enter")
    expect(page.get_by_label("Team 42")).to_be_checked()
    expect(page.get_by_text(f"1 of {choosing.MOST + 1} chosen")).to_be_visible()
    expect(finding).to_be_focused()
    finding.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    finding.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.goto(f"{console.base}/conversations")
    skill = page.get_by_role("combobox", name="Skill")
    skill.fill("17")
    page.get_by_role("option", name="Team 17").click()
    expect(page).to_have_url(re.compile("skill=Team%2017|skill=Team[+]17"))
    expect(skill).to_have_value("Team 17")
