"""Login, sessions and logout, items 5 to 12 of the protocol's conformance list."""

import re
import uuid

import pytest

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
    assert {each["name"] for each in skills.json()} == {"Sales", "Billing"}
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
