"""Section 8 of the messaging protocol: the token service, and functions of which there are none."""

import base64

import jwt
import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings

USERS = "/configuration/le-users/users"
PATHS = (
    "/sentinel/api/account/{}/app/token?v=2.0",
    "/sentinel/api/account/{}/app/token?v=1.0",
    "/sentinel/api/v2/account/{}/app/token",
)


@pytest.fixture
async def client(town):
    """A program that may read and write users."""
    actor = access.operator(town.account)
    async with office.open(Settings(data=town.server.data, account=town.account)) as opened:
        for old in await opened.directory.clients.all(actor):
            await opened.directory.clients.revoke(actor, old.client_id)
        return await opened.directory.clients.add(
            actor, name="sync", scopes=["users.write", "faas.lambda.invoke"]
        )


def form(client, **more):
    return {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "grant_type": "client_credentials",
        **more,
    }


async def ask(visit, data, *, path=PATHS[0], **headers):
    url = f"{visit.town.server.https}{path.format(visit.town.account)}"
    return await visit.http.post(url, data=data, headers=headers)


@pytest.mark.parametrize("path", PATHS)
async def test_token_of_a_client_is_signed_by_a_published_key(visit, client, path):
    """RS256, by a key of the JWKS; ``exp`` is more than the half hour at which clients renew."""
    answer = await ask(visit, form(client), path=path)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"
    published = (await visit.http.get(f"{visit.town.server.https}/sentinel/well-known/jwks")).json()
    assert not any("d" in key for key in published["keys"]), "no private part"
    header = jwt.get_unverified_header(body["access_token"])
    key = next(key for key in published["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(
        body["access_token"],
        jwt.PyJWK(key).key,
        algorithms=["RS256"],
        audience=f"acc:{visit.town.account}",
    )
    assert claims["scope"] == "users.write faas.lambda.invoke"
    assert claims["exp"] - claims["iat"] > 1800


async def test_token_opens_what_its_scopes_say(visit, client):
    """A program reads and writes the configuration without anybody's login."""
    token = (await ask(visit, form(client))).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    found = await visit.http.get(visit.town.url(USERS), headers=headers)
    assert {"anna", "ben"} <= {each["loginName"] for each in found.json()}
    skills = visit.town.url("/configuration/le-users/skills")
    made = await visit.http.post(skills, headers=headers, json={"name": client.client_id[:8]})
    assert made.status_code == 201, made.text
    elsewhere = f"{visit.town.server.https}/api/account/1{USERS}"
    assert (await visit.http.get(elsewhere, headers=headers)).status_code == 401


async def test_token_is_refused_in_the_words_of_oauth(visit, client):
    """401 ``invalid_client``, 400 for what is no such request; by Basic it works as well."""
    wrong = await ask(visit, form(client, client_secret="wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    odd = await ask(visit, form(client, client_id="\0"))
    assert (odd.status_code, odd.json()["error"]) == (401, "invalid_client")
    grant = await ask(visit, form(client, grant_type="password"))
    assert (grant.status_code, grant.json()["error"]) == (400, "unsupported_grant_type")
    missing = await ask(visit, {"grant_type": "client_credentials"})
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")
    url = f"{visit.town.server.https}{PATHS[0].format(visit.town.account)}"
    assert (await visit.http.post(url, json=form(client))).status_code == 400
    unknown = url.replace(visit.town.account, "99999999999")
    assert (await visit.http.post(unknown, data=form(client))).status_code == 401
    given = base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    basic = await ask(visit, {"grant_type": "client_credentials"}, Authorization=f"Basic {given}")
    assert basic.status_code == 200, basic.text


async def test_token_service_is_set_up_by_command(account):
    """``clients add`` shows the secret once, ``list`` never, ``revoke`` ends it."""
    made = account("clients", "add", "reporting", "--scopes", "users.read")
    assert set(made) == {"clientId", "clientSecret", "name", "scopes"}
    listed = account("clients", "list")
    assert made["clientSecret"] not in str(listed)
    assert [(each["name"], each["revokedAt"]) for each in listed] == [("reporting", None)]
    assert account("clients", "revoke", "reporting")["revokedAt"]


async def test_functions_are_none_here(visit, client):
    """No event is implemented, and no function is there, in the first platform's words."""
    token = (await ask(visit, form(client))).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    event = visit.town.url("/events/controllerbot_messaging_new_conversation")
    answer = await visit.http.get(f"{event}/isImplemented", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"implemented": False})
    for url in (f"{event}/invoke", visit.town.url("/lambdas/0c1f/invoke?v=1&externalSystem=x")):
        answer = await visit.http.post(url, headers=headers, json={"payload": {}})
        assert answer.status_code == 404
        assert answer.json()["errorCode"] == "com.liveperson.faas.es.missinglambda"
        assert (await visit.http.post(url, json={})).status_code == 401
