"""Webhooks and both generations of LivePerson Functions, against a server that speaks them."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import standardwebhooks

from orchestrator.adapters.functions import answers
from orchestrator.adapters.functions.caller import Caller
from orchestrator.adapters.functions.guard import Resolver
from orchestrator.adapters.functions.outbound import Answer, Outbound
from orchestrator.core.model.function import Definition, Function, FunctionFailed, Secrets
from orchestrator.testing.clock import START, TurnedClock
from running import tricksters
from running.tricksters import Received, Trickster, says

WHSEC = "whsec_" + base64.b64encode(b"k" * 32).decode()
LAMBDA = "0b4cf1a6-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's certificates are."""
    return tmp_path_factory.mktemp("platform")


@pytest.fixture
async def there(folder: Path) -> AsyncIterator[Trickster]:
    """The server."""
    async with tricksters.trickster(folder) as running:
        yield running


@pytest.fixture
def clock() -> TurnedClock:
    """The clock."""
    return TurnedClock()


@pytest.fixture
async def caller(clock: TurnedClock) -> AsyncIterator[Caller]:
    """What calls."""
    made = Caller(clock, Outbound(Resolver(lambda _host, _port: ["127.0.0.1"])))
    yield made
    await made.close()


def jwt(clock: TurnedClock, lifetime: timedelta, number: int = 1) -> str:
    """Return a token whose end can be read; nobody but the platform can verify it."""
    claims = {"exp": int((clock.now() + lifetime).timestamp()), "jti": number}
    middle = base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
    return f"e30.{middle}.c2ln"


class Platform:
    """Discovery, token service and gateway of a LivePerson account, on one port."""

    def __init__(self, there: Trickster, clock: TurnedClock, *, gateway: str) -> None:
        self.there = there
        self.clock = clock
        self.tokens: list[str] = []
        self.refused: set[str] = set()
        self.lifetime = timedelta(hours=2)
        here = f"localhost:{there.port}"
        discovery = "/api/account/77/service/baseURI.json"
        uris = [
            {"service": "sentinel", "account": "77", "baseURI": here},
            {"service": "faasGW", "account": "77", "baseURI": gateway},
        ]
        there.paths[discovery] = says({"baseURIs": uris})
        there.paths["/sentinel/api/account/77/app/token"] = self._token
        there.paths[f"/api/account/77/lambdas/{LAMBDA}/invoke"] = self._invoke

    async def _token(self, request: Received, writer: Any) -> None:
        token = jwt(self.clock, self.lifetime, len(self.tokens))
        self.tokens.append(token)
        good = request.body == (b"client_id=me&client_secret=s3cret&grant_type=client_credentials")
        answer = says({"access_token": token, "token_type": "Bearer"})
        await (answer if good else says({"error": "invalid_client"}, status=401))(request, writer)

    async def _invoke(self, request: Received, writer: Any) -> None:
        bearer = request.headers["authorization"].removeprefix("Bearer ")
        if bearer not in self.tokens or bearer in self.refused:
            wrong = {"errorCode": "com.liveperson.faas.es.general", "errorMsg": "no"}
            await says(wrong, status=401)(request, writer)
        else:
            await says({"tier": "gold"})(request, writer)

    def count(self, part: str) -> int:
        """Return how many requests had this in their path."""
        return sum(part in request.path for request in self.there.received)


def function(**fields: Any) -> Function:
    """Return a function of account 1."""
    return Function("1", "crm", Definition(**fields), START)


def a_lambda(there: Trickster) -> Function:
    """Return a LivePerson function that is found by the server's discovery."""
    return function(lambda_id=LAMBDA, domain=f"localhost:{there.port}", account_id="77")


CLIENT = Secrets(client_id="me", client_secret="s3cret")


async def call(
    caller: Caller, there: Trickster, called: Function, *, secrets: Secrets = CLIENT
) -> Any:
    """Call with a payload."""
    hosts = [there.allowed, msgspec.structs.replace(there.allowed, host="functions.test")]
    return await caller.call(called, {"id": "c-1"}, secrets=secrets, hosts=hosts, call_id="4711")


