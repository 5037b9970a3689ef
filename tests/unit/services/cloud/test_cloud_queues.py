"""From the queue to an agent: rings, their ends, capacity, presence, and what a restart leaves."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.core.model import access, errors
from orchestrator.core.model.happening import AvailabilityChanged
from orchestrator.core.queueing import changes
from orchestrator.services.cloud import rings as services
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.distributor import Distributor
from orchestrator.services.cloud.requests import CloseRequest, LeaveRequest, SuggestRequest

RING = timedelta(seconds=72)
SUGGESTION = timedelta(seconds=120)
PAUSE = timedelta(seconds=30)


def to_agent(target, skill):
    return (
        LeaveRequest("ASSIGNED_AGENT"),
        SuggestRequest(target.user_id),
        changes.MoveToSkill(skill),
    )


async def test_ring_accept_assigned(house):
    """What waits rings at an agent of the skill; accepted, it is theirs, and told in that order."""
    ann = await house.agent("ann", "Sales")
    opened = await house.opened()
    (ring,) = await house.rung()
    assert (ring.user_id, ring.skill_id) == (ann.user_id, house.skills["Sales"])
    assert ring.expires_at - ring.created_at == RING
    assert ring.ring_id.startswith(opened.conversation_id)
    before = len(house.told)
    await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    told = house.told[before:]
    assert [type(fact).__name__ for fact in told] == ["RingChanged", "ConversationChanged"]
    now = await house.now(opened)
    assert now.assigned.user_id == ann.user_id
    assert now.queued_at is None
    assert house.states(opened) == ["WAITING", "ACCEPTED"]


async def test_a_rejected_ring_goes_to_the_next(house):
    """And comes back to the one who rejected it only after the pause."""
    ann = await house.agent("ann", "Sales")
    opened = await house.opened()
    (ring,) = await house.rung()
    await house.rings.answer(ann, ring.ring_id, "REJECTED")
    assert await house.rung() == []
    ben = await house.agent("ben", "Sales")
    (again,) = await house.rung()
    assert again.user_id == ben.user_id
    assert house.states(opened) == ["WAITING", "REJECTED", "WAITING"]


async def test_a_lone_agent_is_asked_again_after_the_pause(house, clock):
    """The distributor is told when to look, so that nobody needs to poll."""
    ann = await house.agent("ann", "Sales")
    await house.opened()
    (ring,) = await house.rung()
    await house.rings.answer(ann, ring.ring_id, "REJECTED")
    assert await house.rings.distribute("1") == clock.now() + PAUSE
    await clock.advance(PAUSE)
    assert len(await house.rung()) == 1


async def test_a_ring_that_runs_out_is_expired_and_goes_on(house, clock):
    """At its deadline, which is what `distribute` says to wait for; answering then is too late."""
    ann = await house.agent("ann", "Sales")
    opened = await house.opened()
    (ring,) = await house.rung()
    assert await house.rings.distribute("1") == ring.expires_at
    await clock.advance(RING)
    with pytest.raises(errors.Conflict):
        await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    await house.agent("ben", "Sales")
    assert [each.user_id for each in await house.rung()] != [ann.user_id]
    assert house.states(opened) == ["WAITING", "EXPIRED", "WAITING"]


async def test_a_ring_from_before_the_clock_was_set_back_is_over(house, clock):
    """It would ring for hours, at somebody who may not have heard it."""
    await house.agent("ann", "Sales")
    opened = await house.opened()
    await house.rung()
    clock._now -= timedelta(hours=9)
    await house.rung()
    assert house.states(opened) == ["WAITING", "EXPIRED", "WAITING"]


async def test_two_acceptances_at_once_have_one_winner(house):
    """Whatever the order of arrival, the second one is told that the ring is over."""
    ann = await house.agent("ann", "Sales")
    await house.opened()
    (ring,) = await house.rung()
    answers = [house.rings.answer(ann, ring.ring_id, "ACCEPTED") for _ in range(5)]
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, errors.Conflict) for each in outcomes) == 4


async def test_nobody_answers_somebody_elses_ring(house):
    """Another agent, and another account's agent, learn not even that it exists."""
    await house.agent("ann", "Sales")
    ben = await house.agent("ben")
    await house.account("2")
    spy = await house.agent("spy", account="2")
    await house.opened()
    (ring,) = await house.rung()
    for stranger in (ben, spy):
        with pytest.raises(errors.NotFound):
            await house.rings.answer(stranger, ring.ring_id, "ACCEPTED")


async def test_capacity_counts_what_rings_and_what_is_held(house, clock):
    """Three fit; the fourth waits until one has ended."""
    ann = await house.agent("ann", "Sales", max_chats=3)
    held = await house.held(ann)
    opened = []
    for _ in range(4):
        opened.append(await house.opened())
        await clock.advance(timedelta(seconds=1))
    assert [ring.conversation_id for ring in await house.rung()] == [
        each.conversation_id for each in opened[:2]
    ]
    assert await house.rung() == []
    await house.conversations.change(ann, held.conversation_id, [CloseRequest()])
    assert [ring.conversation_id for ring in await house.rung()] == [opened[2].conversation_id]


