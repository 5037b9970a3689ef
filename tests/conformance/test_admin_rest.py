"""Section 7 of the messaging protocol: the administration REST, as a foreign program meets it."""

import asyncio
import secrets as chance
from typing import Any

import pytest
from oauthlib import oauth1

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import wire

USERS, SKILLS = "/configuration/le-users/users", "/configuration/le-users/skills"
PROFILES, GROUPS = "/configuration/le-users/profiles", "/configuration/le-users/agentGroups"
CAMPAIGNS = "/configuration/le-campaigns/campaigns"
PLACES = (USERS, SKILLS, PROFILES, GROUPS, CAMPAIGNS)


class Desk:
    """Somebody who is signed in, at the REST of the seeded account."""

    def __init__(self, visit: wire.Visit, bearer: str) -> None:
        self._visit = visit
        self._headers = {"Authorization": f"Bearer {bearer}"}

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Return the answer."""
        return await self._visit.http.request(
            method,
            self._visit.town.url(path),
            json=body,
            headers={**self._headers, **{k.replace("_", "-"): v for k, v in headers.items()}},
        )

    async def read(self, path: str) -> Any:
        """Return what a GET says."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def made(self, path: str, **body: object) -> Any:
        """Add something and return it."""
        answer = await self.ask("POST", path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def bearer(town: wire.Town) -> str:
    """The session of an administrator of the account."""

    async def signed_in() -> str:
        async with office.open(Settings(data=town.server.data, account=town.account)) as opened:
            await opened.directory.users.add(
                access.operator(town.account),
                login="administrator",
                type="human",
                roles=["Administrator"],
                password=wire.PASSWORD,
            )
        async with wire.Visit(town) as visit:
            return (await visit.login("administrator"))["bearer"]

    return asyncio.run(signed_in())


@pytest.fixture
def desk(visit: wire.Visit, bearer: str) -> Desk:
    """The desk of an administrator."""
    return Desk(visit, bearer)


def fresh(word: str) -> str:
    """A name that no other test has."""
    return f"{word} {chance.token_hex(4)}"


async def test_admin_users_are_made_read_replaced_and_removed(desk, visit):
    """What was written is read; PUT takes away what it does not name; DELETE leaves a trace."""
    sales = int(visit.town.skills["Sales"])
    login = fresh("ann").replace(" ", "-")
    made = await desk.made(
        f"{USERS}?v=4.0",
        loginName=login,
        fullName="Ann",
        nickname="Annie",
        email="ann@example.org",
        skillIds=[sales],
        profileIds=[3],
        maxAsyncChats=4,
        lobIds=[7],
        employeeId="E-1",
        passwordSh=wire.PASSWORD,
    )
    assert made["skillIds"] == [sales]
    assert (made["userTypeId"], made["isApiUser"], made["profileIds"]) == (1, False, [3])
    assert made["passwordSh"] is None
    assert (await visit.login(login))["config"]["userId"] == str(made["id"])
    assert await desk.read(f"{USERS}/{made['id']}") == made
    assert await desk.read(f"{USERS}/{made['pid']}") == made
    answer = await desk.ask("PUT", f"{USERS}/{made['id']}", {"loginName": login})
    replaced = answer.json()
    assert answer.status_code == 200, answer.text
    assert replaced["id"] == made["id"]
    assert (replaced["skillIds"], replaced["profileIds"]) == ([], [2])
    assert (replaced["nickname"], replaced["lobIds"], replaced["maxAsyncChats"]) == (None, [], 10)
    gone = await desk.ask("DELETE", f"{USERS}/{made['id']}")
    assert (gone.status_code, gone.json()) == (200, {"id": made["id"], "deleted": True})
    assert (await desk.ask("GET", f"{USERS}/{made['id']}")).status_code == 404
    assert made["id"] not in {each["id"] for each in await desk.read(USERS)}
    every = await desk.read(f"{USERS}?include_deleted=true")
    assert {
        "id": made["id"],
        "pid": made["pid"],
        "deleted": True,
        "loginName": login,
    } in every


async def test_admin_a_bot_is_an_api_user_with_keys_and_no_password(desk, visit):
    """``userTypeId`` 2, no password; its keys are made at an address of our own, shown once."""
    login = fresh("bot").replace(" ", "-")
    made = await desk.made(USERS, loginName=login, userTypeId=2, isApiUser=True)
    assert (made["maxAsyncChats"], made["allowedAppKeys"]) == (-1, "")
    refused = await desk.ask("POST", USERS, {"loginName": "x", "userTypeId": 2, "passwordSh": "a"})
    assert refused.status_code == 400
    key = await desk.made(f"{USERS}/{made['id']}/keys")
    signed_in = await visit.post("/login?v=1.3", key)
    assert signed_in.status_code == 200, signed_in.text
    found = await desk.read(f"{USERS}/{made['id']}")
    assert found["allowedAppKeys"] == key["appKey"]
    shown = await desk.read(f"{USERS}/{made['id']}/keys")
    assert [each["appKey"] for each in shown] == [key["appKey"]]
    assert key["secret"] not in str(shown)
    await desk.ask("DELETE", f"{USERS}/{made['id']}/keys/{key['appKey']}")
    assert (await visit.post("/login?v=1.3", key)).status_code == 401


async def test_admin_a_password_is_reset(desk, visit):
    """The old one opens nothing any more, and whoever was signed in is signed out."""
    login = fresh("ann").replace(" ", "-")
    made = await desk.made(USERS, loginName=login, passwordSh=wire.PASSWORD)
    session = await visit.login(login)
    body = {"newPassword": "Battery-Staple-9"}
    answer = await desk.ask("POST", f"{USERS}/{made['id']}/resetPassword", body)
    assert answer.status_code == 200, answer.text
    old = await visit.post("/login?v=1.3", {"username": login, "password": wire.PASSWORD})
    assert old.status_code == 401
    new = {"username": login, "password": "Battery-Staple-9"}
    assert (await visit.post("/login?v=1.3", new)).status_code == 200
    left = await Desk(visit, session["bearer"]).ask("GET", SKILLS)
    assert left.status_code == 401


async def test_admin_skills_list_only_id_deleted_and_name(desk):
    """The default of the list; ``select`` asks for more, one entry is whole."""
    made = await desk.made(SKILLS, name=fresh("Billing"), maxWaitTime=30, canTransfer=False)
    listed = {each["id"]: each for each in await desk.read(f"{SKILLS}?v=4.0")}
    assert listed[made["id"]] == {"id": made["id"], "deleted": False, "name": made["name"]}
    chosen = await desk.read(f"{SKILLS}?select=id,maxWaitTime")
    assert {"id": made["id"], "maxWaitTime": 30} in chosen
    assert made in await desk.read(f"{SKILLS}?select=$all")
    assert await desk.read(f"{SKILLS}/{made['id']}?select=name") == {"name": made["name"]}
    assert {
        "skillOrder": 1,
        "wrapUpTime": None,
        "fallbackWhenAllAgentsAreAway": True,
        "skillTransferList": None,
        "lobIds": [],
    }.items() <= made.items()


async def test_admin_what_a_skill_allows_is_what_commands_show(desk, visit):
    """REST and commands write the same thing."""
    other = await desk.made(SKILLS, name=fresh("Other"))
    made = await desk.made(
        SKILLS,
        name=fresh("Billing"),
        canTransfer=True,
        skillTransferList=[other["id"]],
        fallbackSkill=other["id"],
        transferToAgentMaxWaitInSeconds=9,
        postConversationSurveyAppInstallAssociationId="survey-1",
    )
    account = visit.town.server.account(visit.town.account)
    shown = account("skills", "show", str(made["id"]))
    assert shown["fallbackSkillId"] == str(other["id"])
    assert (shown["survey"], shown["transferWaitSeconds"]) == ("survey-1", 9)


async def test_admin_profiles_are_roles(desk):
    """Five are built in; those of the account are made, given and taken away."""
    answer = await desk.ask("GET", f"{PROFILES}?select=$all")
    built_in = answer.json()
    newest = max(each["dateUpdated"] for each in built_in)
    assert answer.headers["x-lp-last-modified"] == newest
    assert {"Administrator", "Agent", "Agent Manager", "Policy editor", "Viewer"} <= {
        each["roleTypeName"] for each in built_in
    }
    packages = [{"id": 20013, "isEnabled": True, "isDisplayed": True, "featureKeys": []}]
    made = await desk.made(PROFILES, name=fresh("Night"), roleTypeId=3, permissionPackages=packages)
    assert made["permissionPackages"] == packages
    assert (made["roleTypeName"], made["numOfAssignedUsers"]) == ("Agent Manager", 0)
    login = fresh("ann").replace(" ", "-")
    user = await desk.made(USERS, loginName=login, profileIds=[made["id"]])
    assert (await desk.read(f"{PROFILES}/{made['id']}"))["numOfAssignedUsers"] == 1
    assert (await desk.ask("DELETE", f"{PROFILES}/{made['id']}")).status_code == 409
    assert (await desk.ask("DELETE", f"{USERS}/{user['id']}")).status_code == 200
    assert (await desk.ask("DELETE", f"{PROFILES}/{made['id']}")).status_code == 200
    assert (await desk.ask("DELETE", f"{PROFILES}/1")).status_code == 403


async def test_admin_agent_groups_hold_users(desk):
    """The main group is -1; others are made below it."""
    assert (await desk.read(f"{GROUPS}?select=$all"))[0]["id"] == -1
    made = await desk.made(GROUPS, name=fresh("Team"), parentGroupId=-1)
    login = fresh("ann").replace(" ", "-")
    member = {"agentGroupId": made["id"], "assignmentDate": "2026-01-05 09:00:00"}
    user = await desk.made(USERS, loginName=login, memberOf=member)
    assert user["memberOf"] == member
    assert (await desk.ask("DELETE", f"{GROUPS}/{made['id']}")).status_code == 409


async def test_admin_campaigns_show_their_engagements(desk, visit):
    """The list names them, one campaign holds them; ``fields`` chooses."""
    made = await desk.made(CAMPAIGNS, name=fresh("Web"), priority=2)
    skill = int(visit.town.skills["Sales"])
    way = await desk.made(
        f"{CAMPAIGNS}/{made['id']}/engagements?v=3.4", name=fresh("Chat"), skillId=skill
    )
    listed = await desk.read(f"{CAMPAIGNS}?v=3.4&fields=id&fields=engagementIds")
    assert {"id": made["id"], "engagementIds": [way["id"]]} in listed
    whole = await desk.read(f"{CAMPAIGNS}/{made['id']}?v=3.4")
    assert whole["engagements"] == [way]
    assert (whole["priority"], whole["isDeleted"]) == (2, False)
    body = {"name": way["name"], "skillId": int(visit.town.skills["Billing"])}
    place = f"{CAMPAIGNS}/{made['id']}/engagements/{way['id']}"
    assert (await desk.ask("PUT", place, body)).json()["skillId"] == body["skillId"]
    assert (await desk.ask("DELETE", f"{CAMPAIGNS}/{made['id']}")).status_code == 409
    assert (await desk.ask("DELETE", place)).status_code == 200
    assert (await desk.ask("DELETE", f"{CAMPAIGNS}/{made['id']}")).status_code == 200


@pytest.mark.parametrize("place", PLACES)
async def test_admin_a_read_with_the_revision_is_304_until_something_changes(desk, visit, place):
    """One revision for the account; a change by a command moves it too; -1 is always in full."""
    first = await desk.ask("GET", place)
    revision = first.headers["ac-revision"]
    assert first.headers["etag"] == f'"{revision}"'
    same = await desk.ask("GET", place, If_Match=revision)
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["ac-revision"] == revision
    assert (await desk.ask("GET", place, If_Match="-1")).status_code == 200
    account, name = visit.town.account, fresh("Skill")
    async with office.open(Settings(data=visit.town.server.data, account=account)) as opened:
        await opened.directory.skills.add(access.operator(account), name=name)
    changed = await desk.ask("GET", place, If_Match=revision)
    assert changed.status_code == 200
    assert int(changed.headers["ac-revision"]) > int(revision)


async def test_admin_a_write_on_a_stale_revision_is_412(desk):
    """Nothing is overwritten unseen; what is written names the new revision."""
    made = await desk.ask("POST", SKILLS, {"name": fresh("Billing")})
    seen = made.headers["ac-revision"]
    place = f"{SKILLS}/{made.json()['id']}"
    body = {"name": made.json()["name"], "description": "first"}
    first = await desk.ask("PUT", place, body, If_Match=seen)
    assert first.status_code == 200, first.text
    stale = await desk.ask("PUT", place, body | {"description": "second"}, If_Match=seen)
    assert stale.status_code == 412
    assert (await desk.ask("DELETE", place, If_Match=f'"{seen}"')).status_code == 412
    assert (await desk.read(place))["description"] == "first"
    assert (await desk.ask("PUT", place, body, If_Match="soon")).status_code == 400
    now = first.headers["ac-revision"]
    assert (await desk.ask("DELETE", place, If_Match=now)).status_code == 200


async def test_admin_wrong_requests_say_what_is_wrong(desk):
    """400 with a message; never 500."""
    for method, path, body in (
        ("POST", SKILLS, {}),
        ("POST", SKILLS, {"name": ""}),
        ("POST", SKILLS, {"name": 7}),
        ("POST", SKILLS, [{"name": "a"}]),
        ("POST", SKILLS, {"name": fresh("a"), "fallbackSkill": 77}),
        ("POST", USERS, {"loginName": "a b"}),
        ("POST", USERS, {"loginName": "a", "skillIds": [77]}),
        ("POST", USERS, {"loginName": "a", "profileIds": [77]}),
        ("POST", USERS, {"loginName": "a", "userTypeId": 0}),
        ("POST", USERS, {"loginName": "a", "maxAsyncChats": -2}),
        ("POST", PROFILES, {"name": "a", "roleTypeId": 5}),
        ("POST", GROUPS, {"name": "a", "parentGroupId": 77}),
    ):
        answer = await desk.ask(method, path, body)
        assert answer.status_code == 400, (body, answer.text)
        assert answer.json()["error"]["message"]
    taken = fresh("Billing")
    await desk.made(SKILLS, name=taken)
    assert (await desk.ask("POST", SKILLS, {"name": taken})).status_code == 409
    assert (await desk.ask("PUT", f"{SKILLS}/77", {"name": "a"})).status_code == 404
    assert (await desk.ask("PATCH", SKILLS, {})).status_code == 405
    assert (await desk.ask("GET", f"{SKILLS}/%00")).status_code == 404
    assert (await desk.ask("POST", f"{CAMPAIGNS}/77/engagements", {})).status_code == 400


@pytest.mark.parametrize("place", PLACES)
async def test_admin_agents_read_and_administrators_write(visit, place):
    """An agent sees names and themselves, a bot its colleagues; neither changes anything."""
    anna = Desk(visit, (await visit.login("anna"))["bearer"])
    read = await anna.read(f"{place}?select=$all")
    if place == USERS:
        assert [each["loginName"] for each in read] == ["anna"]
        may = Desk(visit, (await visit.login("may"))["bearer"])
        assert {"anna", "ben"} <= {each["loginName"] for each in await may.read(USERS)}
        bot = (await visit.post("/login?v=1.3", visit.town.key)).json()["bearer"]
        found = await Desk(visit, bot).read(USERS)
        assert {"anna", "ben", "router"} <= {each["loginName"] for each in found}
    for method, path in (("POST", place), ("PUT", f"{place}/1"), ("DELETE", f"{place}/1")):
        assert (await anna.ask(method, path, {"name": "x"})).status_code == 403
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "OAuth x"}):
        answer = await visit.http.get(visit.town.url(place), headers=headers)
        assert answer.status_code == 401, headers


