"""What one request may change of a conversation, items 32 to 37 of the conformance list."""

import json

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from orchestrator.services.directory import skills
from running import wire
from running.wire import upserted

CHANGED = ".ams.aam.ExConversationChangeNotification"
REMOVE = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}


def person(kind, role, **more):
    return {"field": "ParticipantsChange", "type": kind, "role": role, **more}


def skill(number):
    return {"field": "Skill", "type": "UPDATE", "skill": number}


@pytest.fixture
async def served(visit):
    """A conversation that anna has, and may who looks on: their sockets, the consumer's, its id."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    may = await visit.agent("may", state=None)
    await may.ask(".ams.aam.SubscribeExConversations", {"convState": ["OPEN"]})
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    return anna, may, consumer, conversation


async def test_c32_a_skill_that_is_taken_away_is_none(visit, served):
    """REMOVE is the skill -1, in the queue of those who take what has no skill."""
    anna, may, _, conversation = served
    none = {"field": "Skill", "type": "REMOVE"}
    assert (await visit.change(anna, conversation, REMOVE, none))["code"] == 200
    await upserted(may, conversation, matches=lambda now: now["skillId"] == "-1")


@pytest.mark.parametrize(
    "wrong",
    [
        [person("ADD", "CONSUMER")],
        [person("REMOVE", "CONSUMER")],
        [person("UPDATE", "MANAGER", userId="nobody")],
        [person("REMOVE", "ASSIGNED_AGENT", userId="nobody")],
        [person("SUGGEST", "ASSIGNED_AGENT")],
        [person("SUGGEST", "MANAGER", userId="1001")],
        [person("ADD", "MANAGER", dialogId="no-such-dialog")],
        [skill("424242")],
        [{"field": "CSATRate", "csatRate": 6}],
        [{"field": "TTRField", "ttrType": "CUSTOM", "value": -1}],
        [{"field": "DelayField", "delay": {"type": "LUNCH", "tillWhen": 1}}],
        [{"field": "Colour", "value": "red"}],
        [],
    ],
)
async def test_c32_what_makes_no_sense_changes_nothing(visit, served, wrong):
    """400 with a sentence; what stood beside it in the same request was not done either."""
    _, may, _, conversation = served
    note = {"field": "Note", "note": "was not written"}
    answer = await visit.change(may, conversation, *([note, *wrong] if wrong else []))
    assert (answer["code"], answer["type"]) == (400, ".ReqBody$StringResp")
    await may.settled()
    assert "was not written" not in json.dumps(may.frames)


async def test_c33_roles_and_what_they_may(visit, served, town):
    """A reader reads, an AGENT speaks; UPDATE gives a role for another; leaving ends it."""
    anna, may, consumer, conversation = served
    ben = await visit.agent("ben")
    him = {"userId": town.old_id("ben")}
    assert (await visit.change(may, conversation, person("ADD", "READER", **him)))["code"] == 200
    details = await upserted(ben, conversation)
    assert details["participants"]["READER"] == [town.old_id("ben")]
    assert (await visit.say(ben, conversation, "psst"))["code"] == 403
    await visit.say(consumer, conversation, "hello")
    done = await visit.change(may, conversation, person("UPDATE", "AGENT", **him))
    assert (done["code"], done["body"]) == (200, "OK Agent updated successfully")
    details = await upserted(
        ben, conversation, matches=lambda now: now["participants"].get("AGENT")
    )
    assert not details["participants"]["READER"]
    assert (await visit.say(ben, conversation, "hello too"))["code"] == 200
    assert (await visit.change(ben, conversation, person("REMOVE", "AGENT")))["code"] == 200
    await upserted(ben, conversation, kind="DELETE")
    assert (await visit.say(ben, conversation, "gone"))["code"] == 400
    assert (await visit.say(anna, conversation, "still here"))["code"] == 200


async def test_c33_a_manager_takes_over(visit, served, town):
    """REMOVE and ADD in one request; the history says TakeOver."""
    anna, may, _, conversation = served
    done = await visit.change(may, conversation, REMOVE, person("ADD", "ASSIGNED_AGENT"))
    assert done["code"] == 200
    await upserted(anna, conversation, kind="DELETE")
    details = await upserted(
        may,
        conversation,
        matches=lambda now: now["participants"]["ASSIGNED_AGENT"] == [town.old_id("may")],
    )
    assert details["participantsPId"]["ASSIGNED_AGENT"] == [town.users["may"]["pid"]]
    bearer = (await visit.login("may"))["bearer"]
    found = await visit.http.post(
        f"{town.server.https}/messaging_history/api/account/{town.account}"
        "/conversations/conversation/search",
        json={"conversationId": conversation, "contentToRetrieve": ["transfers"]},
        headers={"Authorization": f"Bearer {bearer}"},
    )
    (record,) = found.json()["conversationHistoryRecords"]
    (transfer,) = record["transfers"]
    assert (transfer["reason"], transfer["by"]) == ("TakeOver", town.users["may"]["id"])
    assert transfer["assignedAgentId"] == town.users["may"]["id"]


async def test_c33_somebody_who_may_not_work_any_more_is_removed(shared_server, account_ids):
    """A manager takes the conversation from a disabled user, who could not be told to."""
    town = await wire.seed(shared_server, str(next(account_ids)))
    async with wire.Visit(town) as visit:
        anna, may = await visit.agent("anna"), await visit.agent("may", state=None)
        conversation = await visit.opened(await visit.consumer())
        await visit.accepted(anna, conversation)
        async with office.open(Settings(data=shared_server.data, account=town.account)) as desk:
            await desk.directory.users.edit(
                access.operator(town.account), "anna", status="disabled"
            )
        leave = person("REMOVE", "ASSIGNED_AGENT", userId=town.old_id("anna"))
        assert (await visit.change(may, conversation, leave))["code"] == 200
        again = person("SUGGEST", "ASSIGNED_AGENT", userId=town.old_id("anna"))
        assert (await visit.change(may, conversation, again))["code"] == 400


async def test_c36_metadata_of_a_dialog_is_kept(served):
    """A DialogChange without a state closes nothing; of each type the newest is shown."""
    anna, may, _, conversation = served
    field = {"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": conversation}}
    body = {"conversationId": conversation, "conversationField": [field]}
    for metadata in (
        [{"type": "BotResponse", "businessCases": ["A"]}, {"type": "ExternalId", "id": "1"}],
        [{"type": "BotResponse", "businessCases": ["B"], "unknown": {"deep": [1]}}],
    ):
        kind = ".ams.cm.UpdateConversationField"
        assert (await anna.ask(kind, body, metadata=metadata))["code"] == 200
    details = await upserted(
        may,
        conversation,
        matches=lambda now: "unknown" in json.dumps(now["dialogs"][0].get("metadata")),
    )
    (dialog,) = details["dialogs"]
    assert dialog["state"] == "OPEN"
    assert dialog["metadata"] == [
        {"type": "BotResponse", "businessCases": ["B"], "unknown": {"deep": [1]}},
        {"type": "ExternalId", "id": "1"},
    ]


async def test_c36_what_is_written_on_a_conversation(visit, served):
    """Note, topic, delay, a due time set by hand and a response time are shown as sent."""
    anna, may, _, conversation = served
    delay = {"type": "NIGHT", "tillWhen": 4_102_444_800_000}
    changed = await visit.change(
        anna,
        conversation,
        {"field": "Note", "note": "prefers mail"},
        {"field": "TopicField", "topic": {"name": "bills"}},
        {"field": "DelayField", "delay": delay},
        {"field": "TTRField", "ttrType": "CUSTOM", "value": 1800},
    )
    assert changed["code"] == 200
    details = await upserted(may, conversation, matches=lambda now: now["note"])
    assert details["note"] == "prefers mail"
    assert details["topic"] == {"name": "bills"}
    assert details["delay"] == delay
    assert details["ttr"] == {"ttrType": "CUSTOM", "value": 1800}
    due = {"field": "ManualETTR", "manualETTR": 4_102_444_800_000}
    assert (await visit.change(anna, conversation, due))["code"] == 200
    told = await may.told(
        CHANGED,
        lambda change: change["result"]["conversationDetails"].get("manualETTR"),
    )
    assert told["result"]["effectiveTTR"] == 4_102_444_800_000


async def test_c36_by_when_an_answer_is_due(visit, served):
    """The response time after the consumer's words; -1 once the brand has answered."""
    anna, may, consumer, conversation = served
    said = {"field": "TTRField", "ttrType": "CUSTOM", "value": 60}
    await visit.say(consumer, conversation, "anybody?")
    await visit.change(anna, conversation, said)
    told = await may.told(CHANGED, lambda change: _ttr(change, conversation) == 60)
    last = told["result"]["lastContentEventNotification"]["serverTimestamp"]
    assert told["result"]["effectiveTTR"] == last + 60_000
    await visit.say(anna, conversation, "yes")
    await visit.change(anna, conversation, {**said, "value": 61})
    told = await may.told(CHANGED, lambda change: _ttr(change, conversation) == 61)
    assert told["result"]["effectiveTTR"] == -1


