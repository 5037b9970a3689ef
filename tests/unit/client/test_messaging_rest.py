"""Discovery, login and history against a scripted platform."""

import httpx2
import msgspec
import pytest

from orchestrator.client.messaging import discovery, login, trust, web
from orchestrator.core.model import errors

SERVICES = discovery.Services(
    "1", {"agentVep": "vep:8443", "idp": "idp:8443", "msgHist": "hist:8443"}
)
KEY = login.ApiKey("bot", "k-app", "k-secret", "k-token", "k-token-secret")
GOOD = {
    "csrf": "c5",
    "bearer": "b3a4",
    "sessionTTl": "28800000",
    "config": {"userId": "1001", "userPid": "pid-1", "loginName": "bot"},
}


class Platform:
    """Answers each request with the next of its answers, and keeps the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (*answer, {})[:3]
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return httpx2.Response(status, content=content, headers=headers)

    def http(self):
        return httpx2.AsyncClient(transport=httpx2.MockTransport(self))


async def test_discovery_names_the_services():
    """All services at once; hosts may have ports."""
    body = {"baseURIs": [{"service": "agentVep", "account": "1", "baseURI": "localhost:8443"}]}
    platform = Platform((200, body))
    async with platform.http() as http:
        services = await discovery.find(http, domain="cs:8443", account="1")
    assert services.url("agentVep", "/x") == "https://localhost:8443/x"
    assert str(platform.requests[0].url) == (
        "https://cs:8443/api/account/1/service/baseURI.json?version=1.0"
    )
    with pytest.raises(errors.Unavailable, match="idp"):
        services.host("idp")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {}), errors.Unauthenticated),
        ((200, b"<html>"), errors.Unavailable),
        ((200, {"baseURIs": []}), errors.Unavailable),
        ((200, {}), errors.Unavailable),
        ((500, {}), errors.Unavailable),
        ((901, {}), errors.Unavailable),
        ((302, {}), errors.Unavailable),
        (httpx2.ConnectError("no"), errors.Unavailable),
    ],
)
async def test_discovery_that_fails_says_how(answer, error):
    """Whatever a domain answers, the error is one of ours."""
    async with Platform(answer).http() as http:
        with pytest.raises(error):
            await discovery.find(http, domain="cs", account="1")


async def test_login_by_key_sends_the_five_values():
    """§2.1: exactly five keys in the body; §2.2: the session, with its cookie."""
    headers = {"Set-Cookie": "Session_id=s1; Path=/; Secure; HttpOnly"}
    platform = Platform((200, GOOD, headers), (200, b""), (200, b""))
    async with platform.http() as http:
        session = await login.log_in(http, SERVICES, credentials=KEY)
        await login.refresh(http, SERVICES, session=session)
        await login.log_out(http, SERVICES, session=session)
    first, second, third = platform.requests
    assert str(first.url) == "https://vep:8443/api/account/1/login?v=1.3"
    assert msgspec.json.decode(first.content) == {
        "username": "bot",
        "appKey": "k-app",
        "secret": "k-secret",
        "accessToken": "k-token",
        "accessTokenSecret": "k-token-secret",
    }
    assert (session.user_id, session.pid, session.seconds_to_live) == ("1001", "pid-1", 28800)
    assert session.authorization == {"Authorization": "Bearer b3a4"}
    for request in (second, third):
        assert request.headers["cookie"] == "Session_id=s1"
        assert msgspec.json.decode(request.content) == {"csrf": "c5"}


async def test_login_by_password():
    """§2.1: user name and password."""
    platform = Platform((200, GOOD))
    async with platform.http() as http:
        await login.log_in(http, SERVICES, credentials=login.Password("u", "p"))
    body = msgspec.json.decode(platform.requests[0].content)
    assert body == {"username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {"error": {"internalCode": 10}}), errors.Unauthenticated),
        ((200, {"error": {"internalCode": 10}}), errors.Unauthenticated),
        ((400, {}), errors.BadInput),
        ((200, {"bearer": "x"}), errors.Unavailable),
        ((200, GOOD | {"sessionTTl": "soon"}), errors.Unavailable),
        ((429, {}), errors.Unavailable),
        (httpx2.ReadTimeout("slow"), errors.Unavailable),
    ],
)
async def test_login_that_fails_says_how(answer, error):
    """Refused and unreachable are told apart, and no message holds a secret."""
    async with Platform(answer).http() as http:
        with pytest.raises(error) as caught:
            await login.log_in(http, SERVICES, credentials=KEY)
    assert "k-" not in caught.value.message


async def test_a_refresh_with_an_error_is_the_end():
    """§2.4: also a 200 with an ``error`` means: log in again."""
    session = login.Session("1", "1001", "p", "b3a4", "c5", "Session_id=s", 60.0)
    for answer in ((200, {"error": {}}), (401, {"error": {}})):
        async with Platform(answer).http() as http:
            with pytest.raises(errors.Unauthenticated):
                await login.refresh(http, SERVICES, session=session)


def test_secrets_are_not_shown():
    """What is printed or logged names the user and nothing else."""
    session = login.Session("1", "1001", "p", "b3a4", "c5", "Session_id=s", 60.0)
    shown = f"{KEY!r} {login.Password('u', 'hush')!r} {session!r} {session}"
    for secret in ("k-app", "k-secret", "k-token", "hush", "b3a4", "c5", "Session_id"):
        assert secret not in shown


async def test_consumers_sign_up():
    """§6.1."""
    platform = Platform((200, {"jwt": "t.o.k"}), (200, {"jwt": "a.u.t"}))
    async with platform.http() as http:
        assert await login.sign_up(http, SERVICES) == "t.o.k"
        assert await login.authenticate(http, SERVICES, auth_code="code") == "a.u.t"
    assert platform.requests[0].url.path == "/api/account/1/signup"


async def test_the_http_client_keeps_no_cookies(tls):
    """Sessions of several users share a client and never each other's cookies."""
    async with web.client(tls) as http:
        http.cookies.set("Session_id", "s", domain="vep")
        answer = httpx2.Response(
            200,
            headers={"Set-Cookie": "Session_id=other; Path=/"},
            request=httpx2.Request("GET", "https://idp/"),
        )
        http.cookies.clear()
        http.cookies.extract_cookies(answer)
        assert len(http.cookies.jar) == 0


def test_an_authority_that_is_none_is_bad_input(tmp_path):
    """A missing or malformed authority file is told by name."""
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "none.pem"):
        with pytest.raises(errors.BadInput, match=path.name):
            trust.context(str(path))
