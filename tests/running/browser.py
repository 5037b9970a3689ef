"""The console as people have it in front of them: Chromium, a page, and an eye for barriers."""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect
from playwright.sync_api import sync_playwright as playwright

from orchestrator.doors.console import rendering
from running import program
from running.commands import Commands
from running.server import Server

PASSWORD: Final = "correct horse battery"
INSTALL: Final = "apt-get install --yes chromium"
THEMES: Final = ("light", "dark")
WIDE: Final = 1440
NARROW: Final = 390
LOOKS: Final = (("light", WIDE), ("dark", NARROW))
"""How pages are looked at for barriers: each theme, and each width; `make screenshots` has all."""
PATIENCE: Final = 20_000
"""Milliseconds to wait for something that normally takes a fraction of a second."""

_AXE: Final = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_SHELL: Final = "chromium-headless-shell"
"""The same engine without what is only there for a screen: tests take two thirds of the time."""
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


def lacking() -> str:
    """Return what is missing here, with the one command that brings it; nothing where all is."""
    if _executable() is None:
        return f"Chromium is missing: {INSTALL}"
    if not _AXE.is_file() or not rendering.is_built():
        return "The console's browser part is not built: make web"
    return ""


@contextmanager
def started(*, whole: bool = False) -> Iterator[Browser]:
    """Run Chromium until the block ends: the ``whole`` of it, or its headless shell where it is.

    Where `lacking` has something to say it fails.
    """
    assert not lacking(), lacking()
    expect.set_options(timeout=PATIENCE)
    with playwright() as running:
        path = _executable(_NAMES if whole else (_SHELL, *_NAMES)) or _executable()
        browser = running.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


def _executable(names: Sequence[str] = (*_NAMES, _SHELL)) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def administrator(account: Commands) -> None:
    """Add ``admin``, whose password is the common one."""
    account(
        *("users", "add", "admin", "--type", "human", "--role", "Administrator"),
        "--password-stdin",
        stdin=PASSWORD,
    )


def invitation(running: Server) -> str:
    """Return the link of a new server, a line of its log soon after the one that it is ready."""
    deadline = time.monotonic() + program.PATIENCE
    while time.monotonic() < deadline:
        for line in running.logs:
            if "console.invitation" in line:
                return json.loads(line)["link"]
        time.sleep(0.02)
    raise AssertionError(f"nobody was invited: {running.logs[-20:]}")


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
            reduced_motion="reduce",
            storage_state=state,
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def signed_in(self, login: str = "admin", password: str = PASSWORD, **options: Any) -> Page:
        """Open a page of somebody who has signed in; it shows nothing yet."""
        page = self.tab(**options)
        form: Any = {"account": self.account.account, "login": login, "password": password}
        answer = page.context.request.post(f"{self.base}/sign-in", form=form, max_redirects=0)
        assert answer.status == 303, answer.text()
        return page

    def sign_in(self, page: Page, login: str = "admin", password: str = PASSWORD) -> None:
        """Sign in by the form, and be at home."""
        page.goto(f"{self.base}/sign-in")
        page.get_by_label("Account").fill(self.account.account)
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(self.base)

    def close(self) -> None:
        """Close every page of it."""
        for context in self._contexts:
            context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.said.append(message.text)


class Held:
    """Requests that the page made and that nobody answers, until the test does; as a context."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._pattern = pattern
        self.routes: list[Route] = []

    def __enter__(self) -> Self:
        self._page.route(self._pattern, self._hold)
        return self

    def __exit__(self, *_: object) -> None:
        self._page.unroute(self._pattern)

    def first(self) -> Route:
        """The oldest that waits. What the page shows may be seen before what it asked for.

        Raises:
            AssertionError: Nothing was asked for within ten seconds.
        """
        until = time.monotonic() + 10
        while not self.routes:
            assert time.monotonic() < until, f"nobody asked for {self._pattern}"
            self._page.wait_for_timeout(10)
        return self.routes.pop(0)

    def _hold(self, route: Route) -> None:
        self.routes.append(route)


def barriers(page: Page) -> list[str]:
    """Return what keeps people from using the page: axe's serious and critical violations."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())
    found: Sequence[Any] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes']][:3]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def barriers_in_both_themes(page: Page) -> dict[str, list[str]]:
    """Return the barriers of the page as it stands, by look; light and wide it is left."""
    found: dict[str, list[str]] = {}
    for theme, width in (*LOOKS[1:], LOOKS[0]):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        if violations := barriers(page):
            found[f"{theme} {width}"] = violations
    return found


def barriers_everywhere(console: Console, page: Page, paths: Sequence[str]) -> dict[str, list[str]]:
    """Return the barriers of pages, in both themes and both widths, by where they are."""
    found: dict[str, list[str]] = {}
    for place in paths:
        page.goto(console.base + place)
        found |= {f"{place} {look}": said for look, said in barriers_in_both_themes(page).items()}
    return found
