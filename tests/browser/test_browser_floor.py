"""Queues and agents in a browser: watched live, a conversation moved by hand, told to everybody."""

import re

import pytest
from playwright.sync_api import Page, expect

from running import browser, commands


def person(account: commands.Commands, login: str, *roles: str) -> None:
    """Add somebody who signs in with the common password."""
    words = [word for role in roles for word in ("--role", role)]
    account(
        *("users", "add", login, "--type", "human", *words, "--password-stdin"),
        stdin=browser.PASSWORD,
    )


@pytest.fixture
def staffed(console: browser.Console) -> browser.Console:
    """Two skills: ann serves Claims, and nobody Billing; sue supervises."""
    person(console.account, "ann", "Agent")
    person(console.account, "sue", "Agent Manager")
    for skill in ("Billing", "Claims"):
        console.account("skills", "add", skill)
    console.account("skills", "assign", "Claims", "ann")
    return console


def waiting(console: browser.Console, said: str) -> str:
    """Open a conversation as a customer of Billing; its id."""
    told = console.account("chat", "--skill", "Billing", "--message", said, "--wait", "0")
    return told["conversationId"] if isinstance(told, dict) else told[0]["conversationId"]


def at_desk(console: browser.Console, login: str) -> Page:
    """The workspace of somebody who is online."""
    page = console.signed_in(login)
    page.goto(f"{console.base}/desk")
    page.get_by_text("Connected").wait_for()
    page.get_by_label("Your state").select_option("ONLINE")
    return page


def test_a_supervisor_sends_a_waiting_conversation_to_an_agent(staffed: browser.Console) -> None:
    """Live on the floor, then by hand to a desk in another tab; the conversation says who did."""
    ann = at_desk(staffed, "ann")
    sue = staffed.signed_in("sue")
    sue.goto(f"{staffed.base}/floor")
    expect(sue.get_by_text("Live", exact=True)).to_be_visible()
    agent = sue.get_by_role("row").filter(has_text="ann")
    expect(agent).to_contain_text("Online")
    ann.get_by_label("Your state").select_option("AWAY")
    expect(agent).to_contain_text("Away")
    ann.get_by_label("Your state").select_option("ONLINE")
    expect(agent).to_contain_text("Online")
    queue = sue.get_by_role("row").filter(has_text="Billing")
    expect(queue.locator("td").nth(1)).to_have_text("0")

    waiting(staffed, "Where is my parcel?")
    expect(queue.locator("td").nth(1)).to_have_text("1")
    queue.get_by_role("link").click()
    expect(sue.get_by_text("The customer came in on this skill.")).to_be_visible()
    sue.get_by_role("row").nth(1).get_by_label(re.compile("^Actions for")).click()
    sue.get_by_text("Send to an agent…").click()
    form = sue.get_by_role("dialog")
    form.get_by_label("Agent", exact=True).select_option(label="ann – Online")
    form.get_by_label("Reason").fill("You know parcels best.")
    form.get_by_role("button", name="Move it").click()
    expect(sue.get_by_text("The conversation was offered to")).to_be_visible()
    expect(sue.get_by_role("heading", name="Nobody waits")).to_be_visible()

    ann.get_by_role("button", name=re.compile("^Accept")).click()
    expect(ann.get_by_text("You know parcels best.").first).to_be_visible()
    sue.goto(f"{staffed.base}/conversations")
    sue.get_by_role("table").get_by_role("link").first.click()
    note = sue.get_by_role("listitem").filter(has_text="You know parcels best.")
    expect(note).to_contain_text("among agents")
    told = sue.get_by_role("listitem").filter(has_text="Offered by hand by")
    expect(told).to_contain_text(re.compile(r"by \W?sue\W? to \W?ann\W?\."))


def test_what_has_moved_meanwhile_is_not_moved_again(staffed: browser.Console) -> None:
    """The form says where it is now, keeps what was typed, and does it when asked once more."""
    ann = at_desk(staffed, "ann")
    key = waiting(staffed, "Hello?")
    sue = staffed.signed_in("sue")
    sue.goto(f"{staffed.base}/floor/conversations/{key}?move=take-over")
    sue.get_by_label("Reason").fill("Mine now.")
    staffed.account("conversations", "transfer", key, "--skill", "Claims")
    ann.get_by_role("button", name=re.compile("^Accept")).click()
    ann.get_by_label("Write to the customer").wait_for()
    sue.get_by_role("button", name="Move it").click()
    expect(sue.get_by_role("alert")).to_contain_text("ann has it. Nothing was changed.")
    expect(sue.get_by_label("Reason")).to_have_value("Mine now.")
    sue.get_by_role("button", name="Move it").click()
    sue.wait_for_url(re.compile("/desk"))
    expect(sue.get_by_label("Write to the customer")).to_be_visible()
    expect(sue.get_by_text("Hello?").first).to_be_visible()
    expect(ann.get_by_text("This conversation is with somebody else now.")).to_be_visible()


