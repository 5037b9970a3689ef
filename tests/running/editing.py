"""The one policy that tests of the editor have, and the editor opened on it."""

from typing import Any, Final

from playwright.sync_api import Page

from running.browser import Console

POLICY: Final[dict[str, Any]] = {
    "id": "p-1",
    "name": "First",
    "enabled": True,
    "conditions": [{"property": "custom.a", "type": "IS_SET"}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}
PATH: Final = "/policies/p-1/edit"


def signed_in(console: Console, **changed: Any) -> Page:
    """A page of somebody who may edit the policy, in which some keys are ``changed``."""
    console.account("policies", "load", "-", stdin={"policies": [{**POLICY, **changed}]})
    return console.signed_in()


def shown(console: Console, page: Page, path: str = PATH) -> Page:
    """Open the editor and wait until it is there."""
    page.goto(console.base + path)
    page.get_by_role("tab", name="JSON").wait_for()
    return page


def names(console: Console) -> list[str]:
    """The names of the policies, as the server has them."""
    return [each["name"] for each in console.account("policies", "list")]