async def test_a_webhook_gets_the_parameters_signed(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """By Standard Webhooks, at the clock's time."""
    there.paths["/tier"] = says("gold")
    secrets = Secrets(secret=WHSEC)
    assert await call(caller, there, function(url=there.url("/tier")), secrets=secrets) == "gold"
    (came,) = there.received
    assert came.json == {"id": "c-1"}
    assert came.headers["webhook-id"] == "msg_4711"
    signed = standardwebhooks.Webhook(WHSEC).sign("msg_4711", clock.now(), came.body.decode())
    assert came.headers["webhook-signature"] == signed
    assert came.headers["webhook-timestamp"] == str(int(clock.now().timestamp()))


async def test_a_webhook_without_a_secret_is_not_signed(caller: Caller, there: Trickster) -> None:
    """And an empty answer is null."""
    there.paths["/tier"] = says(b"", status=204)
    called = function(url=there.url("/tier"))
    assert await call(caller, there, called, secrets=Secrets()) is None
    assert "webhook-signature" not in there.received[0].headers


async def test_the_first_generation_is_spoken_to(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """Our name is in the address, the token's service is asked for its version 1.0."""
    platform = Platform(there, clock, gateway=f"localhost:{there.port}")
    assert await call(caller, there, a_lambda(there)) == {"tier": "gold"}
    invocation = there.received[-1]
    assert invocation.path.endswith("/invoke?v=1&externalSystem=conversation-orchestrator")
    assert "lp-eventsource" not in invocation.headers
    assert invocation.headers["x-request-id"] == "4711"
    sent = invocation.json
    assert sent == {
        "timestamp": int(clock.now().timestamp() * 1000),
        "headers": [],
        "payload": {"id": "c-1"},
    }
    assert platform.count("/app/token?v=1.0") == 1


async def test_the_second_generation_is_spoken_to(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """Its gateway shows in its name; our name is in a header instead."""
    platform = Platform(there, clock, gateway=f"functions.test:{there.port}")
    assert await call(caller, there, a_lambda(there)) == {"tier": "gold"}
    invocation = there.received[-1]
    assert invocation.path.endswith("/invoke")
    assert invocation.headers["lp-eventsource"] == "conversation-orchestrator"
    assert invocation.headers["host"] == f"functions.test:{there.port}"
    assert platform.count("/app/token?v=2.0") == 1


async def test_tokens_and_discovery_are_kept(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """Discovery for ten minutes, a token until half an hour before its end."""
    platform = Platform(there, clock, gateway=f"localhost:{there.port}")
    for _ in range(3):
        await call(caller, there, a_lambda(there))
    assert (platform.count("baseURI"), platform.count("app/token")) == (1, 1)
    await clock.advance(timedelta(minutes=11))
    await call(caller, there, a_lambda(there))
    assert (platform.count("baseURI"), platform.count("app/token")) == (2, 1)
    await clock.advance(timedelta(minutes=80))
    await call(caller, there, a_lambda(there))
    assert platform.count("app/token") == 2


async def test_a_refused_token_is_fetched_anew_once(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """The platform may end tokens early."""
    platform = Platform(there, clock, gateway=f"localhost:{there.port}")
    await call(caller, there, a_lambda(there))
    platform.refused.update(platform.tokens)
    assert await call(caller, there, a_lambda(there)) == {"tier": "gold"}
    assert platform.count("app/token") == 2


async def test_wrong_credentials_are_no_value(
    caller: Caller, there: Trickster, clock: TurnedClock
) -> None:
    """And neither the error nor its cause repeats them."""
    Platform(there, clock, gateway=f"localhost:{there.port}")
    wrong = Secrets(client_id="me", client_secret="other")
    with pytest.raises(FunctionFailed, match="invalid_client") as failed:
        await call(caller, there, a_lambda(there), secrets=wrong)
    assert failed.value.fault == "own"
    assert "other" not in repr(failed.value.__cause__)
    assert "s3cret" not in repr(CLIENT)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        *((400, "request"), (404, "request"), (422, "request"), (401, "own"), (403, "own")),
        *((408, "temporary"), (429, "temporary"), (500, "temporary"), (503, "temporary")),
        *((901, "own"), (999, "own"), (501, "own"), (304, "own")),
    ],
)
def test_every_status_that_is_no_success_is_a_failure(status: int, fault: str) -> None:
    """901 too, which HTTP libraries take for neither an error nor a success."""
    with pytest.raises(FunctionFailed, match=str(status)) as failed:
        answers.value(Answer(status, {}, b'{"code":"x.y","message":"private"}'), "It")
    assert failed.value.fault == fault
    assert "x.y" in failed.value.message
    assert "private" not in failed.value.message


@pytest.mark.parametrize(
    ("header", "seconds"), [({}, 1.0), ({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, 1.0)]
)
def test_who_is_asked_too_often_is_left_in_peace(header: dict[str, str], seconds: float) -> None:
    """At least a second after 429 (protocol reference, 9.1)."""
    with pytest.raises(FunctionFailed) as failed:
        answers.value(Answer(429, header, b""), "It")
    assert failed.value.after_seconds == seconds


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"<html>", b"\xff", b"[" * 100_000, b"1e999", b"NaN", b"9" * 500),
        b"[" * 500 + b"]" * 500,
    ],
)
def test_what_is_no_json_is_no_value(body: bytes) -> None:
    """However it is malformed."""
    with pytest.raises(FunctionFailed):
        answers.value(Answer(200, {}, body), "It")
