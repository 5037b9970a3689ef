"""Cookies: their flags, and what is made of those that somebody has tampered with."""

import base64
from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.doors.console import cookies
from orchestrator.doors.console.cookies import Notice, Ticket


def asking(scheme: str = "http", **given: str) -> Request:
    """A request with cookies."""
    prefix = "__Secure-" if scheme == "https" else ""
    shown = "; ".join(f"{prefix}orchestrator_{name}_8080={text}" for name, text in given.items())
    headers = [(b"host", b"door:8080"), (b"cookie", shown.encode())]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": scheme,
            "path": "/console",
            "query_string": b"",
            "headers": headers,
            "server": ("door", 8080),
        }
    )


def told(response: Response) -> SimpleCookie:
    """What the browser is told to keep."""
    found = SimpleCookie()
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            found.load(value.decode())
    return found


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("http", "orchestrator_session_8080"),
        ("https", "__Secure-orchestrator_session_8080"),
    ],
)
def test_a_session_is_kept_from_scripts_and_other_sites(scheme: str, name: str) -> None:
    """HttpOnly, SameSite, for the console alone, until the browser is closed; Secure on TLS."""
    response, request = Response(), asking(scheme)
    cookies.give(response, request, Ticket("1", "cookie", "token"))
    kept = told(response)[name]
    assert kept.value == "1.cookie.token"
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "lax", "/console")
    assert bool(kept["secure"]) == (scheme == "https")
    assert not kept["max-age"]
    assert not kept["expires"]


def test_forgetting_names_the_same_cookie() -> None:
    """Browsers forget only what has the same name and path."""
    response, request = Response(), asking("https", session="1.a.b")
    cookies.take(response, request)
    kept = told(response)["__Secure-orchestrator_session_8080"]
    assert (kept["max-age"], kept["path"], kept["secure"]) == ("0", "/console", True)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d"])
def test_what_is_no_session_is_nobodys(text: str) -> None:
    """Three parts, none of them empty."""
    assert cookies.ticket(asking(session=text)) is None


def test_a_session_is_what_was_given() -> None:
    """Account, cookie and token; and not the one of another port or scheme."""
    shown = asking(session="1.cookie.token")
    assert cookies.ticket(shown) == Ticket("1", "cookie", "token")
    plain = Request({**shown.scope, "scheme": "https"})
    assert cookies.ticket(plain) is None


@pytest.mark.parametrize(
    "notice", [Notice("Saved."), Notice("“Bückstück” ✓\r\n<b>", undo="/console/policies/undo/3")]
)
def test_a_notice_comes_back_as_it_was_left(notice: Notice) -> None:
    """Whatever stands in it."""
    response, request = Response(), asking()
    cookies.leave(response, request, notice)
    (kept,) = told(response).values()
    assert kept["httponly"]
    assert cookies.found(asking(notice=kept.value)) == notice


@pytest.mark.parametrize("text", ["x", "====", "bm90aGluZw==", "eyJ0ZXh0IjogN30=", "\u00fc"])
def test_what_is_no_notice_is_not_shown(text: str) -> None:
    """Broken, no JSON, no text."""
    assert cookies.found(asking(notice=text)) is None


@pytest.mark.parametrize("undo", ["https://evil.example/", "//evil.example/console/", "/api/x"])
def test_a_notice_takes_nothing_back_elsewhere(undo: str) -> None:
    """Its button posts to the console, or there is none."""
    text = base64.urlsafe_b64encode(f'{{"text": "Hi", "undo": "{undo}"}}'.encode()).decode()
    assert cookies.found(asking(notice=text)) == Notice("Hi")