def _ttr(change, conversation):
    details = change["result"]["conversationDetails"]
    return details["convId"] == conversation and details["ttr"]["value"]


async def test_c37_an_agent_opens_a_conversation(served, town):
    """200 with its id, and the context as it was sent; nobody is invented."""
    anna, may, _, conversation = served
    details = await upserted(anna, conversation)
    context = {"type": "ProactiveContext", "originConversationId": conversation}
    asked = {
        "consumerId": details["participantsPId"]["CONSUMER"][0],
        "conversationContext": context,
        "channelType": "MESSAGING",
    }
    kind = ".ams.cm.AgentRequestConversation"
    answer = await anna.ask(kind, asked)
    assert answer["code"] == 200
    opened = await upserted(may, answer["body"]["conversationId"])
    assert opened["context"] == context
    assert opened["participantsPId"]["CONSUMER"] == details["participantsPId"]["CONSUMER"]
    assert opened["brandId"] == town.account
    unknown = await anna.ask(kind, {**asked, "consumerId": "nobody"})
    assert (unknown["code"], unknown["type"]) == (404, ".ReqBody$StringResp")


async def test_c34_a_skill_may_keep_its_conversations(shared_server, account_ids):
    """canTransfer and the list of targets, for transfers to agents under another skill as well."""
    account = str(next(account_ids))
    town = await wire.seed(shared_server, account)
    actor = access.operator(account)
    async with office.open(Settings(data=shared_server.data, account=account)) as desk:
        other = await desk.directory.skills.add(actor, name="Other")
        only = skills.Transfers(targets=("Other",))
        await desk.directory.skills.edit(actor, "Sales", transfers=only)
        never = skills.Transfers(allowed=False)
        await desk.directory.skills.edit(actor, "Other", transfers=never)
    async with wire.Visit(town) as visit:
        anna = await visit.agent("anna")
        conversation = await visit.opened(await visit.consumer())
        await visit.accepted(anna, conversation)
        ben = person("SUGGEST", "ASSIGNED_AGENT", userId=town.old_id("ben"))
        for fields in ([REMOVE, skill(town.skills["Billing"])], [REMOVE, ben, skill("3002")]):
            assert (await visit.change(anna, conversation, *fields))["code"] == 403
        again = skill(town.skills["Sales"])
        assert (await visit.change(anna, conversation, REMOVE, again))["code"] == 200
        may = await visit.agent("may", state=None)
        assert (await visit.change(may, conversation, skill(other.id)))["code"] == 200
        assert (await visit.change(may, conversation, again))["code"] == 403
