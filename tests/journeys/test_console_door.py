"""The console's door: who comes in, what forged and foreign requests get, what answers carry."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.doors.console import faults, rendering
from running import commands, pages, server

ROLES = ("Agent", "Agent Manager", "Policy editor", "Viewer", "Administrator")


@pytest.fixture(scope="module")
def brand(shared_server: server.Server, account_ids: Iterator[int]) -> commands.Commands:
    """An account with a person of each role, named after it; made once, for hashes are slow."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    for role in ROLES:
        person(orchestrator, role.lower().replace(" ", "-"), role)
    return orchestrator


@pytest.fixture
def visitor(shared_server: server.Server, brand: commands.Commands) -> Iterator[pages.Visitor]:
    """Somebody at the door of the brand."""
    opened = pages.Visitor(shared_server.http, brand.account)
    yield opened
    opened.http.close()


def person(orchestrator: commands.Commands, login: str, role: str) -> None:
    """Add somebody who signs in with the common password."""
    orchestrator(
        *("users", "add", login, "--type", "human", "--role", role, "--password-stdin"),
        stdin=pages.PASSWORD,
    )


def test_without_a_session_everything_leads_to_the_sign_in_page(visitor: pages.Visitor) -> None:
    """A page asks to sign in and comes back afterwards; the root leads to the console."""
    answer = visitor.get("/skills")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/console/sign-in?next=/console/skills",
    )
    assert visitor.http.get("/").headers["location"] == "/console"
    form = {"account": visitor.account, "login": "administrator", "password": pages.PASSWORD}
    answer = visitor.http.post("/console/sign-in", data={**form, "next": "/console/skills"})
    assert answer.headers["location"] == "/console/skills"
    assert visitor.get("/skills").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example/console/", "https://evil.example/", "/\\evil.example", "/api"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(visitor: pages.Visitor, elsewhere: str) -> None:
    """``next`` is a page of the console or nothing."""
    form = {"account": visitor.account, "login": "administrator", "password": pages.PASSWORD}
    answer = visitor.http.post("/console/sign-in", data={**form, "next": elsewhere})
    assert answer.headers["location"] == "/console"


def test_a_wrong_password_says_nothing_about_what_was_wrong(visitor: pages.Visitor) -> None:
    """A login that is not there and a wrong password get the same page."""
    unknown = visitor.sign_in("nobody", "wrong-password")
    wrong = visitor.sign_in("administrator", "wrong-password")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.text.replace("nobody", "administrator") == wrong.text
    assert "wrong-password" not in wrong.text


