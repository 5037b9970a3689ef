"""The provider's documents: which are believed, how long they are kept, what is called when."""

import asyncio
import base64
import json
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import algorithms

from orchestrator.adapters.openid import calls
from orchestrator.adapters.openid.provider import KEPT, TRIED_AGAIN, Client, OpenIdProvider
from orchestrator.core.model import errors
from orchestrator.services.directory.ports import Vouched
from orchestrator.testing.clock import TurnedClock

ISSUER = "https://id.example"
SECRET = "s/cr:t"


class House:
    """A provider's answers, without a network: what it says, and how often it was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.sent: list[Any] = []
        self.away = False
        self.document: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/in?tenant=1",
            "token_endpoint": "https://tokens.example/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
            "end_session_endpoint": f"{ISSUER}/out",
        }
        self.userinfo: dict[str, Any] = {"sub": "ada", "groups": ["desk"]}
        self.refusal: calls.Refused | None = None
        self.turn("one")

    def turn(self, name: str) -> None:
        """Sign with a new key."""
        self._name = name
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def get(self, url: str, *, bearer: str | None = None) -> dict[str, Any]:
        await asyncio.sleep(0)
        self.asked[urlsplit(url).path] += 1
        if self.away:
            raise errors.Unavailable("away")
        if url.endswith("/keys"):
            public = json.loads(algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
            return {"keys": [{**public, "kid": self._name}]}
        if url.endswith("/me"):
            assert bearer == "access"
            return self.userinfo
        return self.document

    async def post(self, url: str, form: Any, *, basic: Any) -> dict[str, Any]:
        self.sent.append((url, form, basic))
        if self.refusal is not None:
            raise self.refusal
        claims = {"iss": ISSUER, "sub": "ada", "aud": "console", "nonce": "n"}
        times = {"iat": self.clock.now(), "exp": self.clock.now() + KEPT}
        token = jwt.encode(claims | times, self._key, "RS256", headers={"kid": self._name})
        return {"id_token": token, "access_token": "access"}

    async def close(self) -> None:
        pass

    clock = TurnedClock()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Answers in place of the network."""
    made = House()
    made.clock = TurnedClock()
    monkeypatch.setattr("orchestrator.adapters.openid.provider.Calls", lambda **_: made)
    return made


def provider(house: House, *, secret: str | None = SECRET) -> OpenIdProvider:
    """Return the provider under test."""
    return OpenIdProvider(Client(ISSUER, "console", secret, ("openid",)), house.clock)


async def vouch(found: OpenIdProvider) -> Vouched:
    """Exchange a code."""
    return await found.vouch("code", redirect="https://here/back", nonce="n", verifier="v")


async def test_a_browser_is_sent_with_everything_that_protects_it(house: House) -> None:
    """State, nonce and challenge; the query that the address has already stays."""
    url = await provider(house).entrance(redirect="r", state="s", nonce="n", challenge="c")
    asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
    assert asked.items() >= {"tenant": "1", "state": "s", "nonce": "n"}.items()
    assert asked.items() >= {"code_challenge": "c", "code_challenge_method": "S256"}.items()
    assert url.startswith(f"{ISSUER}/in?tenant=1&")


async def test_documents_are_kept_and_looked_at_by_one_of_many(house: House) -> None:
    """Twenty sign-ins at once ask once; after an hour they are asked anew."""
    found = provider(house)
    await asyncio.gather(*(vouch(found) for _ in range(20)))
    assert house.asked["/keys"] == 1
    await house.clock.advance(KEPT)
    await vouch(found)
    assert house.asked["/keys"] == 2


async def test_a_turned_key_is_looked_for_once(house: House) -> None:
    """An unknown name leads to the key set, and from there to the new key or to a refusal."""
    found = provider(house)
    await vouch(found)
    house.turn("two")
    assert (await vouch(found)).claims["sub"] == "ada"
    assert house.asked["/keys"] == 2
    house.turn("two")
    assert (await vouch(found)).claims["sub"] == "ada"
    assert house.asked["/keys"] == 3
    house._name = "three"
    lost = House.get

    async def old_keys(url: str, *, bearer: str | None = None) -> dict[str, Any]:
        name, house._name = house._name, "two"
        try:
            return await lost(house, url, bearer=bearer)
        finally:
            house._name = name

    house.get = old_keys
    with pytest.raises(errors.Unauthenticated):
        await vouch(found)
    assert house.asked["/keys"] == 4