async def test_the_unlimited_take_everything_at_once(house):
    """No ring waits for another conversation."""
    bot = await house.agent("bot", "Sales", type="bot", max_chats=None)
    for _ in range(20):
        await house.opened()
    assert [ring.user_id for ring in await house.rung()] == [bot.user_id] * 20


async def test_an_agent_transfer_rings_only_its_target(house, clock):
    """Others of the skill hear of it when the target's time is up, at that very moment."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    ben = await house.agent("ben", "Billing", max_chats=0)
    cara = await house.agent("cara", "Billing")
    await house.conversations.change(
        ann, held.conversation_id, to_agent(ben, house.skills["Billing"])
    )
    assert await house.rung() == []  # ben has no room now
    assert await house.rings.distribute("1") == clock.now() + SUGGESTION
    await clock.advance(SUGGESTION - timedelta(milliseconds=1))
    assert await house.rung() == []
    await clock.advance(timedelta(milliseconds=1))
    assert [ring.user_id for ring in await house.rung()] == [cara.user_id]


async def test_a_transfer_rings_at_an_occupied_target(house):
    """OCCUPIED: transfers only, and this is one."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    ben = await house.agent("ben", state="OCCUPIED")
    await house.conversations.change(
        ann, held.conversation_id, to_agent(ben, house.skills["Billing"])
    )
    (ring,) = await house.rung()
    assert ring.user_id == ben.user_id
    await house.rings.answer(ben, ring.ring_id, "ACCEPTED")
    now = await house.now(held)
    assert (now.assigned.user_id, now.suggested) == (ben.user_id, None)


@pytest.mark.parametrize("state", [None, "AWAY", "BACK_SOON", "OFFLINE"])
async def test_a_target_that_is_not_there_gets_it_when_they_come(house, state):
    """Until the time is up it waits for them, and for nobody else."""
    ann = await house.agent("ann", "Sales", "Billing")
    held = await house.held(ann)
    ben = await house.agent("ben", "Billing", state=state)
    await house.conversations.change(
        ann, held.conversation_id, to_agent(ben, house.skills["Billing"])
    )
    assert await house.rung() == []
    await house.presences.connected(ben)
    await house.presences.set_state(ben, "ONLINE")
    assert [ring.user_id for ring in await house.rung()] == [ben.user_id]


async def test_back_to_the_queue_and_to_another_skill(house):
    """The waiting ring of the old place is withdrawn, the new place rings."""
    ann = await house.agent("ann", "Sales", max_chats=1)
    held = await house.held(ann)
    ben = await house.agent("ben", "Billing")
    await house.conversations.change(ann, held.conversation_id, [LeaveRequest("ASSIGNED_AGENT")])
    (ring,) = await house.rung()
    assert ring.user_id == ann.user_id
    boss = await house.agent("boss", roles=["Agent Manager"])
    await house.conversations.change(
        boss, held.conversation_id, [changes.MoveToSkill(house.skills["Billing"])]
    )
    assert house.states(held)[-1] == "CANCELLED"
    assert [each.user_id for each in await house.rung()] == [ben.user_id]
    with pytest.raises(errors.Conflict):
        await house.rings.answer(ann, ring.ring_id, "ACCEPTED")


async def test_closing_withdraws_the_ring(house):
    """A consumer who gives up leaves nobody's telephone ringing."""
    await house.agent("ann", "Sales")
    guest = await house.guest()
    opened = await house.opened(by=guest)
    await house.rung()
    await house.conversations.change(guest, opened.conversation_id, [CloseRequest()])
    assert house.states(opened) == ["WAITING", "CANCELLED"]
    assert await house.rung() == []


@pytest.mark.parametrize("state", ["AWAY", "BACK_SOON", "OFFLINE"])
async def test_going_away_withdraws_rings(house, state):
    """And the conversation goes to the next agent at once."""
    ann = await house.agent("ann", "Sales")
    opened = await house.opened()
    await house.rung()
    ben = await house.agent("ben", "Sales")
    await house.presences.set_state(ann, state)
    assert house.states(opened) == ["WAITING", "CANCELLED"]
    assert [ring.user_id for ring in await house.rung()] == [ben.user_id]


async def test_one_of_two_sockets_may_close(house):
    """An agent is reachable while one socket is open (conformance 21)."""
    ann = await house.agent("ann", "Sales")
    await house.presences.connected(ann)
    opened = await house.opened()
    await house.rung()
    await house.presences.disconnected(ann)
    assert await house.presences.state(ann) == "ONLINE"
    assert house.states(opened) == ["WAITING"]
    await house.presences.disconnected(ann)
    assert await house.presences.state(ann) == "OFFLINE"
    assert house.states(opened) == ["WAITING", "CANCELLED"]


async def test_a_restart_takes_back_what_rings(house, cloud_of):
    """No socket is open after a start, whatever the rows say; nothing stays ringing at nobody."""
    ann = await house.agent("ann", "Sales")
    opened = await house.opened()
    (ring,) = await house.rung()
    again = await cloud_of()
    await again.presences.reset("1")
    assert again.states(opened) == ["CANCELLED"]
    assert await again.presences.state(ann) == "OFFLINE"
    assert await again.rings.waiting_for(ann) == []
    with pytest.raises(errors.Conflict):
        await again.rings.answer(ann, ring.ring_id, "ACCEPTED")
    await again.presences.connected(ann)
    await again.presences.set_state(ann, "ONLINE")
    assert [each.conversation_id for each in await again.rung()] == [opened.conversation_id]


