"""Barriers where one gets to by a way only: one thing of a list, answers to forms, doors.

Lists and forms are looked at beside what is done on them; both themes, wide and narrow, everywhere.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from running import browser, commands, server

CTYPE = "sde.visitorinfo.customerinfo.ctype"
SAID = {"type": "SEND_MESSAGE", "payload": {"message": "Welcome"}}


def policy(message: str = "Welcome") -> dict[str, Any]:
    """A policy for gold customers."""
    return {
        "id": "p-gold",
        "name": "Gold",
        "enabled": True,
        "conditions": [{"property": CTYPE, "type": "EQUAL", "value": "gold"}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": message}}],
    }


def loaded(account: commands.Commands, message: str = "Welcome") -> int:
    """Publish the policy; returns the version."""
    return account("policies", "load", "-", stdin={"policies": [policy(message)]})["version"]


def test_no_barriers_on_a_conversation_and_its_decision(console: browser.Console) -> None:
    """A conversation that a policy decided, with its messages, and the receipt of the decision."""
    account = console.account
    loaded(account)
    account("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    key = account("users", "generate-key", "mavenBot")
    account("skills", "add", "Entry")
    account("skills", "assign", "Entry", "mavenBot")
    account("bot-config", "set", stdin=key)
    page = console.signed_in()
    profile = json.dumps([{"type": "ctmrinfo", "info": {"ctype": "gold"}}])
    said = ("--message", "Hello", "--wait", "60")
    talk = account.start("chat", "--skill", "Entry", "--profile", profile, *said)
    talk.wait_for(lambda line: line.get("text") == "Welcome", what="the bot's message")
    talk.kill()
    (row,) = account("conversations", "list")
    page.goto(f"{console.base}/conversations/{row['conversationId']}")
    page.get_by_text("This policy decides, because").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    page.goto(f"{console.base}/policy-logs")
    page.get_by_role("link", name="Gold").first.click()
    page.get_by_role("heading", name="Decision", exact=True).wait_for()
    assert browser.barriers_in_both_themes(page) == {}


def test_no_barriers_in_the_playgrounds_answers(console: browser.Console) -> None:
    """A trace, the grid of several values, and a question that cannot be read."""
    loaded(console.account)
    page = console.signed_in()
    page.goto(f"{console.base}/playground")
    page.get_by_label(CTYPE).fill("gold")
    page.get_by_role("button", name="Try").last.click()
    page.get_by_text("This policy decides, because").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    page.get_by_label(CTYPE).fill("gold\nsilver\nnull")
    page.get_by_role("button", name="Try").last.click()
    page.get_by_role("heading", name="3 combinations").wait_for()
    assert browser.barriers_in_both_themes(page) == {}


def test_no_barriers_where_two_versions_meet(console: browser.Console) -> None:
    """Mine beside theirs, and two versions side by side."""
    since = loaded(console.account)
    loaded(console.account, "From them")
    page = console.signed_in()
    page.goto(f"{console.base}/policies")
    page.evaluate(
        """fields => {
            const form = document.createElement("form");
            Object.assign(form, {method: "post", action: "/console/policies/merge"});
            const csrf = document.querySelector('meta[name="csrf"]').content;
            for (const [name, value] of Object.entries({...fields, csrf}))
                form.append(Object.assign(document.createElement("input"), {name, value}));
            document.body.append(form);
            form.submit();
        }""",
        {"policies": json.dumps(policy("From me")), "version": str(since)},
    )
    page.get_by_role("heading", name="Yours and theirs").wait_for()
    expect(page.get_by_text("Changed by both")).to_be_visible()
    assert browser.barriers_in_both_themes(page) == {}
    paths = [f"/policies/versions/{since + 1}", f"/policies/versions/{since}?with={since + 1}"]
    assert browser.barriers_everywhere(console, page, paths) == {}


def test_no_barriers_in_the_web_client_and_on_faults(console: browser.Console) -> None:
    """A chat in which something was said, what is not there, and what somebody may not do."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    page.goto(f"{console.base}/web-client?skill=Billing")
    page.get_by_label("Write a message").fill("Hello")
    page.keyboard.press("Enter")
    page.get_by_text("Sent").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    paths = ["/no-such-page", "/skills/nothing", "/policies/versions/99", "/policies/nothing/edit"]
    assert browser.barriers_everywhere(console, page, paths) == {}


