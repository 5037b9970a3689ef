"""Signing in to the console by a provider of OpenID Connect, there and back over HTTP."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from running import openid, pages, program, server


@pytest.fixture(scope="module")
def provider() -> Iterator[openid.Provider]:
    """A running provider."""
    running = openid.Provider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def house(
    provider: openid.Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[server.Server]:
    """A server to which the provider signs people in."""
    env = provider.environment(label="Sign in with Acme")
    running = server.Server(tmp_path_factory.mktemp("house"), env=env)
    yield running
    running.close()


@pytest.fixture
def visitor(house: server.Server) -> Iterator[pages.Visitor]:
    """Somebody at the door."""
    opened = pages.Visitor(house.http, "1")
    yield opened
    opened.http.close()


def roles(house: server.Server, login: str) -> list[str]:
    """Return the roles that somebody has now, None where there is nobody."""
    found = house.account("1")("users", "list")
    return next(user["roles"] for user in found if user["login"] == login)


def test_somebody_new_comes_in_with_the_role_of_their_group(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """They become a user, land where they wanted to go, and may do what the role may."""
    provider.knows("1", preferred_username="ada", name="Ada Lovelace", groups=["owners", "x"])
    assert "Sign in with Acme" in visitor.get("/sign-in?next=/console/skills").text
    answer = provider.sign_in(visitor, "1", back="/console/skills")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/skills")
    page = visitor.get("/skills").text
    assert "Add skill" in page
    assert roles(house, "ada") == ["Administrator"]
    assert not any("hush-hush" in line for line in house.logs)


@pytest.mark.parametrize("elsewhere", ["//evil.example/console/", "https://evil.example/", "/api"])
def test_nobody_is_sent_elsewhere_after_single_sign_on(
    provider: openid.Provider, visitor: pages.Visitor, elsewhere: str
) -> None:
    """``next`` is a page of the console or nothing."""
    provider.knows("2", preferred_username="bob", groups="owners")
    assert provider.sign_in(visitor, "2", back=elsewhere).headers["location"] == "/console"


def test_roles_are_taken_at_every_sign_in(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """A lost group takes the role, and ends what was open; a won one counts in what is open."""
    provider.knows("3", preferred_username="cleo", groups=["desk"])
    provider.sign_in(visitor, "3")
    assert visitor.get("/skills").status_code == 403
    other = pages.Visitor(house.http, "1")
    provider.knows("3", preferred_username="cleo", groups=["owners"])
    provider.sign_in(other, "3")
    assert visitor.get("/skills").status_code == 200
    provider.knows("3", preferred_username="cleo", groups=["editors"])
    provider.sign_in(other, "3")
    assert roles(house, "cleo") == ["Policy editor"]
    assert visitor.get("/skills").status_code == 303
    assert other.get("/policies").status_code == 200
    other.http.close()


def test_somebody_without_a_role_is_told_what_was_looked_at(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """Nobody is made; somebody who had a role has none from then on, and is signed out."""
    provider.knows("4", preferred_username="dan", groups=["<b>choir</b>"])
    answer = provider.sign_in(visitor, "4")
    assert answer.status_code == 403
    assert "“groups” holds “&lt;b&gt;choir" in answer.text
    assert all(user["login"] != "dan" for user in house.account("1")("users", "list"))
    provider.knows("4", preferred_username="dan", groups=["editors"])
    provider.sign_in(visitor, "4")
    assert visitor.get("/policies").status_code == 200
    provider.knows("4", preferred_username="dan")
    other = pages.Visitor(house.http, "1")
    assert "“groups” is not there" in provider.sign_in(other, "4").text
    assert visitor.get("/policies").status_code == 303
    assert roles(house, "dan") == []
    other.http.close()


def test_bots_and_disabled_people_do_not_come_in(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """A provider that has a bot's name is no key of it, and what is disabled stays so."""
    orchestrator = house.account("1")
    orchestrator("users", "add", "robot", "--type", "bot", "--role", "Agent")
    provider.knows("5", preferred_username="Robot", groups=["owners"])
    assert "is a bot" in provider.sign_in(visitor, "5").text
    provider.knows("6", preferred_username="eve", groups=["owners"])
    provider.sign_in(visitor, "6")
    orchestrator("users", "edit", "eve", "--status", "disabled")
    answer = provider.sign_in(visitor, "6")
    assert answer.status_code == 403
    assert "disabled" in answer.text