async def test_no_batch_hides_what_waits_behind_it(house, monkeypatch):
    """Conversations that nobody free may take, however many, do not starve another skill's."""
    monkeypatch.setattr(services, "BATCH", 5)
    ann = await house.agent("ann", "Sales", max_chats=100)
    for _ in range(12):
        await house.opened("Sales")
    while rings := await house.rung():
        for ring in rings:
            await house.rings.answer(ann, ring.ring_id, "REJECTED")
    await house.agent("olga", "Sales", state="OCCUPIED", max_chats=100)
    await house.agent("ben", "Billing")
    late = await house.opened("Billing")
    assert [ring.conversation_id for ring in await house.rung()] == [late.conversation_id]


async def test_a_big_queue_empties_in_batches(house, monkeypatch, clock):
    """A full batch means more to do right now; the last one names the next deadline."""
    monkeypatch.setattr(services, "BATCH", 5)
    await house.agent("bot", "Sales", type="bot", max_chats=None)
    for _ in range(11):
        await house.opened()
    answers = [await house.rings.distribute("1") for _ in range(3)]
    assert answers[:2] == [clock.now()] * 2
    assert answers[2] == clock.now() + RING
    assert await house.rung() == []


async def test_people_without_a_skill_get_what_has_none(house):
    """Conversations under no skill ring at humans, never at the routing bot."""
    await house.agent("bot", "Sales", type="bot", max_chats=None)
    opened = await house.opened(None)
    assert await house.rung() == []
    ann = await house.agent("ann")
    assert [(each.conversation_id, each.user_id) for each in await house.rung()] == [
        (opened.conversation_id, ann.user_id)
    ]


@pytest.mark.parametrize("roles", [["Viewer"], ["Policy editor"]])
async def test_only_agents_are_rung(house, roles):
    """Somebody who only looks on is never offered a consumer."""
    await house.agent("vera", "Sales", roles=roles)
    await house.opened()
    assert await house.rung() == []


async def test_a_disabled_user_takes_nothing(house):
    """Neither rung any more, nor able to accept what rang before."""
    ann = await house.agent("ann", "Sales")
    await house.opened()
    (ring,) = await house.rung()
    await house.directory.users.edit(access.operator("1"), "ann", status="disabled")
    with pytest.raises(errors.Forbidden):
        await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    await house.opened()
    assert await house.rung() == []


async def test_queues_as_people_see_them(house):
    """Waiting, since when, who is there, and how much room they have."""
    ann = await house.agent("ann", "Sales", max_chats=3)
    await house.held(ann)
    first = await house.opened("Billing")
    await house.opened("Billing")
    rows = {row.skill: row for row in await house.history.queues("1")}
    assert (rows["Sales"].waiting, rows["Sales"].slots, rows["Sales"].free_slots) == (0, 3, 2)
    assert (rows["Billing"].waiting, rows["Billing"].oldest) == (2, first.started_at)
    assert rows["Billing"].online_agents == 0


async def test_nobody_looks_for_who_could_take_what_nobody_serves(house):
    """Once a look has found nothing to wait for, a conversation that nobody serves is no news."""
    ann = await house.agent("ann", "Sales", max_chats=2)
    before = await house.opened("Billing")
    assert house.rings.may_ring(before)  # nobody has looked yet
    await house.rung()
    assert not house.rings.may_ring(before)
    assert house.rings.may_ring(await house.opened("Sales"))
    await house.rung()
    await house.presences.set_state(ann, "AWAY")
    await house.rung()
    assert not house.rings.may_ring(await house.opened("Sales"))


async def test_who_came_at_another_process_is_looked_for(house, clock):
    """Its distributor looked when they came; for what comes in here later, this one must."""
    await house.agent("ann", "Sales", max_chats=2)
    waits = await house.opened("Billing")
    await house.rung()
    assert not house.rings.may_ring(waits)
    announcements = Announcements()
    announcements.watch(Distributor(house.rings, clock).notice_elsewhere)
    announcements.relay([AvailabilityChanged("1", "1009", "ONLINE")])
    assert house.rings.may_ring(waits)


async def test_who_may_free_a_place_is_looked_at(house):
    """While somebody has no room, or something waits, whatever happens may make a place for it."""
    ann = await house.agent("ann", "Sales", max_chats=1)
    await house.held(ann)
    elsewhere = await house.opened("Billing")
    await house.rung()
    assert house.rings.may_ring(elsewhere)


async def test_a_suggested_conversation_is_always_looked_at(house):
    """It may ring for somebody who does not serve its skill."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    await house.rung()
    ben = await house.agent("ben")
    await house.conversations.change(
        ann, held.conversation_id, to_agent(ben, house.skills["Billing"])
    )
    assert house.rings.may_ring(await house.now(held))
