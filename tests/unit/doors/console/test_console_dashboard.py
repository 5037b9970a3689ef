"""The dashboard over services that say what they are told: what it shows and where it leads."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import msgspec
import pytest

from orchestrator.core.model import latency
from orchestrator.core.model.access import Role
from orchestrator.core.model.counted import DecidedCount
from orchestrator.core.model.directory import User
from orchestrator.core.model.ids import Pid
from orchestrator.doors.console import app, boards
from orchestrator.doors.console.pages import dashboard
from orchestrator.doors.console.rooms import Rooms
from orchestrator.services.admin import usage_tables
from orchestrator.services.admin.floor import Cloud, FloorNow, QueueNow, Staff
from orchestrator.services.admin.usage import (
    MOST_FLOWS,
    Bin,
    Flow,
    FunctionRow,
    Latency,
    Overview,
    PolicyRow,
    Usage,
)
from orchestrator.services.admin.usage_counting import PAGE
from orchestrator.services.admin.usage_periods import Period
from orchestrator.services.directory.sessions import SignedIn

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SIGNED = {"cookie": "orchestrator_session_8080=1.cookie.token"}


def usage(period: Period, *, policies: int = 2, never: int = 1) -> Usage:
    """Ten decisions in the last span, of which three fell back; none with no policies."""
    spans = len(period.starts)
    decided = 10 if policies else 0

    def last(number: int) -> tuple[int, ...]:
        return (*[0] * (spans - 1), number)

    def policy(at: int, matches: int) -> PolicyRow:
        name = f"Policy <{at}>"
        return PolicyRow(f"p-{at}", name, at, "enabled", matches, 0.35, last(matches), None)

    flows = (
        Flow("s1", "maven:Billing", "p-1", "Policy <1>", "skill:s2", "skill", "s2", "Billing", 7),
        Flow(None, None, None, None, "fallback", "fallback", None, None, 3),
    )
    bins = tuple(Bin(end or None, decided if end == 50 else 0) for end in latency.BINS)
    nothing = (None,) * (spans - 1)
    took = Latency(decided, 50, 50, 50, bins, (*nothing, 50), (*nothing, 50))
    tier = FunctionRow("tier", 6, 2, 1, 4, 0, 20, 200, last(6), last(2))
    return Usage(
        period,
        decided,
        3 if decided else 0,
        0,
        last(decided),
        last(3 if decided else 0),
        tuple(policy(at, 4 if at == 1 else 3) for at in range(1, policies + 1)),
        tuple(policy(at, 0) for at in range(1000, 1000 + never)),
        took,
        flows if decided else (),
        2,
        (tier,) if decided else (),
    )


class Door:
    """The console of a role, with as many policies as is said, and some queues."""

    def __init__(self) -> None:
        self.policies, self.never = 2, 1
        self.role: Role = "Viewer"
        self.queues: tuple[QueueNow, ...] = ()
        self.cloud: Cloud = "here"
        self.asked: list[Period] = []
        nothing: Any = dict.fromkeys(Rooms.__struct_fields__)
        given = {
            "account": "1",
            "directory": SimpleNamespace(logins=SimpleNamespace(by_cookie=self._signed)),
            "usage": SimpleNamespace(csv=self._csv, overview=self._overview, total=self._total),
            "floor": SimpleNamespace(now=self._floor),
            "clock": SimpleNamespace(now=lambda: NOW),
        }
        self._transport = httpx2.ASGITransport(app=app.application(Rooms(**(nothing | given))))

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx2.AsyncClient(
            transport=self._transport, base_url="http://door:8080"
        ) as http:
            return await http.get(f"/console{path}", headers=SIGNED | named)

    async def _signed(self, _account: str, **_shown: str) -> SignedIn:
        user = User("1", "7", Pid("p7"), "ada", "human", (self.role,), NOW)
        return SignedIn("s1", user, NOW)

    async def _read(self, _actor: Any, period: Period, *, flows: int) -> Usage:
        self.asked.append(period)
        found = usage(period, policies=self.policies, never=self.never)
        return msgspec.structs.replace(found, flows=found.flows[:flows])

    async def _overview(self, actor: Any, period: Period, *, flows: int, skip: int = 0) -> Overview:
        found = await self._read(actor, period, flows=flows)
        policies, never = (each[skip : skip + PAGE] for each in (found.policies, found.never))
        cut = msgspec.structs.replace(found, policies=policies, never=never)
        return Overview(cut, len(found.policies), len(found.never))

    async def _csv(self, actor: Any, period: Period, table: str) -> str:
        usage_tables.table(table)
        return usage_tables.text(await self._read(actor, period, flows=MOST_FLOWS), table)

    async def _total(self, actor: Any, period: Period) -> DecidedCount:
        found = await self._read(actor, period, flows=0)
        return DecidedCount(found.decisions, found.fell_back)

    async def _floor(self, _actor: Any) -> FloorNow:
        return FloorNow(NOW, self.cloud, self.queues)


@pytest.fixture
def door() -> Door:
    """The console."""
    return Door()


def leads(page: str, words: str) -> dict[str, str]:
    """What the first link with these words asks for."""
    found = re.search(rf'href="([^"]+)"[^>]*>{re.escape(words)}<', page)
    assert found, words
    return dict(parse_qsl(urlsplit(unescape(found[1])).query))


async def test_every_figure_leads_to_its_decisions(door: Door) -> None:
    """The times of the period, or of the span, and what else makes it this figure."""
    page = (await door.get("/dashboard")).text
    period = {"since": "2026-01-04T09:00:00+00:00", "until": "2026-01-05T09:00:00+00:00"}
    hour = period | {"since": "2026-01-05T08:00:00+00:00"}
    assert leads(page, "10") == period
    assert leads(page, "30\u00a0%") == period | {"ending": "fell-back"}
    assert leads(page, "50\u00a0ms") == period | {"took": "50"}
    assert leads(page, "2") == period | {"function": "tier", "call": "failed"}
    assert leads(page, "maven:Billing") == period | {"skill": "s1"}
    assert leads(page, "A program asked") == period | {"skill": "-"}
    assert leads(page, "Policy &lt;1&gt;") == period | {"policy": "p-1"}
    assert leads(page, "Billing") == period | {"target": "skill:s2"}
    assert leads(page, "tier") == period | {"function": "tier"}
    rows = re.findall(r"<tr><td class=\"nowrap\">.*?</tr>", page)
    assert leads(rows[23], "7") == hour | {"ending": "matched"}
    assert "<a" not in rows[0]


async def test_where_several_functions_failed_a_decision_may_have_several_errors(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figure counts calls and leads to decisions, of which there may be fewer: it says so."""
    assert "of 6 calls<" in (await door.get("/dashboard")).text
    told = usage

    def worse(period: Period, **more: int) -> Usage:
        found = told(period, **more)
        score = msgspec.structs.replace(found.functions[0], name="score")
        return msgspec.structs.replace(found, functions=(*found.functions, score))

    monkeypatch.setitem(globals(), "usage", worse)
    page = (await door.get("/dashboard")).text
    assert "of 12 calls; a decision may have several<" in page
    assert "function" not in leads(page, "4")


