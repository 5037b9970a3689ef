"""The console's frame with nothing behind it: who is let in, and what every answer carries."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.directory import User
from orchestrator.core.model.ids import Pid
from orchestrator.doors.console import app, pages
from orchestrator.doors.console.rooms import Rooms
from orchestrator.services.directory.sessions import SignedIn

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
POSTS = sorted(row.path for row in pages.rows() if row.method == "POST")
GETS = sorted(row.path for row in pages.rows() if row.method == "GET")


class Logins:
    """One session of an administrator, and the passwords that were tried."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def by_cookie(self, account: str, *, cookie: str, csrf: str) -> SignedIn:
        """Know the one session."""
        if (account, cookie, csrf) != ("1", "cookie", "token"):
            raise errors.Unauthenticated("No.")
        roles = ("Administrator",)
        user = User(account, "7", Pid("p7"), "<b>ada</b>", "human", roles, NOW)
        return SignedIn("s1", user, NOW)

    async def by_password(self, account: str, **given: Any) -> Any:
        """Let nobody else in."""
        self.tried.append(f"{account} {given['username']}")
        raise errors.Unauthenticated("No.")


class Door:
    """The application, asked as a browser asks; behind it is nothing but `Logins`."""

    def __init__(self, scheme: str = "http") -> None:
        self.logins = Logins()
        nothing: Any = dict.fromkeys(Rooms.__struct_fields__)
        directory = SimpleNamespace(logins=self.logins)
        rooms = Rooms(**{**nothing, "account": "1", "directory": directory})
        self.base = f"{scheme}://door:8080"
        self._transport = httpx2.ASGITransport(app=app.application(rooms))

    async def ask(
        self, method: str, path: str, *, signed: str = "", form: Any = None, **headers: str
    ) -> httpx2.Response:
        """Send one request; ``signed`` is what stands in the session's cookie."""
        if signed:
            headers["cookie"] = f"orchestrator_session_8080={signed}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx2.AsyncClient(transport=self._transport, base_url=self.base) as http:
            return await http.request(method, f"/console{path}", data=form, headers=named)


def filled(path: str) -> str:
    """A route's path with something for each name in it."""
    return re.sub(r"\{[^}]+\}", "1", path)


@pytest.fixture
def door() -> Door:
    """The application."""
    return Door()


SIGNED = "1.cookie.token"


@pytest.mark.parametrize("path", GETS)
async def test_no_page_is_shown_to_strangers(door: Door, path: str) -> None:
    """They are asked to sign in and come back to where they were; no service is asked."""
    for cookie in ("", "1.cookie.wrong", "2.cookie.token", "...", "1.cookie", "a.b.c.d"):
        answer = await door.ask("GET", filled(path), signed=cookie)
        assert answer.status_code == 303
        where = urlsplit(answer.headers["location"])
        assert where.path == "/console/sign-in"
        assert parse_qs(where.query).get("next", ["/console"]) == [f"/console{filled(path)}"]


@pytest.mark.parametrize("path", POSTS)
async def test_no_form_of_strangers_is_taken(door: Door, path: str) -> None:
    """They are told that nothing is lost, on a page or in a notice; no service is asked."""
    answer = await door.ask("POST", filled(path), form={"csrf": "token"})
    assert answer.status_code == 401
    assert "Nothing is lost" in answer.text
    part = await door.ask("POST", filled(path), form={}, hx_request="true")
    assert part.status_code == 401
    assert part.headers["hx-retarget"] == "#toasts"


@pytest.mark.parametrize("path", POSTS)
async def test_no_form_without_the_sessions_token_is_taken(door: Door, path: str) -> None:
    """Whatever it carries instead: refused before any service is asked."""
    for form in ({}, {"csrf": ""}, {"csrf": "Token"}, {"csrf": "tokén"}, {"csrf": "token "}):
        answer = await door.ask("POST", filled(path), signed=SIGNED, form=form)
        assert answer.status_code == 403
    answer = await door.ask("POST", f"{filled(path)}?csrf=token", signed=SIGNED, form={})
    assert answer.status_code == 403
    answer = await door.ask("POST", filled(path), signed=SIGNED, form={}, x_csrf_token="no")
    assert answer.status_code == 403


