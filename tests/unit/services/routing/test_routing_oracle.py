"""Any script of faults and power cuts against a plain reading of where a conversation belongs."""

import asyncio
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.adapters.storage import engine
from orchestrator.core.model import errors
from roads.faults import PowerCut
from roads.road import LeapingClock, Road

BOT, BILLING, SALES, MAVEN, ORPHAN, VIP = "3000", "3001", "3002", "3003", "3004", "3005"
UNKNOWN = "9999"
METHODS = [
    *("claim", "take", "rules", "edition", "profile", "past", "record"),
    *("begin", "mine"),
    *("say", "said", "skill_name", "skill_id", "own_skills", "agent_status", "to_skill"),
    *("to_agent", "finish", "postpone", "first_message"),
]

faults = st.tuples(
    st.sampled_from(METHODS),
    st.sampled_from(["before", "after"]),
    st.integers(1, 3),
    st.sampled_from(["unavailable", "power cut"]),
)
scenes = st.fixed_dictionaries(
    {
        "messages": st.integers(0, 3),
        "target": st.sampled_from([None, SALES, UNKNOWN, "agent"]),
        "behind": st.sampled_from([None, VIP, UNKNOWN]),
        "agent": st.sampled_from(["ONLINE", "AWAY", "full", None]),
        "rings_on": st.sampled_from([BOT, MAVEN, ORPHAN]),
        "enters_on": st.sampled_from([BOT, MAVEN]),
        "fallback": st.sampled_from([None, VIP, BOT]),
        "comes": st.sampled_from(["by ring", "by hand"]),
        "duplicates": st.integers(0, 2),
    }
)


def belongs(scene):
    """Where it should end: a skill, an agent, or None for "with the bot"."""
    ways = []
    if scene["target"] == "agent":
        if scene["agent"] == "ONLINE":
            return "agent 1002"
        ways.append(scene["behind"])
    else:
        ways.append(scene["target"])
    if MAVEN in (scene["rings_on"], scene["enters_on"]) and scene["rings_on"] != ORPHAN:
        ways.append(BILLING)
    if scene["fallback"] != BOT:
        ways.append(scene["fallback"])
    return next((way for way in ways if way not in (None, UNKNOWN)), None)


def set_up(road, scene):
    actions = [
        {"type": "SEND_MESSAGE", "payload": {"message": f"Message {number}"}}
        for number in range(scene["messages"])
    ]
    if scene["target"] == "agent":
        behind = {} if scene["behind"] is None else {"skillId": scene["behind"]}
        actions.append({"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1002", **behind}})
    elif scene["target"]:
        actions.append({"type": "TRANSFER_TO_SKILL", "payload": {"skillId": scene["target"]}})
    reads = [
        {"property": name, "type": "EQUAL", "value": "nothing"}
        for name in ("sde.visitorinfo.customerinfo.role", "conversation.previousAgentId")
    ]
    one = {
        "conditions": [{"any": reads}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Never"}}],
    }
    road.policies(one, *([{"conditions": [{"all": []}], "actions": actions}] if actions else []))
    road.account.fallback = scene["fallback"]
    if scene["agent"] == "full":
        road.world.staff("1002", free=0)
    elif scene["agent"]:
        road.world.staff("1002", scene["agent"])


async def play(road, scene, script):
    set_up(road, scene)
    for method, when, nth, kind in script:
        error = PowerCut() if kind == "power cut" else errors.Unavailable("No answer.")
        road.faults.plan(method, error, when=when, nth=nth)
    come = road.world.ring if scene["comes"] == "by ring" else road.world.assign
    arrival = come(scene["rings_on"], entry_skill_id=scene["enters_on"])
    try:
        for _ in range(1 + scene["duplicates"]):
            await road.run(arrival)
    except PowerCut:
        pass
    for _ in range(len(script) + 2):
        try:
            await road.restart()
        except PowerCut:
            continue
    return arrival.conversation_id


async def check(road, scene, conversation_id):
    expected = belongs(scene)
    receipts = await road.receipts(conversation_id)
    assert len(receipts) == 1, "each arrival is decided exactly once"
    texts = [f"Message {number}" for number in range(scene["messages"])]
    assert road.world.texts(conversation_id) == texts, "each message is said once, in order"
    went = [place for key, place in road.world.went if key == conversation_id]
    assert len(went) == (expected is not None), "exactly one transfer had an effect"
    if expected is None:
        assert await road.world.mine(conversation_id)
    else:
        assert went[0].startswith(expected)
    assert await road.left_over(conversation_id) == []


@pytest.fixture(scope="module")
def stage(empty_database, tmp_path_factory):
    """One loop and one database for all examples; their conversations are new ones each time."""
    path = tmp_path_factory.mktemp("oracle") / "orchestrator.db"
    shutil.copy(empty_database, path)
    with asyncio.Runner() as runner:
        database = runner.run(engine.Database.open(path))
        yield runner, database
        runner.run(database.close())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scene=scenes, script=st.lists(faults, max_size=5))
def test_nothing_is_lost_and_nothing_happens_twice(stage, scene, script):
    """Decided exactly once, said once, gone once, and left with the bot only without a target."""
    runner, database = stage

    async def example():
        road = Road(database, LeapingClock())
        conversation_id = await play(road, scene, script)
        await check(road, scene, conversation_id)

    runner.run(example())
