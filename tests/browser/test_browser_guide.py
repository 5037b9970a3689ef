"""The set-up guide, step by step under its own names, from an empty folder to a routed customer."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from running import browser, commands, server


@pytest.fixture
def empty(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> Iterator[tuple[browser.Console, str]]:
    """A browser on a new server's first account, and the link that makes its administrator."""
    running = start_server()
    link = browser.invitation(running)
    opened = browser.Console(chromium, running.http, running.account("1"))
    yield opened, link
    opened.close()
    assert opened.said == []


def test_the_whole_guide_leads_to_a_routed_conversation(empty: tuple[browser.Console, str]) -> None:
    """Every step is found under its name, the checklist ticks itself, and a customer is routed."""
    console, link = empty
    page = console.tab()
    page.goto(link)
    page.get_by_label("Login").fill("admin")
    page.get_by_label("Password").fill(browser.PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("0 of 7 done").wait_for()

    key = _bot(page)
    _people_and_skills(page)
    _engagement(page)
    _credentials(page, key)

    # No policy is executed, so the conversation goes to the skill behind “maven:Billing”.
    page.goto(console.base)
    expect(page.get_by_text("6 of 7 done")).to_be_visible()
    _a_customer_is_answered_by_ann(console.account)


def _bot(page: Page) -> str:
    """Users, Action, Add: type bot, a name, Generate API Key, role Agent, Unlimited. → the key"""
    _side(page, "Users")
    page.locator("summary", has_text="Action").click()
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_role("radio", name="Bot").check()
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()
    page.get_by_label("Login name").fill("mavenBot")
    page.get_by_label("Generate API Key").check()
    page.get_by_role("checkbox", name="Agent Takes").check()
    page.get_by_label("Max no. of live chats").fill("Unlimited")
    page.get_by_role("button", name="Add user").click()
    page.get_by_role("heading", name="API key of mavenBot").wait_for()
    assert len(page.locator("#access-token").inner_text()) == 32
    return page.locator("#whole").inner_text()


def _people_and_skills(page: Page) -> None:
    """A skill that agents serve and its twin for the bot, each assigned from one of both sides."""
    for name, bot in (("Billing", False), ("maven:Billing", True)):
        _side(page, "Skills")
        page.get_by_role("link", name="Add skill").click()
        page.get_by_label("Name").fill(name)
        if bot:
            page.get_by_label("mavenBot").check()
        page.get_by_role("button", name="Add skill").click()
        page.get_by_text(f"Skill “{name}” is there.").wait_for()
    _side(page, "Users")
    page.get_by_role("link", name="Add an agent").click()
    page.get_by_label("Login name").fill("ann")
    page.get_by_label("Password", exact=True).fill(browser.PASSWORD)
    page.get_by_role("checkbox", name="Billing", exact=True).check()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("row", name="ann").get_by_text("Billing")).to_be_visible()


def _engagement(page: Page) -> None:
    """Engagement settings, Routing: specific skill, set to the bot's."""
    _side(page, "Campaigns")
    page.get_by_role("link", name="Add an engagement").click()
    page.get_by_label("Name").fill("Contact us")
    page.get_by_label("Entry point").fill("billing")
    expect(page.get_by_role("radio", name="Specific skill")).to_be_checked()
    page.get_by_role("combobox", name="Skill").select_option("maven:Billing")
    page.get_by_role("button", name="Add engagement").click()
    page.get_by_text("Engagement “Contact us” is there.").wait_for()


def _credentials(page: Page, key: str) -> None:
    """Intent & Context Policies, Bot config: test them, save them, and see the bot come online."""
    _side(page, "Intent & Context Policies")
    page.get_by_role("main").get_by_role("link", name="Bot config").click()
    wrong = {**json.loads(key), "secret": "0" * 16}
    page.get_by_label("Paste the API key").fill(json.dumps(wrong))
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("does not work").wait_for()
    page.get_by_label("Paste the API key").fill(key)
    page.get_by_role("button", name="Test connection").click()
    page.locator("#tried").get_by_text("it serves 1 skill").wait_for()
    expect(page.locator("#tried li.good")).to_have_count(5)
    page.get_by_role("button", name="Save").click()
    page.locator("#session").get_by_text("Online").wait_for()
    # A test beside the running session leaves the session as it is.
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("works", exact=True).wait_for()
    expect(page.locator("#tried li.good")).to_have_count(5)
    expect(page.locator("#session").get_by_text("Online")).to_be_visible()


def _a_customer_is_answered_by_ann(account: commands.Commands) -> None:
    agent = account.start("agent", "ann", "--auto-accept")
    try:
        agent.wait_for(lambda line: line.get("availability") == "ONLINE", what="being online")
        account("chat", "--engagement", "Contact us", "--message", "Hello", "--wait", "0")
        taken = agent.wait_for(lambda line: line.get("state") == "MINE", what="the conversation")
        shown = account("conversations", "show", taken["conversationId"])
        row = shown["conversation"]
        assert (row["entrySkill"], row["skill"], row["agent"]) == (
            "maven:Billing",
            "Billing",
            "ann",
        )
    finally:
        agent.kill()