def test_guessing_ends_in_a_delay(visitor: pages.Visitor, brand: commands.Commands) -> None:
    """After ten wrong passwords the door does not even look; it says when to come back."""
    person(brand, "guessed", "Viewer")
    answers = [visitor.sign_in("guessed", f"guess {number}") for number in range(12)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert f"({answers[-1].headers['retry-after']} seconds)" in answers[-1].text
    assert visitor.sign_in("guessed").status_code == 429


def test_a_form_without_the_token_changes_nothing(visitor: pages.Visitor) -> None:
    """No token, a wrong one and another session's: refused, and nothing is there."""
    visitor.sign_in("administrator")
    other = pages.Visitor(str(visitor.http.base_url), visitor.account)
    other.sign_in("administrator")
    for token in ("", "wrong", other.token()):
        assert visitor.post("/skills/new", token, name="Forged").status_code == 403
    other.http.close()
    assert "Forged" not in visitor.get("/skills").text
    assert visitor.post("/skills/new", name="Meant").status_code == 303
    assert "Meant" in visitor.get("/skills").text


def test_a_form_of_another_site_does_not_sign_anybody_in(visitor: pages.Visitor) -> None:
    """Browsers say where a form comes from."""
    form = {"account": visitor.account, "login": "administrator", "password": pages.PASSWORD}
    answer = visitor.http.post(
        "/console/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_and_does_what_it_may(visitor: pages.Visitor, role: str) -> None:
    """Agents see no skills; only administrators add one, whatever form is sent."""
    visitor.sign_in(role.lower().replace(" ", "-"))
    sees = visitor.get("/skills")
    assert sees.status_code == (403 if role == "Agent" else 200)
    assert ('href="/console/skills"' in visitor.get("").text) == (role != "Agent")
    does = visitor.post("/skills/new", name=f"By {role}")
    assert does.status_code == (303 if role == "Administrator" else 403)
    if role not in {"Agent", "Administrator"}:
        assert "Add skill" not in sees.text


def test_a_session_is_over_when_it_is_signed_out(visitor: pages.Visitor) -> None:
    """The cookie alone does not bring it back: the server knows."""
    visitor.sign_in("administrator")
    kept = dict(visitor.http.cookies)
    visitor.http.post("/console/sign-out")
    visitor.http.cookies.update(kept)
    assert visitor.get("").status_code == 303


def test_a_new_password_ends_the_sessions_of_browsers(
    visitor: pages.Visitor, brand: commands.Commands
) -> None:
    """Whoever took over a session loses it."""
    person(brand, "changing", "Viewer")
    visitor.sign_in("changing")
    assert visitor.get("").status_code == 200
    brand("users", "edit", "changing", "--password-stdin", stdin="another password")
    assert visitor.get("").status_code == 303


def test_what_people_wrote_is_text(visitor: pages.Visitor, brand: commands.Commands) -> None:
    """A name with markup in it is shown as it was written."""
    brand("skills", "add", "<script>alert(1)</script>")
    visitor.sign_in("administrator")
    page = visitor.get("/skills").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_every_answer_tells_the_browser_what_it_may_load(visitor: pages.Visitor) -> None:
    """Pages, redirections and errors: our own files alone, in no frame, kept by nobody."""
    visitor.sign_in("administrator")
    for path in ("", "/skills", "/no-such-page", "/sign-in"):
        headers = visitor.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
    cookie = visitor.sign_in("administrator").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_htmx_is_told_what_went_wrong_as_a_notice(visitor: pages.Visitor) -> None:
    """A part of a page that fails does not put a whole page into its place."""
    visitor.sign_in("agent")
    answer = visitor.get("/skills", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.headers["hx-retarget"] == "#toasts"
    assert "<html" not in answer.text


def invited(running: server.Server) -> str:
    """Return the path of a new server's link, below the console."""
    deadline = time.monotonic() + 30
    while not (said := [each for each in running.logs if "console.invitation" in each]):
        assert time.monotonic() < deadline, "nobody was invited"
        time.sleep(0.02)
    return json.loads(said[0])["link"].partition("/console")[2]


def test_the_first_administrator_comes_in_by_a_link_that_works_once(
    start_server: Callable[[], server.Server],
) -> None:
    """A new folder prints the link; a short password leaves it standing; then it is used up."""
    running = start_server()
    path = invited(running)
    assert "welcome" not in running.data.joinpath("server.json").read_text()
    visitor = pages.Visitor(running.http, "1")
    assert visitor.get(path).status_code == 200
    assert visitor.get(path + "x").status_code == 401
    weak = visitor.http.post(f"/console{path}", data={"login": "ada", "password": "short"})
    assert weak.status_code == 422
    assert "password" in weak.text
    form = {"login": "ada", "password": pages.PASSWORD}
    assert visitor.http.post(f"/console{path}", data=form).status_code == 303
    assert "Administrator" in visitor.get("").text
    assert visitor.http.post(f"/console{path}", data=form).status_code == 401
    visitor.http.close()


def test_a_link_is_refused_when_an_administrator_was_added_by_a_command(
    start_server: Callable[[], server.Server],
) -> None:
    """Neither form nor account is to be had, and the page says why and leads to the sign-in."""
    running = start_server()
    path = invited(running)
    person(running.account("1"), "ada", "Administrator")
    visitor = pages.Visitor(running.http, "1")
    shown = visitor.get(path)
    assert shown.status_code == 401
    assert "There is an administrator by now" in shown.text
    assert 'href="/console"' in shown.text
    form = {"login": "eve", "password": pages.PASSWORD}
    assert visitor.http.post(f"/console{path}", data=form).status_code == 401
    visitor.http.close()


def test_a_page_that_stood_open_takes_the_token_of_the_next_session(
    visitor: pages.Visitor,
) -> None:
    """Signed out meanwhile, a form says so and is not lost; signed in again, it is sent."""
    visitor.sign_in("administrator")
    old = visitor.token()
    visitor.http.post("/console/sign-out")
    refused = visitor.post("/skills/new", old, name="Kept")
    assert refused.status_code == 401
    assert "Nothing is lost" in refused.text
    visitor.sign_in("administrator")
    assert visitor.post("/skills/new", old, name="Kept").status_code == 403
    token = visitor.get("/token").json()["csrf"]
    assert visitor.post("/skills/new", token, name="Kept").status_code == 303


def test_cookies_of_one_port_are_not_those_of_another(visitor: pages.Visitor) -> None:
    """Two servers on one machine do not sign each other's people out."""
    (cookie,) = visitor.sign_in("administrator").headers.get_list("set-cookie")
    port = str(visitor.http.base_url.port)
    assert cookie.partition("=")[0] == f"orchestrator_session_{port}"


def test_without_its_browser_part_the_console_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A checkout on which nothing was built still signs people in, and names the command."""
    monkeypatch.setattr(rendering, "STATIC", tmp_path)
    rendering.is_built.cache_clear()
    shown = {"account": "1", "login": "", "back": "", "fault": faults.NOTHING, "single": None}
    assert "make web" in rendering.rendered("sign_in.html", shown)
    monkeypatch.undo()
    rendering.is_built.cache_clear()
    said = "make web" in rendering.rendered("sign_in.html", shown)
    assert said != rendering.is_built()
