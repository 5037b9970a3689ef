"""Login, sessions and logout, items 5 to 12 of the protocol's conformance list."""

import asyncio
import re
import uuid

import msgspec
import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings

KEY = ("appKey", "secret", "accessToken", "accessTokenSecret")


async def test_c05_c10_a_login_by_password(town, visit):
    """Everything that clients read, with the types that they expect."""
    answer = await visit.login("anna")
    config = answer["config"]
    assert config["userId"] == town.users["anna"]["id"]
    assert str(uuid.UUID(config["userPid"])) == config["userPid"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", answer["bearer"])
    assert re.fullmatch(r"\d+", answer["sessionTTl"])
    assert answer["csrf"]
    assert answer["cookie"].startswith("Session_id=")
    assert "error" not in answer


async def test_c06_a_login_by_key(town, visit):
    """With exactly the five values."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.post("/login?v=1.3", body)
    assert answer.status_code == 200
    assert answer.json()["config"]["userId"] == town.users["router"]["id"]
    assert "error" not in answer.json()


@pytest.mark.parametrize("wrong", ["username", *KEY])
async def test_c06_c08_any_wrong_value_is_401(town, visit, wrong):
    """And the body says ``error``, never which value it was."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.post("/login", {**body, wrong: "x" * 32})
    assert answer.status_code == 401
    assert wrong not in answer.json()["error"]["message"]


async def test_c06_of_another_account_is_401(town, visit, shared_server):
    """A key opens the account that it belongs to."""
    body = {"username": "router", **{name: town.key[name] for name in KEY}}
    answer = await visit.http.post(f"{shared_server.https}/api/account/1/login", json=body)
    assert (answer.status_code, "error" in answer.json()) == (401, True)


async def bot_of(town, login):
    """Another bot of the town; its key as a login's body."""
    actor = access.operator(town.account)
    async with office.open(Settings(data=town.server.data, account=town.account)) as desk:
        await desk.directory.users.add(actor, login=login, type="bot", roles=["Agent"])
        return msgspec.to_builtins(await desk.directory.keys.generate(actor, login))


async def test_c06_a_key_is_its_users_alone_while_it_is_allowed(town, visit):
    """Under another login, revoked, or of somebody disabled: 401 and nothing more."""
    one, other = await bot_of(town, "bot-1"), await bot_of(town, "bot-2")
    assert (await visit.post("/login", one)).status_code == 200
    assert (await visit.post("/login", {**one, "username": "bot-2"})).status_code == 401
    actor = access.operator(town.account)
    async with office.open(Settings(data=town.server.data, account=town.account)) as desk:
        await desk.directory.keys.revoke(actor, "bot-1", app_key=one["appKey"])
        await desk.directory.users.edit(actor, "bot-2", status="disabled")
    for body in (one, other):
        answer = await visit.post("/login", body)
        assert (answer.status_code, "error" in answer.json()) == (401, True)


async def test_c06_no_attack_keeps_a_bot_with_its_key_out(town, visit):
    """Wrong keys and wrong passwords in its name by the dozen, and it signs in at once."""
    right = {"username": "router", **{name: town.key[name] for name in KEY}}
    wrong = [{**right, "secret": f"{number:016x}"} for number in range(30)]
    wrong += [{"username": "router", "password": str(number)} for number in range(15)]
    answers = await asyncio.gather(*(visit.post("/login", body) for body in wrong))
    assert {answer.status_code for answer in answers} == {401, 429}
    assert (await visit.post("/login", right)).status_code == 200


async def test_c08_guessing_slows_down(visit):
    """After some wrong passwords 429 says when to come back, with ``error`` like every failure.

    Who has signed in from there before is not kept out by strangers, and neither is anybody else.
    """
    victim = f"nobody-{uuid.uuid4()}"
    for _ in range(10):
        answer = await visit.post("/login", {"username": victim, "password": "guess"})
        assert answer.status_code == 401
    refused = await visit.post("/login", {"username": victim, "password": "guess"})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.json()["error"]["message"]
    assert (await visit.login("anna"))["bearer"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "anna", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "wrong"}, 401),
        ({"username": "anna' or 1=1 --", "password": "' or '1'='1"}, 401),
        ({"username": "Ünïcødé 🙂", "password": "🙂" * 100}, 401),
        ({"jwt": "dummy", "assertion": "PHNhbWw+"}, 401),
        ({"username": "anna"}, 400),
        ({"username": 5, "password": ["x"]}, 400),
        ({}, 400),
        ([], 400),
        ("text", 400),
    ],
)
async def test_c07_c08_every_failed_login_says_error(visit, body, status):
    """SDK 1.2.0 never looks at the status: only ``error`` tells it."""
    answer = await visit.post("/login?v=1.3", body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 5000, b"x" * (2 << 20)])
