"""The policy editor as people use it: three tabs, moving, what survives, and who was faster."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from running import browser, commands, server

BALANCE = {
    "property": "sde.visitorinfo.customerinfo.balance",
    "type": "GREATER_THAN",
    "value": 100,
}
POLICY = {
    "id": "p-1",
    "name": "First",
    "enabled": True,
    "conditions": [
        {"property": "custom.a", "type": "IS_SET"},
        {"property": "custom.b", "type": "IS_SET"},
        {"any": [{"property": "custom.c", "type": "IS_SET"}]},
    ],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}


def loaded(account: commands.Commands) -> None:
    """Give the account one policy."""
    account("policies", "load", "-", stdin={"policies": [POLICY]})


def opened(console: browser.Console, page: Page, path: str = "/policies/p-1/edit") -> Page:
    """Open the editor and wait until the server has looked the policy over."""
    with page.expect_response("**/policy-editor/look"):
        page.goto(console.base + path)
    return page


def saved(account: commands.Commands, name: str = "First") -> Any:
    """Return the policy as it is saved."""
    return account("policies", "show", name)


def test_a_policy_is_made_in_all_three_tabs(console: browser.Console) -> None:
    """What is built, written and typed as JSON is one document, and switching loses nothing."""
    console.account("skills", "add", "Billing")
    page = opened(console, console.signed_in(), "/policies/new")
    page.get_by_label("Name").fill("Rich")
    page.get_by_role("button", name="+ Add condition").click()
    page.get_by_role("button", name="Attribute: Choose").click()
    page.get_by_role("combobox", name="Choose an attribute").fill("balance")
    page.keyboard.press("Enter")
    page.get_by_label("Operator").select_option(label="more than")
    page.get_by_label("Value", exact=True).fill("100")
    page.get_by_role("button", name="+ Transfer to a skill").click()
    page.get_by_role("button", name="Skill: Choose").click()
    page.get_by_role("option", name="Billing").click()
    side = page.get_by_label("What it says, and saving")
    expect(side).to_contain_text("IF balance is more than 100 THEN transfer to “Billing”")
    expect(side).to_contain_text("nobody is assigned")  # the analysis speaks while editing

    page.get_by_role("tab", name="Write an expression").click()
    code = page.locator("code-editor .cm-content")
    expect(code).to_have_text("sde.visitorinfo.customerinfo.balance > 100")
    code.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" and custom.b + ")
    expect(page.locator(".error:visible")).to_contain_text("line 1, column")
    page.keyboard.type("1 == 2")
    expect(page.locator(".error:visible")).to_have_count(0)
    page.get_by_role("tab", name="Conditions").click()
    note = page.locator('[data-notice="refused"]')
    expect(note).to_contain_text("custom.b + 1 == 2 has no form as a condition")
    expect(code).to_contain_text("custom.b + 1 == 2")
    code.fill("sde.visitorinfo.customerinfo.balance > 100 and isSet(custom.b)")
    page.get_by_role("tab", name="Conditions").click()
    expect(page.locator(".row select[aria-label='Operator']")).to_have_count(2)

    page.get_by_role("tab", name="JSON").click()
    expect(code).to_contain_text('"GREATER_THAN"')
    page.get_by_role("tab", name="Conditions").click()
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 1.").wait_for()
    policy = saved(console.account, "Rich")
    assert policy["conditions"] == [BALANCE, {"property": "custom.b", "type": "IS_SET"}]
    assert policy["enabled"] is False


def test_who_only_looks_at_the_other_form_changes_nothing(console: browser.Console) -> None:
    """Conditions stay conditions and expressions expressions until they are edited as the other."""
    written = "custom.a == 'x' and not isSet(custom.b)"
    second = {**POLICY, "id": "p-2", "name": "Second", "expression": written}
    del second["conditions"]
    console.account("policies", "load", "-", stdin={"policies": [POLICY, second]})
    page = opened(console, console.signed_in())
    page.get_by_role("tab", name="Write an expression").click()
    code = page.locator("code-editor:visible .cm-content")
    expect(code).to_contain_text("isSet(custom.a)")
    expect(page.get_by_role("button", name="Discard")).to_be_disabled()
    page.get_by_label("Name").fill("Renamed")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    assert saved(console.account, "Renamed")["conditions"] == POLICY["conditions"]

    opened(console, page, "/policies/p-2/edit")
    page.get_by_role("tab", name="Conditions").click()
    expect(page.get_by_label("Operator")).to_have_count(2)
    page.get_by_role("tab", name="JSON").click()
    expect(code).to_contain_text(f'"expression": "{written}"')
    page.get_by_role("tab", name="Conditions").click()
    page.get_by_label("Value", exact=True).fill("y")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 3.").wait_for()
    first = saved(console.account, "Second")["conditions"][0]
    assert first == {"property": "custom.a", "type": "EQUAL", "value": "y"}


@pytest.mark.thorough
def test_nothing_is_typed_into_what_is_being_saved(console: browser.Console) -> None:
    """It would be lost with the page: the fields wait for the answer, and go on after a refusal."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    name = page.get_by_label("Name")
    with browser.Held(page, "**/policies/p-1/edit") as held:
        name.fill("Saved")
        name.press("Enter")
        page.locator(".editor-head[inert]").wait_for()
        page.keyboard.type("!")
        held.first().fulfill(status=422, json={"message": "not yet"})
        expect(page.locator('[data-notice="failed"]')).to_be_visible()
        expect(name).to_be_focused()
        expect(name).to_have_value("Saved")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    assert saved(console.account, "Saved")["id"] == "p-1"