def test_a_login_that_was_given_to_somebody_else_lets_nobody_in(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """Subjects count: the renamed stay who they are; an administrator sees and removes a link."""
    orchestrator = house.account("1")
    provider.knows("20", preferred_username="nia", groups=["editors"])
    provider.sign_in(visitor, "20")
    provider.knows("21", preferred_username="nia", groups=["owners"])
    other = pages.Visitor(house.http, "1")
    answer = provider.sign_in(other, "21")
    assert answer.status_code == 403
    assert "linked to somebody else" in answer.text
    provider.knows("20", preferred_username="nia-of-old", groups=["editors"])
    provider.sign_in(visitor, "20")
    assert visitor.get("/policies").status_code == 200
    shown = orchestrator("users", "show", "nia")
    assert (shown["roles"], shown["signInLink"]["subject"]) == (["Policy editor"], "20")
    assert shown["signInLink"]["issuer"] == provider.issuer

    provider.knows("22", preferred_username="olga", groups=["owners"])
    provider.sign_in(other, "22")
    page = f"/users/{shown['id']}"
    assert '<dd><code dir="ltr">20</code></dd>' in other.get(page).text
    answer = other.post(f"{page}/sign-in-link/remove")
    assert answer.status_code == 303
    assert visitor.get("/policies").status_code == 303
    assert "sign-in-link" not in other.get(page).text
    assert provider.sign_in(visitor, "21").status_code == 303
    assert orchestrator("users", "show", "nia")["signInLink"]["subject"] == "21"
    assert orchestrator("users", "unlink", "nia")["subject"] == "21"
    other.http.close()


def test_what_this_browser_did_not_begin_does_not_end_here(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """Another browser's way back, one used twice, and one with another state: refused."""
    provider.knows("7", preferred_username="fay", groups=["owners"])
    way = urlsplit(provider.consent(visitor, "7"))
    path = f"{way.path}?{way.query}"
    other = pages.Visitor(house.http, "1")
    assert other.http.get(path).status_code == 401
    provider.consent(other, "7")
    assert other.http.get(path).status_code == 401
    assert visitor.http.get(path).status_code == 303
    again = visitor.http.get(path)
    assert again.status_code == 401
    assert "Begin again" in again.text
    other.http.close()


def test_whoever_went_back_and_agreed_once_more_is_told_and_still_in(
    provider: openid.Provider, visitor: pages.Visitor
) -> None:
    """The way back was used up; the page leads to the console, where nobody else has come in."""
    provider.knows("13", preferred_username="mo", groups=["owners"])
    provider.knows("14", preferred_username="max", groups=["desk"])
    begun = visitor.get("/sign-in/openid").headers["location"]
    ways = [
        provider.http.post(begun, data={"sub": each}).headers["location"] for each in ("13", "14")
    ]
    paths = [f"{way.path}?{way.query}" for way in map(urlsplit, ways)]
    assert visitor.http.get(paths[0]).status_code == 303
    again = visitor.http.get(paths[1])
    assert again.status_code == 401
    assert 'href="/console">To the console</a>' in again.text
    assert visitor.get("/skills").status_code == 200


def test_a_refusal_speaks_the_language_of_whom_it_refuses(
    provider: openid.Provider, visitor: pages.Visitor
) -> None:
    """All of it: what stands above, and what was looked at."""
    visitor.http.headers["Accept-Language"] = "de"
    provider.knows("15", preferred_username="ole", groups=["choir"])
    text = provider.sign_in(visitor, "15").text
    assert "<h1>Sie kommen hier nicht hinein</h1>" in text
    assert "Angesehen wurde: der Claim „groups“ enthält „choir“." in text
    assert "To the console" not in text
    assert "<h1>Nicht angemeldet</h1>" in visitor.get("/sign-in/openid/callback").text


def test_whoever_says_no_at_the_provider_may_begin_again(
    provider: openid.Provider, visitor: pages.Visitor
) -> None:
    """The page says what the provider said."""
    begun = visitor.get("/sign-in/openid").headers["location"]
    refused = urlsplit(provider.http.post(begun, data={"action": "deny"}).headers["location"])
    state = parse_qs(urlsplit(begun).query)["state"][0]
    answer = visitor.http.get(f"{refused.path}?{refused.query}&state={state}")
    assert answer.status_code == 401
    assert "(access_denied)" in answer.text


def test_signing_out_leads_on_to_the_provider(
    provider: openid.Provider, visitor: pages.Visitor
) -> None:
    """Our session is over at once; the provider's end is told whose it was and where to go."""
    provider.knows("8", preferred_username="gus", groups=["owners"])
    provider.sign_in(visitor, "8")
    kept = dict(visitor.http.cookies)
    page = visitor.http.post("/console/sign-out")
    place = urlsplit(openid.farewell(page.text))
    said = parse_qs(place.query)
    assert f"{place.scheme}://{place.netloc}" == provider.issuer
    assert said["id_token_hint"][0].count(".") == 2
    assert said["post_logout_redirect_uri"] == [f"{visitor.http.base_url}/console/sign-in"]
    assert not visitor.http.cookies
    visitor.http.cookies.update(kept)
    assert visitor.get("").status_code == 303


def test_with_a_password_signing_out_stays_here(
    provider: openid.Provider, house: server.Server, visitor: pages.Visitor
) -> None:
    """Nothing is to be ended elsewhere, whoever used this browser before."""
    provider.knows("12", preferred_username="lou", groups=["owners"])
    provider.sign_in(visitor, "12")
    house.account("1")(
        *("users", "add", "pat", "--type", "human", "--role", "Viewer", "--password-stdin"),
        stdin=pages.PASSWORD,
    )
    assert visitor.sign_in("pat").status_code == 303
    assert visitor.http.post("/console/sign-out").headers["location"] == "/console/sign-in"


def test_what_the_browser_keeps_is_sealed(visitor: pages.Visitor) -> None:
    """Neither state nor verifier can be read from the cookie; scripts cannot have it at all."""
    begun = visitor.get("/sign-in/openid")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    (cookie,) = begun.headers.get_list("set-cookie")
    assert asked["state"][0] not in cookie
    for word in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/console"):
        assert word in cookie


def test_a_provider_that_is_away_leaves_passwords(tmp_path: Path) -> None:
    """The server starts without it, says so, and finds it when it is there; the doctor looks."""
    provider = openid.Provider()
    provider.stop()
    running = server.Server(tmp_path, env=provider.environment())
    try:
        orchestrator = running.account("1")
        orchestrator(
            *("users", "add", "ida", "--type", "human", "--role", "Viewer", "--password-stdin"),
            stdin=pages.PASSWORD,
        )
        visitor = pages.Visitor(running.http, "1")
        answer = visitor.get("/sign-in/openid")
        assert answer.status_code == 503
        assert "Sign in with a password" in answer.text
        assert visitor.sign_in("ida").status_code == 303
        provider.start()
        provider.knows("9", preferred_username="jo", groups=["owners"])
        assert provider.sign_in(visitor, "9").status_code == 303
        visitor.http.close()
    finally:
        running.close()
        provider.close()


@pytest.mark.thorough
def test_a_provider_that_goes_away_meanwhile_is_said_to_be_away(tmp_path: Path) -> None:
    """Between the way there and the way back: nobody is in, and they may begin again."""
    provider = openid.Provider()
    running = server.Server(tmp_path, env=provider.environment())
    visitor = pages.Visitor(running.http, "1")
    try:
        provider.knows("1", preferred_username="ada", groups=["owners"])
        way = urlsplit(provider.consent(visitor, "1"))
        provider.stop()
        answer = visitor.http.get(f"{way.path}?{way.query}")
        assert answer.status_code == 503
        assert "The sign-in service does not answer" in answer.text
        assert "Begin again" in answer.text
        assert visitor.get("/skills").status_code == 303
    finally:
        visitor.http.close()
        running.close()
        provider.close()


@pytest.mark.thorough
def test_a_provider_with_new_keys_goes_on_signing_people_in(tmp_path: Path) -> None:
    """A key that is not known is looked for, without a restart."""
    provider = openid.Provider()
    running = server.Server(tmp_path, env=provider.environment())
    try:
        visitor = pages.Visitor(running.http, "1")
        for _ in range(2):
            provider.knows("1", preferred_username="ada", groups=["owners"])
            assert provider.sign_in(visitor, "1").status_code == 303
            provider.stop()
            provider.start()
        visitor.http.close()
    finally:
        running.close()
        provider.close()


def test_passwords_and_newcomers_may_be_refused(tmp_path: Path, provider: openid.Provider) -> None:
    """Then the page has no form, the door takes none, and people are added by hand first."""
    env = provider.environment(passwords="refused", newcomers="refused")
    running = server.Server(tmp_path, env=env)
    try:
        visitor = pages.Visitor(running.http, "1")
        assert 'name="password"' not in visitor.get("/sign-in").text
        orchestrator = running.account("1")
        orchestrator(
            *("users", "add", "ada", "--type", "human", "--role", "Viewer", "--password-stdin"),
            stdin=pages.PASSWORD,
        )
        assert visitor.sign_in("ada").status_code == 403
        provider.knows("10", preferred_username="kim", groups=["owners"])
        assert "Ask an administrator" in provider.sign_in(visitor, "10").text
        provider.knows("11", preferred_username="ada", groups=["owners"])
        assert provider.sign_in(visitor, "11").status_code == 303
        visitor.http.close()
    finally:
        running.close()


def test_the_doctor_looks_at_the_provider(provider: openid.Provider, house: server.Server) -> None:
    """It names the addresses to register; another issuer than the document's is found."""
    found = doctor(house, provider.environment())
    assert found["openid-provider"]["ok"]
    assert f"{house.http}/console/sign-in/openid/callback" in found["openid-redirect"]["message"]
    found = doctor(house, provider.environment(issuer=f"{provider.issuer}/"))
    assert not found["openid-provider"]["ok"]
    assert "names itself" in found["openid-provider"]["message"]


def doctor(house: server.Server, env: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return the findings by their checks."""
    command = [sys.executable, "-m", "orchestrator.cli", "doctor", "--data", str(house.data)]
    done = program.Program([*command, "--json"], env=env)
    assert done.finish() == 1  # nothing is set up in this house
    return {each["check"]: each for each in json.loads("".join(done.output))}
