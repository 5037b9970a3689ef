"""THE list of pages that are photographed, with the things that some of them show."""

import json
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from playwright.sync_api import Page

from running.commands import Commands

CHANGED: Final = "App trouble"
"""A policy of the bank that decides often."""
EXACT: Final = "Top tiers to advisors"
"""A policy of the bank that can be an expression: nothing in it ignores upper and lower case."""
NESTED: Final = "Prospects to Sales"
"""A policy of the bank whose conditions stand in groups of groups."""


_RINGS_AGAIN: Final = 120_000
"""Milliseconds: what rang in another look and was not answered may rest before it rings again."""


class Shown(msgspec.Struct, frozen=True):
    """One page: its name in file names, its path, and what is there when it is ready.

    ``done`` is what somebody does on it before, in each look anew.
    """

    name: str
    path: str
    ready: str = "main h1"
    done: Callable[[Page], None] | None = None


def pages(account: Commands) -> Iterator[Shown]:
    """Yield every page of the console, the stranger's first."""
    yield Shown("sign-in", "/sign-in")
    yield Shown("home", "")
    yield from _about_policies(account)
    yield Shown("policy-logs", "/policy-logs")
    yield Shown("dashboard", "/dashboard", "usage-chart[drawn]")
    yield Shown("dashboard-wall", "/dashboard?wall", "usage-chart[drawn]")
    yield Shown("conversations", "/conversations")
    conversation = account("conversations", "list", "--limit", "1")[0]["conversationId"]
    yield Shown("conversation", f"/conversations/{conversation}")
    yield Shown("playground-tried", f"/playground?load={conversation}")
    yield Shown("attributes", "/attributes")
    yield Shown("attributes-custom", "/attributes?tab=custom")
    yield Shown("schedules", "/schedules")
    yield Shown("namespaces", "/namespaces")
    _valued_customers(account)
    yield Shown("desk", "/desk", ".desk-said.mine", _serving)
    account("chat", "--skill", "Billing", "--message", "Where is my card?", "--wait", "0")
    waiting = account("conversations", "list", "--limit", "1")[0]["conversationId"]
    yield Shown("floor", "/floor", ".live.on")
    skill = account("skills", "list")[0]["id"]
    yield Shown("floor-queue", f"/floor/queues/{skill}", ".live.on")
    yield Shown("floor-move", f"/floor/conversations/{waiting}")
    yield Shown("web-client", "/web-client?skill=Billing")
    yield Shown("web-client-chat", "/web-client?skill=Billing", ".said.mine", _writing)
    yield Shown("bot-config", "/bot-config")
    yield Shown("bot-config-tried", "/bot-config", "#tried .checked", _trying_the_key)
    yield Shown("campaigns", "/campaigns")
    yield Shown("engagement-new", "/engagements/new")
    yield Shown("users", "/users")
    yield Shown("user-new", "/users/new?type=bot&login=mavenBot")
    bot = next(each["id"] for each in account("users", "list") if each["type"] == "bot")
    yield Shown("bot-user", f"/users/{bot}")
    yield Shown("skills", "/skills")
    skill = account("skills", "list")[0]["id"]
    yield Shown("skill", f"/skills/{skill}")
    yield Shown("keys", "/keys")
    yield Shown("function-hosts", "/function-hosts")
    yield Shown("account", "/account")


