"""The agent workspace in a browser: one person alone, colleagues, lost connections, barriers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from running import browser, commands, server

SPEECH = "Where is my parcel? <b>now</b>"


def person(account: commands.Commands, login: str, *roles: str) -> None:
    """Add somebody who signs in with the common password."""
    words = [word for role in roles for word in ("--role", role)]
    account(
        *("users", "add", login, "--type", "human", *words, "--password-stdin"),
        stdin=browser.PASSWORD,
    )


def at_work(console: browser.Console, login: str, *, state: str = "ONLINE", like: Page) -> Page:
    """Open the workspace of somebody; administrators come from another page."""
    page = like
    if login != "admin":
        page = console.tab()
        page.goto(f"{console.base}/sign-in")
        page.get_by_label("Account").fill(console.account.account)
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(browser.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{console.base}/desk")
    else:
        page.goto(f"{console.base}/desk")
    page.get_by_text("Connected").wait_for()
    if state != "AWAY":
        page.get_by_label("Your state").select_option(state)
    return page


def customer(console: browser.Console, like: Page, skill: str, *said: str) -> Page:
    """Open the web client on a skill in a browser of its own, and say something."""
    page = console.tab(like=like)
    page.goto(f"{console.base}/web-client?skill={skill}")
    for text in said:
        say(page, text)
    return page


def say(page: Page, text: str) -> None:
    """Type as a customer and send it."""
    page.get_by_label("Write a message").fill(text)
    page.keyboard.press("Enter")


def answer(page: Page, text: str) -> None:
    """Type as an agent and send it."""
    page.get_by_label("Write to the customer").fill(text)
    page.keyboard.press("Enter")


def accept(page: Page) -> None:
    """Accept what rings, and wait until the conversation is open."""
    page.get_by_role("button", name=re.compile("^Accept")).first.click()
    page.get_by_label("Write to the customer").wait_for()


def end(page: Page) -> None:
    """End the open conversation."""
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the conversation").click()
    page.get_by_text("This conversation has ended.").wait_for()


def routed(account: commands.Commands) -> None:
    """Let a bot serve Entry and send VIPs to the Gold desk, which the administrator serves."""
    account("users", "edit", "admin", "--role", "Administrator", "--role", "Agent")
    account("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    key = account("users", "generate-key", "mavenBot")
    account("users", "edit", "mavenBot", "--max-chats", "unlimited")
    for skill, login in (("Entry", "mavenBot"), ("Gold desk", "admin")):
        account("skills", "add", skill)
        account("skills", "assign", skill, login)
    vips = {
        "name": "VIPs",
        "enabled": True,
        "conditions": [
            {"property": "sde.visitorinfo.customerinfo.ctype", "type": "EQUAL", "value": "vip"}
        ],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Gold desk"}}],
    }
    account("policies", "load", "-", stdin={"policies": [vips]})
    account("bot-config", "set", stdin=key)


@pytest.fixture
def staffed(console: browser.Console) -> browser.Console:
    """Two skills: ann serves both, bob the first."""
    for login in ("ann", "bob"):
        person(console.account, login, "Agent")
    for skill, logins in (("Billing", ("ann", "bob")), ("Claims", ("ann",))):
        console.account("skills", "add", skill)
        console.account("skills", "assign", skill, *logins)
    return console


def test_one_person_alone_plays_consumer_and_agent_and_watches(console: browser.Console) -> None:
    """Three tabs: a customer writes, the orchestrator decides, it rings, is answered and ended."""
    routed(console.account)
    watching = console.signed_in()
    watching.goto(f"{console.base}/conversations")
    desk, consumer = watching.context.new_page(), watching.context.new_page()
    at_work(console, "admin", like=desk)

    consumer.goto(f"{console.base}/web-client?skill=Entry")
    consumer.get_by_label("First name").fill("Renée")
    consumer.get_by_label("Customer type").fill("vip")
    consumer.get_by_role("button", name="Save profile").click()
    consumer.get_by_text("Saved: policies see it").wait_for()
    say(consumer, SPEECH)

    ring = desk.locator(".desk-ring")
    expect(ring.locator(".desk-left")).to_have_text(re.compile(r"^\d+ s$"))
    expect(ring).to_contain_text("Gold desk")
    expect(desk.get_by_role("alert").first).to_contain_text("Gold desk rings")
    desk.get_by_role("button", name="Accept the conversation for Gold desk").click()
    expect(desk.get_by_role("heading", name="Renée", level=2)).to_be_visible()
    expect(desk.locator(".desk-log")).to_contain_text(SPEECH)
    expect(desk.get_by_label("Customer and decision")).to_contain_text(
        re.compile("The policy VIPs matched, because .*vip.*transfer to the skill Gold desk")
    )

    desk.get_by_label("Write to the customer").fill("On its way")
    consumer.get_by_text("is typing").wait_for()
    desk.keyboard.press("Enter")
    consumer.get_by_text("On its way").wait_for()
    expect(desk.locator(".desk-said.mine")).to_contain_text("Read")
    say(consumer, "Thanks")
    expect(desk.locator(".desk-log")).to_contain_text("Thanks")

    row = watching.locator("tbody tr")
    expect(row).to_contain_text("With an agent")
    expect(row).to_contain_text("VIPs")
    end(desk)
    consumer.get_by_text("The conversation has ended.").wait_for()
    expect(row).to_contain_text("Closed")
    watching.goto(f"{console.base}/policy-logs")
    expect(watching.locator("tbody")).to_contain_text("VIPs")


def test_a_ring_goes_to_one_and_then_to_another(staffed: browser.Console) -> None:
    """What is rejected rings elsewhere; what is accepted elsewhere rings here no more."""
    admin = staffed.signed_in()
    ann, bob = (at_work(staffed, login, like=admin) for login in ("ann", "bob"))
    elsewhere = staffed.tab(like=ann)  # the same agent at another machine
    elsewhere.goto(f"{staffed.base}/desk")
    elsewhere.get_by_text("Connected").wait_for()
    expect(elsewhere.get_by_label("Your state")).to_have_value("ONLINE")  # as it is set already
    customer(staffed, admin, "Claims", "first")
    expect(ann.locator(".desk-ring")).to_have_count(1)
    expect(ann).to_have_title(re.compile(r"^\(1\)"))
    accept(elsewhere)
    expect(ann.locator(".desk-ring")).to_have_count(0)
    expect(ann.locator(".desk-talks > li")).to_have_count(1)  # it is this agent's all the same

    bob.get_by_label("Your state").select_option("AWAY")
    customer(staffed, admin, "Billing", "second")
    ann.get_by_role("button", name="Reject the conversation for Billing").click()
    bob.get_by_label("Your state").select_option("ONLINE")
    accept(bob)
    expect(bob.locator(".desk-log")).to_contain_text("second")
    expect(ann.locator(".desk-ring")).to_have_count(0)


def test_a_conversation_goes_to_a_colleague_and_to_a_skill(staffed: browser.Console) -> None:
    """Offered by name it rings there and leaves here; by skill it rings at who serves it."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing", "Who can help?")
    accept(ann)
    bob = at_work(staffed, "bob", like=admin)
    ann.get_by_role("button", name="Transfer").click()
    ann.get_by_role("dialog").get_by_role("button", name="bob").click()
    ann.get_by_text("This conversation is with somebody else now.").wait_for()
    accept(bob)
    expect(bob.locator(".desk-log")).to_contain_text("Who can help?")
    answer(bob, "ann knows more")
    consumer.get_by_text("ann knows more").wait_for()
    bob.get_by_role("button", name="Transfer").click()
    bob.get_by_role("dialog").get_by_role("button", name="Claims").click()
    bob.get_by_text("This conversation is with somebody else now.").wait_for()
    accept(ann)
    expect(ann.locator(".desk-log")).to_contain_text("ann knows more")
    expect(ann.locator(".desk-talks > li")).to_have_count(1)
    bob.get_by_role("button", name=re.compile("^Remove")).click()
    bob.get_by_role("heading", name="Nothing rings").wait_for()


