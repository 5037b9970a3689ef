"""Trying another operator, kind or action costs nothing: who comes back finds what was there."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from running import browser, editing

pytestmark = pytest.mark.thorough

LIST = {"property": "custom.a", "type": "IS_IN", "value": ["gold", "platinum", "12"]}
POLICY = {**editing.POLICY, "conditions": [LIST]}


def opened(console: browser.Console, **changed: Any) -> Page:
    """The editor of the policy with some of its keys changed."""
    return editing.shown(console, editing.signed_in(console, **{**POLICY, **changed}))


@pytest.mark.parametrize("steps", [("is",), ("is set",), ("is", "is set", "contains")])
def test_another_operator_and_back(console: browser.Console, steps: tuple[str, ...]) -> None:
    """A list is whole again, whatever became of it on the way; then nothing is unsaved."""
    page = opened(console)
    for words in (*steps, "is in"):
        page.get_by_label("Operator").select_option(label=words)
    expect(page.locator(".values .chip")).to_have_count(3)
    expect(page.get_by_role("button", name="Discard")).to_be_disabled()


def test_another_kind_and_back(console: browser.Console) -> None:
    """A list tried as an attribute is a list again; what is changed meanwhile counts instead."""
    page = opened(console)
    kind = page.get_by_label("Kind of value")
    kind.select_option(label="attribute")
    kind.select_option(label="list")
    expect(page.locator(".values .chip")).to_have_count(3)
    page.get_by_label("Operator").select_option(label="is")
    for label in ("yes or no", "attribute", "number", "text"):
        kind.select_option(label=label)
    field = page.get_by_label("Value", exact=True)
    expect(field).to_have_value("gold, platinum, 12")
    field.fill("silver")
    page.get_by_label("Operator").select_option(label="is in")
    expect(page.locator(".values .chip")).to_have_count(1)
    expect(page.locator(".values .chip")).to_contain_text("silver")


def test_another_action_and_back(console: browser.Console) -> None:
    """A message tried as a transfer has nothing of the message in it, and is a message again."""
    console.account("skills", "add", "Billing")
    page = opened(console)
    action = page.get_by_label("Action", exact=True)
    action.select_option(label="Transfer to a skill")
    page.get_by_role("button", name="Skill: Choose").click()
    page.get_by_role("option", name="Billing").click()
    side = page.get_by_label("What it says", exact=True)
    expect(side).to_contain_text("THEN transfer to “Billing”")
    action.select_option(label="Transfer to an agent")
    expect(page.get_by_role("button", name="if they cannot take it, to: Billing")).to_be_visible()
    action.select_option(label="Transfer to a skill")
    expect(side).to_contain_text("THEN transfer to “Billing”")
    action.select_option(label="Send a message")
    expect(page.get_by_label("Message")).to_have_value("Hello")
    expect(page.get_by_role("button", name="Discard")).to_be_disabled()


def test_a_removed_action_can_be_brought_back(console: browser.Console) -> None:
    """Undo is in sight wherever one is, and puts it where it was, with what was typed."""
    many = [{"property": f"custom.a{each}", "type": "IS_SET"} for each in range(20)]
    page = opened(console, conditions=many)
    page.get_by_label("Actions for step 1").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_label("Message")).to_have_count(0)
    undo = page.locator('[data-notice="removed"]').get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": browser.NARROW, "height": 844})
    expect(undo).to_be_in_viewport(ratio=1)
    undo.click()
    expect(page.get_by_label("Message")).to_have_value("Hello")
    expect(page.get_by_label("Actions for step 1")).to_be_focused()


def test_yes_or_no_is_shown_before_it_is_chosen(console: browser.Console) -> None:
    """A condition that has no value yet, on what is true or false, does not stop the editor."""
    first = {"property": "conversation.isFirst", "type": "EQUAL"}
    page = opened(console)
    key = page.locator("policy-editor").get_attribute("data-key")
    page.evaluate(
        "([key, text]) => localStorage.setItem(`orchestrator.draft/${key}`,"
        " JSON.stringify({text: JSON.stringify(text), tab: 'build', version: '1',"
        " at: Date.now()}))",
        [key, {**POLICY, "conditions": [first]}],
    )
    page.reload()
    expect(page.get_by_label("Value", exact=True)).to_have_value("true")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_text("Saved as version 2.").wait_for()
    condition = console.account("policies", "show", "First")["conditions"][0]
    assert condition == {**first, "value": True}


def test_hours_that_were_painted_outlive_escape(console: browser.Console) -> None:
    """Escape puts the dialog aside as it is; Insert and Cancel end it, and it begins anew."""
    page = opened(console)
    add = page.get_by_role("button", name="+ Opening hours or dates").first
    hour = page.get_by_role("button", name="SUN 09:00")
    add.click()
    hour.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    add.click()
    expect(hour).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Cancel").click()
    add.click()
    expect(hour).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Insert", exact=True).click()
    code = page.locator("code-editor .cm-content").first
    expect(code).to_contain_text("['MON', 'TUE', 'WED', 'THU', 'FRI']")
    add = page.get_by_role("button", name="+ Opening hours or dates").first
    add.click()
    expect(page.get_by_role("button", name="MON 09:00")).to_have_attribute("aria-pressed", "true")
    assert browser.barriers(page) == []
