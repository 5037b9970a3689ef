"""What routing asks of the platform, back to back with the host's state machine."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from orchestrator.core.model import errors, happening
from orchestrator.core.model.conversation import Participant
from orchestrator.services.routing.ports import Offline


async def rung(bot, cloud):
    """Return an arrival that rings."""
    cloud.ring(cloud.open())
    await bot.settle()
    return bot.arrivals[-1]


async def test_a_ring_arrives_and_is_taken(online, cloud, me):
    """Accepted, and returned once an UPSERT names the bot; no second arrival comes of it."""
    arrival = await rung(online, cloud)
    assert arrival.ring_id
    assert arrival.skill_id == "3001"
    conversation = await online.platform.take(arrival)
    assert conversation.assigned == me
    await online.settle()
    assert len(online.arrivals) == 1
    assert await online.platform.mine(arrival.conversation_id)


async def test_a_ring_that_is_over_is_a_conflict(online, cloud):
    """History is asked before that is said, for an accepted ring is over as well."""
    arrival = await rung(online, cloud)
    cloud.happened(cloud.end_ring(arrival.ring_id, "EXPIRED"))
    with pytest.raises(errors.Conflict):
        await online.platform.take(arrival)
    assert cloud.lookups == [arrival.conversation_id]


async def test_a_lost_answer_to_an_accept_does_not_lose_the_conversation(online, cloud):
    """The ring was accepted, the answer was lost: trying again finds the conversation."""
    arrival = await rung(online, cloud)
    cloud.unanswered = {"UpdateRingState"}
    with pytest.raises(errors.Unavailable):
        await online.platform.take(arrival)
    await online.settle()
    taken = await online.platform.take(arrival)
    assert taken.conversation_id == arrival.conversation_id


async def test_an_accept_whose_conversation_never_comes_is_unavailable(online, cloud):
    """It waits ten seconds for the UPSERT, no longer."""
    arrival = await rung(online, cloud)
    cloud.line.host.happened = lambda _: []
    taking = asyncio.create_task(online.platform.take(arrival))
    await online.pass_time(9)
    assert not taking.done()
    await online.pass_time(2)
    with pytest.raises(errors.Unavailable):
        await taking


async def test_what_the_bot_has_arrives_on_every_connect(bot, cloud, me, human):
    """After a reconnect everything assigned to the bot comes in at the front door again."""
    mine = cloud.open(agent=me)
    cloud.open(agent=human)
    await bot.start()
    found = [(one.conversation_id, one.ring_id, one.assigned_at) for one in bot.arrivals]
    assert found == [(mine.conversation_id, None, None)]
    cloud.line.close(1006)
    await bot.pass_time(1)
    assert [one.conversation_id for one in bot.arrivals] == [mine.conversation_id] * 2


async def test_arrivals_come_only_once_the_platform_can_be_used(bot, cloud, me):
    """Whoever is told of an arrival may use the platform at once."""
    cloud.open(agent=me)
    usable = []
    bot.platform._session._on_arrival = lambda _: usable.append(bot.platform._session.line)
    await bot.start()
    assert len(usable) == 1


async def test_a_conversation_given_by_hand_arrives_without_ring(online, cloud, me):
    """Also when it was the bot's before and left."""
    conversation = cloud.open()
    for _ in range(2):
        conversation = cloud.assign(conversation, me)
        await online.settle()
        conversation = cloud.assign(conversation, None)
        await online.settle()
    assert [one.ring_id for one in online.arrivals] == [None, None]


async def test_an_open_change_of_what_the_bot_has_is_no_arrival(online, cloud, me):
    """Only what is news arrives."""
    conversation = cloud.open(agent=me)
    cloud.change(msgspec.structs.replace(conversation, ttr_seconds=60))
    await online.settle()
    assert len(online.arrivals) == 1


async def test_what_left_the_bot_is_not_its_own(online, cloud, me, human):
    """Known without asking: the socket said so."""
    conversation = cloud.open(agent=me)
    await online.settle()
    cloud.assign(conversation, human)
    await online.settle()
    assert await online.platform.mine(conversation.conversation_id) is None
    assert cloud.lookups == []


async def test_never_told_and_unknown_to_history_is_not_the_bots(online, cloud):
    """None is an answer of the platform, not a guess."""
    assert await online.platform.mine("elsewhere") is None
    assert cloud.lookups == ["elsewhere"]


