"""The console's pages over HTTP: every one of them, with a real id for each part of its path."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from bench import figures, pages_account, pages_rules
from orchestrator.core.model import errors
from orchestrator.doors.console import pages

PATIENCE: Final = 30.0
_PART: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_STREAMS: Final = frozenset({"/live"})
_NAMES: Final = {"attributes/custom": "attribute", "attributes/functions": "function"}
"""Parts of paths that are called ``name``, by what stands before them; else they are schedules."""


class Question(msgspec.Struct, frozen=True):
    """One thing to ask for: ``path`` is below ``/console``; ``form`` is posted."""

    label: str
    path: str
    is_part: bool = False
    form: Mapping[str, str] | None = None


class Took(msgspec.Struct):
    """What became of one question, asked again and again."""

    milliseconds: list[float] = []
    kilobytes: float = 0.0
    statuses: Counter[int] = msgspec.field(default_factory=Counter)

    @property
    def refused(self) -> int:
        """How many answers were not 200."""
        return sum(self.statuses.values()) - self.statuses[200]


def questions(ids: Mapping[str, str]) -> list[Question]:
    """Return every page, and the parts that pages ask for again and again."""
    return [*_pages(ids), *_searches(ids), *_parts(ids)]


def _pages(ids: Mapping[str, str]) -> Iterator[Question]:
    for row in pages.rows():
        if row.method == "GET" and row.path not in _STREAMS:
            yield Question(
                row.path or "/", _filled(row.path, {**ids, "table": "policies", "kind": "skills"})
            )


def _filled(path: str, ids: Mapping[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        before = path[1 : found.start() - 1]
        named = _NAMES.get(before, "schedule") if found[1] == "name" else found[1]
        return quote(ids[named], safe="")

    filled = _PART.sub(fill, path)
    match path:
        case "/namespaces/sessions":
            return f"{filled}?{urlencode({'namespace': ids['namespace']})}"
        case "/namespaces/values":
            place = {"namespace": ids["namespace"], "session": ids["session"]}
            return f"{filled}?{urlencode(place)}"
        case _:
            return filled


def _searches(ids: Mapping[str, str]) -> Iterator[Question]:
    segment, policy = pages_rules.segment(4321), ids["policy"]
    for path, query in (
        ("/policies", {"search": segment}),
        ("/policies", {"show": "findings"}),
        ("/policies", {"start": "4951"}),
        ("/policy-logs", {"policy": policy}),
        ("/policy-logs", {"conversation": ids["conversation"]}),
        ("/policy-logs", {"consumer": ids["consumer"]}),
        ("/policy-logs", {"ending": "trouble"}),
        ("/policy-logs", {"ending": "matched", "policy": policy}),
        ("/conversations", {"about": ids["consumer"]}),
        ("/conversations", {"standing": "QUEUED"}),
        ("/conversations", {"policy": policy}),
        ("/dashboard", {"period": "30d"}),
        ("/users", {"search": "agent.4"}),
        ("/skills", {"page": "3"}),
        ("/attributes", {"tab": "custom"}),
        ("/attributes", {"tab": "staffing"}),
        ("/playground", {"load": ids["conversation"]}),
    ):
        said = "&".join(f"{name}={text}" for name, text in query.items())
        yield Question(f"{path}?{said}", f"{path}?{urlencode(query)}")


def _parts(ids: Mapping[str, str]) -> Iterator[Question]:
    for path in (
        "/conversations",
        "/dashboard?part=live",
        "/dashboard?wall=dark&part=figures",
        "/policies?search=gold",
        "/users?search=agent.4",
        "/skills?search=Paris",
        "/attributes?tab=custom&search=list1",
    ):
        yield Question(f"{path} (part)", path, is_part=True)
    given = {"as": "json", "json": '{"shop": {"tier": "gold", "total": 12}}', "zone": "UTC"}
    yield Question("/playground (tried)", "/playground", is_part=True, form=given)
    del ids


class Asker:
    """Somebody who is signed in, over as many connections as it takes."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._http = httpx2.AsyncClient(
            base_url=self.base,
            trust_env=False,
            timeout=PATIENCE,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=32),
        )
        self._token = ""

    async def sign_in(self) -> None:
        """Sign in as the account's administrator. Raises `errors.Unavailable`."""
        form = {
            "account": "1",
            "login": pages_account.LOGIN,
            "password": pages_account.PASSWORD,
        }
        answer = await self._http.post("/console/sign-in", data=form)
        if answer.status_code != 303:
            raise errors.Unavailable(f"Nobody could sign in: {answer.status_code}.")
        found = await self._http.get("/console/token")
        self._token = found.json()["csrf"]

    async def ask(self, question: Question, took: Took) -> None:
        """Ask once."""
        headers = {"hx-request": "true"} if question.is_part else {}
        path = f"/console{question.path}"
        began = time.perf_counter()
        if question.form is None:
            answer = await self._http.get(path, headers=headers)
        else:
            form = {**question.form, "csrf": self._token}
            answer = await self._http.post(path, headers=headers, data=form)
        took.milliseconds.append((time.perf_counter() - began) * 1000)
        took.kilobytes = len(answer.content) / 1024
        took.statuses[answer.status_code] += 1

    async def settled(self) -> float:
        """Wait until the policies were looked at (analysis); return the seconds."""
        began = time.perf_counter()
        # A page tells nobody when it is settled.
        while "data-unsettled" in (await self._http.get("/console/policies")).text:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        return time.perf_counter() - began

    async def floor(self, took: Took) -> None:
        """Ask once for a file, which costs the server next to nothing."""
        began = time.perf_counter()
        answer = await self._http.get("/console/static/head.js")
        took.milliseconds.append((time.perf_counter() - began) * 1000)
        took.kilobytes = len(answer.content) / 1024
        took.statuses[answer.status_code] += 1

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()


FLOOR: Final = "a file"
"""What the floor is called among the questions."""


async def stream(
    asker: Asker, asked: Sequence[Question], *, rate: float, seconds: float
) -> dict[str, Took]:
    """Ask for all in turns, shuffled, at ``rate`` a second whatever comes back; beside a file."""
    found: dict[str, Took] = {each.label: Took() for each in asked} | {FLOOR: Took()}
    chance = random.Random(1)  # noqa: S311  a seed is wanted
    loop = asyncio.get_running_loop()
    began = moment = loop.time()
    waiting: list[Question] = []

    async def one(question: Question) -> None:
        try:
            await asker.ask(question, found[question.label])
        except httpx2.HTTPError:
            found[question.label].statuses[0] += 1

    async with asyncio.TaskGroup() as group:
        while (moment := moment + 1 / rate) - began < seconds:
            if not waiting:
                waiting = list(asked)
                chance.shuffle(waiting)
                group.create_task(asker.floor(found[FLOOR]))
            await asyncio.sleep(max(0.0, moment - loop.time()))
            group.create_task(one(waiting.pop()))
    return found


def told(took: Took, *, first: float | None = None) -> dict[str, Any]:
    """Return the figures of one question; ``first`` are milliseconds when nobody had asked."""
    return {
        "asked": len(took.milliseconds),
        "first_ms": None if first is None else round(first),
        "p50_ms": round(figures.percentile(took.milliseconds, 0.50), 1),
        "p95_ms": round(figures.percentile(took.milliseconds, 0.95), 1),
        "kb": round(took.kilobytes),
        "refused": took.refused,
    }
