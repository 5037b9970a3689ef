"""The demo's day with the dashboard open, as a page and as a wall screen: memory stays flat.

Beside the server Chromium holds both pages for ``--minutes``. Every half minute the memory of all
is asked for, scripts' heaps after a collection. Flat is what the last third has no more than 5 % of
over the middle third:

- of the server's memory (RSS) the medians. The first third is not asked: what is loaded at its
  first use comes then, and SQLite's page caches fill, which end at 16 MiB for the writer and at
  8 MiB for each thread that reads. What grows on behind that grows for as long as the server runs.
- of each page's own heap the medians. It is what a page that leaks would fill.
- of Chromium's processes (what nobody shares with them) the minima. A helper of about 60 MiB comes
  and goes by itself, and medians say nothing but how often it was met; without it, which a third
  has at some time, what is left is the browser and its pages.

The line through the last two thirds is printed too: it says what another hour would add.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
from playwright.sync_api import Browser, CDPSession, Page

from bench import figures
from running import browser, program

NAME: Final = "dashboard"

BROWSER: Final = "browser"

EACH_SECONDS: Final = 30.0
FEWEST: Final = 6
"""Samples at least: where the minutes are few they are taken more often."""
GROWN: Final = 1.05
"""A figure is flat whose last third is no more than so many times its middle one."""

LEAST_MINUTES: Final = 10.0
"""In less, a server that has just started is still warming up: nothing is called wrong then."""

_SAID: Final = re.compile(r"Console: (\S+) \(account (\S+), login (\S+), password (\S+)\)")
_PAGES: Final = {"page": "/dashboard?period=24h", "wall": "/dashboard?wall"}
_READY: Final = "usage-chart[drawn]"
_TRIES: Final = 30
_MEASURES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "median": statistics.median,
    "least": min,
}


class Sample(msgspec.Struct, frozen=True):
    """What was there ``seconds`` after the start: memory in MiB, and nodes of the pages."""

    seconds: float
    memory: Mapping[str, float]
    nodes: Mapping[str, int]


class Line(msgspec.Struct, frozen=True):
    """One figure over time: what each third has of it, in the ``measure`` that it is judged by."""

    measure: str
    first: float
    middle: float
    last: float
    hourly: float
    is_flat: bool


async def run(options: Any, folder: Path) -> figures.Report:
    """Let the demo run with the dashboard open; skipped where there is no Chromium."""
    if lacking := browser.lacking():
        return figures.Report("Open dashboard", {"skipped": lacking}, (("skipped", lacking),))
    found = await asyncio.to_thread(_watched, folder, options.minutes * 60)
    return _report(found, options.minutes)


def _watched(folder: Path, seconds: float) -> list[Sample]:
    with _demo(folder) as (demo, said), browser.started(whole=True) as chromium:
        base, account, login, password = said
        server = _server(demo.pid)
        pages = dict(_opened(chromium, base, account=account, login=login, password=password))
        tools = {name: page.context.new_cdp_session(page) for name, page in pages.items()}
        each = min(EACH_SECONDS, seconds / FEWEST)
        began = time.monotonic()
        found: list[Sample] = []
        while (passed := time.monotonic() - began) <= seconds:
            found.append(_sample(passed, server, tools))
            left = began + passed + each - time.monotonic()
            pages["page"].wait_for_timeout(1_000 * max(0.0, left))  # which serves both pages
        return found


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[program.Program, tuple[str, ...]]]:
    """Run the demo until the block ends; yields it with what it says of its console."""
    demo = program.Program([*program.OURS, "demo", "--seed", "7", "--data", str(folder / "demo")])
    try:
        yield demo, _console(demo)
    finally:
        demo.terminate(within=60)


def _console(demo: program.Program) -> tuple[str, ...]:
    deadline = time.monotonic() + 4 * program.PATIENCE
    while time.monotonic() < deadline and demo.returncode is None:
        for line in demo.errors:
            if found := _SAID.search(line):
                return found.groups()
        time.sleep(0.2)
    raise AssertionError(f"the demo did not start: {demo.errors[-5:]}")


def _server(demo: int) -> psutil.Process:
    """Return the demo's server."""
    for process in psutil.Process(demo).children(recursive=True):
        if "serve" in process.cmdline():
            return process
    raise AssertionError("the demo has no server")


