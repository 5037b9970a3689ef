"""Every page in the browser: from right to left, in the viewer's zone, in the reader's language."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from running import browser, pages, reading, server, walking
from translating import pseudo

ZONE: Final = "Pacific/Auckland"
PARTS: Final = re.compile(
    r"^/(?:token|desk/|bot-config/state|options/|playground/attributes|.*/preview|dashboard/files/)"
)
"""What is no page of its own."""

_OVERFLOW: Final = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const inside = (each) => {
    for (let at = each.parentElement; at; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== "visible") return true;
    return false;
  };
  const out = [...document.body.querySelectorAll("*")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && (box.left < -1 || box.right > wide + 1) && !inside(each);
  });
  const shown = out.slice(0, 4).map((each) => each.outerHTML.slice(0, 120));
  return [`${document.documentElement.scrollWidth} > ${wide}`, ...shown];
}"""
_TIMES: Final = """(zone) => [...document.querySelectorAll("time")]
  .filter((each) => /UTC/.test(each.textContent) || !each.dateTime || !each.title.includes(zone))
  .map((each) => each.outerHTML)"""
_WORDS: Final = """() => {
  const silent = "script, style, code, pre, textarea, kbd, svg, time, template, .cm-editor";
  const shown = (each) => each.checkVisibility({ visibilityProperty: true });
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let at = walker.nextNode(); at; at = walker.nextNode()) {
    const text = at.data.trim();
    if (!text || at.parentElement.closest(silent) || !shown(at.parentElement)) continue;
    if (at.previousSibling?.nodeName === "WBR" && found.length) found.push(found.pop() + text);
    else found.push(text);
  }
  for (const name of ["title", "placeholder", "aria-label", "alt"])
    for (const each of document.querySelectorAll(`[${name}]`))
      if (!each.closest("time, .cm-editor") && shown(each)) found.push(each.getAttribute(name));
  return found;
}"""


_PRESS: Final = """(at) => {
  const shown = (each) => !each.disabled && each.checkVisibility();
  const buttons = document.querySelectorAll("policy-editor [role=tabpanel] button");
  const found = [...buttons].filter(shown);
  found[at]?.click();
  return at < found.length;
}"""
MOST: Final = 12
"""Buttons of an empty policy that are pressed, one after the other."""


class Seen(msgspec.Struct, frozen=True):
    """What was found on one page: by width what sticks out, and times that are not the viewer's."""

    path: str
    overflow: dict[int, list[str]]
    times: list[str]


@pytest.fixture(scope="module")
def babel(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[server.Server]:
    """A server that speaks `translating.pseudo` besides; none where there is no browser."""
    assert chromium
    running = server.Server(
        tmp_path_factory.mktemp("data"), command=pseudo.COMMAND, env=pseudo.ENVIRONMENT
    )
    walking.administrator(running.account("1"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def things(babel: server.Server) -> dict[str, str]:
    """What stands for the names in paths."""
    return walking.furnished(babel.account("1"))


def opened(chromium: Browser, base: str, language: str) -> BrowserContext:
    """Return the administrator's browser in another part of the world, with a language."""
    context = chromium.new_context(
        viewport={"width": browser.WIDE, "height": 900},
        reduced_motion="reduce",
        locale="en-NZ",
        timezone_id=ZONE,
    )
    context.set_default_timeout(browser.PATIENCE)
    form: Any = {"account": "1", "login": walking.ADMIN, "password": pages.PASSWORD}
    answer = context.request.post(f"{base}/console/sign-in", form=form, max_redirects=0)
    assert answer.status == 303, answer.text()
    chosen: Any = {"language": language}
    context.request.post(f"{base}/console/language", form=chosen, max_redirects=0)
    return context


@pytest.fixture(scope="module")
def seen(chromium: Browser, babel: server.Server, things: dict[str, str]) -> list[Seen]:
    """Every page from right to left, in both widths."""
    context = opened(chromium, babel.http, "yy")
    page = context.new_page()
    base = f"{babel.http}/console"
    logs = context.request.get(f"{base}/policy-logs").text()
    all_ = {**things, "decision": walking.decisions(logs)[0]}
    found = [looked_at(page, base, path) for path in walking.paths(all_) if not PARTS.match(path)]
    context.close()
    return found


def looked_at(page: Page, base: str, path: str) -> Seen:
    """Open a page, and return what is found on it."""
    page.goto(base + path, wait_until="load")
    assert page.evaluate("document.dir") == "rtl", path
    overflow = {}
    for width in (browser.WIDE, browser.NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        if wrong := page.evaluate(_OVERFLOW):
            overflow[width] = wrong
    return Seen(path, overflow, page.evaluate(_TIMES, ZONE))


def test_from_right_to_left_nothing_sticks_out(seen: list[Seen]) -> None:
    """A language from right to left turns every page, and no page must be pushed sideways."""
    assert {each.path: each.overflow for each in seen if each.overflow} == {}
    assert len(seen) > 30


def test_times_are_told_in_the_viewers_zone(seen: list[Seen]) -> None:
    """Nobody has to count from UTC: each time is the viewer's own, and its title says of where."""
    assert {each.path: each.times for each in seen if each.times} == {}


def foreign(page: Page) -> list[str]:
    """Return what the page says in no language of ours."""
    return list(reading.strange(page.evaluate(_WORDS), walking.OWN))


def test_the_browsers_part_says_everything_in_the_readers_language(
    chromium: Browser, babel: server.Server, things: dict[str, str]
) -> None:
    """The editor with all that it offers, the playground's answer, and the agent workspace."""
    context = opened(chromium, babel.http, "xx")
    page = context.new_page()
    base, odd = f"{babel.http}/console", dict[str, list[str]]()
    page.goto(f"{base}/policies/p-1/edit")
    tabs = page.locator("policy-editor [role=tab]")
    tabs.first.wait_for()
    for at in range(tabs.count()):
        tabs.nth(at).click()
        odd[f"tab {at}"] = foreign(page)
    tabs.first.click()
    page.evaluate("for (const menu of document.querySelectorAll('details')) menu.open = true")
    odd["menus"] = foreign(page)
    page.goto(f"{base}/policies/new")
    tabs.first.wait_for()
    for at in range(MOST):
        if not page.evaluate(_PRESS, at):
            break
        odd[f"new {at}"] = foreign(page)
        page.keyboard.press("Escape")
    page.goto(f"{base}/playground?load={things['conversation']}")
    page.locator(".winner").first.wait_for()
    odd["playground"] = foreign(page)
    page.goto(f"{base}/desk")
    page.locator(".desk-lamp.good").wait_for()
    odd["desk"] = foreign(page)
    context.close()
    assert {place: said for place, said in odd.items() if said} == {}