async def test_c08_also_for_bodies_that_are_no_json(town, visit, content):
    """Broken, too deep, too big: the sender's fault, said so."""
    answer = await visit.http.post(town.url("/login"), content=content)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


async def test_c09_refresh(visit):
    """Cookie and CSRF token together, or 401; the answer has no body."""
    session = await visit.login("anna")
    cookie = {"Cookie": session["cookie"]}
    good = await visit.post("/refresh?v=1.3", {"csrf": session["csrf"]}, headers=cookie)
    assert (good.status_code, good.content) == (200, b"")
    for body, headers in (
        ({"csrf": "wrong"}, cookie),
        ({}, cookie),
        ({"csrf": session["csrf"]}, {"Cookie": "Session_id=wrong"}),
        ({"csrf": session["csrf"]}, {}),
    ):
        bad = await visit.post("/refresh", body, headers=headers)
        assert bad.status_code == 401
        assert bad.json()["error"]["internalCode"] == 10


async def test_c11_the_bearer_opens_rest(town, visit):
    """Skills and oneself; without it, or with another account's, 401."""
    headers = {"Authorization": f"Bearer {(await visit.login('anna'))['bearer']}"}
    skills = await visit.http.get(town.url("/configuration/le-users/skills"), headers=headers)
    assert {each["name"] for each in skills.json()} >= {"Sales", "Billing"}
    users = await visit.http.get(town.url("/configuration/le-users/users"), headers=headers)
    assert [each["loginName"] for each in users.json()] == ["anna"]
    for path, sent in (
        (town.url("/configuration/le-users/skills"), {}),
        (town.url("/configuration/le-users/skills"), {"Authorization": "Bearer wrong"}),
        (f"{town.server.https}/api/account/1/configuration/le-users/skills", headers),
    ):
        assert (await visit.http.get(path, headers=sent)).status_code == 401


async def test_c12_logout_ends_bearer_and_sockets(town, visit):
    """The socket closes with 4401; the bearer opens nothing any more."""
    session = await visit.login("anna")
    peer = await visit.socket(f"brand/{session['bearer']}")
    cookie = {"Cookie": session["cookie"]}
    done = await visit.post("/logout", {"csrf": session["csrf"]}, headers=cookie)
    assert (done.status_code, done.content) == (200, b"")
    assert await peer.closed() == 4401
    headers = {"Authorization": f"Bearer {session['bearer']}"}
    rest = await visit.http.get(town.url("/configuration/le-users/skills"), headers=headers)
    assert rest.status_code == 401


async def test_c12_logout_ends_every_socket_of_the_session_and_no_other(visit):
    """Another login of the same person goes on; a session that is over cannot end twice."""
    session, other = await visit.login("anna"), await visit.login("anna")
    peers = [await visit.socket(f"brand/{session['bearer']}") for _ in range(2)]
    spared = await visit.socket(f"brand/{other['bearer']}")
    headers = {"Cookie": session["cookie"]}
    assert (await visit.post("/logout", {"csrf": "wrong"}, headers=headers)).status_code == 401
    for status in (200, 401):
        done = await visit.post("/logout", {"csrf": session["csrf"]}, headers=headers)
        assert done.status_code == status
    assert [await peer.closed() for peer in peers] == [4401, 4401]
    await spared.settled()


async def test_c11_the_bearer_opens_the_history_too(town, visit):
    """Service msgHist; without it 401."""
    session = await visit.login("anna")
    url = f"{town.server.https}/messaging_history/api/account/{town.account}/agent-view/status"
    for headers, status in (
        ({"Authorization": f"Bearer {session['bearer']}"}, 200),
        ({"Authorization": f"bearer {session['bearer']}"}, 200),
        ({"Authorization": "Bearer x"}, 401),
        ({}, 401),
    ):
        answer = await visit.http.post(url, json={}, headers=headers)
        assert answer.status_code == status
