"""Opening, speaking, changing and reading conversations, and who may."""

from datetime import timedelta

import pytest

from orchestrator.core.model import access, errors
from orchestrator.core.model.conversation import Participant
from orchestrator.core.queueing import changes
from orchestrator.services.cloud import requests
from orchestrator.services.cloud.conversations import Opening
from orchestrator.services.cloud.ports import ConversationFilter

MANAGER = ["Agent Manager"]
LEAVE = requests.LeaveRequest("ASSIGNED_AGENT")
CLOSE = requests.CloseRequest()


def text(message):
    return {"type": "ContentEvent", "contentType": "text/plain", "message": message}


async def say(house, speaker, conversation, message="hello", **more):
    return await house.conversations.publish(
        speaker, conversation.conversation_id, event=text(message), **more
    )


async def texts(house, speaker, conversation, **more):
    found = await house.conversations.messages(speaker, conversation.conversation_id, **more)
    return [message.text for message in found]


# -- opening -----------------------------------------------------------------------------------


async def test_a_named_skill_is_the_queue(house):
    """And the first conversation of a consumer is marked as such, the second is not."""
    guest = await house.guest()
    first, second = await house.opened(by=guest), await house.opened(by=guest)
    assert first.skill_id == first.entry_skill_id == house.skills["Sales"]
    assert (first.first, second.first) == (True, False)
    assert first.queued_at == first.started_at


async def test_an_unknown_skill_is_refused(house):
    """Rather than queued where nobody would ever look; nothing is left behind."""
    guest = await house.guest()
    with pytest.raises(errors.BadInput):
        await house.conversations.open(guest, Opening(skill_id="999"))
    assert (await house.conversations.matching(guest, ConversationFilter())).found == []


@pytest.mark.parametrize("skill", [None, "-1"])
async def test_an_engagement_routes_to_its_skill(house, skill):
    """The guide's "specific skill"; a skill of its own is what a consumer's page rarely names."""
    made = await house.directory.engagements.add(access.operator("1"), name="Help", skill="Billing")
    opening = Opening(skill_id=skill, campaign_id=made.campaign_id, engagement_id=made.id)
    opened = await house.conversations.open(await house.guest(), opening)
    assert opened.skill_id == house.skills["Billing"]
    assert (opened.campaign_id, opened.engagement_id) == (made.campaign_id, made.id)


async def test_a_named_skill_wins_over_the_engagement(house):
    """The more particular wish counts."""
    made = await house.directory.engagements.add(access.operator("1"), name="Help", skill="Billing")
    opened = await house.opened("Sales", engagement_id=made.id)
    assert opened.skill_id == house.skills["Sales"]


async def test_an_unknown_engagement_is_no_skill(house):
    """The consumer is not turned away for a stale page."""
    assert not (await house.opened(None, engagement_id="4711")).has_skill


# -- speaking ----------------------------------------------------------------------------------


async def test_sequences_count_from_one_without_gaps(house):
    """Per dialog; chat states take none and are not kept (conformance 30)."""
    ann = await house.agent("ann", "Sales")
    guest = await house.guest()
    opened = await house.opened(by=guest)
    (ring,) = await house.rung()
    await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    assert [await say(house, who, opened) for who in (guest, ann, guest)] == [1, 2, 3]
    typing = {"type": "ChatStateEvent", "chatState": "COMPOSING"}
    sent = await house.conversations.publish(ann, opened.conversation_id, event=typing)
    assert sent == 0
    assert len(await texts(house, ann, opened)) == 3
    assert await texts(house, ann, opened, newer_than=2) == ["hello"]
    assert (await house.now(opened)).last_message.sequence == 3


async def test_strangers_do_not_speak(house):
    """Another agent, another consumer, somebody suggested, a manager who has not joined."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben")
    boss = await house.agent("boss", roles=MANAGER)
    held = await house.held(ann)
    for stranger in (ben, boss, await house.guest()):
        with pytest.raises(errors.BadInput, match="Agent does not exist in conversation"):
            await say(house, stranger, held)
    with pytest.raises(errors.BadInput):
        await house.conversations.publish(ann, "no such dialog", event=text("hello"))


async def test_after_a_transfer_its_agent_is_a_stranger(house):
    """Who let go of it can read what was said, and say nothing more."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    await say(house, ann, held)
    await house.conversations.change(ann, held.conversation_id, [LEAVE])
    with pytest.raises(errors.BadInput):
        await say(house, ann, held)
    assert await texts(house, ann, held) == ["hello"]


async def test_nothing_is_said_after_the_end_but_receipts(house):
    """READ on a closed conversation is answered (conformance 31)."""
    guest = await house.guest()
    opened = await house.opened(by=guest)
    await say(house, guest, opened)
    await house.conversations.change(guest, opened.conversation_id, [CLOSE])
    with pytest.raises(errors.Conflict):
        await say(house, guest, opened)
    read = {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [1]}
    assert await house.conversations.publish(guest, opened.conversation_id, event=read) == 2


