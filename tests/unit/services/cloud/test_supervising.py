"""What supervisors do by hand: whoever has it, with a name and a reason, or not at all."""

import asyncio

import pytest
import sqlalchemy

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.erasure import Consumers
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.floor import KINDS, Close, Move, TakeOver, ToAgent, ToQueue, ToSkill
from orchestrator.core.queueing import snapshots
from orchestrator.services.directory.skills import Transfers

MANAGER = ["Agent Manager"]


async def boss_of(house):
    """A supervisor, as a speaker and as an actor."""
    boss = await house.agent("boss", roles=MANAGER, state=None)
    return boss, Actor("1", "boss", access.permissions(("Agent Manager",)), boss.user_id)


async def transfers(house, conversation):
    """What the history says of a conversation's moves."""
    return await house.store.read("1", lambda tx: list(tx.transfers(conversation.conversation_id)))


async def notes(house, who, conversation):
    """Everything that somebody may read in the conversation."""
    found = await house.conversations.messages(who, conversation.conversation_id)
    return [message.text for message in found]


async def log(house):
    """The lines of the change log about moves by hand."""
    table = tables.changes
    statement = sqlalchemy.select(table).where(table.c.noun == "transfers")
    return await house.database.read(lambda connection: connection.execute(statement).all())


async def test_a_take_over_from_the_queue_is_the_supervisors_at_once(house):
    """Their desk has it, the history says TakeOver, and nobody is rung any more."""
    ann = await house.agent("ann", "Sales")
    boss, actor = await boss_of(house)
    opened = await house.opened("Sales")
    (ring,) = await house.rung()
    done = await house.supervising.move(actor, opened.conversation_id, TakeOver(), reason="A VIP.")
    now = await house.now(opened)
    assert (now.assigned.user_id, now.queued_at, done.kind) == (boss.user_id, None, "TAKE_OVER")
    assert house.states(opened) == ["WAITING", "CANCELLED"]
    with pytest.raises(errors.Conflict):
        await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    (transfer,) = await transfers(house, opened)
    assert (transfer.reason, transfer.by) == ("TakeOver", boss.user_id)
    assert (transfer.source_agent, transfer.target_agent) == (None, boss.user_id)
    (line,) = await log(house)
    assert (line.who, line.id, line.after["reason"]) == ("boss", opened.conversation_id, "A VIP.")


async def test_a_take_over_from_an_agent_takes_it_from_them(house):
    """And agents read why, while the consumer is told nothing."""
    ann = await house.agent("ann", "Sales")
    boss, actor = await boss_of(house)
    held = await house.held(ann)
    await house.supervising.move(actor, held.conversation_id, TakeOver(), reason="She asked me to.")
    now = await house.now(held)
    assert now.assigned.user_id == boss.user_id
    assert [each.user_id for each in now.participants if each.role != "CONSUMER"] == [boss.user_id]
    assert await notes(house, boss, held) == ["She asked me to."]
    consumer = await house.guest()
    consumer = type(consumer)("1", held.consumer_id, held.consumer_id, "consumer")
    assert await notes(house, consumer, held) == []
    assert now.last_message is None  # an answer to the consumer stays due


async def test_to_a_skill_it_goes_to_the_end_of_its_queue(house):
    """From whoever has it; that agent has no part in it any more."""
    ann = await house.agent("ann", "Sales")
    ben = await house.agent("ben", "Billing")
    boss, actor = await boss_of(house)
    held = await house.held(ann)
    await house.supervising.move(actor, held.conversation_id, ToSkill(house.skills["Billing"]))
    (ring,) = await house.rung()
    assert ring.user_id == ben.user_id
    (transfer,) = await transfers(house, held)
    assert (transfer.reason, transfer.by) == ("Skill", boss.user_id)
    assert (transfer.source_agent, transfer.target_skill) == (ann.user_id, house.skills["Billing"])


