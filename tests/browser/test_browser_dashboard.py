"""The dashboard in front of people: all of it leads to decisions, and a wall stays new."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, expect

from running import browser, wire

GOLD = {
    "id": "p-gold",
    "name": "Gold",
    "enabled": True,
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "gold"}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Welcome"}}],
}
NEVER = GOLD | {
    "id": "p-never",
    "name": "A policy with a name that is rather long, and for which nobody was ever found",
    "conditions": [{"property": "shop.tier", "type": "EQUAL", "value": "nobody's"}],
}
DRAWN = "usage-chart[drawn]"
CANVASES = """() => [...document.querySelectorAll("usage-chart")]
    .reduce((sum, chart) => sum + chart.shadowRoot.querySelectorAll("canvas").length, 0)"""

Decide = Callable[[str], None]


@pytest.fixture
def decide(console: browser.Console) -> Decide:
    """Lets a program ask for a decision about a tier; four were asked for, three for gold."""
    account = console.account
    account("policies", "load", "-", stdin={"policies": [GOLD, NEVER]})
    key = account("keys", "add", "Shop", "--scopes", "decide")["apiKey"]
    base = console.base.removesuffix("/console")
    address = f"{base}/v3/accounts/{account.account}/decisions"

    def ask(tier: str) -> None:
        body = {"attributes": {"shop": {"tier": tier}}}
        with httpx2.Client(trust_env=False, timeout=wire.PATIENCE) as http:
            answer = http.post(address, json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200, answer.text

    for tier in ("gold", "gold", "silver", "gold"):
        ask(tier)
    return ask


def listed(page: Page, path: str) -> int:
    """How many decisions the policy logs have at an address."""
    answer = page.context.request.get(path)
    assert answer.status == 200, path
    return answer.text().count('class="name" href="/console/policy-logs/')


@pytest.mark.usefixtures("decide")
def test_every_count_is_that_of_the_list_it_leads_to(console: browser.Console) -> None:
    """Tiles, tables of charts, and policies: a click opens as many rows as the figure says."""
    page = console.signed_in()
    page.goto(f"{console.base}/dashboard")
    page.locator(DRAWN).first.wait_for()
    found = page.evaluate(
        """() => [...document.querySelectorAll(".number a, .much a")].map((link) =>
            [link.firstChild.textContent.trim(), link.href])"""
    )
    counts = [(int(words), href) for words, href in found if words.isdecimal()]
    assert sorted({number for number, _href in counts}) == [1, 3, 4]
    assert {href: listed(page, href) for _number, href in counts} == {
        href: number for number, href in counts
    }
    assert [words for words, _href in found if words.endswith("%")] == ["25\u00a0%", "75\u00a0%"]
    page.get_by_role("link", name="25\u00a0%").click()
    expect(page.get_by_label("Outcome")).to_have_value("fell-back")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("decide")
def test_a_click_on_a_chart_opens_its_decisions(console: browser.Console) -> None:
    """On the column of an hour and on a node of the flow; the filter can be taken off again."""
    page = console.signed_in()
    clicks = (("bars", (0.98, 0.5), "ending", 3), ("flow", (0.003, 0.5), "skill", 4))
    for kind, at, wanted, rows in clicks:
        page.goto(f"{console.base}/dashboard")
        picture = page.locator(f'usage-chart[kind="{kind}"][drawn] [role="img"]')
        box = picture.bounding_box()
        assert box is not None
        place: Any = {"x": box["width"] * at[0], "y": box["height"] * at[1]}
        picture.scroll_into_view_if_needed()
        picture.click(position=place)
        page.wait_for_url("**/policy-logs?*")
        assert wanted in parse_qs(urlsplit(page.url).query)
        expect(page.locator("tbody tr")).to_have_count(rows)
    page.get_by_role("link", name="Without: A program asked").click()
    page.wait_for_url(lambda url: "skill" not in url)
    expect(page.locator("tbody tr")).to_have_count(4)


def test_a_wall_screen_stays_new_and_does_not_grow(
    console: browser.Console, decide: Decide
) -> None:
    """What is decided is shown by itself; a lost connection is said, waited for, and over again."""
    page = console.signed_in()
    page.clock.install()
    page.goto(f"{console.base}/dashboard?wall")
    page.locator(DRAWN).first.wait_for()
    figure = page.get_by_role("region", name="Decisions", exact=True)
    expect(figure).to_contain_text("4")
    canvases = page.evaluate(CANVASES)
    lamp = page.locator("[data-lamp]")
    page.evaluate("getSelection().selectAllChildren(document.body)")  # by a hand in passing
    for number in range(5, 8):
        decide("gold")
        with page.expect_response(lambda answer: "part=figures" in answer.url):
            page.clock.run_for(31_000)
        expect(figure).to_contain_text(str(number))
    assert page.evaluate(CANVASES) == canvases
    expect(page.locator('usage-chart[kind="bars"] td a').last).to_have_text("1")
    page.context.set_offline(True)
    page.clock.run_for(6_000)
    expect(lamp).to_have_text(re.compile("Not live"))
    page.context.set_offline(False)
    with page.expect_response(re.compile("/healthz")):
        page.clock.run_for(3_000)
    with page.expect_response(lambda answer: "part=live" in answer.url):
        page.clock.run_for(6_000)
    expect(lamp).to_have_text("Live")
    console.said.clear()  # the browser says that it is offline
    page.context.clear_cookies()
    page.clock.run_for(6_000)
    page.wait_for_url(re.compile(r"/sign-in\?next=.*dashboard"))  # and from there back to the wall


@pytest.mark.usefixtures("decide")
def test_no_barriers_on_the_dashboard(console: browser.Console) -> None:
    """In both themes, wide and narrow, with its pages beside it; nothing stands out of sight."""
    page = console.signed_in()
    paths = [
        "/dashboard",
        "/dashboard?wall",
        "/dashboard/policies?period=7d",
        "/dashboard/policies?period=7d&show=never",
        "/policy-logs?skill=-&took=50&call=failed",
    ]
    assert browser.barriers_everywhere(console, page, paths) == {}
    page.set_viewport_size({"width": browser.NARROW, "height": 900})
    for path in paths:
        page.goto(console.base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW, path