def test_nothing_typed_is_lost_when_somebody_else_saved_first(console: browser.Console) -> None:
    """Theirs stands beside mine at the field; saving once more puts mine in its place."""
    console.account("skills", "add", "Billing")
    console.account("users", "add", "ann", "--type", "human", "--role", "Agent")
    page = console.signed_in()
    page.goto(f"{console.base}/users")
    page.get_by_role("link", name="ann").click()
    page.get_by_label("Max no. of live chats").fill("3")
    page.get_by_label("Billing").check()
    console.account("users", "edit", "ann", "--max-chats", "7", "--full-name", "Ann Other")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Somebody else changed this meanwhile.").wait_for()
    expect(page.locator("#max_chats-error")).to_have_text("Now there: 7")
    expect(page.locator("#full_name-error")).to_have_text("Now there: Ann Other")
    expect(page.get_by_label("Max no. of live chats")).to_have_value("3")
    expect(page.get_by_label("Billing")).to_be_checked()
    page.get_by_label("Name", exact=False).nth(1).fill("Ann Other")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("User “ann” is saved.").wait_for()
    shown = console.account("users", "show", "ann")
    assert (shown["maxChats"], shown["fullName"], shown["skills"]) == (3, "Ann Other", ["Billing"])


def test_nothing_typed_is_lost_when_the_session_is_over(console: browser.Console) -> None:
    """The form stays, says so, and is sent once somebody has signed in again beside it."""
    page = console.signed_in()
    page.goto(f"{console.base}/campaigns/new")
    page.get_by_label("Name").fill("Spring")
    changed = "another password"
    console.account("users", "edit", "admin", "--password-stdin", stdin=changed)
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_text("Nothing is lost: sign in again").wait_for()
    expect(page.get_by_label("Name")).to_have_value("Spring")
    beside = page.context.new_page()
    console.sign_in(beside, password=changed)
    beside.close()
    with page.expect_response("**/console/token"):
        page.evaluate("dispatchEvent(new Event('focus'))")
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_text("Campaign “Spring” is there.").wait_for()


def test_nothing_typed_is_lost_with_the_connection(console: browser.Console) -> None:
    """A save that does not arrive is said, and can be sent again."""
    page = console.signed_in()
    page.goto(f"{console.base}/campaigns/new")
    page.get_by_label("Name").fill("Spring")
    page.context.route("**/campaigns/new", lambda route: route.abort())
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_text("The connection to the server is lost.").wait_for()
    page.context.unroute("**/campaigns/new")
    expect(page.get_by_label("Name")).to_have_value("Spring")
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_text("Campaign “Spring” is there.").wait_for()
    console.said.clear()  # the browser itself complains of what was refused


@pytest.mark.thorough
def test_a_form_whose_answer_is_late_and_then_lost_is_sent_once_and_promises_nothing(
    console: browser.Console,
) -> None:
    """What is typed meanwhile would be lost, so it is not taken; saving again makes no second."""
    page = console.signed_in()
    page.goto(f"{console.base}/campaigns/new")
    name = page.get_by_label("Name")
    with browser.Held(page, "**/campaigns/new") as held:
        name.fill("Spring")
        name.press("Enter")
        name.press("Enter")
        page.keyboard.type(" and summer")
        route = held.first()
        assert held.routes == []
        route.fetch(max_redirects=0)
        route.abort()
        page.get_by_role("alert").get_by_text("may be saved or not").wait_for()
    expect(name).to_have_value("Spring")
    expect(name).to_be_focused()
    assert browser.barriers(page) == []
    page.get_by_role("button", name="Add campaign").click()
    page.get_by_text("There is already one campaign named “Spring”.").wait_for()
    expect(page.get_by_text("may be saved or not")).to_have_count(0)
    console.said.clear()  # the browser complains of the lost connection as well


def test_no_barriers_on_the_guides_pages(console: browser.Console) -> None:
    """One page of each kind has no serious barrier, light and dark, wide and narrow."""
    console.account("skills", "add", "maven:Billing")
    console.account("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    console.account("users", "generate-key", "mavenBot")
    console.account("engagements", "add", "Contact us", "--skill", "maven:Billing")
    console.account("keys", "add", "CRM")
    bot = console.account("users", "show", "mavenBot")["id"]
    prefix = console.account("keys", "list")[0]["prefix"]
    page = console.signed_in()
    paths = [
        *("/users", f"/users/{bot}", "/campaigns", "/engagements/new", "/bot-config"),
        f"/keys/{prefix}",
    ]
    assert browser.barriers_everywhere(console, page, paths) == {}


def _side(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()