def test_conditions_move_by_drag_by_menu_and_back(console: browser.Console) -> None:
    """A row is dragged into a group, another goes there by its menu; removing can be undone."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    handles = page.get_by_title("Drag the condition")
    handles.nth(0).drag_to(page.get_by_role("group", name="Any of the following").locator(".row"))
    menu = page.get_by_label("Actions for the condition on custom.b")
    menu.click()
    page.get_by_role("button", name="Move into the group below").click()
    expect(page.get_by_label("Actions for the condition on custom.b")).to_be_focused()
    page.get_by_label("Actions for the condition on custom.c").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.locator('[data-notice="removed"]').get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    (group,) = saved(console.account)["conditions"]
    assert {each["property"] for each in group["any"]} == {"custom.a", "custom.b", "custom.c"}


def test_a_list_is_pasted_and_hours_are_painted(console: browser.Console) -> None:
    """Pasted lines are the elements; hours make the conditions an expression."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    page.get_by_label("Operator").first.select_option(label="is in")
    field = page.get_by_label("Add a value").first
    field.evaluate(
        "(field) => { const data = new DataTransfer(); data.setData('text', 'gold\\nplatinum');"
        " field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, cancelable: true,"
        " bubbles: true})); }"
    )
    expect(page.locator(".values .chip")).to_have_count(2)
    page.get_by_role("button", name="+ Opening hours or dates").first.click()
    page.get_by_label("Time zone").fill("Europe/Paris")
    page.get_by_role("button", name="MON 09:00").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Insert", exact=True).click()
    code = page.locator("code-editor .cm-content").first
    expect(code).to_contain_text("custom.a in ['gold', 'platinum']")
    expect(code).to_contain_text("isTimeRange('10:00:00', '16:59:59', 'Europe/Paris', ['MON'])")
    expect(page.locator('[data-notice="told"]')).to_contain_text("Times are written as")


@pytest.mark.thorough
def test_hours_are_not_asked_for_where_they_could_not_be_put(console: browser.Console) -> None:
    """What is not complete yet is named first, in the words of the fields: no choice is lost."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    page.get_by_label("Operator").first.select_option(label="is in")
    add = page.get_by_role("button", name="+ Opening hours or dates").first
    add.click()
    refused = page.locator('[data-notice="refused"]')
    expect(refused).to_contain_text("The conditions are not complete yet")
    expect(refused).to_contain_text("“is in”")
    expect(page.get_by_label("Time zone")).to_be_hidden()
    expect(add).to_be_focused()
    page.get_by_label("Add a value").first.fill("gold")
    page.keyboard.press("Enter")
    add.click()
    expect(page.get_by_label("Time zone")).to_be_visible()
    expect(refused).to_have_count(0)


def test_whoever_is_slower_sees_both_and_loses_nothing(console: browser.Console) -> None:
    """Theirs is shown beside mine; mine can still be saved, or be brought back."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    page.get_by_label("Name").fill("Mine")
    console.account("policies", "edit", "First", "--name", "Theirs", "--disabled")
    page.get_by_role("button", name="Save as a new version").click()
    stale = page.locator('[data-notice="stale"]')
    expect(stale).to_contain_text("changed meanwhile")
    stale.get_by_role("button", name="Look at theirs").click()
    expect(page.get_by_label("Name")).to_have_value("Theirs")
    page.get_by_role("button", name="Bring mine back").click()
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save as a new version").click()
    stale.get_by_role("button", name="Save mine over theirs").click()
    page.get_by_text("Saved as version 3.").wait_for()
    assert saved(console.account, "Mine")["enabled"] is True


def test_unsaved_edits_outlive_the_server_and_the_session(
    chromium: Browser, start_server: Callable[[], server.Server]
) -> None:
    """The server is killed and the session ends: what was typed is there, and can be saved."""
    running = start_server()
    account = running.account("1")
    browser.administrator(account)
    loaded(account)
    console = browser.Console(chromium, running.http, account)
    page = opened(console, console.signed_in())
    running.kill()
    page.get_by_label("Name").fill("Typed while nobody listened")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator('[data-notice="failed"]')).to_contain_text("kept in this browser")
    running.restart()
    expect(page.locator("#offline")).to_be_hidden()
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    assert saved(account, "p-1")["name"] == "Typed while nobody listened"

    page.get_by_label("Name").fill("Typed without a session")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator('[data-notice="out"]')).to_contain_text("You are signed out")
    console.sign_in(page.context.new_page())

    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Typed without a session")
    expect(page.locator('[data-notice="restored"]')).to_contain_text("are here again")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 3.").wait_for()
    assert saved(account, "p-1")["name"] == "Typed without a session"
    console.close()


def test_no_barriers_in_the_editor(console: browser.Console) -> None:
    """Neither an empty editor nor a full one, nor its dialogs, have a serious barrier."""
    loaded(console.account)
    page = opened(console, console.signed_in())
    page.get_by_role("button", name="+ Add an exception").click()
    page.get_by_role("button", name="+ Opening hours or dates").first.click()
    assert browser.barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Attribute: custom.a").click()
    assert browser.barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="JSON").click()
    assert browser.barriers(page) == []
    paths = ["/policies/new", "/policies/p-1/edit"]
    assert browser.barriers_everywhere(console, page, paths) == {}