@pytest.mark.thorough
def test_who_left_while_a_form_was_open_is_not_said_to_have_been_offered_it(
    staffed: browser.Console,
) -> None:
    """Nothing rings at them now: it is said that the conversation waits, and for whom then."""
    ann = at_desk(staffed, "ann")
    key = waiting(staffed, "Hello?")
    sue = staffed.signed_in("sue")
    sue.goto(f"{staffed.base}/floor/conversations/{key}?move=agent")
    sue.get_by_label("Agent", exact=True).select_option(label="ann – Online")
    watched = staffed.signed_in("sue")
    watched.goto(f"{staffed.base}/floor/agents?skill=Claims&state=ONLINE")
    expect(watched.get_by_role("row").filter(has_text="ann")).to_be_visible()
    ann.get_by_label("Your state").select_option("AWAY")
    expect(watched.get_by_role("heading", name="Nobody like that now")).to_be_visible()
    sue.get_by_role("button", name="Move it").click()
    expect(sue.get_by_text("ann is not online. The conversation waits for them")).to_be_visible()


@pytest.mark.thorough
def test_an_open_menu_and_the_focus_outlive_an_update(staffed: browser.Console) -> None:
    """Whoever is about to choose is not thrown out by another conversation that comes in."""
    waiting(staffed, "First")
    sue = staffed.signed_in("sue")
    sue.goto(f"{staffed.base}/floor")
    sue.get_by_role("link", name="Billing").click()
    expect(sue.get_by_text("Live", exact=True)).to_be_visible()
    sue.get_by_label(re.compile("^Actions for")).first.click()
    sue.keyboard.press("ArrowDown")
    expect(sue.get_by_text("Take over…")).to_be_focused()
    waiting(staffed, "Second")
    expect(sue.get_by_role("row")).to_have_count(3)
    expect(sue.get_by_text("Take over…").first).to_be_visible()
    expect(sue.get_by_text("Take over…").first).to_be_focused()


def test_the_floor_has_no_barriers(staffed: browser.Console) -> None:
    """In both themes, wide and narrow, with somebody who waits and somebody who is there."""
    key = waiting(staffed, "Hello")
    at_desk(staffed, "ann")
    sue = staffed.signed_in("sue")
    skill = staffed.account("skills", "show", "Billing")["id"]
    paths = ("/floor", "/floor/agents", f"/floor/queues/{skill}", f"/floor/conversations/{key}")
    assert browser.barriers_everywhere(staffed, sue, paths) == {}


def test_a_bot_on_the_real_cloud_has_no_floor_here(console: browser.Console) -> None:
    """The page says what it cannot know, and shows no zeros instead."""
    given = dict.fromkeys(("appKey", "secret", "accessToken", "accessTokenSecret"), "x")
    elsewhere = {"username": "bot", "domain": "127.0.0.1:1", **given}
    console.account("bot-config", "set", stdin=elsewhere)
    page = console.signed_in()
    page.goto(f"{console.base}/floor")
    expect(page.get_by_role("heading", name="These queues are not here")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    assert browser.barriers_in_both_themes(page) == {}


_WHERE_WORDS_BEGIN = """(name) => {
  const range = document.createRange();
  const left = (at) => (range.setStart(name.firstChild, at), range.setEnd(name.firstChild, at + 1),
    range.getBoundingClientRect().left);
  return [left(0), left(name.textContent.indexOf("V"))];
}"""


@pytest.mark.thorough
def test_names_run_in_their_own_direction_and_logins_stay_whole(staffed: browser.Console) -> None:
    """A Hebrew skill begins at its right, Latin words in it or not; a login is in one line."""
    staffed.account("skills", "add", "שירות VIP")
    person(staffed.account, "samuel.boateng", "Agent")
    page = staffed.signed_in("sue")
    page.goto(f"{staffed.base}/floor")
    first, latin = page.get_by_role("link", name="שירות VIP").evaluate(_WHERE_WORDS_BEGIN)
    assert first > latin
    login = page.get_by_role("link", name="samuel.boateng")
    assert login.evaluate("(name) => name.getClientRects().length") == 1