def test_several_conversations_at_once_keep_their_drafts(staffed: browser.Console) -> None:
    """Unread ones are counted, drafts survive a change of conversation and a reload."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    first = customer(staffed, admin, "Billing", "one")
    accept(ann)
    ann.get_by_label("Write to the customer").fill("a draft")
    customer(staffed, admin, "Claims", "two")
    ann.locator(".desk-ring").wait_for()
    ann.keyboard.press("Alt+Shift+KeyA")
    expect(ann.locator(".desk-log")).to_contain_text("two")
    say(first, "still there?")
    expect(ann.locator(".desk-unread").first).to_have_text("1 new")
    expect(ann).to_have_title(re.compile(r"^\(1\)"))
    ann.reload()
    ann.get_by_text("Connected").wait_for()
    ann.keyboard.press("Alt+Shift+KeyJ")
    expect(ann.get_by_label("Write to the customer")).to_have_value("a draft")
    expect(ann.locator(".desk-log")).to_contain_text("still there?")
    expect(ann.get_by_label("Your state")).to_have_value("ONLINE")
    expect(ann).not_to_have_title(re.compile(r"^\(1\)"))


def test_a_file_of_a_customer_is_there_for_the_agent(staffed: browser.Console) -> None:
    """It is named in the transcript, and comes when it is clicked, however long ago it was sent."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing", "Here it comes")
    accept(ann)
    statement: Any = {"name": "Statement.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    consumer.locator("input[type=file]").set_input_files(statement)
    with ann.expect_download() as coming:
        ann.get_by_role("button", name="Statement.pdf", exact=True).click()
    assert coming.value.suggested_filename == "Statement.pdf"
    assert coming.value.path().read_bytes() == b"%PDF-1.4"
    expect(ann.get_by_label("Write to the customer")).to_be_visible()


@pytest.mark.thorough
def test_an_agent_sends_files_and_is_told_what_is_not_taken(staffed: browser.Console) -> None:
    """A picture comes to the customer as one; of a program the agent hears why it was not sent."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing", "Send me the form")
    accept(ann)
    expect(ann.get_by_role("button", name="Attach a file")).to_be_enabled()
    files = ann.locator("input[type=file]")
    form: Any = {"name": "Form.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    note: Any = {"name": "Ünïcode – note.txt", "mimeType": "text/plain", "buffer": b"seven"}
    files.set_input_files([form, note])
    for each in (form, note):
        link = consumer.get_by_role("link", name=each["name"])
        address = link.get_attribute("href") or ""
        assert consumer.request.get(address).body() == each["buffer"]
        expect(ann.get_by_role("button", name=each["name"], exact=True)).to_be_visible()
    expect(ann.get_by_label("Write to the customer")).to_be_focused()
    files.set_input_files({"name": "tool.exe", "mimeType": "application/x", "buffer": b"MZ"})
    expect(ann.get_by_role("alert").filter(has_text="“tool.exe” was not sent")).to_be_visible()
    assert browser.barriers(ann) == []
    ann.get_by_label("Write to the customer").fill("as PDF")
    expect(ann.get_by_text("tool.exe")).to_have_count(0)
    ann.get_by_role("button", name="Deutsch").click()
    ann.get_by_text("Verbunden").wait_for()
    ann.locator(".desk-talk").click()
    files.set_input_files({"name": "tool.exe", "mimeType": "application/x", "buffer": b"MZ"})
    wrong = "„tool.exe“ wurde nicht gesendet: Dateien dieser Arten werden angenommen: jpg"
    expect(ann.get_by_role("alert").filter(has_text=wrong)).to_be_visible()


def test_what_was_before_is_read_beside_the_customer(staffed: browser.Console) -> None:
    """By the keyboard, in a dialog that gives the focus back; with the end of theirs it is over."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing", "It is <broken>")
    accept(ann)
    side = ann.get_by_label("Customer and decision")
    expect(side).to_contain_text("None is on record.")
    answer(ann, "A new one is on its way")
    consumer.get_by_text("A new one").wait_for()
    end(ann)
    expect(side.get_by_role("heading", name="Earlier conversations")).to_have_count(0)
    bob = at_work(staffed, "bob", like=admin)
    ann.get_by_label("Your state").select_option("AWAY")
    consumer.get_by_role("button", name="New conversation").last.click()
    say(consumer, "It has not come")
    accept(bob)
    before = bob.get_by_role("button", name=re.compile("Billing, with ann"))
    before.focus()
    bob.keyboard.press("Enter")
    dialog = bob.get_by_role("dialog", name="Conversation with ann")
    expect(dialog.locator(".desk-said")).to_contain_text(["It is <broken>", "A new one is"])
    expect(dialog).to_contain_text("no bot decided about it")
    assert browser.barriers(bob) == []
    bob.keyboard.press("Escape")
    expect(before).to_be_focused()
    end(bob)
    expect(before).to_have_count(0)