def test_no_barriers_for_strangers(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> None:
    """Signing in, doing so in vain, the first one's welcome, and its link when it is used up."""
    running = start_server()
    welcome = browser.invitation(running)
    console = browser.Console(chromium, running.http, running.account("1"))
    page = console.tab()
    page.goto(welcome)
    page.get_by_role("heading", name="Welcome").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    page.goto(f"{console.base}/sign-in")
    assert browser.barriers_in_both_themes(page) == {}
    page.get_by_label("Login").fill("nobody")
    page.get_by_label("Password").fill("nothing at all")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not belong together").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    page.goto(f"{welcome}x")
    page.get_by_text("This link has been used").wait_for()
    assert browser.barriers_in_both_themes(page) == {}
    console.close()


def test_a_stranger_who_takes_another_language_keeps_what_they_typed(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> None:
    """On the welcome and where one signs in, after a refusal as well; the way back is kept too."""
    running = start_server()
    console = browser.Console(chromium, running.http, running.account("1"))
    page = console.tab()
    page.goto(browser.invitation(running))
    page.get_by_label("Login").fill("Renée")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Willkommen").wait_for()
    expect(page.locator("input[name=login]")).to_have_value("Renée")
    expect(page.locator("input[name=password]")).to_have_value("correct horse")
    expect(page.get_by_role("button", name="English")).to_be_focused()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert browser.barriers(page) == []
    page.goto(f"{console.base}/sign-in?next=/console/skills")
    page.locator("input[name=login]").fill("nobody")
    page.locator("input[name=password]").fill("nothing at all")
    page.get_by_role("button", name="Anmelden").click()
    page.locator(".note.bad").wait_for()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    expect(page.get_by_label("Login")).to_have_value("nobody")
    expect(page.locator("input[name=next]")).to_have_value("/console/skills")
    expect(page).to_have_title(re.compile("^Sign in"))
    console.close()


def test_without_scripts_what_is_shown_works(chromium: Browser, console: browser.Console) -> None:
    """Forms save, what asks first does so, and what only scripts could do is not there."""
    skill = console.account("skills", "add", "Billing")["id"]
    state = console.signed_in().context.storage_state()
    page = chromium.new_context(java_script_enabled=False, storage_state=state).new_page()
    page.goto(f"{console.base}/web-client?skill=Billing")
    # What stands in a `noscript` is found by its place alone: Playwright takes it for silent.
    expect(page.locator("noscript > .note")).to_be_visible()
    for only in ("Copy", "Save profile", "New conversation"):
        expect(page.get_by_role("button", name=only)).to_be_hidden()
    page.goto(f"{console.base}/skills/{skill}")
    expect(page.get_by_label("Appearance")).to_be_hidden()
    page.get_by_label("Description").fill("Bills")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Skill “Billing” is saved.")).to_be_visible()
    page.goto(f"{console.base}/skills/{skill}")
    expect(page.get_by_label("Description")).to_have_value("Bills")
    expect(page.locator("[data-open], dialog")).to_have_count(2)
    expect(page.locator("[data-open]")).to_be_hidden()
    remove, dialog = page.locator("[popovertarget=remove].danger"), page.get_by_role("dialog")
    remove.click()
    expect(dialog.get_by_role("heading")).to_have_text("Remove the skill “Billing”?")
    dialog.locator("[popovertarget=remove]").click()
    expect(dialog).to_be_hidden()
    remove.click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No skills yet")).to_be_visible()
    page.context.close()


def test_a_menu_is_closed_when_the_keyboard_goes_on(console: browser.Console) -> None:
    """It would lie over what has the focus."""
    page = console.signed_in()
    page.goto(f"{console.base}/users")
    menu = page.locator("main details.menu").last
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    menu.locator("a, button").last.focus()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Shift+Tab")
    for _ in range(menu.locator("a, button").count()):
        page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")