@pytest.mark.parametrize("way", ["user", "profile"])
async def test_admin_who_loses_a_right_loses_sessions_and_sockets_with_it(desk, visit, way):
    """A socket goes by the rights it was opened with, so it does not outlive them."""
    login = fresh("chief").replace(" ", "-")
    role = await desk.made(PROFILES, name=fresh("chiefs"), roleTypeId=3)
    sent = {"loginName": login, "passwordSh": wire.PASSWORD, "profileIds": [role["id"]]}
    user = await desk.made(USERS, **sent)
    session = await visit.login(login)
    peer = await visit.socket(f"brand/{session['bearer']}?v=2.1")
    headers = {"Authorization": f"Bearer {session['bearer']}"}
    assert (await visit.http.get(visit.town.url(SKILLS), headers=headers)).status_code == 200
    if way == "user":
        lesser = {"loginName": login, "profileIds": [2]}
        changed = await desk.ask("PUT", f"{USERS}/{user['id']}", lesser)
    else:
        lesser = {"name": role["name"], "roleTypeId": 2}
        changed = await desk.ask("PUT", f"{PROFILES}/{role['id']}", lesser)
    assert changed.status_code == 200, changed.text
    assert await peer.closed() == 4401
    assert (await visit.http.get(visit.town.url(SKILLS), headers=headers)).status_code == 401