async def test_not_told_yet_but_in_history_is_try_again(online, cloud):
    """The real platform repeats only the first thousand: not being told is not being gone."""
    info = {"conversationId": "late", "status": "OPEN", "latestAgentId": "1001"}
    cloud.records["late"] = {"info": info}
    with pytest.raises(errors.Unavailable):
        await online.platform.mine("late")


async def test_late_notices_change_nothing(online, cloud, clock, me):
    """An UPSERT older than the DELETE that came before it does not bring a conversation back."""
    conversation = cloud.open(agent=me)
    await online.settle()
    clock._now += timedelta(seconds=1)
    cloud.assign(conversation, None)
    await online.settle()
    online.platform._session._upserted(conversation, await cloud.log_in())
    assert await online.platform.mine(conversation.conversation_id) is None


async def test_ten_thousand_conversations_are_kept_small(online, cloud, me):
    """A conversation costs the bot less than two kilobytes while it is open."""
    conversation = cloud.open(agent=me)
    await online.settle()
    packed = online.platform._book._held[conversation.conversation_id]
    assert len(packed) < 2000


async def test_says_once_and_knows_it(online, cloud, me):
    """The step's id travels as ExternalId, and is found again in the dialog."""
    conversation = cloud.open(agent=me)
    await online.settle()
    key = conversation.conversation_id
    assert not await online.platform.said(key, step_id="step-1")
    await online.platform.say(key, "hello", step_id="step-1")
    assert cloud.messages[key][0].metadata == [{"type": "ExternalId", "id": "step-1"}]
    assert await online.platform.said(key, step_id="step-1")
    assert not await online.platform.said(key, step_id="step-2")


async def test_transfers_to_a_skill_in_one_request(online, cloud, me):
    """The bot leaves and names the skill at once; afterwards the conversation is not its own."""
    conversation = cloud.open(agent=me)
    await online.settle()
    await online.platform.to_skill(conversation.conversation_id, "3002")
    changes = [type(change).__name__ for change in cloud.asked[-1].body.changes]
    assert changes == ["ParticipantsChange", "SkillChange"]
    assert cloud.conversations[conversation.conversation_id].skill_id == "3002"
    await online.settle()
    assert await online.platform.mine(conversation.conversation_id) is None


async def test_transfers_to_an_agent_in_one_request(online, cloud, me):
    """Remove, suggest and skill, all with old ids."""
    conversation = cloud.open(agent=me)
    await online.settle()
    await online.platform.to_agent(conversation.conversation_id, "1002", skill_id="3002")
    removed, suggested, moved = cloud.asked[-1].body.changes
    assert (removed.type, removed.user_id) == ("REMOVE", "1.1001")
    assert (suggested.type, suggested.user_id) == ("SUGGEST", "1.1002")
    assert moved.skill_id == "3002"


async def test_a_refusal_is_an_error_of_the_tree(online, cloud, human):
    """The platform's no is told apart from its silence."""
    conversation = cloud.open(agent=human)
    with pytest.raises(errors.BadInput):
        await online.platform.to_skill(conversation.conversation_id, "3002")
    cloud.unanswered = {"UpdateConversationField"}
    with pytest.raises(errors.Unavailable):
        await online.platform.to_skill(conversation.conversation_id, "3002")


async def test_the_first_message_may_be_there_already(online, cloud, me):
    """Only what the consumer said counts."""
    conversation = cloud.open(agent=me)
    cloud.say(conversation, "Welcome", speaker=me)
    cloud.say(conversation, "Where is it?")
    cloud.say(conversation, "Hello?")
    found = await online.platform.first_message(
        conversation.conversation_id, wait=timedelta(seconds=2)
    )
    assert found.text == "Where is it?"


async def test_the_first_message_may_come_live(online, cloud, me):
    """It is waited for, and returned as soon as it comes."""
    conversation = cloud.open(agent=me)
    await online.settle()
    waiting = asyncio.create_task(
        online.platform.first_message(conversation.conversation_id, wait=timedelta(seconds=2))
    )
    await online.pass_time(1)
    assert not waiting.done()
    cloud.happened(cloud.say(conversation, "Hi"))
    await online.settle()
    assert (await waiting).text == "Hi"


