"""The console's pages in Chromium: until each is ready, and whether the live list stands still.

Run as ``python -m bench.pages_seen BASE FILE``; FILE holds the pages as JSON, and what was seen is
printed as JSON. It is a process of its own, so that it waits for nobody but the server.
"""

import sys
import time
from pathlib import Path
from typing import Final

import msgspec
from playwright.sync_api import Page

from bench import pages_account
from running import browser

WATCHED_SECONDS: Final = 10.0
_SETTLED: Final = "() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')"
_FRAMES: Final = """(seconds) => new Promise((done) => {
  const began = performance.now();
  let last = began, longest = 0, frames = 0;
  const look = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    frames += 1;
    if (now - began < seconds * 1000) requestAnimationFrame(look);
    else done({longest, frames});
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(look); });
})"""


class Opened(msgspec.Struct, frozen=True):
    """One page to open, and what is there when it is ready."""

    label: str
    path: str
    ready: str = "main h1"


class Seen(msgspec.Struct, frozen=True):
    """Milliseconds until each page was ready, and of the live list between two frames at most."""

    ready: dict[str, float]
    longest_gap: float
    frames: int
    changes: int
    """How often the live list had new rows meanwhile."""


def main() -> int:
    """Open all pages of the file, one after the other, and watch the live list."""
    base, file = sys.argv[1:]
    pages = msgspec.json.decode(Path(file).read_bytes(), type=list[Opened])
    with browser.started(whole=True) as chromium:
        context = chromium.new_context(viewport={"width": browser.WIDE, "height": 900})
        context.set_default_timeout(60_000)
        tab = context.new_page()
        _sign_in(tab, base)
        found = Seen({each.label: _ready(tab, base, each) for each in pages}, *_live(tab, base))
        context.close()
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    return 0


def _sign_in(tab: Page, base: str) -> None:
    tab.goto(f"{base}/sign-in")
    tab.get_by_label("Account").fill("1")
    tab.get_by_label("Login").fill(pages_account.LOGIN)
    tab.get_by_label("Password").fill(pages_account.PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(base)


def _ready(tab: Page, base: str, page: Opened) -> float:
    began = time.perf_counter()
    tab.goto(base + page.path, wait_until="domcontentloaded")
    tab.locator(page.ready).first.wait_for()
    tab.wait_for_function(_SETTLED)
    return (time.perf_counter() - began) * 1000


def _live(tab: Page, base: str) -> tuple[float, int, int]:
    tab.goto(f"{base}/conversations")
    tab.evaluate(
        "() => { window.swaps = 0;"
        " document.addEventListener('htmx:after:swap', () => { window.swaps += 1; }); }"
    )
    tab.wait_for_timeout(1_000)
    found = tab.evaluate(_FRAMES, WATCHED_SECONDS)
    return found["longest"], found["frames"], tab.evaluate("window.swaps")


if __name__ == "__main__":
    sys.exit(main())
