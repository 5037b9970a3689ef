"""No proof of one account, of whatever kind, opens anything of another's, at any door."""

import re
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oauthlib import oauth1
from starlette.routing import Route, WebSocketRoute
from websockets import exceptions

from orchestrator.adapters.tokens import consumer_tokens
from orchestrator.core.model import access
from orchestrator.doors.gateway import app
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import wire

TO_ALL = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/sentinel/well-known/jwks"),
    ("GET", "/api/account/{account}/service/baseURI.json"),
    ("GET", "/api/account/{account}/service/{service}/baseURI.json"),
    ("POST", "/api/account/{account}/signup"),
    ("OPTIONS", "/v1/AUTH_{account}/{file}"),
}
"""What is open to everybody: it says nothing of an account, and changes nothing in it."""

BY_BODY = {
    ("POST", "/api/account/{account}/login"): 400,
    ("POST", "/api/account/{account}/anonymous/authorize"): 200,
    ("POST", "/api/account/{account}/authenticate"): 400,
    ("POST", "/api/account/{account}/app/{connector}/authenticate"): 400,
    ("POST", "/sentinel/api/account/{account}/app/token"): 400,
    ("POST", "/sentinel/api/v2/account/{account}/app/token"): 400,
}
"""Where the proof is in the body, and what an empty one is answered: nobody in particular."""


def doors() -> list[tuple[str, str]]:
    """Every method and path of the gateway, from its own table."""
    nothing: Any = Rooms(**dict.fromkeys(Rooms.__struct_fields__))
    found = []
    for route in app.application(nothing).routes:
        if isinstance(route, Route):
            found += [(method, route.path) for method in sorted(route.methods or ())]
        else:
            assert isinstance(route, WebSocketRoute), route
    return [(method, path) for method, path in found if method != "HEAD"]


class Burglar(msgspec.Struct, frozen=True):
    """Everything with which somebody can prove something, in one account."""

    bearer: str
    session: dict[str, Any]
    key: dict[str, str]
    client: dict[str, str]
    program: str
    consumer: str
    vouched: str

    def headers(self, method: str, url: str) -> dict[str, dict[str, str]]:
        """Every way of saying who one is at a REST door."""
        signer = oauth1.Client(
            self.key["appKey"],
            self.key["secret"],
            self.key["accessToken"],
            self.key["accessTokenSecret"],
        )
        _, signed, _ = signer.sign(url, method)
        return {
            "nothing": {},
            "bearer": {"Authorization": f"Bearer {self.bearer}"},
            "session": {"Cookie": self.session["cookie"]},
            "session as bearer": {
                "Authorization": f"Bearer {self.session['cookie'].partition('=')[2]}"
            },
            "key": {"Authorization": signed["Authorization"]},
            "program": {"Authorization": f"Bearer {self.program}"},
            "program for a consumer": {
                "Authorization": self.program,
                "X-LP-ON-BEHALF": self.consumer,
            },
            "consumer": {"Authorization": f"jwt {self.consumer}"},
            "consumer as bearer": {"Authorization": f"Bearer {self.consumer}"},
            "vouched": {"Authorization": f"Bearer {self.vouched}"},
        }


async def burglar(visit: wire.Visit) -> Burglar:
    """Give somebody all there is to have in the account that is visited."""
    town = visit.town
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = pair.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    actor = access.operator(town.account)
    async with office.open(Settings(data=town.server.data, account=town.account)) as opened:
        desk = opened.directory
        await desk.users.add(
            actor,
            login="thief",
            type="human",
            roles=list(access.ROLES),
            password=wire.PASSWORD,
        )
        key = msgspec.to_builtins(await desk.keys.generate(actor, "thief"))
        client = await desk.clients.add(actor, name="thief", scopes=list(access.SCOPES))
        await desk.connectors.add(
            actor,
            name="thief",
            issuer="https://thief.example",
            keys=consumer_tokens.public_keys(public.decode()),
        )
    session = await visit.login("thief")
    form = {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "grant_type": "client_credentials",
    }
    issuing = f"{town.server.https}/sentinel/api/v2/account/{town.account}/app/token"
    program = (await visit.http.post(issuing, data=form)).json()["access_token"]
    claims = {"sub": "x", "iss": "https://thief.example", "exp": 4_000_000_000}
    return Burglar(
        session["bearer"],
        session,
        key,
        form,
        program,
        await visit.token(),
        jwt.encode(claims, pair, "RS256"),
    )


@pytest.fixture
async def elsewhere(shared_server, account_ids):
    """A visit to another account, in which the burglar may do everything."""
    town = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(town) as opened:
        yield opened


