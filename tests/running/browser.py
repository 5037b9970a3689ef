"""The console as people have it in front of them: Chromium, a page, and an eye for barriers."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from running.commands import Commands

PASSWORD: Final = "correct horse battery"
INSTALL: Final = "apt-get install --yes chromium"
THEMES: Final = ("light", "dark")
WIDE: Final = 1440
NARROW: Final = 390

_AXE: Final = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""Chromium as root, without a screen, and without calls to its maker."""


def path() -> str:
    """Return where Chromium is, or skip the test; where tests gate a change they fail instead."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        missing = f"Chromium is missing: {INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@contextmanager
def started() -> Iterator[Browser]:
    """Run Chromium until the block ends."""
    executable = path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


class Console:
    """One person's browser on one account; ``said`` is what its scripts complained about."""

    def __init__(self, browser: Browser, base: str, account: Commands) -> None:
        self.base = f"{base}/console"
        self.account = account
        self.said: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def tab(self, *, width: int = WIDE, theme: str = "light", like: Page | None = None) -> Page:
        """Open a page in a browser of its own, signed in as in ``like`` if that is given."""
        state: Any = like.context.storage_state() if like else None
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            storage_state=state,
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def signed_in(self, login: str = "admin", password: str = PASSWORD, **options: Any) -> Page:
        """Open a page and sign in."""
        page = self.tab(**options)
        page.goto(f"{self.base}/sign-in")
        page.get_by_label("Account").fill(self.account.account)
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.base)
        return page

    def close(self) -> None:
        """Close every page of it."""
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.said.append(message.text)


def barriers(page: Page) -> list[str]:
    """Return what keeps people from using the page: axe's serious and critical violations."""
    page.evaluate(_AXE.read_text())
    found: Sequence[Any] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes']][:3]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def barriers_everywhere(console: Console, page: Page, paths: Sequence[str]) -> dict[str, list[str]]:
    """Return the barriers of pages, in both themes and both widths, by where they are."""
    found: dict[str, list[str]] = {}
    for theme in THEMES:
        for width in (WIDE, NARROW):
            tab = console.tab(width=width, theme=theme, like=page)
            for place in paths:
                tab.goto(console.base + place)
                if violations := barriers(tab):
                    found[f"{place} {theme} {width}"] = violations
            tab.context.close()
    return found
