"""Who hears of what, and the task that looks at the queues."""

import asyncio
from datetime import timedelta

from orchestrator.core.model import errors
from orchestrator.core.model.happening import AvailabilityChanged, ConversationChanged, RingChanged
from orchestrator.services.cloud.distributor import Distributor

MINUTE = timedelta(minutes=1)


async def test_everybody_hears_what_may_concern_them(house):
    """Agents everything of their account, consumers their own conversations."""
    await house.account("2")
    people = {
        "ann": await house.agent("ann"),
        "spy": await house.agent("spy", account="2"),
        "guest": await house.guest(),
        "other": await house.guest(),
    }
    heard = {name: [] for name in people}
    for name, who in people.items():
        house.announcements.listen(who, heard[name].append)
    opened = await house.opened(by=people["guest"])
    fact = ConversationChanged("1", opened)
    assert heard == {"ann": [fact], "spy": [], "guest": [fact], "other": []}


async def test_a_listener_with_a_bug_costs_nobody_else_a_thing(house):
    """What is committed is heard by all the others, and its author gets an answer."""
    ann = await house.agent("ann")
    heard = []

    def broken(_happening):
        raise RuntimeError("a bug")

    house.announcements.listen(ann, broken)
    house.announcements.listen(ann, heard.append)
    await house.opened()
    assert len(heard) == 1


async def test_who_stops_listening_hears_nothing_more(house):
    """Twice is harmless, and a listener may stop another one while it hears."""
    ann = await house.agent("ann")
    heard = []
    stop = house.announcements.listen(ann, heard.append)
    stop()
    stop()
    await house.opened()
    assert heard == []


async def test_what_another_process_did_is_told_and_observed_there_only(house):
    """Its sockets are here; its distributor is not."""
    ann = await house.agent("ann")
    heard, before = [], len(house.told)
    house.announcements.listen(ann, heard.append)
    fact = AvailabilityChanged("1", ann.user_id, "AWAY")
    house.announcements.relay([fact])
    assert heard == [fact]
    assert len(house.told) == before


class Looks:
    """Stands for `Rings`: says when it was asked to look, and fails as told."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.looked = asyncio.Queue()
        self.unserved = set()

    async def distribute(self, account):
        self.looked.put_nowait(account)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def may_ring(self, conversation):
        return conversation.skill_id not in self.unserved


async def test_the_distributor_looks_again_at_the_deadline(clock):
    """And not before, unless something happens."""
    looks = Looks([clock.now() + MINUTE])
    distributor = Distributor(looks, clock)
    distributor.wake("1")
    await looks.looked.get()
    await clock.advance(MINUTE - timedelta(seconds=1))
    assert looks.looked.empty()
    await clock.advance(timedelta(seconds=1))
    assert await looks.looked.get() == "1"
    await distributor.close()


async def test_the_distributor_survives_everything(clock):
    """A disk that fails or a bug of ours: it looks again after a second."""
    looks = Looks([errors.Unavailable("disk"), RuntimeError("bug")])
    distributor = Distributor(looks, clock)
    distributor.wake("1")
    for _ in range(3):
        await looks.looked.get()
        await clock.advance(timedelta(seconds=1))
    await distributor.close()


async def test_what_wakes_the_distributor(house, clock):
    """Whatever puts something into a queue or frees somebody; nothing else."""
    ann = await house.agent("ann", "Sales")
    held = await house.held(ann)
    facts = [fact for fact in house.told if isinstance(fact, RingChanged)]
    waiting, accepted = facts[0], facts[1]
    looks = Looks([])
    distributor = Distributor(looks, clock)

    async def wakes(fact):
        distributor.notice(fact)
        await clock.advance(timedelta(0))
        woken = not looks.looked.empty()
        while not looks.looked.empty():
            looks.looked.get_nowait()
        return woken

    opened = await house.opened()
    assert await wakes(ConversationChanged("1", opened))
    looks.unserved.add(opened.skill_id)
    assert not await wakes(ConversationChanged("1", opened))
    assert not await wakes(ConversationChanged("1", held))
    assert not await wakes(waiting)
    assert not await wakes(accepted)
    assert await wakes(AvailabilityChanged("1", ann.user_id, "ONLINE"))
    assert not await wakes(AvailabilityChanged("1", ann.user_id, "AWAY"))
    await distributor.close()