async def test_to_an_agent_it_rings_at_them_alone(house):
    """Under a skill that they serve: where they do not take it, it does not go back."""
    ann = await house.agent("ann", "Sales")
    ben = await house.agent("ben", "Billing")
    boss, actor = await boss_of(house)
    opened = await house.opened("Sales")
    (first,) = await house.rung()
    assert first.user_id == ann.user_id
    await house.supervising.move(actor, opened.conversation_id, ToAgent(ben.user_id))
    (ring,) = await house.rung()
    now = await house.now(opened)
    assert (ring.user_id, now.skill_id) == (ben.user_id, house.skills["Billing"])
    (transfer,) = await transfers(house, opened)
    assert (transfer.reason, transfer.target_agent, transfer.by) == (
        "Agent",
        ben.user_id,
        boss.user_id,
    )


async def test_an_offer_under_the_same_skill_is_recorded_as_well(house):
    """Although neither skill nor agent has changed yet; taking it back is, too."""
    ann = await house.agent("ann", "Sales", state="OCCUPIED")
    _, actor = await boss_of(house)
    opened = await house.opened("Sales")
    await house.supervising.move(actor, opened.conversation_id, ToAgent(ann.user_id))
    with pytest.raises(errors.Conflict, match="ann was offered this"):
        await house.supervising.move(actor, opened.conversation_id, ToAgent(ann.user_id))
    await house.supervising.move(actor, opened.conversation_id, ToQueue())
    assert [each.reason for each in await transfers(house, opened)] == ["Agent", "back2Q"]
    with pytest.raises(errors.Conflict, match="waits in the queue already"):
        await house.supervising.move(actor, opened.conversation_id, ToQueue())


async def test_it_is_ended_by_hand(house):
    """Its ring is withdrawn; what has ended is moved by nobody."""
    await house.agent("ann", "Sales")
    _, actor = await boss_of(house)
    opened = await house.opened("Sales")
    await house.rung()
    done = await house.supervising.move(actor, opened.conversation_id, Close(), reason="Spam.")
    assert (done.place, (await house.now(opened)).state) == ("closed", "CLOSE")
    assert house.states(opened) == ["WAITING", "CANCELLED"]
    for move in (TakeOver(), ToQueue(), ToSkill(house.skills["Billing"]), Close()):
        with pytest.raises(errors.Conflict, match=r"has ended meanwhile\. Nothing was changed"):
            await house.supervising.move(actor, opened.conversation_id, move)


async def test_who_saw_it_elsewhere_is_told_and_nothing_happens(house):
    """The agent accepted between the look and the click: it stays theirs, and nothing is noted."""
    ann = await house.agent("ann", "Sales")
    _, actor = await boss_of(house)
    opened = await house.opened("Sales")
    seen = snapshots.place(opened)
    (ring,) = await house.rung()
    await house.rings.answer(ann, ring.ring_id, "ACCEPTED")
    for move in (TakeOver(), ToSkill(house.skills["Billing"]), Close()):
        with pytest.raises(errors.Stale, match=r"ann has it\. Nothing was changed"):
            await house.supervising.move(
                actor, opened.conversation_id, move, place=seen, reason="Late."
            )
    now = await house.now(opened)
    assert now.assigned.user_id == ann.user_id
    assert (await notes(house, ann, opened), await log(house)) == ([], [])
    assert await transfers(house, opened) == []


async def test_of_an_accept_and_a_move_at_once_one_wins(house):
    """Whichever it is, one agent has it, and the other is told."""
    ann = await house.agent("ann", "Sales", max_chats=None)
    boss, actor = await boss_of(house)
    for _ in range(8):
        opened = await house.opened("Sales")
        (ring,) = await house.rung()
        said, moved = await asyncio.gather(
            house.rings.answer(ann, ring.ring_id, "ACCEPTED"),
            house.supervising.move(
                actor, opened.conversation_id, TakeOver(), place=snapshots.place(opened)
            ),
            return_exceptions=True,
        )
        now = await house.now(opened)
        winner = ann if isinstance(moved, errors.Stale) else boss
        assert isinstance(said, errors.Conflict) == (winner is boss)
        assert now.assigned.user_id == winner.user_id