@pytest.mark.thorough
def test_a_customer_is_called_by_their_user_name(staffed: browser.Console) -> None:
    """Who says it on the web client has it on the desk, in the list as well after a reload."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing")
    consumer.get_by_label("User name").fill("jo.doe")
    consumer.get_by_role("button", name="Save profile").click()
    consumer.get_by_text("Saved: policies see it").wait_for()
    say(consumer, "Hello")
    accept(ann)
    expect(ann.get_by_role("heading", name="jo.doe", level=2)).to_be_visible()
    ann.reload()
    expect(ann.locator(".desk-talk .desk-name")).to_have_text("jo.doe")


def test_a_network_that_is_gone_is_seen_at_once(staffed: browser.Console) -> None:
    """Both windows say so, keep what is written meanwhile, and send it once when it is back."""
    admin = staffed.signed_in()
    ann = at_work(staffed, "ann", like=admin)
    consumer = customer(staffed, admin, "Billing", "one")
    accept(ann)
    consumer.get_by_text("Sent").or_(consumer.get_by_text("Read")).first.wait_for()
    for page in (ann, consumer):
        page.context.set_offline(True)
    expect(ann.locator(".desk-lamp")).to_have_text("Looking for the server …")
    consumer.get_by_text("Connection lost").wait_for()
    answer(ann, "two")
    expect(ann.locator(".desk-said.waits")).to_have_count(1)
    say(consumer, "three")
    for page in (ann, consumer):
        page.context.set_offline(False)
    expect(consumer.locator(".log")).to_contain_text("two")
    expect(ann.locator(".desk-log")).to_contain_text("three")
    expect(ann.locator(".desk-said")).to_have_count(3)
    staffed.said.clear()  # a browser complains of each attempt without a network


def test_nothing_is_lost_or_said_twice_when_the_server_dies(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> None:
    """What an agent writes while it is away is sent when it is back, once, and the state is set."""
    running = start_server()
    account = running.account("1")
    person(account, "admin", "Administrator", "Agent")
    account("skills", "add", "Billing")
    account("skills", "assign", "Billing", "admin")
    opened = browser.Console(chromium, running.http, account)
    desk = at_work(opened, "admin", like=opened.signed_in())
    consumer = customer(opened, desk, "Billing", "eins")
    accept(desk)
    answer(desk, "zwei")
    consumer.get_by_text("zwei").wait_for()
    running.kill()
    desk.get_by_text("Looking for the server").wait_for()
    for text in ("drei", "vier"):
        answer(desk, text)
    expect(desk.locator(".desk-said.waits")).to_have_count(2)
    expect(desk.locator(".desk-said.waits").first).to_contain_text("sending")
    running.restart()
    expect(desk.locator(".desk-said.waits")).to_have_count(0)
    consumer.get_by_text("vier").wait_for()
    (conversation,) = account("conversations", "list")
    told = account("conversations", "show", conversation["conversationId"])
    assert [each["text"] for each in told["messages"]] == ["eins", "zwei", "drei", "vier"]
    customer(opened, desk, "Billing", "another")
    desk.get_by_role("button", name=re.compile("^Accept")).wait_for()  # online again, by itself
    opened.close()


def test_the_workspace_has_no_barriers(staffed: browser.Console) -> None:
    """With a ring and a chat, at both widths and in both themes; empty, it says how to begin."""
    admin = staffed.signed_in()
    admin.goto(f"{staffed.base}/desk")
    admin.get_by_role("heading", name="Nothing rings at you").wait_for()
    ann = at_work(staffed, "ann", like=admin)
    ann.get_by_text("orchestrator chat --skill").wait_for()
    customer(staffed, admin, "Billing", "one")
    accept(ann)
    customer(staffed, admin, "Claims", "two")
    ann.locator(".desk-ring").wait_for()
    found = {}
    for theme in browser.THEMES:
        for width in (browser.WIDE, browser.NARROW):
            ann.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            ann.set_viewport_size({"width": width, "height": 900})
            if violations := browser.barriers(ann):
                found[f"{theme} {width}"] = violations
    assert found == {}
    ann.get_by_role("button", name="Customer", exact=True).click()
    expect(ann.get_by_role("heading", name="Why it came to you")).to_be_visible()
    ann.get_by_role("button", name="Back to the chat").click()
    ann.get_by_role("button", name="Back to the list").click()
    expect(ann.locator(".desk-ring")).to_be_visible()
    assert browser.barriers(ann) == []