async def test_private_words_stay_among_agents(house):
    """The consumer's reading leaves them out."""
    ann = await house.agent("ann", "Sales")
    guest = await house.guest()
    opened = await house.opened(by=guest)
    (ring,) = await house.rung()
    await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    await say(house, ann, opened, "between us", audience="AGENTS_AND_MANAGERS")
    await say(house, ann, opened, "good day")
    assert await texts(house, guest, opened) == ["good day"]
    assert await texts(house, ann, opened) == ["between us", "good day"]


# -- changing ----------------------------------------------------------------------------------


async def test_a_request_applies_whole_or_not_at_all(house):
    """An unknown skill keeps the agent in the conversation, and nobody hears of anything."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    told = len(house.told)
    with pytest.raises(errors.BadInput):
        await house.conversations.change(
            ann, held.conversation_id, [LEAVE, changes.MoveToSkill("999")]
        )
    assert await house.now(held) == held
    assert len(house.told) == told


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ([requests.SuggestRequest("4711"), LEAVE], errors.BadInput),
        ([requests.LeaveRequest("MANAGER")], errors.BadInput),
        ([requests.JoinRequest("MANAGER")], errors.Forbidden),
        ([LEAVE, requests.JoinRequest("ASSIGNED_AGENT", "1002")], errors.Forbidden),
    ],
)
async def test_what_an_agent_may_not_ask(house, wanted, refusal):
    """Unknown users, roles nobody holds, and joining without the right to."""
    ann = await house.agent("ann", "Sales")
    await house.agent("ben")
    held = await house.held(ann)
    with pytest.raises(refusal):
        await house.conversations.change(ann, held.conversation_id, wanted)
    assert await house.now(held) == held


async def test_strangers_change_nothing(house):
    """Agents of others are forbidden, consumers and other accounts learn of nothing."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben")
    await house.account("2")
    spy = await house.agent("spy", account="2", roles=["Administrator"])
    held = await house.held(ann)
    for stranger, refusal in (
        (ben, errors.Forbidden),
        (await house.guest(), errors.NotFound),
        (spy, errors.NotFound),
    ):
        with pytest.raises(refusal):
            await house.conversations.change(stranger, held.conversation_id, [CLOSE])
    assert (await house.now(held)).state == "OPEN"


async def test_a_consumer_changes_only_what_is_theirs(house):
    """They close and rate; they do not move themselves to another skill."""
    guest = await house.guest()
    opened = await house.opened(by=guest)
    with pytest.raises(errors.Forbidden):
        await house.conversations.change(
            guest, opened.conversation_id, [changes.MoveToSkill(house.skills["Billing"])]
        )
    await house.conversations.change(
        guest, opened.conversation_id, [changes.Rate({"csatRate": 4}), CLOSE]
    )
    now = await house.now(opened)
    assert (now.state, now.close_reason, now.csat) == ("CLOSE", "CONSUMER", {"csatRate": 4})


@pytest.mark.parametrize("spelling", ["{id}", "1.{id}", "{pid}"])
async def test_three_spellings_of_an_agent(house, spelling):
    """User id, ``account.user`` and PID (conformance 32)."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben")
    held = await house.held(ann)
    reference = spelling.format(id=ben.user_id, pid=ben.pid)
    await house.conversations.change(
        ann, held.conversation_id, [LEAVE, requests.SuggestRequest(reference)]
    )
    assert (await house.now(held)).suggested.user_id == ben.user_id


async def test_a_manager_joins_reads_and_closes(house):
    """Reading and closing need no joining; joining makes a participant who may speak."""
    ann = await house.agent("ann", "Sales")
    boss = await house.agent("boss", roles=MANAGER)
    held = await house.held(ann)
    await say(house, ann, held)
    assert await texts(house, boss, held) == ["hello"]
    joined = await house.conversations.change(
        boss, held.conversation_id, [requests.JoinRequest("MANAGER")]
    )
    assert Participant(boss.user_id, boss.pid, "MANAGER") in joined.participants
    await say(house, boss, held, "let me")
    await house.conversations.change(boss, held.conversation_id, [requests.LeaveRequest("MANAGER")])
    await house.conversations.change(boss, held.conversation_id, [CLOSE])
    assert (await house.now(held)).close_reason == "AGENT"


# -- reading -----------------------------------------------------------------------------------


async def test_nobody_reads_what_is_not_theirs(house):
    """Other consumers, agents who never had it, other accounts: there is no such dialog."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben")
    await house.account("2")
    spy = await house.agent("spy", account="2", roles=MANAGER)
    held = await house.held(ann)
    for stranger in (ben, spy, await house.guest()):
        with pytest.raises(errors.NotFound):
            await house.conversations.messages(stranger, held.conversation_id)
        assert (await house.conversations.matching(stranger, ConversationFilter())).found == []


