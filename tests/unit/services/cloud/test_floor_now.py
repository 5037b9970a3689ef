"""The floor: counts and states of queues and agents, and why each conversation waits there."""

from datetime import timedelta

import pytest

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import User
from orchestrator.core.model.floor import ToAgent, ToSkill, Transfer
from orchestrator.services.admin import moves
from orchestrator.services.admin.floor import Staff
from orchestrator.services.admin.ports import Place
from orchestrator.services.cloud import requests
from orchestrator.services.cloud.conversations import Opening
from orchestrator.testing.clock import START

VIEWER = Actor("1", "vera", access.permissions(("Viewer",)))
LEAVE = requests.LeaveRequest("ASSIGNED_AGENT")


async def queues(house):
    """The queues by name."""
    return {each.skill: each for each in (await house.floor.now(VIEWER)).queues}


async def test_a_queue_counts_who_waits_and_who_serves(house):
    """Waiting, open, the longest wait, agents by state, and how full those are who are online."""
    ann = await house.agent("ann", "Sales", max_chats=2)
    for login, state in (("ben", "AWAY"), ("cyd", "BACK_SOON"), ("dan", "OCCUPIED")):
        await house.agent(login, "Sales", state=state)
    await house.agent("eve", "Sales", state=None)
    await house.held(ann)
    waiting = await house.opened("Sales")
    await house.clock.advance(timedelta(seconds=90))
    sales = (await queues(house))["Sales"]
    assert (sales.waiting, sales.open, sales.longest_wait_seconds) == (1, 2, 90.0)
    assert sales.staff == Staff(online=1, occupied=1, back_soon=1, away=1, offline=1)
    assert (sales.slots, sales.busy_slots, sales.load) == (2, 1, 50.0)
    await house.rings.distribute("1")
    assert (await queues(house))["Sales"].load == 100.0  # a ring takes a place
    billing = (await queues(house))["Billing"]
    assert (billing.waiting, billing.longest_wait_seconds, billing.load) == (0, None, None)
    assert waiting.queued_at is not None


async def test_agents_say_since_when_and_how_much(house):
    """A broken connection is offline, whatever they said; a bot may take any number."""
    ann = await house.agent("ann", "Sales", "Billing", max_chats=4)
    since = house.clock.now()
    bot = await house.agent("bot", "Sales", type="bot", max_chats=None)
    await house.agent("root", roles=["Administrator"])  # is rung by nothing
    await house.held(ann, "Billing")
    await house.clock.advance(timedelta(minutes=5))
    await house.presences.disconnected(bot)
    one, two = (await house.floor.now(VIEWER)).agents
    assert (one.login, one.availability, one.since) == ("ann", "ONLINE", since)
    assert (one.skills, one.conversations, one.ringing) == (("Billing", "Sales"), 1, 0)
    assert (one.most, one.load) == (4, 25.0)
    assert (two.login, two.type, two.availability, two.load) == ("bot", "bot", "OFFLINE", None)
    stopped = await house.floor.now(VIEWER, server="stopped")
    assert {each.availability for each in stopped.agents} == {"OFFLINE"}


async def test_what_has_no_skill_has_a_queue_of_its_own(house):
    """Last, and only while something is in it."""
    assert "" not in await queues(house)
    opened = await house.conversations.open(await house.guest(), Opening())
    assert (await queues(house))[""].waiting == 1
    (row,) = await house.floor.queue(VIEWER, "-1", limit=10)
    assert row.conversation_id == opened.conversation_id


async def test_a_bot_on_another_cloud_has_no_floor_here(house):
    """Zeros would be lies: its queues and agents are not these."""
    given = {
        "username": "bot",
        "appKey": "a",
        "secret": "b",
        "accessToken": "c",
        "accessTokenSecret": "d",
        "domain": "example.org",
    }
    await house.directory.bots.configure(access.operator("1"), document=given)
    found = await house.floor.now(VIEWER)
    assert (found.cloud, found.queues, found.agents) == ("elsewhere", (), ())


