"""What is kept of conversations, and for how long."""

from datetime import timedelta

from orchestrator.services.cloud.conversations import Opening
from orchestrator.services.cloud.requests import CloseRequest


async def _ended(house, agent, guest):
    opened = await house.conversations.open(guest, Opening(skill_id=house.skills["Sales"]))
    await house.conversations.publish(
        guest,
        opened.conversation_id,
        event={"type": "ContentEvent", "contentType": "text/plain", "message": "hello"},
    )
    for ring in await house.rung():
        await house.rings.answer(agent, ring.ring_id, "ACCEPTED")
    await house.conversations.change(agent, opened.conversation_id, [CloseRequest()])
    return opened


async def test_ended_conversations_go_after_their_retention_with_everything_of_theirs(house):
    """Thirty days after its end a conversation leaves no message, ring, history or profile."""
    agent = await house.agent("ann", "Sales")
    guest = await house.guest()
    old = await _ended(house, agent, guest)
    await house.clock.advance(timedelta(days=30))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 0
    await house.clock.advance(timedelta(seconds=1))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 1

    def left(tx):
        key = old.conversation_id
        rings = tx.rings_of_conversation(key)
        spoken = tx.messages(key, after=0, limit=10)
        return tx.conversation(key), spoken, rings, tx.assignments(key), tx.profile(guest.user_id)

    assert await house.store.read("1", left) == (None, [], [], [], None)


async def test_open_conversations_and_consumers_who_came_back_stay(house):
    """However old, an open conversation stays; a consumer stays while one conversation does."""
    agent = await house.agent("ann", "Sales")
    guest = await house.guest()
    await _ended(house, agent, guest)
    waiting = await house.opened("Billing", by=guest)
    await house.clock.advance(timedelta(days=400))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 1
    assert (await house.now(waiting)).state == "OPEN"
    assert await house.consumers.profile(guest, None) == {}


async def test_pruning_is_bounded(house):
    """No more than asked for at a time, the longest ended first."""
    agent = await house.agent("ann", "Sales")
    for _ in range(5):
        await _ended(house, agent, await house.guest())
    await house.clock.advance(timedelta(days=31))
    pruned = [await house.store.prune(now=house.clock.now(), limit=2) for _ in range(4)]
    assert pruned == [2, 2, 1, 0]