async def test_filters(house, clock):
    """State, time and agent in any spelling; agents see their own, managers everybody's."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben", "Billing")
    boss = await house.agent("boss", roles=MANAGER)
    mine, closed = await house.held(ann), await house.held(ann)
    theirs = await house.held(ben, "Billing")
    await clock.advance(timedelta(minutes=1))
    await house.conversations.change(ann, closed.conversation_id, [CLOSE])

    async def found(speaker, **wanted):
        matches = await house.conversations.matching(speaker, ConversationFilter(**wanted))
        return {each.conversation_id for each in matches.found}

    everything = {each.conversation_id for each in (mine, closed, theirs)}
    assert await found(boss) == everything
    assert await found(ann) == everything - {theirs.conversation_id}
    assert await found(ann, states=("OPEN",)) == {mine.conversation_id}
    assert await found(boss, changed_since=clock.now()) == {closed.conversation_id}
    for spelling in (ben.user_id, f"1.{ben.user_id}", ben.pid):
        assert await found(boss, agents=(spelling,)) == {theirs.conversation_id}
        assert await found(ann, agents=(spelling,)) == set()
    assert await found(boss, agents=("nobody",)) == set()


async def test_history_tells_who_had_it_and_where_it_went(house, clock):
    """Previous agent and skill are read from here by later decisions."""
    ann, ben = await house.agent("ann", "Sales"), await house.agent("ben", "Billing")
    held = await house.held(ann)
    await clock.advance(timedelta(minutes=1))
    await house.conversations.change(
        ann,
        held.conversation_id,
        [LEAVE, requests.SuggestRequest(ben.user_id), changes.MoveToSkill(house.skills["Billing"])],
    )
    (ring,) = await house.rung()
    await house.rings.answer(ben, ring.ring_id, "ACCEPTED")
    await clock.advance(timedelta(minutes=1))
    await house.conversations.change(ben, held.conversation_id, [LEAVE])
    record = await house.history.of_conversation("1", held.conversation_id)
    assert [each.user_id for each in record.assignments] == [ann.user_id, ben.user_id]
    assert all(each.to_at is not None for each in record.assignments)
    assert record.latest_agent == ben.user_id
    assert [
        (each.reason, each.source_skill, each.target_skill, each.source_agent, each.target_agent)
        for each in record.transfers
    ] == [
        ("Agent", house.skills["Sales"], house.skills["Billing"], ann.user_id, ben.user_id),
        ("back2Q", house.skills["Billing"], house.skills["Billing"], ben.user_id, None),
    ]


async def test_a_consumers_history_is_the_newest_of_it(house, clock):
    """With more conversations than are asked for, the oldest are left out, not the newest."""
    guest = await house.guest()
    opened = []
    for _ in range(4):
        opened.append(await house.opened(by=guest))
        await clock.advance(timedelta(minutes=1))
    await say(house, guest, opened[-1])
    found = await house.history.of_consumer("1", guest.user_id, limit=2)
    assert [each.conversation.conversation_id for each in found] == [
        each.conversation_id for each in opened[2:]
    ]
    assert [message.text for message in found[-1].messages] == ["hello"]
    (brief,) = await house.history.of_consumer("1", guest.user_id, limit=1, parts=())
    assert brief.messages == ()


async def test_how_agents_are_doing(house):
    """What the bot reads before it hands a conversation to an agent by name."""
    ann = await house.agent("ann", "Sales", max_chats=2)
    away = await house.agent("away", state=None)
    await house.held(ann)
    first, second = await house.history.agents("1", [ann.pid, "nobody", f"1.{away.user_id}"])
    assert (first.user_id, first.availability, first.slots, first.busy) == (
        ann.user_id,
        "ONLINE",
        2,
        1,
    )
    assert first.skills == ((house.skills["Sales"], "Sales"),)
    assert (second.user_id, second.connected) == (away.user_id, False)


# -- consumers ---------------------------------------------------------------------------------


async def test_a_profile_is_its_consumers(house):
    """Agents read it; no other consumer does, and no other account has it."""
    ann = await house.agent("ann")
    guest, other = await house.guest(), await house.guest()
    await house.consumers.set_profile(guest, {"firstName": "Jo"})
    assert await house.consumers.profile(ann, guest.user_id) == {"firstName": "Jo"}
    assert await house.consumers.profile(guest, None) == {"firstName": "Jo"}
    with pytest.raises(errors.Forbidden):
        await house.consumers.profile(other, guest.user_id)
    await house.account("2")
    spy = await house.agent("spy", account="2")
    with pytest.raises(errors.NotFound):
        await house.consumers.profile(spy, guest.user_id)
