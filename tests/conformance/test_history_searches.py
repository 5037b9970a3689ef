"""Searches of the past and agents' states (sections 5.6 and 7.6), over HTTP."""

import pytest

from running import wire

REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}
CLOSE = {"field": "ConversationStateField", "conversationState": "CLOSE"}
ALWAYS = {"from": 1_700_000_000_000, "to": 1_700_000_000_000}


@pytest.fixture
async def alone(shared_server, account_ids):
    """A visit to an account of the test's own."""
    town = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(town) as opened:
        yield opened


class Past:
    """The history service, asked by the manager."""

    def __init__(self, visit, bearer):
        self.visit, self.headers = visit, {"Authorization": f"Bearer {bearer}"}

    async def ask(self, path, body):
        town = self.visit.town
        url = f"{town.server.https}/messaging_history/api/account/{town.account}/{path}"
        return await self.visit.http.post(url, json=body, headers=self.headers)

    async def found(self, path, **body):
        answer = await self.ask(path, body)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        ids = [each["info"]["conversationId"] for each in shown["conversationHistoryRecords"]]
        return ids, shown["_metadata"]["count"]


@pytest.fixture
async def past(alone):
    """The history service of an account with three conversations, and these: oldest first."""
    service = Past(alone, (await alone.login("may"))["bearer"])
    anna, consumer = await alone.agent("anna"), await alone.consumer()
    opened = [await alone.opened(consumer) for _ in range(2)]
    for each in opened:
        await alone.accepted(anna, each)
    await alone.say(consumer, opened[0], "hello")
    await alone.change(
        anna, opened[0], REMOVE, {"field": "Skill", "type": "UPDATE", "skill": "3002"}
    )
    await alone.change(anna, opened[1], CLOSE)
    opened.append(await alone.opened(consumer, "Billing"))
    details = await wire.upserted(anna, opened[1], kind="DELETE")
    now = details["startTs"]
    return service, opened, {"from": now - 3_600_000, "to": now + 3_600_000}, details


async def test_history_of_the_account(past):
    """The newest first, in pages with the count of all; by state, skill and agent; in a span."""
    service, opened, start, _ = past
    search = "conversations/search"
    assert await service.found(search, start=start) == (opened[::-1], 3)
    assert await service.found(f"{search}?limit=1&offset=1", start=start) == (opened[1:2], 3)
    assert await service.found(f"{search}?sort=start:asc&limit=2", start=start) == (opened[:2], 3)
    assert await service.found(search, start=start, status=["CLOSE"]) == (opened[1:2], 1)
    billing = int(service.visit.town.skills["Billing"])
    assert await service.found(search, start=start, skillIds=[billing]) == (
        [opened[2], opened[0]],
        2,
    )
    anna = service.visit.town.users["anna"]
    for spelling in (anna["id"], anna["pid"]):
        assert await service.found(search, start=start, agentIds=[spelling]) == (
            [opened[1], opened[0]],
            2,
        )
    assert await service.found(search, start=start, agentIds=["nobody"]) == ([], 0)
    assert await service.found(search, start=ALWAYS) == ([], 0)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("", {"start": {"from": 1}}),
        ("", {"start": {"from": 2, "to": 1}}),
        ("", {"start": {"from": 0, "to": 94 * 86_400_000}}),
        ("?limit=101", {"start": ALWAYS}),
        ("?offset=-1", {"start": ALWAYS}),
        ("?limit=all", {"start": ALWAYS}),
        ("?sort=colour", {"start": ALWAYS}),
    ],
)
async def test_history_is_asked_rightly(visit, query, body):
    """A span of three months at most, pages of a hundred at most: else 400."""
    service = Past(visit, (await visit.login("may"))["bearer"])
    answer = await service.ask(f"conversations/search{query}", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


async def test_history_of_one_conversation(past):
    """Only what was asked for: transfers, skills, agents, turns, words."""
    service, opened, _, _ = past
    town = service.visit.town
    wanted = [
        "transfers",
        "agentParticipants",
        "skillChanges",
        "interactions",
        "messageRecords",
    ]
    for path in ("conversation/search", "conversations/conversation/search"):
        body = {"conversationId": opened[0], "contentToRetrieve": wanted}
        (record,) = (await service.ask(path, body)).json()["conversationHistoryRecords"]
        (transfer,) = record["transfers"]
        assert transfer["reason"] == "Skill"
        assert transfer["assignedAgentId"] == "null"
        (changed,) = record["skillChanges"]
        assert (changed["previousSkillId"], changed["skillId"]) == (
            town.skills["Sales"],
            town.skills["Billing"],
        )
        assert [each["agentId"] for each in record["agentParticipants"]] == [
            town.users["anna"]["id"]
        ]
        assert record["interactions"][0]["interactiveSequence"] == 1
        assert [each["messageData"]["msg"]["text"] for each in record["messageRecords"]] == [
            "hello"
        ]
        assert record["info"]["latestQueueState"] == "IN_QUEUE"
    body = {"conversationId": opened[0], "contentToRetrieve": ["transfers"]}
    (record,) = (await service.ask("conversation/search", body)).json()[
        "conversationHistoryRecords"
    ]
    assert "messageRecords" not in record


async def test_history_of_a_consumer(past):
    """All of theirs, oldest first, by state."""
    service, opened, _, details = past
    whom = details["participantsPId"]["CONSUMER"][0]
    search = "conversations/consumer/search"
    assert (await service.found(search, consumer=whom))[0] == opened
    assert (await service.found(search, consumer=whom, status=["CLOSE"]))[0] == opened[1:2]
    assert (await service.found(search, consumer="nobody"))[0] == []


async def test_history_of_agents_now(past):
    """Every documented key; those who were asked for, else all who ever came."""
    service, _, _, _ = past
    users = service.visit.town.users
    answer = await service.ask("agent-view/status", {"agentIds": [users["anna"]["id"], "nobody"]})
    (anna,) = answer.json()["agentStatusRecords"]
    assert anna == {
        "agentId": users["anna"]["id"],
        "currentStatus": "ONLINE",
        "currentConnectionState": "CONNECTED",
        "load": 0,
        "configuredMaxSlots": -1,
        "busySlots": 0,
        "openAssignedConversations": 0,
        "agentSkills": [{"skillId": service.visit.town.skills["Sales"], "skillName": "Sales"}],
    }
    everybody = (await service.ask("agent-view/status", {})).json()["agentStatusRecords"]
    assert users["anna"]["id"] in {each["agentId"] for each in everybody}


async def test_history_is_not_for_everybody(visit):
    """Without a token 401, as JSON; forms of agents' surveys are not kept here: 404, as JSON."""
    town = visit.town
    base = f"{town.server.https}/messaging_history/api/account/{town.account}"
    for path in ("conversations/search", "conversation/search", "agent-view/status"):
        refused = await visit.http.post(f"{base}/{path}", json={"start": ALWAYS})
        assert refused.status_code == 401
        assert refused.json()["error"]["internalCode"] == 10
    form = await visit.http.get(town.url("/forms/1"))
    assert (form.status_code, form.headers["content-type"]) == (404, "application/json")