def _about_policies(account: Commands) -> Iterator[Shown]:
    yield Shown("policies", "/policies")
    yield Shown("policies-menu", "/policies", ".policy .menu[open]", _opening_a_menu)
    yield Shown("policy-versions", "/policies/versions")
    policies = account("policies", "list")
    policy, last = policies[0]["id"], policies[-1]["id"]
    editor = f"/policies/{policy}/edit"
    yield Shown("policy-editor", editor, "policy-editor [role=tabpanel]")
    yield Shown("policy-editor-attribute", editor, ".picker [role=option]", _choosing)
    exact = next((each["id"] for each in policies if each.get("name") == EXACT), policy)
    yield Shown("policy-editor-hours", f"/policies/{exact}/edit", ".times .week", _asking_for_hours)
    nested = next((each["id"] for each in policies if each.get("name") == NESTED), policy)
    yield Shown("policy-editor-nested", f"/policies/{nested}/edit", ".group .group .group")
    written = f"/policies/{last}/edit"
    yield Shown("policy-editor-expression", written, ".cm-tooltip-autocomplete", _writing_a_name)
    changed = next((each["id"] for each in policies if each.get("name") == CHANGED), policy)
    yield Shown("policy-editor-replayed", f"/policies/{changed}/edit", ".shifts li", _replaying)
    yield Shown("policy-actions", f"/policies/{policy}/actions")
    yield Shown("policy-new", "/policies/new", "policy-editor [role=tabpanel]")
    yield Shown("playground", "/playground")
    yield Shown("playground-grid", "/playground", "table.combinations", _trying_combinations)


def _opening_a_menu(page: Page) -> None:
    page.get_by_label("Actions for App trouble", exact=True).click()


def _choosing(page: Page) -> None:
    page.locator(".attribute .chooser").first.click()


def _asking_for_hours(page: Page) -> None:
    page.get_by_role("button", name="+ Opening hours or dates").first.click()


def _writing_a_name(page: Page) -> None:
    """Turn the conditions into an expression, and begin to write the name of an attribute."""
    page.get_by_role("tab", name="Write an expression").click()
    page.locator("code-editor .cm-content").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and conversation.p", delay=20)


def _replaying(page: Page) -> None:
    """Switch a policy off, and ask what would have become of its customers."""
    page.get_by_label("Enabled").uncheck()
    page.get_by_role("button", name="What would have changed?").click()
    page.locator(".shifts li").first.scroll_into_view_if_needed()


def _trying_combinations(page: Page) -> None:
    page.get_by_label("conversation.firstMessage").fill("I lost my card\nIs the app down?")
    page.get_by_label("conversation.language").fill("en-GB\nes-ES")
    page.locator("#trying").get_by_role("button", name="Try").last.click()


def _valued_customers(account: Commands) -> None:
    """Let whoever is photographed serve Private Banking, where the bot sends two customers."""
    roles = ("--role", "Administrator", "--role", "Agent")
    account("users", "edit", "admin", *roles)
    account("skills", "assign", "Private Banking", "admin")
    for name, customer, said in (
        ("Renée", "M-1007", "I would like to move my deposit to another bank."),
        ("Samir", "M-1042", "When does my new card arrive?"),
    ):
        profile = [
            {"type": "personal", "personal": {"firstname": name}},
            {"type": "ctmrinfo", "info": {"ctype": "gold", "customerId": customer}},
        ]
        written = ("--profile", json.dumps(profile), "--message", said, "--wait", "0")
        account("chat", "--skill", "maven:Sales", *written)


def _serving(page: Page) -> None:
    """Be online, with one conversation open and the other ringing."""
    page.locator(".desk-lamp.good").wait_for()
    page.get_by_label("Your state").select_option("ONLINE")
    page.locator(".desk-ring, .desk-talk").first.wait_for(state="attached", timeout=_RINGS_AGAIN)
    page.wait_for_timeout(500)  # what one has already is told one by one
    if not page.locator(".desk-talk").count():
        page.get_by_role("button", name="Accept").first.click()
    page.locator(".desk-talk").first.click()
    page.locator(".desk-said").first.wait_for()
    if not page.locator(".desk-said.mine").count():
        page.get_by_label("Write to the customer").fill("Good morning! I am looking into it.")
        page.keyboard.press("Enter")
    page.locator(".desk-said.mine").first.wait_for()
    page.locator(".desk-sentence").first.wait_for(state="attached")
    page.locator(".desk-ring").first.wait_for(state="attached", timeout=_RINGS_AGAIN)


def _writing(page: Page) -> None:
    page.get_by_label("Write a message").fill("Where is my invoice of October?")
    page.keyboard.press("Enter")


def _trying_the_key(page: Page) -> None:
    page.get_by_role("button", name="Test connection").click()
