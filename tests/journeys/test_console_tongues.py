"""Every page in a language that nobody speaks: what is not in its brackets was not translated."""

import re
from collections.abc import Iterator
from typing import Final

import httpx2
import pytest

from orchestrator.doors.console import pages as modules
from running import commands, pages, reading, server, walking
from translating import pseudo

ENDING: Final = frozenset({"remove", "forget", "revoke", "rotate", "status", "act"})
"""What takes something away; it is asked about what is not there."""

VARIANTS: Final = (
    *(f"/attributes?tab={tab}" for tab in ("sde", "custom", "context", "staffing")),
    "/attributes?search=zzz",
    "/policies?show=findings",
    "/policies?search=zzz",
    "/policies/merge",
    "/policies/versions/1?with=2",
    "/playground?load={conversation}",
    "/playground?load=nothing",
    "/policy-logs?conversation=nothing",
    "/policy-logs?policy=nothing",
    "/policy-logs?since=never",
    "/policy-logs?since=2026-01-02T00:00&until=2026-01-01T00:00&zone=UTC",
    "/conversations?status=closed",
    "/users/new?type=bot",
    f"/web-client?skill={walking.SKILL}",
    "/nothing",
)
"""Pages that look otherwise when they are asked for something; `walking.paths` has all others."""


@pytest.fixture(scope="module")
def babel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server that speaks `translating.pseudo` besides."""
    running = server.Server(
        tmp_path_factory.mktemp("data"), command=pseudo.COMMAND, env=pseudo.ENVIRONMENT
    )
    yield running
    running.close()


@pytest.fixture(scope="module")
def account(babel: server.Server) -> commands.Commands:
    """An account with an administrator."""
    made = babel.account("1")
    walking.administrator(made)
    return made


@pytest.fixture(scope="module")
def things(account: commands.Commands) -> dict[str, str]:
    """What stands for the names in paths: something of each kind, with what is found wrong."""
    return walking.furnished(account)


@pytest.fixture
def visitor(babel: server.Server, account: commands.Commands) -> Iterator[pages.Visitor]:
    """The administrator, whose browser prefers the language that nobody speaks."""
    opened = pages.Visitor(babel.http, account.account)
    opened.http.headers["Accept-Language"] = "xx"
    opened.sign_in(walking.ADMIN)
    yield opened
    opened.http.close()


def test_every_page_says_everything_in_the_readers_language(
    visitor: pages.Visitor, things: dict[str, str]
) -> None:
    """No word on any page is English, but for what people wrote and names of things."""
    odd: dict[str, list[str]] = {}
    decisions = walking.decisions(visitor.get("/policy-logs").text)
    all_ = {**things, "decision": decisions[0]}
    variants = [walking.filled(path, all_) for path in VARIANTS]
    others = [f"/policy-logs/{decision}" for decision in decisions[1:6]]
    for path in (*walking.paths(all_), *variants, *others):
        answer = visitor.get(path)
        assert answer.status_code < 500, path
        if answer.headers.get("content-type", "").startswith("text/html"):
            odd[path] = list(reading.strange(reading.texts(answer.text), walking.OWN))
    assert {path: said for path, said in odd.items() if said} == {}
    assert len(odd) > 40


def test_every_form_says_in_the_readers_language_what_is_wrong(
    visitor: pages.Visitor, things: dict[str, str]
) -> None:
    """Forms that are empty, that hold nonsense, and that are about what is not there."""
    token, odd, refused = visitor.token(), dict[str, list[str]](), 0
    nowhere = dict.fromkeys(things, "nothing") | {"number": "99"}
    for row in modules.rows():
        if row.method != "POST":
            continue
        ends = row.path.rsplit("/", 1)[-1] in ENDING
        path = walking.filled(row.path, nowhere if ends else things)
        names = re.findall(r' name="(\w+)"', visitor.get(path).text)
        nonsense = dict.fromkeys(names, "Ω:\n" * 150)
        for form in (dict[str, str](), nonsense):
            answer = visitor.post(path, token, **{**form, "csrf": token})
            assert answer.status_code < 500 or answer.status_code == 503, path
            refused += answer.status_code >= 400
            odd.setdefault(path, []).extend(reading.strange(said_in(answer), walking.OWN))
    assert {path: said for path, said in odd.items() if said} == {}
    assert refused > 40


def said_in(answer: httpx2.Response) -> list[str]:
    """Return what an answer says to people: a page, a part of one, or messages in JSON."""
    if answer.headers.get("content-type", "").startswith("text/html"):
        return reading.texts(answer.text)
    return re.findall(r'"message":"((?:[^"\\]|\\.)*)"', answer.text)
