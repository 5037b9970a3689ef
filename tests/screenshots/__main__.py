"""``make screenshots``: every page of the console in light and dark, wide and narrow.

A simulated bank's day fills the account; each picture is a line of JSON on stdout.
"""

import argparse
import io
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from PIL import Image
from playwright.sync_api import Page

from running import browser, commands, server
from screenshots import album

DOCS: Final = Path(__file__).parents[2] / "docs/screenshots"
HEIGHT: Final = 900
TALLEST: Final = 2_000
"""Of a longer page the picture ends here."""
_COLOURS: Final = 256


class Picture(msgspec.Struct, frozen=True, rename="camel"):
    """One picture: how long the page took until it was ready, and how many barriers axe found."""

    page: str
    theme: str
    width: int
    ready_milliseconds: int
    serious_violations: int
    file: str


def main() -> int:
    """Fill an account and take all pictures; 1 when axe found a serious barrier on a page."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--conversations", type=int, default=60, help="how many fill the account")
    parser.add_argument("--only", default="", help="pages whose name begins so")
    parser.add_argument("--into", type=Path, default=DOCS, help="the folder for the pictures")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    worst = 0
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        account, password = _filled(Path(folder) / "data", given.conversations)
        running = server.Server(Path(folder) / "data")
        try:
            with browser.started(whole=True) as chromium:
                console = browser.Console(chromium, running.http, account)
                signed = console.signed_in(password=password)
                for picture in _pictures(console, signed, given.only, given.into):
                    worst = max(worst, picture.serious_violations)
                    sys.stdout.write(msgspec.json.encode(picture).decode() + "\n")
                    sys.stdout.flush()
                console.close()
        finally:
            running.close()
    return 1 if worst else 0


def _filled(data: Path, conversations: int) -> tuple[commands.Commands, str]:
    """Let a bank's day happen in ``data``, and make an administrator; returns their password."""
    day = ("demo", "--conversations", str(conversations), "--exit", "--seed", "7", "--json")
    subprocess.run(
        [sys.executable, "-m", "orchestrator.cli", *day, "--data", data],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    account = commands.Commands(data, "1")
    password = secrets.token_urlsafe(12)
    account("users", "edit", "admin", "--password-stdin", stdin=password)
    return account, password


def _pictures(console: browser.Console, signed: Page, only: str, into: Path) -> Iterator[Picture]:
    pages = [page for page in album.pages(console.account) if page.name.startswith(only)]
    for theme in browser.THEMES:
        for width in (browser.WIDE, browser.NARROW):
            tab = console.tab(width=width, theme=theme, like=signed)
            for page in pages:
                yield _taken(
                    tab, console.base + page.path, page, theme=theme, width=width, into=into
                )
            tab.context.close()


def _taken(tab: Page, url: str, page: Any, *, theme: str, width: int, into: Path) -> Picture:
    began = time.perf_counter()
    answer = tab.goto(url)
    if answer is None or not answer.ok:
        raise SystemExit(f"{url} answered {answer.status if answer else 'nothing'}")
    if page.done:
        page.done(tab)
    tab.locator(page.ready).first.wait_for()
    took = time.perf_counter() - began
    file = into / f"{page.name}-{theme}-{width}.png"
    height = tab.evaluate("document.documentElement.scrollHeight")
    tab.set_viewport_size({"width": width, "height": min(max(height, HEIGHT), TALLEST)})
    _keep(tab.screenshot(), file)
    tab.set_viewport_size({"width": width, "height": HEIGHT})
    found = browser.barriers(tab)
    for each in found:
        sys.stderr.write(f"{page.name} {theme} {width}: {each}\n")
    return Picture(page.name, theme, width, round(took * 1000), len(found), file.name)


def _keep(png: bytes, file: Path) -> None:
    """Write a picture of a page in a quarter of its size: pages have few colours."""
    with Image.open(io.BytesIO(png)) as picture:
        # Rare colours stay what they are: the red of one button says what it does.
        rare = {"method": Image.Quantize.MAXCOVERAGE, "kmeans": 3}
        small = picture.convert("RGB").quantize(_COLOURS, **rare, dither=Image.Dither.NONE)
        small.save(file, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
