"""Which addresses are called, and with what, when the network is the real client."""

import json

import httpx2
import pytest

from orchestrator.adapters.platforms.liveperson import boundary, network
from orchestrator.adapters.platforms.liveperson.settings import Config, Credentials
from orchestrator.client.messaging import agent, socket, trust, web
from orchestrator.core.model import errors
from orchestrator.core.ums import asks

HOSTS = ("agentVep", "asyncMessagingEnt", "msgHist", "accountConfigReadOnly")
CONFIG = Config(
    account="1",
    domain="csds.test",
    username="router",
    credentials=Credentials("app", "s1", "token", "s2"),
)


class Platform:
    """Answers HTTP requests from a table of path → (status, body), and keeps them."""

    def __init__(self):
        self.requests = []
        self.answers = {
            "/api/account/1/service/baseURI.json": (
                200,
                {"baseURIs": [{"service": name, "baseURI": f"{name}.test"} for name in HOSTS]},
            ),
            "/api/account/1/login": (
                200,
                {"bearer": "b", "csrf": "c", "config": {"userId": "1001", "userPid": "pid"}},
            ),
            "/api/account/1/refresh": (200, {}),
        }

    def __call__(self, request):
        self.requests.append(request)
        status, body = self.answers.get(request.url.path, (404, {}))
        return httpx2.Response(status, json=body)

    @property
    def last(self):
        return self.requests[-1]


@pytest.fixture
def platform(monkeypatch):
    answering = Platform()
    monkeypatch.setattr(trust, "context", lambda _: None)
    monkeypatch.setattr(
        web,
        "client",
        lambda *_, **_kwargs: httpx2.AsyncClient(transport=httpx2.MockTransport(answering)),
    )
    return answering


@pytest.fixture
async def reached(platform):  # noqa: ARG001  the platform has to be in place before
    opened = network.MessagingNetwork(CONFIG)
    yield opened
    await opened.close()


async def test_logs_in_with_the_four_parts_of_the_key(platform, reached):
    """Discovery at the configured domain, then the five body keys at agentVep."""
    login = await reached.log_in()
    assert [str(request.url.host) for request in platform.requests] == [
        "csds.test",
        "agentvep.test",
    ]
    assert json.loads(platform.last.content) == {
        "username": "router",
        "appKey": "app",
        "secret": "s1",
        "accessToken": "token",
        "accessTokenSecret": "s2",
    }
    assert (login.user_id, login.pid) == ("1001", "pid")
    await login.refresh()
    assert platform.last.url.path == "/api/account/1/refresh"


async def test_a_refused_key_is_unauthenticated(platform, reached):
    """And the connections of the failed attempt are closed."""
    platform.answers["/api/account/1/login"] = (401, {"error": {"internalCode": 10}})
    with pytest.raises(errors.Unauthenticated):
        await reached.log_in()
    assert reached._http is None


async def test_history_is_asked_with_the_bearer(platform, reached):
    """One conversation, a consumer's, and an agent's status, by their paths and bodies."""
    base = "/messaging_history/api/account/1"
    one = {"info": {"conversationId": "c"}}
    for noun in ("conversation", "consumer"):
        platform.answers[f"{base}/conversations/{noun}/search"] = (
            200,
            {"conversationHistoryRecords": [one, None]},
        )
    platform.answers[f"{base}/agent-view/status"] = (
        200,
        {"agentStatusRecords": [{"agentId": 1003}, {"agentId": "1002"}]},
    )
    login = await reached.log_in()
    assert await login.record("c") == one
    assert json.loads(platform.last.content)["conversationId"] == "c"
    assert platform.last.headers["Authorization"] == "Bearer b"
    assert await login.records("jo") == [one]
    assert json.loads(platform.last.content)["consumer"] == "jo"
    assert await login.status("1002") == {"agentId": "1002"}
    assert await login.status("1009") is None


async def test_an_unknown_conversation_is_none_however_it_is_said(platform, reached):
    """404 and an empty list mean the same."""
    login = await reached.log_in()
    assert await login.record("c") is None
    path = "/messaging_history/api/account/1/conversations/conversation/search"
    platform.answers[path] = (200, {"conversationHistoryRecords": None})
    assert await login.record("c") is None
    platform.answers[path] = (503, {})
    with pytest.raises(errors.Unavailable):
        await login.record("c")


async def test_skills_are_read_from_the_configuration(platform, reached):
    """The list of all, and the bot's own."""
    base = "/api/account/1/configuration/le-users"
    platform.answers[f"{base}/skills"] = (200, [{"id": 1, "name": "A"}])
    platform.answers[f"{base}/users/1001"] = (200, {"skillIds": [1]})
    login = await reached.log_in()
    assert await login.skills() == [{"id": 1, "name": "A"}]
    assert platform.last.url.params["v"] == "4.0"
    assert await login.own_skills() == [1]


class _Connection:
    """An agent's connection that tells one event and closes with 4401."""

    def __init__(self, *_, **__):
        self.closed = None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def request(self, ask):
        self.closed = socket.Closed(4401)
        raise socket.ConnectionLost(f"{ask.name} was lost", closed=self.closed)

    async def events(self):
        yield "event"
        self.closed = socket.Closed(4401)


@pytest.mark.usefixtures("platform")
async def test_a_close_is_told_with_its_code(reached, monkeypatch):
    """To the reader of events and to whoever waits for an answer."""
    monkeypatch.setattr(agent, "AgentConnection", _Connection)
    login = await reached.log_in()
    async with login.connect() as line:
        told = line.events()
        assert await anext(told) == "event"
        with pytest.raises(boundary.SocketClosed) as closed:
            await anext(told)
        assert closed.value.close_code == 4401
        with pytest.raises(boundary.SocketClosed) as closed:
            await line.ask(asks.Ask("GetClock"))
        assert closed.value.close_code == 4401