@pytest.mark.parametrize("port", ["https", "http"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_admin_oauth1_signatures_are_accepted_once(visit, port, host):
    """A key's signature opens what its user may read, on either port, under either name."""
    town, key = visit.town, visit.town.key
    base = getattr(town.server, port).replace("127.0.0.1", host)
    url = f"{base}/api/account/{town.account}{SKILLS}?v=4.0&select=id,name"
    client = oauth1.Client(
        key["appKey"], key["secret"], key["accessToken"], key["accessTokenSecret"]
    )
    _, headers, _ = client.sign(url)
    answer = await visit.http.get(url, headers=headers)
    assert answer.status_code == 200, answer.text
    assert {"id": int(town.skills["Sales"]), "name": "Sales"} in answer.json()
    assert (await visit.http.get(url, headers=headers)).status_code == 401, "replayed"
    _, headers, _ = client.sign(url)
    other = url.replace("select=id,name", "select=id")
    assert (await visit.http.get(other, headers=headers)).status_code == 401, "another query"
    wrong = oauth1.Client(key["appKey"], "0" * 16, key["accessToken"], key["accessTokenSecret"])
    _, headers, _ = wrong.sign(url)
    assert (await visit.http.get(url, headers=headers)).status_code == 401


async def test_admin_the_history_takes_signatures_and_programs_tokens(visit):
    """Section 7.6: whoever may serve conversations, or read them, by whatever proof."""
    town, key = visit.town, visit.town.key
    url = f"{town.server.https}/messaging_history/api/account/{town.account}/agent-view/status"
    client = oauth1.Client(
        key["appKey"], key["secret"], key["accessToken"], key["accessTokenSecret"]
    )
    _, headers, _ = client.sign(url, "POST")  # a body of JSON is not signed
    answer = await visit.http.post(url, headers=headers, json={"agentIds": []})
    assert answer.status_code == 200, answer.text
    for scope, status in (("conversations.read", 200), ("users.read", 403)):
        account = town.account
        async with office.open(Settings(data=town.server.data, account=account)) as opened:
            made = await opened.directory.clients.add(
                access.operator(account), name=fresh("history"), scopes=[scope]
            )
        form = {
            "client_id": made.client_id,
            "client_secret": made.client_secret,
            "grant_type": "client_credentials",
        }
        issuing = f"{town.server.https}/sentinel/api/v2/account/{account}/app/token"
        token = (await visit.http.post(issuing, data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await visit.http.post(url, headers=headers, json={"agentIds": []})
        assert answer.status_code == status, (scope, answer.text)
