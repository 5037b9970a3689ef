"""Each role's limits as people see them: the places at the side, the buttons, a forged form."""

import pytest
from playwright.sync_api import expect

from orchestrator.core.model.access import Role
from running import browser

POLICY_PLACES = (
    "Intent & Context Policies",
    *("Manage policies", "Playground", "Dashboard", "Policy logs", "Attributes", "Schedules"),
    *("Namespaces", "Bot config"),
)
SETTINGS = (
    *("Campaigns", "Users", "Skills"),
    *("Developer keys", "Function hosts", "Account"),
)
FLOOR = ("Queues and agents", "Conversations")
READING = ("Home", *POLICY_PLACES, *FLOOR, "Web client", *SETTINGS)
EVERYTHING = ("Home", *POLICY_PLACES, "Agent workspace", *READING[len(POLICY_PLACES) + 1 :])
OF_CONVERSATIONS = {"Dashboard", "Policy logs", *FLOOR}
NO_CONVERSATIONS = tuple(each for each in READING if each not in OF_CONVERSATIONS)

SEES: dict[Role, tuple[str, ...]] = {
    "Agent": ("Home", "Agent workspace"),
    "Agent Manager": EVERYTHING,
    "Policy editor": NO_CONVERSATIONS,
    "Viewer": READING,
    "Administrator": EVERYTHING,
}
"""The places at the side, from top to bottom, by role."""

MAKES: dict[Role, dict[str, bool]] = {
    "Agent Manager": {"Add policy": False, "Add skill": False},
    "Policy editor": {"Add policy": True, "Add skill": False},
    "Viewer": {"Add policy": False, "Add skill": False},
    "Administrator": {"Add policy": True, "Add skill": True},
}
"""What each role is offered to add; an agent does not come so far."""

PLACES = {"Add policy": "/policies", "Add skill": "/skills"}
FORGED = """
path => fetch(path, {
  method: "POST",
  headers: {"x-csrf-token": document.querySelector('meta[name="csrf"]').content},
  body: new URLSearchParams({name: "Forged"}),
}).then(answer => answer.status)
"""


@pytest.mark.parametrize("role", SEES)
def test_each_role_has_its_limits(console: browser.Console, role: Role) -> None:
    """What one may not do is not offered, and refused to whoever sends its form all the same."""
    console.account(
        *("users", "add", "somebody", "--type", "human", "--role", role, "--password-stdin"),
        stdin=browser.PASSWORD,
    )
    page = console.signed_in("somebody")
    page.goto(console.base)
    side = page.get_by_role("navigation", name="Main").locator(".nav a")
    expect(side).to_have_text(SEES[role])
    may = MAKES.get(role, dict.fromkeys(PLACES, False))
    for button, path in PLACES.items():
        page.goto(console.base + path)
        if role == "Agent":
            expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
        else:
            offered = page.get_by_role("link", name=button, exact=True)
            expect(offered.first).to_be_visible(visible=may[button])
    added = page.evaluate(FORGED, "/console/skills/new")
    assert (added == 403) == (not may["Add skill"])
    if not may["Add policy"]:
        assert page.evaluate(FORGED, "/console/policies/new") == 403
        assert page.evaluate(FORGED, "/console/policies/example") == 403
    names = [each["name"] for each in console.account("skills", "list") or []]
    assert names == (["Forged"] if may["Add skill"] else [])