async def test_the_token_may_come_in_a_header(door: Door) -> None:
    """As htmx and our own scripts send it: then a service is asked, of which there is none here."""
    answer = await door.ask(
        "POST", "/policies/example", signed=SIGNED, form={}, x_csrf_token="token"
    )
    assert answer.status_code == 500


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sign-in", 200),
        ("GET", "/skills", 500),  # there is no service behind it
        ("GET", "/no-such-page", 404),
        ("PUT", "/skills", 405),
        ("GET", "/users/1/keys", 405),
        ("GET", "/static/no-such-file.js", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("POST", "/skills/new", 403),
        ("GET", "/", 307),
    ],
)
async def test_every_answer_is_sealed(door: Door, method: str, path: str, status: int) -> None:
    """Our own files alone, in no frame, kept by nobody; what went wrong inside stays inside."""
    answer = await door.ask(method, path, signed=SIGNED)
    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "Traceback" not in answer.text
    assert "AttributeError" not in answer.text
    assert ("Our own fault" in answer.text) == (status >= 500)


async def test_a_form_that_is_too_long_is_no_fault_of_ours(door: Door) -> None:
    """Nothing of it was done, which is said on a page, and in a notice where it is still there."""
    form = {"csrf": "token", "name": "x" * 2_000_000}
    for named in ({}, {"hx_request": "true"}):
        answer = await door.ask("POST", "/skills/new", signed=SIGNED, form=form, **named)
        assert answer.status_code == 400
        assert "nothing was changed" in answer.text
        assert "Our own fault" not in answer.text


async def test_files_that_change_their_address_are_kept(door: Door) -> None:
    """A file with its version is kept for good; without one, or missing, it is not."""
    missing = await door.ask("GET", "/static/no-such-file.js?v=1")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("cache-control", "")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/console/",
        "///evil.example/console/",
        "https://evil.example/console/",
        "https:evil.example/console/",
        "javascript:alert(1)//console/",
        "/\\evil.example/console/",
        "/console/\\evil.example",
        "\t//evil.example/console/",
        "/\t/evil.example/console/",
        "/consolevil",
        "console/skills",
        "//[",
        "/console/../api",
        "/console/%2e%2e/api",
        "/console/skills/../../api",
        "/api",
        "",
    ],
)
async def test_nobody_is_led_out_of_the_console(door: Door, elsewhere: str) -> None:
    """``next`` is a page of the console or nothing, on the form as well."""
    shown = await door.ask("GET", "/sign-in?" + str(httpx2.QueryParams({"next": elsewhere})))
    assert shown.status_code == 200
    assert 'name="next" value=""' in shown.text
    form = {"account": "1", "login": "ada", "password": "x", "next": elsewhere}
    refused = await door.ask("POST", "/sign-in", form=form)
    assert refused.status_code == 401
    assert 'name="next" value=""' in refused.text


async def test_what_strangers_type_is_text(door: Door) -> None:
    """What comes back on the form is written as text, the password not at all."""
    form = {"account": '"><script>', "login": "<img src=x>", "password": "hunter2 & co"}
    answer = await door.ask("POST", "/sign-in", form=form)
    assert answer.status_code == 401
    assert "<script>" not in answer.text.partition("<body>")[2]
    assert "<img" not in answer.text
    assert "hunter2" not in answer.text


async def test_a_name_with_markup_is_text(door: Door) -> None:
    """Also on the page that says what went wrong."""
    page = (await door.ask("GET", "/users/new", signed="1.cookie.token")).text
    assert "<b>ada</b>" not in page


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_other_sites_sign_nobody_in_or_out(door: Door, site: str) -> None:
    """Neighbours under the same domain are other sites, too."""
    form = {"account": "1", "login": "ada", "password": "x"}
    for path in ("/sign-in", "/sign-out", "/welcome/1/token"):
        answer = await door.ask("POST", path, form=form, sec_fetch_site=site)
        assert answer.status_code == 403
    assert door.logins.tried == []
