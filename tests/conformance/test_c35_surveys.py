"""Surveys after a conversation, item 35 of the conformance list."""

import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import wire
from running.wire import upserted

EVENT = ".ams.ms.OnlineEventDistribution"
APP = "survey-app-7"
CLOSE = {"field": "ConversationStateField", "conversationState": "CLOSE"}


def ended(dialog):
    return {
        "field": "DialogChange",
        "type": "UPDATE",
        "dialog": {
            "dialogId": dialog,
            "state": "CLOSE",
            "closedBy": "AGENT",
            "closedCause": "Completed",
        },
    }


def joined(dialog, *, role="AGENT", kind="ADD"):
    return {"field": "ParticipantsChange", "type": kind, "role": role, "dialogId": dialog}


@pytest.fixture
async def visit(shared_server, account_ids):
    """A visit to an account in which a survey follows the skill Sales."""
    account = str(next(account_ids))
    town = await wire.seed(shared_server, account)
    async with office.open(Settings(data=shared_server.data, account=account)) as desk:
        actor = access.operator(account)
        await desk.directory.skills.edit(actor, "Sales", survey=APP)
    async with wire.Visit(town) as opened:
        yield opened


@pytest.fixture
async def surveyed(visit):
    """A conversation after its main dialog: anna, a bot that sees open stages, consumer, ids."""
    anna, bot, consumer = (
        await visit.agent("anna"),
        await visit.agent("may", state=None),
        await visit.consumer(),
    )
    await bot.ask(".ams.aam.SubscribeExConversations", {"stage": ["OPEN"]})
    await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    await visit.say(anna, conversation, "bye")
    assert (await visit.change(anna, conversation, ended(conversation)))["code"] == 200
    details = await upserted(bot, conversation, matches=lambda now: now["state"] == "CLOSE")
    return anna, bot, consumer, conversation, details["dialogs"][0]["dialogId"]


async def test_c35_the_end_of_the_main_dialog_opens_a_survey(surveyed):
    """First of the dialogs, with its application; state CLOSE, stage OPEN; its agent is done."""
    anna, bot, _, conversation, survey = surveyed
    details = await upserted(bot, conversation, matches=lambda now: now["state"] == "CLOSE")
    first, main = details["dialogs"]
    assert (first["dialogType"], first["state"]) == ("POST_SURVEY", "OPEN")
    assert first["metaData"] == {"appInstallId": APP}
    assert (main["dialogType"], main["state"], main["closedCause"]) == (
        "MAIN",
        "CLOSE",
        "Completed",
    )
    assert (details["stage"], details["closeReason"]) == ("OPEN", "AGENT")
    assert survey != conversation
    roles = {
        each["role"] for dialog in details["dialogs"] for each in dialog["participantsDetails"]
    }
    assert roles <= details["participantsPId"].keys(), "conformance 39, in every dialog"
    await upserted(anna, conversation, kind="DELETE")


async def test_c35_a_bot_asks_and_ends_it(visit, surveyed):
    """It joins as AGENT, speaks with the consumer alone, and the stage closes behind it."""
    anna, bot, consumer, conversation, survey = surveyed
    since = len(anna.frames)
    done = await visit.change(bot, conversation, joined(survey))
    assert (done["code"], done["body"]) == (200, "OK Agent added successfully")
    details = await upserted(
        bot, conversation, matches=lambda now: now["participants"].get("AGENT")
    )
    assert details["participants"]["AGENT"] == [visit.town.old_id("may")]
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": survey, "fromSeq": 0})
    said = await visit.say(bot, survey, "How was it?")
    assert said["body"] == {"sequence": 1}, "a dialog counts for itself"
    await consumer.told(
        "ms.MessagingEventNotification", lambda one: one["event"].get("message") == "How was it?"
    )
    await visit.say(consumer, survey, "good")
    heard = await bot.told(EVENT, lambda event: event["event"].get("message") == "good")
    assert (heard["dialogId"], heard["conversationId"]) == (survey, conversation)
    rated = {"field": "CSATRate", "csatRate": 5, "status": "FILLED"}
    assert (await visit.change(consumer, conversation, rated))["code"] == 200
    assert (await visit.change(bot, conversation, ended(survey)))["code"] == 200
    details = await upserted(bot, conversation, kind="DELETE")
    assert (details["stage"], details["csatRate"], details["closeReason"]) == ("CLOSE", 5, "AGENT")
    assert {dialog["state"] for dialog in details["dialogs"]} == {"CLOSE"}
    assert not [frame for frame in anna.frames[since:] if frame.get("type") == EVENT]
    assert (await visit.say(consumer, survey, "late"))["code"] == 409
    found = await bot.ask(".ams.ms.QueryMessages", {"dialogId": survey, "newerThanSequence": 0})
    assert [each["event"]["message"] for each in found["body"]] == ["How was it?", "good"]


async def test_c35_what_cannot_be_done_with_a_survey(visit, surveyed):
    """Speak in the closed dialog, come in another role, as an agent of no right, or twice."""
    anna, bot, consumer, conversation, survey = surveyed
    assert (await visit.say(consumer, conversation, "more"))["code"] == 409
    assert (await visit.change(bot, conversation, joined(survey, role="MANAGER")))["code"] == 400
    assert (await visit.change(anna, conversation, joined(survey)))["code"] == 403
    assert (await visit.change(bot, conversation, joined(survey)))["code"] == 200
    assert (await visit.change(bot, conversation, joined(survey)))["code"] == 400
    left = joined(survey, kind="REMOVE")
    assert (await visit.change(bot, conversation, left))["code"] == 200
    assert (await visit.change(bot, conversation, left))["code"] == 400
    assert (await visit.change(bot, conversation, joined(conversation)))["code"] == 409


async def test_c35_closing_the_conversation_closes_the_survey_too(visit, surveyed):
    """Whatever is open ends; when and why the conversation ended stays as it was."""
    _, bot, consumer, conversation, _ = surveyed
    before = await upserted(bot, conversation, matches=lambda now: now["state"] == "CLOSE")
    assert (await visit.change(consumer, conversation, CLOSE))["code"] == 200
    after = await upserted(bot, conversation, kind="DELETE")
    assert (after["endTs"], after["closeReason"]) == (before["endTs"], "AGENT")
    assert after["dialogs"][0]["closedBy"] == "CONSUMER"


async def test_c35_no_survey_where_none_is_wanted(visit):
    """A skill without one, and a conversation that is closed as a whole."""
    may, consumer = await visit.agent("may", state=None), await visit.consumer()
    await may.ask(".ams.aam.SubscribeExConversations", {"convState": ["CLOSE"]})
    for skill, change in (("Billing", ended), ("Sales", lambda _: CLOSE)):
        conversation = await visit.opened(consumer, skill)
        assert (await visit.change(may, conversation, change(conversation)))["code"] == 200
        details = await upserted(may, conversation)
        assert (len(details["dialogs"]), details["stage"]) == (1, "CLOSE")