async def test_the_period_is_compared_with_the_one_before(door: Door) -> None:
    """It is as long and ends where this one begins."""
    page = (await door.get("/dashboard?period=7d")).text
    now, before = door.asked
    assert (before.until, now.until - now.since) == (now.since, timedelta(days=7))
    assert before.until - before.since == timedelta(days=7)
    assert "+0\u00a0% against 10 in the period before" in page


async def test_a_period_that_makes_no_sense_is_said_and_kept(door: Door) -> None:
    """What was typed stands in the fields still; nothing is counted."""
    asked = "since=2026-01-04T10:00&until=2026-01-03T10:00&zone=Europe/Paris"
    answer = await door.get(f"/dashboard?{asked}")
    assert answer.status_code == 422
    assert "The period ends before it begins." in answer.text
    assert 'value="2026-01-03T10:00"' in answer.text
    assert door.asked == []
    unknown = (await door.get("/dashboard?period=9d")).text
    assert "There is no such period." in unknown
    assert "beside the field" not in unknown


async def test_an_account_without_decisions_is_told_what_to_run(door: Door) -> None:
    """There is no chart of nothing; the policies that did not match are named all the same."""
    door.policies = 0
    page = (await door.get("/dashboard")).text
    assert "orchestrator chat --skill maven:Billing" in page
    assert "<usage-chart" not in page
    assert "Policy &lt;1000&gt;" in page


async def test_of_ten_thousand_policies_the_first_are_shown_and_the_rest_is_paged(
    door: Door,
) -> None:
    """On the dashboard the most frequent, on a page of their own all, fifty at a time."""
    door.policies, door.never = 10_000, 10_000
    page = (await door.get("/dashboard?period=30d")).text
    assert page.count("columns-spark") == PAGE + 1  # and one of the function
    assert page.count("Show all 10,000") == 2
    for show in ("", "&show=never"):
        last = (await door.get(f"/dashboard/policies?period=30d{show}&page=200")).text
        assert f"Policy &lt;{10_999 if show else 10_000}&gt;" in last
        assert "page=199" in last
        assert "period=30d" in last
    assert "/edit" in last