async def test_no_first_message_in_time_is_none(online, cloud, me):
    """The wait ends when it was said to, and leaves nothing behind."""
    conversation = cloud.open(agent=me)
    waiting = asyncio.create_task(
        online.platform.first_message(conversation.conversation_id, wait=timedelta(seconds=2))
    )
    await online.pass_time(2.1)
    assert await waiting is None
    assert online.platform._book._watched == {}


async def test_time_without_a_socket_is_no_time_to_say_something(online, cloud, me):
    """The wait for the first message ends as offline, and begins anew when the bot is back."""
    conversation = cloud.open(agent=me)
    await online.settle()
    wait = timedelta(seconds=2)
    waiting = asyncio.create_task(
        online.platform.first_message(conversation.conversation_id, wait=wait)
    )
    await online.pass_time(1)
    cloud.line.close(1006)
    await online.settle()
    with pytest.raises(Offline):
        await waiting
    assert online.platform._book._watched == {}
    await online.pass_time(3)
    assert online.state == "online"
    waiting = asyncio.create_task(
        online.platform.first_message(conversation.conversation_id, wait=wait)
    )
    await online.pass_time(1.9)
    cloud.happened(cloud.say(conversation, "Here I am again"))
    await online.settle()
    assert (await waiting).text == "Here I am again"


async def test_a_lost_socket_ends_every_wait(online, cloud):
    """Nobody waits for what a dead socket cannot tell."""
    arrival = await rung(online, cloud)
    cloud.line.host.happened = lambda _: []
    taking = asyncio.create_task(online.platform.take(arrival))
    await online.settle()
    cloud.line.close(1006)
    await online.settle()
    with pytest.raises(errors.Unavailable):
        await taking


async def test_skills_are_cached_and_found_when_new(online, cloud):
    """Thirty seconds without a call; an unknown name or id asks at once."""
    cloud.skills = [{"id": 3001, "name": "Billing"}, {"id": 9, "name": "Old", "deleted": True}]
    assert await online.platform.skill_name("3001") == "Billing"
    assert await online.platform.skill_id("Billing") == "3001"
    assert cloud.skill_reads == 1
    assert await online.platform.skill_id("Old") is None
    cloud.skills.append({"id": "3002", "name": "Sales"})
    assert await online.platform.skill_id("Sales") == "3002"
    reads = cloud.skill_reads
    await online.pass_time(31)
    assert await online.platform.skill_name("3001") == "Billing"
    assert cloud.skill_reads == reads + 1


async def test_own_skills_are_text_however_they_were_sent(online, cloud):
    """Ids are numbers in REST and text here."""
    cloud.own = [3001, "3002", -1, None]
    assert await online.platform.own_skills() == frozenset({"3001", "3002"})


async def test_profile_and_status(online, cloud):
    """Both are asked of the platform and translated."""
    info = {"type": "ctmrinfo", "info": {"ctype": "vip"}}
    cloud.profiles["jo"] = {"authenticatedData": {"lp_sdes": [info]}}
    assert await online.platform.profile("jo") == {"customerinfo": {"ctype": "vip"}}
    assert await online.platform.profile("stranger") == {}
    assert await online.platform.agent_status("1002") is None
    cloud.statuses["1002"] = {"agentId": "1002", "currentStatus": "ONLINE"}
    status = await online.platform.agent_status("1002")
    assert (status.availability, status.free) == ("ONLINE", None)


async def test_the_past_ends_where_the_conversation_rang(online, cloud, clock):
    """What the consumer said after it rang is no message before the arrival."""
    arrival = await rung(online, cloud)
    said_at = int((clock.now() + timedelta(seconds=1)).timestamp() * 1000)
    early = said_at - 60_000
    cloud.records[arrival.conversation_id] = {
        "info": {"conversationId": arrival.conversation_id},
        "messageRecords": [
            {"timeL": early, "sentBy": "Consumer"},
            {"timeL": said_at, "sentBy": "Consumer"},
        ],
    }
    conversation = await online.platform.take(arrival)
    past = await online.platform.past(conversation)
    assert int(past.last_spoken_at.timestamp() * 1000) == early


async def test_a_suggested_bot_does_not_have_the_conversation(online, cloud):
    """Being offered a conversation is not having it."""
    suggested = Participant("1001", "pid-1001", "ASSIGNED_AGENT", suggested=True)
    conversation = cloud.open()
    cloud.happened(happening.ConversationChanged("1", cloud.assign(conversation, suggested)))
    await online.settle()
    assert online.arrivals == []