def address(town: wire.Town, path: str) -> str:
    """An address at which there is something: anna, Sales, a profile that exists."""
    found = re.sub(r"\{account\}", town.account, path)
    given = {"id": town.users["anna"]["id"], "service": "agentVep"}
    if "/skills/" in path:
        given["id"] = town.skills["Sales"]
    elif "/profiles/" in path:
        given["id"] = "1"
    elif "/agentGroups/" in path:
        given["id"] = "-1"
    found = re.sub(r"\{(\w+)\}", lambda name: given.get(name[1], "1"), found)
    return f"{town.server.https}{found}"


async def revision(visit: wire.Visit) -> int:
    """The revision of the configuration: whoever changed anything moved it."""
    town = visit.town
    async with office.open(Settings(data=town.server.data, account=town.account)) as opened:
        return await opened.directory.forms.revision(access.operator(town.account))


async def test_no_proof_of_another_account_opens_any_door(visit, elsewhere):
    """Every route, every kind of proof: 401 (or 403), and nothing is changed."""
    thief, town = await burglar(elsewhere), visit.town
    before = await revision(visit)
    wrong = []
    for method, path in doors():
        if (method, path) in TO_ALL:
            continue
        url = address(town, path)
        for kind, headers in thief.headers(method, url).items():
            body = {"csrf": thief.session["csrf"]}
            answer = await visit.http.request(method, url, headers=headers, json=body)
            visit.http.cookies.clear()
            if answer.status_code != BY_BODY.get((method, path), 401):
                wrong.append((method, path, kind, answer.status_code, answer.text[:80]))
    assert not wrong
    assert await revision(visit) == before


async def test_the_same_proofs_open_their_own_account(elsewhere):
    """Else the test above proves nothing."""
    thief, town = await burglar(elsewhere), elsewhere.town
    url = address(town, "/api/account/{account}/configuration/le-users/users")
    opened = {
        kind: (await elsewhere.http.get(url, headers=headers)).status_code
        for kind, headers in thief.headers("GET", url).items()
    }
    assert {kind for kind, status in opened.items() if status == 200} == {
        "bearer",
        "key",
        "program",
    }
    path = "/api/account/{account}/messaging/consumer/conversation"
    headers = thief.headers("POST", address(town, path))["program for a consumer"]
    asked = [{"id": "1", "type": "userprofile.GetUserProfile", "body": {}}]
    answer = await elsewhere.http.post(address(town, path), headers=headers, json=asked)
    assert answer.status_code == 200, answer.text


async def test_no_proof_of_another_account_signs_in(visit, elsewhere):
    """Where the proof is in the body."""
    thief, town = await burglar(elsewhere), visit.town
    bodies = [
        {"username": "thief", "password": wire.PASSWORD},
        thief.key,
        {**thief.key, "username": "router"},
        {**town.key, "secret": thief.key["secret"]},
        {"assertion": "PHNhbWw+", "jwt": thief.program},
    ]
    for body in bodies:
        assert (await visit.post("/login?v=1.3", body)).status_code == 401, body
    found = [thief.consumer, thief.vouched, thief.program, thief.bearer]
    for token in found:
        for path, name in (
            ("/authenticate", "authCode"),
            ("/app/1/authenticate?v=3.0", "id_token"),
            ("/anonymous/authorize", "id_token"),
        ):
            answer = await visit.post(path, {name: token})
            assert answer.status_code == 401, (path, token[:20])
    url = address(town, "/sentinel/api/account/{account}/app/token?v=2.0")
    assert (await visit.http.post(url, data=thief.client)).status_code == 401


async def test_no_proof_of_another_account_opens_a_socket(visit, elsewhere):
    """401 at the agents' upgrade; 4401 at the consumers'."""
    thief = await burglar(elsewhere)
    for token in (thief.bearer, thief.program, thief.consumer, thief.session["csrf"]):
        with pytest.raises(exceptions.InvalidStatus) as refused:
            await visit.socket(f"brand/{token}?v=2.1")
        assert refused.value.response.status_code == 401
    for token in (thief.bearer, thief.program, thief.consumer, thief.vouched):
        assert await (await visit.consumer(token)).closed() == 4401


async def test_proofs_of_one_kind_are_no_proofs_of_another(elsewhere):
    """A consumer's token is no agent's, a program's no consumer's: also at home."""
    thief = await burglar(elsewhere)
    for token in (thief.program, thief.consumer, thief.vouched, thief.session["csrf"]):
        with pytest.raises(exceptions.InvalidStatus) as refused:
            await elsewhere.socket(f"brand/{token}?v=2.1")
        assert refused.value.response.status_code == 401
    for token in (thief.bearer, thief.program, thief.vouched):
        assert await (await elsewhere.consumer(token)).closed() == 4401
        answer = await elsewhere.post("/anonymous/authorize", {"id_token": token})
        assert answer.status_code == 401
    for program in (thief.bearer, thief.consumer, thief.vouched):
        headers = {"Authorization": program, "X-LP-ON-BEHALF": thief.consumer}
        answer = await elsewhere.post("/messaging/consumer/conversation", [], headers=headers)
        assert answer.status_code == 401
