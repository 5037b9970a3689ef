"""One path: what the bot does with a conversation is what a program is told about it."""

import asyncio
import random
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle import documents
from orchestrator.adapters.storage import engine
from orchestrator.core.model import access, errors
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.services.routing.decisions import Decisions, Question
from orchestrator.services.routing.gather import Beyond
from orchestrator.services.routing.ports import Past
from orchestrator.services.routing.routing import Routing
from roads.road import LeapingClock, Road

ASKER = access.Actor("1", "key crm", frozenset())


class Rows:
    """The embedded cloud's rows, which say the same as its wire does."""

    def __init__(self, world):
        self._world = world

    async def is_elsewhere(self, _account):
        return False

    async def conversation(self, _account, conversation_id):
        return self._world.held.get(conversation_id)

    async def profile(self, _account, consumer_id):
        return self._world.profiles.get(consumer_id, {})


class Shop:
    """Context variables: one property, under the conversation's id; or storage that is away."""

    def __init__(self, tier):
        self._tier = tier

    async def lookup(self, _account, wanted, *, session=None, conversation=None):
        assert session is None
        assert conversation
        if self._tier is Unfetched:
            raise errors.Unavailable("The storage is away.")
        return {name: Known(self._tier if name == "shop.tier" else None) for name in wanted}


class Function:
    """``custom.fromCaller`` is a function, whose parameter is another attribute."""

    def __init__(self, answer):
        self._answer = answer

    async def value(self, _account, name, fetch, **_more):
        assert name == "custom.fromCaller"
        assert set(await fetch(["shop.tier", "custom.limit"])) == {"shop.tier", "custom.limit"}
        return self._answer


def set_up(road, chance):
    """Return what both ask, and the document's conversation, both from one die."""
    road.account.document = documents.a_document(chance)
    road.account.fallback = "3002"
    profile = {name: chance.choice(documents.POOL) for name in ("ctype", "balance")}
    road.world.profiles["jo"] = {"customerinfo": profile}
    tier = chance.choice([*documents.POOL, Unfetched])
    answer = chance.choice([*map(Known, documents.POOL), Unfetched("It hangs.")])
    arrival = road.world.ring(
        chance.choice(["3000", "3003"]),
        first=chance.random() < 0.5,
        context={"lang": chance.choice(["de-CH", "gold", "5"])},
    )
    previous = chance.choice([None, "77", "3001"])
    road.world.pasts[arrival.conversation_id] = Past(previous_skill_id=previous)
    return arrival, Beyond(contexts=Shop(tier), functions=Function(answer))


def told(receipt):
    return (receipt.policy_id, receipt.policy_name, receipt.no_match_reason, receipt.actions)


def read(receipt):
    return {(each.name, repr(each.value), each.error) for each in receipt.readings}


@pytest.fixture(scope="module")
def stage(empty_database, tmp_path_factory):
    """One loop and one database for all examples; their conversations are new ones each time."""
    path = tmp_path_factory.mktemp("asked") / "orchestrator.db"
    shutil.copy(empty_database, path)
    with asyncio.Runner() as runner:
        database = runner.run(engine.Database.open(path))
        yield runner, database
        runner.run(database.close())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_the_bot_and_a_program_are_told_the_same(stage, seed):
    """Any policies, values and failures: same policy, same actions, from the same readings."""
    runner, database = stage

    async def example():
        road = Road(database, LeapingClock())
        arrival, beyond = set_up(road, random.Random(seed))  # noqa: S311 - an example, no secret
        platforms = road.routing._platforms
        decisions = Decisions(road.account, Rows(road.world), platforms, road.clock, beyond=beyond)
        question = Question(conversation_id=arrival.conversation_id)
        asked = await decisions.decide(ASKER, question)
        road.routing = Routing(road.records, platforms, road.clock, beyond=beyond)
        await road.answer(arrival)
        first, second = await road.receipts(arrival.conversation_id)
        program, bot = (first, second) if first.asked_by else (second, first)
        assert program.decision_id == asked.decision_id
        assert told(program) == told(bot)
        assert read(program) == read(bot)

    runner.run(example())


async def test_what_programs_ask_does_not_wear_out_a_conversation(road):
    """The hop limit counts what the bot did, however often somebody asked."""
    road.policies({"conditions": [{"all": []}], "actions": [
        {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "3002"}}]})  # fmt: skip
    arrival = road.world.ring()
    decisions = Decisions(road.account, Rows(road.world), road.routing._platforms, road.clock)
    for _ in range(10):
        await decisions.decide(ASKER, Question(conversation_id=arrival.conversation_id))
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, "3002")]
