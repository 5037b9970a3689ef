"""What decisions cost beside the rules: nothing is waited for that need not be."""

import asyncio
import random
import uuid
from datetime import timedelta

import msgspec
import pytest

from oracle import documents
from orchestrator.core.model import access, errors, times
from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import document, editions
from orchestrator.services.routing import decision_ids
from orchestrator.services.routing.decisions import Decisions, Question
from orchestrator.services.routing.gather import Beyond
from orchestrator.services.routing.ports import Rules
from orchestrator.testing.clock import START
from roads.road import LeapingClock

ASKER = access.Actor("1", "key crm", frozenset())


def sends(policy_id, name, value):
    """Return a policy with one condition."""
    condition = {"property": name, "type": "EQUAL", "value": value}
    transfer = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "7"}}
    return {
        "id": policy_id,
        "name": policy_id,
        "enabled": True,
        "conditions": [condition],
        "actions": [transfer],
    }


class Book:
    """The rules of an account, and how often they were read; what was kept."""

    def __init__(self, *policies, custom=None):
        self._document = {"policies": list(policies), "custom": custom or {}}
        self.reads = 0
        self.kept = []

    async def rules(self, _account):
        return Rules(version="v", number=1, fallback_skill_id=None, first_message_wait=timedelta())

    async def edition(self, version, *, like=None):
        self.reads += 1
        await asyncio.sleep(0)
        read = document.load_stored(self._document).policy_set
        return msgspec.structs.replace(editions.of(read, like=like), version=version)

    async def keep(self, receipts, *, now):
        del now
        self.kept.append(list(receipts))


class Nowhere:
    """Rows that must not be read."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was asked for")


def deciding(book, **beyond):
    return Decisions(book, Nowhere(), lambda _: Nowhere(), LeapingClock(), beyond=Beyond(**beyond))


async def test_what_nobody_can_say_is_asked_of_nobody():
    """Without a conversation and a consumer neither has attributes, and no row is looked at."""
    profile = "sde.visitorinfo.customerinfo.ctype"
    book = Book(sends("a", profile, "vip"), sends("b", "conversation.firstMessage", "hello"))
    found = await deciding(book).decide(ASKER, Question(attributes={"shop": {"tier": "gold"}}))
    assert found.decision.no_match_reason == "NO_MATCHED_RULES"
    [[receipt]] = book.kept
    values = {each.name: (each.value, each.error) for each in receipt.readings}
    assert values == {profile: (None, None), "conversation.firstMessage": (None, None)}


async def test_what_the_caller_says_is_asked_of_nobody():
    """Their word is at hand, whoever else could say something."""
    book = Book(sends("a", "sde.visitorinfo.customerinfo.ctype", "vip"))
    given = {"customerinfo": {"ctype": "vip"}}
    question = Question(attributes=given, conversation_id="c", consumer_id="jo")
    found = await deciding(book).decide(ASKER, question)
    assert found.decision.policy_id == "a"


async def test_the_ids_of_a_question_are_at_hand():
    """They are attributes, and nobody has to be asked for them."""
    book = Book(sends("a", "conversation.consumerId", "jo"))
    question = Question(conversation_id="c", consumer_id="jo")
    assert (await deciding(book).decide(ASKER, question)).decision.policy_id == "a"


async def test_many_who_come_first_have_the_rules_read_once():
    """A set that is not at hand yet is read and compiled by one of those who need it."""
    book = Book(sends("a", "shop.tier", "gold"))
    asked = deciding(book)
    question = Question(attributes={"shop.tier": "gold"})
    found = await asyncio.gather(*(asked.decide(ASKER, question) for _ in range(20)))
    assert {each.decision.policy_id for each in found} == {"a"}
    assert book.reads == 1


async def test_questions_of_a_batch_wait_together():
    """A function that takes its time takes it once for a batch, not once for each question."""
    count = 100
    here = asyncio.Barrier(count)

    class Functions:
        async def value(self, _account, _name, _fetch, **_more):
            async with asyncio.timeout(60):  # one after the other, nobody would ever pass
                await here.wait()
            return Known("gold", "function")

    book = Book(sends("a", "custom.tier", "gold"))
    asked = deciding(book, functions=Functions())
    found = await asked.decide_all(ASKER, [Question()] * count)
    assert [each.decision.policy_id for each in found] == ["a"] * count
    [kept] = book.kept
    assert [each.decision_id for each in kept] == [each.decision_id for each in found]


def test_ids_of_decisions_are_in_the_order_of_their_time():
    """A later millisecond has a greater id; within one they differ. They are UUIDs, version 7."""
    ids = decision_ids.Ids()
    before = ids.new(START)
    after = ids.new(START.replace(microsecond=2_000))
    assert before < after
    many = [uuid.UUID(ids.new(START)) for _ in range(2_000)]
    assert {(each.version, each.variant) for each in many} == {(7, uuid.RFC_4122)}
    assert len(set(many)) == len(many)
    assert {each.int >> 80 for each in many} == {times.milliseconds(START)}


@pytest.mark.parametrize("seed", range(200))
async def test_what_is_not_kept_is_decided_alike(seed):
    """With nothing kept the engine looks at what is at hand in another way, to the same end."""
    chance = random.Random(seed)  # noqa: S311  to repeat it
    document = documents.a_document(chance)
    book = Book(*document["policies"], custom=document.get("custom", {}))
    names = ("shop.tier", "customerinfo.ctype", "customerinfo.balance", "custom.fromCaller")
    said = {name: chance.choice(documents.POOL) for name in names if chance.random() < 0.7}
    asked = deciding(book)
    kept = await asked.decide(ASKER, Question(attributes=said))
    free = await asked.decide(ASKER, Question(attributes=said, recording="off"))
    assert free.decision == kept.decision
    assert free.decision_id is None


async def test_an_odd_value_that_does_not_matter_costs_nothing():
    """The engine may look at it where nothing is kept; it is refused only where it matters."""
    book = Book(
        {**sends("a", "shop.tier", "gold"), "enabled": False},
        {
            **sends("b", "shop.tier", "gold"),
            "conditions": [
                {"any": [sends("", "shop.tier", "gold")["conditions"][0]]},
                {"property": "custom.odd", "type": "EQUAL", "value": 1},
            ],
        },
    )
    endless = 10**400
    asked = deciding(book)
    for recording in ("on", "off"):
        said = {"shop.tier": "silver", "custom.odd": endless}
        found = await asked.decide(ASKER, Question(attributes=said, recording=recording))
        assert found.decision.policy_id is None
        said["shop.tier"] = "gold"
        with pytest.raises(errors.BadInput):
            await asked.decide(ASKER, Question(attributes=said, recording=recording))
