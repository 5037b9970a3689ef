"""The web client in a browser: routed by a policy, through lost connections, on other pages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from running import browser, commands, server

POLICIES = {
    "policies": [
        {
            "name": "VIPs",
            "enabled": True,
            "conditions": [
                {
                    "property": "sde.visitorinfo.customerinfo.ctype",
                    "type": "EQUAL",
                    "value": "vip",
                }
            ],
            "actions": [
                {"type": "SEND_MESSAGE", "payload": {"message": "Welcome back, dear customer"}},
                {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Gold desk"}},
            ],
        }
    ]
}


@contextmanager
def elsewhere(body: str) -> Iterator[str]:
    """Serve one page at another origin of this machine; yields its address."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{served.server_port}/shop"
        finally:
            served.shutdown()
            thread.join()


def say(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.get_by_label("Write a message").fill(text)
    page.keyboard.press("Enter")


def routed(account: commands.Commands) -> None:
    """Let the bot serve the skill Entry, and send VIPs to the Gold desk."""
    account("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    key = account("users", "generate-key", "mavenBot")
    account("users", "edit", "mavenBot", "--max-chats", "unlimited")
    for skill in ("Entry", "Gold desk"):
        account("skills", "add", skill)
    account("skills", "assign", "Entry", "mavenBot")
    account("policies", "load", "-", stdin=POLICIES)
    account("bot-config", "set", stdin=key)


def test_a_consumer_with_a_profile_is_routed_by_a_policy(console: browser.Console) -> None:
    """Say who one is, write, read the bot's message; the conversation waits where it was sent."""
    routed(console.account)
    page = console.signed_in()
    page.goto(f"{console.base}/web-client?skill=Entry")
    page.get_by_label("Customer type").fill("vip")
    page.get_by_role("button", name="Save profile").click()
    page.get_by_text("Saved: policies see it").wait_for()
    say(page, "Where is my parcel? 📦 <b>now</b>")
    page.get_by_text("Welcome back, dear customer").wait_for()
    expect(page.get_by_text("Where is my parcel? 📦 <b>now</b>")).to_be_visible()
    (conversation,) = console.account("conversations", "list")
    assert (conversation["skill"], conversation["policy"]) == ("Gold desk", "VIPs")

    page.reload()  # the consumer belongs to the tab
    page.get_by_text("Welcome back, dear customer").wait_for()
    page.get_by_role("button", name="End conversation").click()
    page.get_by_text("The conversation has ended.").wait_for()


def test_nothing_is_lost_or_said_twice_when_the_server_dies(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> None:
    """What is written while it is away is sent when it is back, once and in order."""
    running = start_server()
    account = running.account("1")
    browser.administrator(account)
    account("skills", "add", "Billing")
    opened = browser.Console(chromium, running.http, account)
    page = opened.signed_in()
    page.goto(f"{opened.base}/web-client?skill=Billing&language=de-DE")
    page.get_by_label("Nachricht schreiben").fill("eins")
    page.keyboard.press("Enter")
    page.get_by_text("· Gesendet").wait_for()
    running.kill()
    page.get_by_text("Verbindung verloren").wait_for()
    for text in ("zwei", "drei"):
        page.get_by_label("Nachricht schreiben").fill(text)
        page.keyboard.press("Enter")
    running.restart()
    page.get_by_text("Wird gesendet").last.wait_for(state="detached")
    page.get_by_text("· Gesendet").wait_for()
    (conversation,) = account("conversations", "list")
    told = account("conversations", "show", conversation["conversationId"])
    assert [each["text"] for each in told["messages"]] == ["eins", "zwei", "drei"]
    opened.close()


def test_a_consumer_and_an_agent_talk(console: browser.Console) -> None:
    """What one writes the other reads, both ways; the agent ends it, and both are told."""
    console.account("skills", "add", "Billing")
    console.account("users", "add", "ann", "--type", "human", "--role", "Agent")
    console.account("skills", "assign", "Billing", "ann")
    page = console.signed_in()
    page.goto(f"{console.base}/web-client?skill=Billing")
    agent = console.account.start("agent", "ann", "--auto-accept")
    try:
        agent.wait_for(lambda line: line.get("availability") == "ONLINE", what="being online")
        say(page, "Is anybody there? ¿Y tú? 👋")
        agent.wait_for(lambda line: line.get("state") == "MINE", what="the conversation")
        agent.wait_for(lambda line: line.get("text") == "Is anybody there? ¿Y tú? 👋")
        agent.send("Ann here <i>&</i> listening")
        page.get_by_text("Ann here <i>&</i> listening").wait_for()
        say(page, "Good.")
        agent.wait_for(lambda line: line.get("text") == "Good.")
        agent.send("/close")
        page.get_by_text("The conversation has ended.").wait_for()
    finally:
        agent.kill()


def test_what_comes_too_late_is_not_lost(console: browser.Console) -> None:
    """Written as the conversation ended, it is marked, and taken up again in a new one."""
    console.account("skills", "add", "Billing")
    page = console.signed_in()
    page.goto(f"{console.base}/web-client?skill=Billing")
    say(page, "one")
    page.get_by_text("Sent").wait_for()
    page.get_by_label("Write a message").fill("a draft")
    page.reload()
    expect(page.get_by_label("Write a message")).to_have_value("a draft")
    page.get_by_text("Sent").wait_for()
    # An end of which the window has not heard yet.
    page.evaluate("document.querySelector('consumer-chat').consumer._conversationTold = () => {}")
    (conversation,) = console.account("conversations", "list")
    console.account("conversations", "close", conversation["conversationId"])
    say(page, "two")
    expect(page.get_by_role("alert")).to_contain_text("Not sent: The dialog is closed.")
    page.reload()
    page.get_by_text("The conversation has ended.").wait_for()
    page.get_by_role("button", name="Edit again").click()
    expect(page.get_by_label("Write a message")).to_have_value("two")
    page.get_by_label("Write a message").press("Enter")
    page.get_by_text("Sent").wait_for()
    assert len(console.account("conversations", "list")) == 2


@pytest.mark.thorough
def test_a_survey_is_answered_where_one_chatted(console: browser.Console) -> None:
    """Once a bot asks, the window takes answers after the end; without one it has just ended."""
    console.account("users", "edit", "admin", "--role", "Administrator", "--role", "Agent Manager")
    console.account("skills", "add", "Billing")
    console.account("skills", "edit", "Billing", "--survey", "stars")
    bot = console.signed_in()
    bot.goto(f"{console.base}/desk")
    bot.get_by_text("Connected").wait_for()
    page = console.tab(like=bot)
    page.goto(f"{console.base}/web-client?skill=Billing")
    say(page, "one")
    page.get_by_text("Sent").wait_for()
    (conversation,) = console.account("conversations", "list")
    main = conversation["conversationId"]
    asks = """([type, body]) => document.querySelector("agent-desk").seat._ask(type, body)"""

    def change(field: Any) -> None:
        body = {"conversationId": main, "conversationField": [field]}
        bot.evaluate(asks, [".ams.cm.UpdateConversationField", body])

    def ended(dialog: str) -> Any:
        end = {"dialogId": dialog, "state": "CLOSE"}
        return {"field": "DialogChange", "type": "UPDATE", "dialog": end}

    change(ended(main))
    page.get_by_text("The conversation has ended.").wait_for()
    dialogs = "document.querySelector('consumer-chat').consumer.conversation.conversationDetails"
    survey = page.evaluate(f"{dialogs}.dialogs[0].dialogId")
    joined = {"field": "ParticipantsChange", "type": "ADD", "role": "AGENT", "dialogId": survey}
    change(joined)
    replies = [{"type": "button", "title": title} for title in ("good", "bad")]
    asked = {"type": "ContentEvent", "contentType": "text/plain", "message": "How was it?"}
    event = asked | {"quickReplies": {"type": "quickReplies", "replies": replies}}
    spoken = {"conversationId": main, "dialogId": survey, "event": event}
    bot.evaluate(asks, [".ams.ms.PublishEvent", spoken])
    page.get_by_text("A few questions about this conversation").wait_for()
    page.reload()
    page.get_by_role("button", name="good", exact=True).click()
    say(page, "thank you")
    expect(page.locator(".said").last).to_contain_text("Sent")
    assert browser.barriers(page) == []
    change(ended(survey))
    page.get_by_text("The conversation has ended.").wait_for()
    expect(page.locator(".log")).to_contain_text("How was it?")
    told = console.account("conversations", "show", main)
    said = {each["text"] for each in told["messages"]}
    assert said == {"one", "How was it?", "good", "thank you"}


def test_one_line_puts_a_chat_on_another_site(console: browser.Console) -> None:
    """The script of the page, on a page of another origin: a button, a window, a conversation."""
    skill = console.account("skills", "add", "Billing")["id"]
    script = f"{console.base}/static/embed.js"
    body = (
        "<!doctype html><html lang=en><title>Shop</title><body><h1>Shop</h1>"
        f'<script src="{script}" data-account="{console.account.account}" data-skill="{skill}">'
        "</script></body></html>"
    )

    page = console.tab(width=browser.NARROW)
    with elsewhere(body) as shop:
        page.goto(shop)
        page.get_by_role("button", name="Chat", exact=True).click()
        say(page, "Hello from the shop")
        page.get_by_text("Sent").wait_for()
        (conversation,) = console.account("conversations", "list")
        assert conversation["entrySkill"] == "Billing"
        assert browser.barriers(page) == []


@pytest.mark.thorough
def test_a_chat_on_another_site_speaks_the_language_of_the_page(console: browser.Console) -> None:
    """German on a German page in an English browser, what the server refuses as well."""
    script = f"{console.base}/static/embed.js"
    body = (
        "<!doctype html><html lang=de><title>Laden</title><body><h1>Laden</h1>"
        f'<script src="{script}" data-account="{console.account.account}" data-skill="999">'
        "</script></body></html>"
    )

    page = console.tab()
    with elsewhere(body) as shop:
        page.goto(shop)
        page.get_by_role("button", name="Chat", exact=True).click()
        expect(page.locator(".welcome")).to_have_text("Fragen Sie einfach. Wir sind für Sie da.")
        page.get_by_label("Nachricht schreiben").fill("Guten Tag")
        page.keyboard.press("Enter")
        refused = "Nicht gesendet: Es gibt keinen Skill 999."
        expect(page.get_by_role("alert")).to_have_text(refused)
        assert page.evaluate("'orchestratorWords' in globalThis") is False
        page.get_by_role("button", name="Nochmals bearbeiten").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(refused)


@pytest.mark.thorough
def test_a_page_that_forbids_the_connection_says_so(console: browser.Console) -> None:
    """The visitor is told, and the browser's console names the directive that is missing, once."""
    script = f"{console.base}/static/embed.js"
    server = urlsplit(console.base)._replace(path="").geturl()
    body = (
        "<!doctype html><html lang=en><title>Shop</title>"
        "<meta http-equiv=Content-Security-Policy content=\"connect-src 'self'\">"
        "<body><h1>Shop</h1>"
        f'<script src="{script}" data-account="{console.account.account}" data-skill="999">'
        "</script></body></html>"
    )

    page = console.tab()
    with elsewhere(body) as shop:
        page.goto(shop)
        page.get_by_role("button", name="Chat", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("cannot be reached from this page")
        assert browser.barriers(page) == []
        page.get_by_label("Write a message").fill("Hello?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("cannot be reached from this page")
        lack = f"connect-src {server} {server.replace('http', 'ws', 1)}"
        assert [each.endswith(lack) for each in console.said if "Add to it" in each] == [True]
        console.said.clear()  # the browser complains of each attempt


def test_a_week_is_painted_and_walked(console: browser.Console) -> None:
    """Dragging opens half hours of several days; the arrow keys and Space do the same."""
    page = console.signed_in()
    page.goto(f"{console.base}/schedules/new?name=Desk")
    start = page.get_by_role("gridcell", name="Saturday 10:00–10:30")
    start.drag_to(page.get_by_role("gridcell", name="Sunday 11:30–12:00"))
    expect(page.get_by_label("Saturday", exact=True)).to_have_value("10:00–12:00")
    expect(page.get_by_label("Sunday", exact=True)).to_have_value("10:00–12:00")
    page.get_by_role("gridcell", name="Sunday 11:30–12:00").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_label("Sunday", exact=True)).to_have_value("10:00–12:30")
    page.get_by_label("Would it be open?").fill("2026-11-22T12:15")
    page.locator("#told").get_by_text("open", exact=True).wait_for()
    page.get_by_role("button", name="Add schedule").click()
    page.get_by_text("The schedule “Desk” is there.").wait_for()


def test_no_barriers_on_attributes_and_what_belongs_to_them(console: browser.Console) -> None:
    """Lists and forms have no serious barrier, light and dark, wide and narrow."""
    console.account("skills", "add", "Billing")
    console.account("attributes", "set", "custom.vip", '["a", "b", "c", "d"]')
    definition = {"url": "https://crm.example.com", "parameters": {"id": "{{custom.vip}}"}}
    console.account("functions", "add", "tier", stdin=definition)
    page = console.signed_in()
    paths = [
        *("/attributes", "/attributes?tab=custom", "/attributes/custom/vip"),
        *("/attributes/functions/tier", "/schedules", "/schedules/new", "/namespaces"),
        *("/namespaces/values?namespace=orders&session=c1", "/web-client?skill=Billing"),
    ]
    assert browser.barriers_everywhere(console, page, paths) == {}