def _opened(
    chromium: Browser, base: str, *, account: str, login: str, password: str
) -> Iterator[tuple[str, Page]]:
    console = base.removesuffix("/")
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    context.set_default_timeout(60_000)
    first = context.new_page()
    first.goto(f"{console}/sign-in")
    first.get_by_label("Account").fill(account)
    first.get_by_label("Login").fill(login)
    first.get_by_label("Password").fill(password)
    first.get_by_role("button", name="Sign in").click()
    first.wait_for_url(console)
    for name, path in _PAGES.items():
        page = first if name == "page" else context.new_page()
        _open(page, console + path)
        yield name, page


def _open(page: Page, address: str) -> None:
    """Open a page until it has charts, which it has from the first decision on."""
    for _ in range(_TRIES):
        page.goto(address)
        page.locator("main").wait_for()
        if page.locator("usage-chart").count():
            page.locator(_READY).first.wait_for()
            return
        page.wait_for_timeout(2_000)
    raise AssertionError(f"nothing was decided: {page.url}")


def _sample(passed: float, server: psutil.Process, tools: Mapping[str, CDPSession]) -> Sample:
    memory = {"server": server.memory_info().rss / 2**20, BROWSER: _browser_mib()}
    nodes: dict[str, int] = {}
    for name, tool in tools.items():
        tool.send("HeapProfiler.collectGarbage")
        memory[f"heap of the {name}"] = tool.send("Runtime.getHeapUsage")["usedSize"] / 2**20
        nodes[name] = int(tool.send("Memory.getDOMCounters")["nodes"])
    return Sample(passed, memory, nodes)


def _browser_mib() -> float:
    """Return the memory of all processes of Chromium that nobody else has as well."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                total += process.memory_full_info().uss / 2**20
        except psutil.Error:
            continue  # one that has ended
    return total


def line(seconds: Sequence[float], values: Sequence[float], *, measure: str = "median") -> Line:
    """Return how a figure went: its thirds, and its slope. There are three values at least."""
    third = len(values) // 3
    parts = (values[:third], values[third:-third], values[-third:])
    first, middle, last = map(_MEASURES[measure], parts)
    return Line(
        measure,
        first=round(first, 1),
        middle=round(middle, 1),
        last=round(last, 1),
        hourly=round(statistics.linear_regression(seconds[third:], values[third:]).slope * 3600, 1),
        is_flat=last <= middle * GROWN,
    )


def _told(it: Line) -> str:
    thirds = f"{it.first} → {it.middle} → {it.last} MiB"
    return f"{thirds} ({it.measure} of each third), {it.hourly:+} MiB an hour"


def _report(found: Sequence[Sample], minutes: float) -> figures.Report:
    seconds = [each.seconds for each in found]
    lines = {
        name: line(
            seconds,
            [each.memory[name] for each in found],
            measure="least" if name == BROWSER else "median",
        )
        for name in found[0].memory
    }
    rows = [("open for", f"{minutes:g} minutes, {len(found)} samples")]
    rows += [(name, _told(it)) for name, it in lines.items()]
    rows += [
        (f"nodes of the {name}", f"{found[0].nodes[name]} → {found[-1].nodes[name]}")
        for name in found[0].nodes
    ]
    faults = tuple(
        f"{name} grew: {it.middle} → {it.last} MiB"
        for name, it in lines.items()
        if not it.is_flat and minutes >= LEAST_MINUTES
    )
    told = {
        "minutes": minutes,
        "lines": msgspec.to_builtins(lines),
        "samples": msgspec.to_builtins(found),
    }
    return figures.Report("Open dashboard", told, tuple(rows), faults)