async def test_a_queue_opens_page_by_page_the_longest_wait_first(house):
    """With who it is, where it rings, and since when it waits."""
    first, second, third = [await house.opened("Sales") for _ in range(3)]
    ann = await house.agent("ann", "Sales", max_chats=1)
    await house.rung()
    page = await house.floor.queue(VIEWER, house.skills["Sales"], limit=2)
    assert {page[0].ringing_at, page[1].ringing_at} <= {"ann", None}
    place = Place(page[1].since, page[1].conversation_id)
    rest = await house.floor.queue(VIEWER, house.skills["Sales"], limit=2, after=place)
    ids = [each.conversation_id for each in (*page, *rest)]
    assert sorted(ids) == sorted(each.conversation_id for each in (first, second, third))
    assert [each.ringing_at for each in (*page, *rest)].count("ann") == 1
    assert ann.user_id


async def test_why_it_waits_here_is_one_sentence(house):
    """Whoever moved it last: nobody, a supervisor, an agent, a bot."""
    ann = await house.agent("ann", "Sales")
    boss = await house.agent("boss", roles=["Agent Manager"], state=None)
    actor = Actor("1", "boss", access.permissions(("Agent Manager",)), boss.user_id)
    bot = await house.agent("bot", "Sales", type="bot", state=None)
    billing = house.skills["Billing"]

    async def why(conversation):
        rows = await house.floor.queue(VIEWER, (await house.now(conversation)).skill_id, limit=9)
        (one,) = [each for each in rows if each.conversation_id == conversation.conversation_id]
        return one.cause.sentence

    opened = await house.opened("Billing")
    assert await why(opened) == "The customer came in on this skill."
    held = await house.held(ann)
    await house.conversations.change(ann, held.conversation_id, [LEAVE])
    assert await why(held) == "ann gave it back to the queue."
    await house.supervising.move(actor, held.conversation_id, ToSkill(billing))
    assert await why(held) == "Transferred by hand by boss from Sales to Billing."
    await house.supervising.move(actor, held.conversation_id, ToAgent(ann.user_id))
    assert await why(held) == "Offered by hand by boss to ann."
    told = await house.floor.standing(VIEWER, held.conversation_id)
    assert [each.kind for each in told.moves] == ["GIVEN_BACK", "BY_HAND", "OFFERED_BY_HAND"]
    assert bot.user_id


@pytest.mark.parametrize(
    ("by", "transfer", "policies", "kind"),
    [
        ("bot", {}, {"c": "VIPs"}, "POLICY"),
        ("bot", {}, {"c": None}, "FALLBACK"),
        ("bot", {}, {}, "BOT"),
        ("distributor", {}, {}, "UNANSWERED"),
        ("ann", {"source_agent": "ann"}, {}, "AGENT"),
        ("ann", {"source_agent": "ann", "reason": "back2Q"}, {}, "GIVEN_BACK"),
        ("sue", {"source_agent": "ann", "reason": "back2Q"}, {"c": "VIPs"}, "PUT_BACK"),
        ("sue", {"source_agent": "ann", "reason": "TakeOver"}, {}, "TAKEN_OVER"),
        ("operator", {}, {}, "BY_HAND"),
    ],
)
def test_who_moved_it_says_what_it_was(by, transfer, policies, kind):
    """A policy only where the bot moved it; by hand is whoever did not have it."""

    class Known:
        """Three users; others are their ids."""

        def known_user(self, user_id):
            types = {"bot": "bot", "ann": "human", "sue": "human"}
            if user_id not in types:
                return None
            return User("1", user_id, "", user_id, types[user_id], (), START)

        def user(self, user_id):
            return user_id

        def skill(self, skill_id):
            return skill_id

    fields = {"source_agent": None, "target_agent": None, "reason": "Skill", **transfer}
    moved = Transfer(at=START, source_skill="Sales", target_skill="Billing", by=by, **fields)
    found = moves.cause(moved, Known(), policies=policies, conversation_id="c")
    assert (found.kind, found.source, found.target) == (kind, "Sales", "Billing")
    assert found.sentence


async def test_agents_see_no_floor(house):
    """It shows everybody's work; supervisors, viewers and administrators look at it."""
    agent = Actor("1", "ann", access.permissions(("Agent",)), "1001")
    for look in (
        house.floor.now(agent),
        house.floor.queue(agent, "1", limit=1),
        house.floor.standing(agent, "x"),
    ):
        with pytest.raises(errors.Forbidden):
            await look


def test_every_cause_has_a_sentence():
    """That names only what a cause has."""
    for kind in moves.SENTENCES:
        assert moves.Cause(kind, None, by="ann", source="Sales").sentence