@pytest.mark.parametrize("name", ["policies", "never", "spans", "flows", "latency", "functions"])
async def test_every_table_is_a_file(door: Door, name: str) -> None:
    """Of the same period, and the dashboard leads to it."""
    page = unescape((await door.get("/dashboard?period=7d")).text)
    assert f"/console/dashboard/files/{name}?period=7d" in page
    answer = await door.get(f"/dashboard/files/{name}?period=7d")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}-')
    assert len(list(csv.reader(io.StringIO(answer.text)))) > 1


async def test_there_is_no_other_file(door: Door) -> None:
    """A name that is none is refused before anything is counted."""
    assert (await door.get("/dashboard/files/nothing")).status_code == 422
    assert door.asked == []


async def test_the_wall_has_no_navigation_and_its_parts_are_asked_for_alone(door: Door) -> None:
    """Dark unless told otherwise; the parts hold what changes and no page around it."""
    wall = (await door.get("/dashboard?wall")).text
    assert '<body class="wall dark">' in wall
    assert '<nav class="side"' not in wall
    assert '<body class="wall light">' in (await door.get("/dashboard?wall=light")).text
    assert '<body class="wall dark">' in (await door.get("/dashboard?wall=%3Cb%3E")).text
    for part, held in (("figures", "<usage-chart"), ("live", "There are no skills yet")):
        answer = await door.get(f"/dashboard?wall=dark&part={part}", hx_request="true")
        assert held in answer.text
        assert "<body" not in answer.text


async def test_where_most_wait_stands_first(door: Door) -> None:
    """Then where somebody is; what is not shown is counted, and all else is one click away."""
    staffed = Staff(online=1)
    door.queues = (
        *(QueueNow(f"{at}", f"S{at:02}", 0, None, 0, Staff(), 0, 0, None) for at in range(12)),
        QueueNow("98", "Staffed", 0, None, 1, staffed, None, None, None),
        QueueNow("99", "Long", 3, 3_725.4, 4, Staff(), 0, 0, None),
    )
    page = (await door.get("/dashboard?part=live", hx_request="true")).text
    assert page.index("Long") < page.index("Staffed") < page.index("S00")
    assert "/console/conversations?skill=99&amp;standing=QUEUED" in page
    assert "1:02:05" in page
    assert '<a href="/console/floor">2 skills more, where nobody waits.</a>' in page
    assert page.count("skill=99&amp;standing=QUEUED") == 2  # the name, and how many wait
    assert '<a href="/console/floor/queues/99">1:02:05</a>' in page
    assert page.count('"/console/floor/agents?skill=Staffed&amp;state=ONLINE"') == 2
    assert "∞" in page


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/policies", "/dashboard/files/flows"])
async def test_who_may_not_read_decisions_sees_no_figure(door: Door, path: str) -> None:
    """Nothing is counted for them either."""
    door.role = "Agent"
    assert (await door.get(path)).status_code == 403
    assert door.asked == []


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 0, "–"),
        (0, 5, "0 %"),
        (1, 100_000, "0.1 %"),
        (1, 3, "33 %"),
        (99_999, 100_000, "99.9 %"),
        (5, 5, "100 %"),
    ],
)
def test_a_share_is_never_more_than_it_is(part: int, whole: int, told: str) -> None:
    """Nothing and all are said of nothing and all alone."""
    assert boards.percent(part, whole).replace("\u00a0", " ") == told


@pytest.mark.parametrize(
    ("end", "measured", "told"),
    [(None, 0, "–"), (50, 3, "50 ms"), (2_000, 3, "2 s"), (None, 3, "more than 60 s")],
)
def test_a_duration_is_told_as_it_was_counted(end: int | None, measured: int, told: str) -> None:
    """By the end of its bin; the last has none."""
    assert boards.milliseconds(end, measured).replace("\u00a0", " ") == told


def test_columns_are_drawn_to_scale() -> None:
    """The highest fills the box, one that is small is seen still, and nothing draws nothing."""
    assert boards.columns((0, 0)) == ""
    drawn = boards.columns((1, 0, 1000))
    assert drawn.count("z") == 2
    assert "v-24.0" in drawn
    assert "v-1.0" in drawn


@pytest.mark.parametrize(("seconds", "told"), [(5, "0:05"), (3_599, "59:59"), (3_600, "1:00:00")])
def test_waits_are_told_as_a_clock_does(seconds: int, told: str) -> None:
    """Minutes and seconds, and hours from the first on."""
    assert dashboard.clock(seconds) == told


async def test_another_cloud_is_said_to_be_one(door: Door) -> None:
    """Its queues are not ours, so none is shown."""
    door.cloud = "elsewhere"
    page = (await door.get("/dashboard?part=live", hx_request="true")).text
    assert "on another messaging cloud" in page
    assert "There are no skills yet" not in page