async def test_the_client_proves_who_it_is_as_the_provider_wants(house: House) -> None:
    """Basic unless only a form is taken; nothing at all for a public client; always PKCE."""
    await vouch(provider(house))
    house.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await vouch(provider(house))
    await vouch(provider(house, secret=None))
    (_, basic_form, basic), (_, form, nothing), (_, public, still) = house.sent
    assert basic == ("console", "s%2Fcr%3At")
    assert "client_secret" not in basic_form
    assert (form["client_secret"], nothing) == ("s/cr:t", None)
    assert ("client_secret" in public, public["client_id"], still) == (False, "console", None)
    assert all(each[1]["code_verifier"] == "v" for each in house.sent)


async def test_a_code_that_is_not_good_is_not_the_providers_fault(house: House) -> None:
    """``invalid_grant`` is the person's to begin again; ``invalid_client`` is the operator's."""
    house.refusal = calls.Refused(400, "invalid_grant")
    with pytest.raises(errors.Unauthenticated):
        await vouch(provider(house))
    house.refusal = calls.Refused(401, "invalid_client")
    with pytest.raises(errors.Unavailable, match="invalid_client"):
        await vouch(provider(house))


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": f"{ISSUER}/"},
        {"issuer": "https://evil.example"},
        {"jwks_uri": "http://id.example/keys"},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": 7},
    ],
)
async def test_a_document_that_cannot_be_believed(house: House, change: dict[str, Any]) -> None:
    """Another issuer, and addresses that are neither https nor on this machine."""
    house.document |= change
    with pytest.raises(errors.Unavailable):
        await provider(house).look()


async def test_userinfo_is_about_the_same_person(house: House) -> None:
    """Its claims count only for the subject of the token."""
    found = provider(house)
    vouched = await vouch(found)
    assert (await found.more(vouched))["groups"] == ["desk"]
    house.userinfo["sub"] = "eve"
    with pytest.raises(errors.Unauthenticated):
        await found.more(vouched)
    house.document.pop("userinfo_endpoint")
    assert await provider(house).more(vouched) == {}


async def test_signing_out_without_a_place_for_it(house: House) -> None:
    """The token is shown where there is one; a provider without the endpoint is left alone."""
    url = await provider(house).farewell(id_token=None, back="https://here/")
    assert url is not None
    assert "id_token_hint" not in url
    assert "client_id=console" in url
    house.document.pop("end_session_endpoint")
    assert await provider(house).farewell(id_token="t", back="https://here/") is None


async def test_while_it_is_away_it_is_asked_now_and_again(house: House) -> None:
    """The loop that keeps the documents fresh goes on; people get an error and no wait."""
    house.away = True
    found = provider(house)
    running = asyncio.create_task(found.run())
    await house.clock.advance(TRIED_AGAIN)
    house.away = False
    await house.clock.advance(TRIED_AGAIN)
    before = house.asked.total()
    await vouch(found)
    assert house.asked.total() == before
    running.cancel()


def test_addresses_that_may_be_called() -> None:
    """https anywhere; http on this machine alone."""
    for url in (
        "https://id.example/a",
        "http://127.0.0.1:9400/",
        "http://localhost/",
        "http://[::1]/",
    ):
        assert calls.is_safe(url)
    for url in ("http://id.example/", "http://10.0.0.1/", "ftp://localhost/", "https://", "x", ""):
        assert not calls.is_safe(url)


def test_no_secret_is_shown() -> None:
    """A repr ends up in logs and tracebacks."""
    assert "s3cret" not in repr(Client(ISSUER, "console", "s3cret", ()))
    token = base64.b64encode(b"token").decode()
    assert token not in repr(Vouched({"sub": "ada"}, token, token))