async def test_only_supervisors_and_programs_may(house):
    """Agents and viewers may not, whoever has it; a program says who takes it over."""
    ann = await house.agent("ann", "Sales")
    boss, _ = await boss_of(house)
    held = await house.held(ann)
    for role in ("Agent", "Viewer", "Policy editor"):
        actor = Actor("1", role, access.permissions((role,)), ann.user_id)
        with pytest.raises(errors.Forbidden):
            await house.supervising.move(actor, held.conversation_id, ToQueue())
    program = access.operator("1")
    with pytest.raises(errors.BadInput, match="Say who takes it over"):
        await house.supervising.move(program, held.conversation_id, TakeOver())
    with pytest.raises(errors.BadInput, match="ann is no supervisor"):
        await house.supervising.move(program, held.conversation_id, TakeOver(ann.user_id))
    await house.supervising.move(program, held.conversation_id, TakeOver(boss.user_id))
    assert (await house.now(held)).assigned.user_id == boss.user_id
    (transfer,) = await transfers(house, held)
    assert transfer.by == "operator"


async def test_who_is_erased_leaves_no_reason_in_the_change_log(house):
    """Supervisors write of people there; that somebody moved something, and when, stays."""
    _, actor = await boss_of(house)
    opened = await house.opened("Sales")
    await house.supervising.move(actor, opened.conversation_id, Close(), reason="Mrs Roux swears.")
    people = Consumers(house.database)
    operator = access.operator("1")
    erased = await people.erase(operator, house.clock.now(), opened.consumer_id, shelved=())
    assert erased is not None
    (line,) = await log(house)
    assert (line.who, line.after) == ("boss", {"reason": "erased"})


async def test_what_a_command_moved_is_told_by_the_server(house):
    """Which did not hear of it: the withdrawn ring first, then the conversation as it is."""
    await house.agent("ann", "Sales")
    opened = await house.opened("Sales")
    (ring,) = await house.rung()
    move = ToSkill(house.skills["Billing"])
    await house.supervising.move(access.operator("1"), opened.conversation_id, move)
    (line,) = await log(house)
    withdrawn, moved = await house.supervising.told("1", line.id, rings=line.after["rings"])
    assert (withdrawn.ring.ring_id, withdrawn.ring.state) == (ring.ring_id, "CANCELLED")
    assert moved.conversation == await house.now(opened)
    assert await house.supervising.told("1", "gone", rings=["gone"]) == []


async def test_what_makes_no_sense_is_refused(house):
    """Unknown people and skills, bots by name, one's own, another account's, an endless reason."""
    bot = await house.agent("bot", "Sales", type="bot", state=None)
    boss, actor = await boss_of(house)
    opened = await house.opened("Sales")

    async def refused(error, match, move, **more):
        with pytest.raises(error, match=match):
            await house.supervising.move(actor, opened.conversation_id, move, **more)

    await refused(errors.BadInput, "There is no skill 999", ToSkill("999"))
    await refused(errors.Conflict, "waits for this skill", ToSkill(house.skills["Sales"]))
    await refused(errors.BadInput, "There is no user 999", ToAgent("999"))
    await refused(errors.BadInput, "bot is a bot", ToAgent(bot.user_id))
    await refused(errors.Forbidden, "for oneself", TakeOver(bot.user_id))
    await refused(errors.BadInput, "at most 500", ToQueue(), reason="x" * 501)
    with pytest.raises(errors.NotFound):
        await house.supervising.move(actor, "nothing", ToQueue())
    other = Actor("2", "boss", actor.permissions, boss.user_id)
    await house.account("2")
    with pytest.raises(errors.NotFound):
        await house.supervising.move(other, opened.conversation_id, ToQueue())
    await house.supervising.move(actor, opened.conversation_id, TakeOver())
    await refused(errors.Conflict, "boss has this conversation already", TakeOver())


async def test_a_skill_that_keeps_its_conversations_keeps_them(house):
    """By hand as well; to one of its own agents they may go."""
    ben = await house.agent("ben", "Billing")
    _, actor = await boss_of(house)
    kept = Transfers(allowed=False)
    await house.directory.skills.edit(access.operator("1"), "Sales", transfers=kept)
    opened = await house.opened("Sales")
    billing = ToSkill(house.skills["Billing"])
    with pytest.raises(errors.Forbidden, match="stay with it"):
        await house.supervising.move(actor, opened.conversation_id, billing)
    await house.supervising.move(actor, opened.conversation_id, ToAgent(ben.user_id))
    assert (await house.now(opened)).skill_id == house.skills["Sales"]


def test_every_move_has_a_name():
    """As the change log and the API call it."""
    assert set(KINDS) == set(Move.__args__)
