"""What policies read: every documented attribute, each source asked once and only when needed."""

from datetime import timedelta

import msgspec
import pytest

from orchestrator.core.model import apparent, errors
from orchestrator.core.model.attributes import CATALOGUE, Known, Unfetched
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, engine
from orchestrator.services.routing import gather
from orchestrator.services.routing.ports import Offline, Past
from orchestrator.services.routing.sources import once
from orchestrator.services.routing.sources.conversation import Subject
from orchestrator.testing.clock import START

ALWAYS = [{"all": []}]
BOT, BILLING, SALES, MAVEN = "3000", "3001", "3002", "3003"
CONTEXT = {"type": "SharkContext", "lang": "de-CH", "clientProperties": {"deviceFamily": "MOBILE"}}
SOURCES = {"profile", "past", "first_message", "messages", "skill_name", "agent_status"}


def when(name, kind="EQUAL", value=None, *, to=SALES):
    condition = {"property": name, "type": kind} | ({} if value is None else {"value": value})
    transfer = {"type": "TRANSFER_TO_SKILL", "payload": {"skillId": to}}
    return {"conditions": [condition], "actions": [transfer]}


def gatherer(road, conversation):
    return gather.gatherer(
        Subject("1", conversation.conversation_id, conversation.consumer_id),
        gather_platform(road),
        conversation,
        rules=compiler.compile_set(document.Document(())),
        asked=once.Once(road.clock, once.PATIENT),
        now=START,
        first_message_wait=timedelta(seconds=2),
    )


def gather_platform(road):
    return road.routing._platforms("1")


async def values(road, conversation, *names):
    found = await gatherer(road, conversation).fetch(names)
    return {name: value.value for name, value in found.items()}


async def test_every_attribute_of_a_conversation_has_its_value(road):
    """The documented eight, and what managers route on."""
    world = road.world
    conversation = world.conversation(
        MAVEN,
        started_at=START - timedelta(seconds=90),
        engagement_id="888888",
        campaign_id="99999",
        context=CONTEXT,
        first=True,
    )
    world.pasts[conversation.conversation_id] = Past(
        entry_skill_id=BILLING,
        previous_agent_id="1002",
        previous_skill_id=SALES,
        last_spoken_at=START - timedelta(minutes=7, seconds=15),
    )
    world.hear(conversation.conversation_id, "Where is my parcel?")
    expected = {
        "conversation.conversationId": conversation.conversation_id,
        "conversation.groupId": conversation.conversation_id,
        "conversation.consumerId": "jo",
        "conversation.currentSkillId": MAVEN,
        "conversation.previousSkillId": SALES,
        "conversation.previousAgentId": "1002",
        "conversation.minutesSinceStartConversation": 1.5,
        "conversation.minutesSincePreviousMessage": 7.25,
        "conversation.entrySkill": "Billing",
        "conversation.engagementId": "888888",
        "conversation.campaignId": "99999",
        "conversation.channel": "web",
        "conversation.language": "de-CH",
        "conversation.device": "MOBILE",
        "conversation.firstMessage": "Where is my parcel?",
        "conversation.isFirst": True,
    }
    known = {each.name for each in CATALOGUE if each.name.startswith("conversation.")}
    assert known == set(expected)
    assert await values(road, conversation, *expected) == expected


async def test_what_nobody_knows_is_missing_not_wrong(road):
    """A conversation without a past, a context or a word: null everywhere, and no error."""
    conversation = road.world.conversation("-1")
    names = [
        *("previousSkillId", "previousAgentId", "minutesSincePreviousMessage", "firstMessage"),
        *("engagementId", "campaignId", "channel", "language", "device", "currentSkillId"),
        *("entrySkill", "nothingOfTheKind"),
    ]
    found = await values(road, conversation, *(f"conversation.{name}" for name in names))
    assert set(found.values()) == {None}


async def test_a_platform_whose_clock_runs_ahead_makes_nothing_negative(road):
    """Durations are at least nothing."""
    conversation = road.world.conversation(BOT, started_at=START + timedelta(seconds=3))
    name = "conversation.minutesSinceStartConversation"
    assert await values(road, conversation, name) == {name: 0.0}


@pytest.mark.parametrize(
    ("context", "channel"),
    [
        ({"type": "SharkContext"}, "web"),
        ({"type": "MobileAppContext"}, "app"),
        ({"type": "CustomContext", "name": "whatsapp"}, "whatsapp"),
        ({"type": "CustomContext", "name": 7}, None),
        ({"type": "NobodyKnows"}, None),
        ({"type": ["odd"]}, None),
        (None, None),
    ],
)
def test_channels_have_the_names_that_managers_use(context, channel):
    """Web, app, and whatever a connector calls itself."""
    assert apparent.channel(context) == channel


async def test_the_profile_is_read_by_dotted_names(road):
    """Depth as it comes; a path through something that is no object is missing."""
    road.world.profiles["jo"] = {
        "customerinfo": {"ctype": "vip", "balance": 480.5, "lastpaymentdate": {"day": 4}},
        "personalinfo": {"age": {"year": 1985}},
    }
    prefix = "sde.visitorinfo."
    expected = {
        "customerinfo.ctype": "vip",
        "customerinfo.balance": 480.5,
        "customerinfo.lastpaymentdate.day": 4,
        "personalinfo.age.year": 1985,
        "customerinfo.ctype.deeper": None,
        "customerinfo.role": None,
    }
    found = await values(road, road.world.conversation(BOT), *(prefix + name for name in expected))
    assert found == {prefix + name: value for name, value in expected.items()}


async def test_static_values_come_with_the_rules(road):
    """``custom.*`` is part of the version that decides, and no call."""
    tiers = {"topTiers": ["gold"]}
    road.policies(
        when("sde.visitorinfo.customerinfo.ctype", "IS_IN", "{{custom.topTiers}}"), custom=tiers
    )
    road.world.profiles["jo"] = {"customerinfo": {"ctype": "Gold"}}
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_nothing_is_fetched_that_nobody_needs(road):
    """A rule on the skill alone: no profile, no history, no first message, no names."""
    road.policies(
        when("conversation.currentSkillId", value=MAVEN),
        when("sde.visitorinfo.customerinfo.ctype", value="vip"),
        when("conversation.previousAgentId", value="1"),
        when("conversation.firstMessage", "CONTAINS", "parcel"),
    )
    await road.run(road.world.ring(MAVEN))
    assert not SOURCES & set(road.faults.calls)


async def test_each_source_is_asked_once_for_all_that_it_knows(road):
    """Three questions to history and two to the profile are one call each."""
    road.policies(
        when("conversation.previousAgentId", value="nobody"),
        when("conversation.previousSkillId", value="nowhere"),
        when("conversation.minutesSincePreviousMessage", "LESS_THAN", 5),
        when("sde.visitorinfo.customerinfo.ctype", value="vip"),
        when("sde.visitorinfo.customerinfo.role", value="broker"),
    )
    road.account.fallback = SALES
    await road.answer(road.world.ring())
    assert road.faults.calls.count("past") == 1
    assert road.faults.calls.count("profile") == 1


async def test_the_first_message_is_waited_for_as_the_account_says(road):
    """Its setting travels to the platform; a consumer who says nothing leaves it missing."""
    road.policies(when("conversation.firstMessage", "IS_NOT_SET"))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.first_waits == [timedelta(seconds=2)]
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_a_source_that_comes_back_in_time_is_as_good_as_ever(road):
    """A lost socket is not a lost value: seconds of silence are waited through."""
    for nth in (1, 2, 3):
        road.faults.plan("profile", errors.Unavailable("Not online."), nth=nth)
    road.world.profiles["jo"] = {"customerinfo": {"ctype": "vip"}}
    road.policies(when("sde.visitorinfo.customerinfo.ctype", value="vip"))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


async def test_a_source_that_fails_makes_the_policy_an_error_and_the_next_one_decides(road):
    """What could not be fetched is told by the trace; it never counts as missing."""
    road.faults.always("profile", errors.Unavailable("The profile did not come."))
    name = "sde.visitorinfo.customerinfo.ctype"
    road.policies(when(name, "IS_NOT_SET", to=BILLING), {**when(name), "conditions": ALWAYS})
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    receipt = await road.receipt(arrival.conversation_id)
    trace = retold(road, receipt).trace
    first = trace["policies"][0]
    assert first["state"] == "ERROR"
    assert "The profile did not come." in first["conditions"][0]["reason"]


async def test_a_refusal_is_not_asked_again(road):
    """The platform's no stays a no: one call, and an error."""
    road.faults.always("profile", errors.Forbidden("Not for bots."))
    found = await gatherer(road, road.world.conversation(BOT)).fetch(
        ["sde.visitorinfo.customerinfo.ctype", "sde.visitorinfo.customerinfo.role"]
    )
    assert {type(value) for value in found.values()} == {Unfetched}
    assert road.faults.calls.count("profile") == 1


def retold(road, receipt):
    """Evaluate the receipt's readings by the same rules."""
    readings = {
        each.name: (
            Known(each.value, each.source, each.as_of)
            if each.error is None
            else Unfetched(each.error, each.source)
        )
        for each in receipt.readings
    }
    stored = document.load_stored(road.account.document)
    evaluation = engine.evaluate(
        compiler.compile_set(stored.policy_set), at=receipt.at, tracing="on"
    )
    try:
        needs = next(evaluation)
        while True:
            # A name that is not in the receipt would be a KeyError: it tells the whole story.
            needs = evaluation.send({name: readings[name] for name in needs.names})
    except StopIteration as finished:
        return finished.value


@pytest.mark.parametrize("spoken", [None, "Where is my parcel?"])
@pytest.mark.parametrize("ctype", [None, "vip", "VIP"])
async def test_a_receipt_tells_the_same_story_again(road, ctype, spoken):
    """Its readings are all that the pure engine needs to come to the same decision."""
    road.policies(
        when("sde.visitorinfo.customerinfo.ctype", value="vip", to=BILLING),
        when("conversation.firstMessage", "CONTAINS", "parcel"),
        when("conversation.minutesSinceStartConversation", "GREATER_THAN", 5),
    )
    road.world.profiles["jo"] = {"customerinfo": {"ctype": ctype}} if ctype else {}
    arrival = road.world.ring()
    if spoken:
        road.world.hear(arrival.conversation_id, spoken)
    await road.answer(arrival)
    receipt = await road.receipt(arrival.conversation_id)
    again = retold(road, receipt)
    assert (again.policy_id, again.policy_name, again.no_match_reason, again.actions) == (
        receipt.policy_id,
        receipt.policy_name,
        receipt.no_match_reason,
        receipt.actions,
    )


async def test_without_policies_the_receipt_says_so(road):
    """An account that has never loaded a document decides all the same."""
    road.account.fallback = SALES
    arrival = road.world.ring()
    await road.run(arrival)
    receipt = await road.receipt(arrival.conversation_id)
    assert (receipt.policy_id, receipt.no_match_reason) == (None, "NO_POLICIES_ENABLED")


async def test_a_stored_policy_that_no_longer_passes_is_skipped(road):
    """Rules of today may refuse what was stored once; the policies behind it decide."""
    road.policies(
        when("conversation.isFirst", "SOUNDS_LIKE", "x"),
        {
            "conditions": ALWAYS,
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": SALES}}],
        },
    )
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    receipt = await road.receipt(arrival.conversation_id)
    assert retold(road, receipt).trace["policies"][0]["state"] == "INVALID"


@pytest.mark.parametrize("nonsense", [{}, {"policies": 7}, {"policies": [], "custom": 3}, 12])
async def test_rules_that_make_no_sense_end_in_the_chain(road, log, nonsense):
    """A broken document costs decisions by policy, never a conversation; it is logged and kept."""
    road.account.fallback = SALES
    road.account.document = nonsense
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]
    receipt = await road.receipt(arrival.conversation_id)
    assert receipt.warnings
    assert any(each["event"] == "routing.rules-unreadable" for each in log)


async def test_new_rules_count_from_the_next_arrival_on(road):
    """The version that decided is in the receipt."""
    road.policies(when("conversation.currentSkillId", value=BOT, to=BILLING))
    one = road.world.ring()
    await road.run(one)
    road.policies(when("conversation.currentSkillId", value=BOT, to=SALES))
    road.account.number = 2
    two = road.world.ring()
    await road.run(two)
    assert [place for _, place in road.world.went] == [BILLING, SALES]
    assert (await road.receipt(one.conversation_id)).number == 1
    assert (await road.receipt(two.conversation_id)).number == 2


def test_readings_survive_storage():
    """A receipt is JSON on the disk; values of every kind come back as they were."""
    from orchestrator.core.model.receipt import Reading

    reading = Reading("custom.x", {"list": [1, 2.5, None, True]}, "custom", START)
    assert msgspec.json.decode(msgspec.json.encode(reading), type=Reading) == reading


async def test_a_platform_that_restarts_is_waited_for(road):
    """Nine seconds without an answer cost nine seconds, and not the right place."""
    for nth in (1, 2, 3, 4):
        road.faults.plan("profile", errors.Unavailable("No answer."), nth=nth)
    road.world.profiles["jo"] = {"customerinfo": {"ctype": "vip"}}
    road.policies(when("sde.visitorinfo.customerinfo.ctype", value="vip"))
    arrival = road.world.ring()
    await road.run(arrival)
    assert road.world.went == [(arrival.conversation_id, SALES)]


@pytest.mark.parametrize("order", [("past", "profile"), ("profile", "past")])
async def test_what_is_away_as_a_whole_costs_its_patience_once(road, order):
    """The second source is not waited for as well: nobody stays with the bot for a sum of waits."""
    for source in ("past", "profile"):
        road.faults.always(source, errors.Unavailable("Nobody is there."))
    needs = {
        "past": "conversation.previousAgentId",
        "profile": "sde.visitorinfo.customerinfo.ctype",
    }
    asking = gatherer(road, road.world.conversation(BOT))
    began = road.clock.now()
    for source in order:
        found = await asking.fetch([needs[source]])
        assert isinstance(found[needs[source]], Unfetched)
    first, second = order
    assert road.clock.now() - began < timedelta(seconds=sum(once.PATIENT) + 1)
    assert road.faults.calls.count(first) == len(once.PATIENT) + 1
    assert road.faults.calls.count(second) == 1


async def test_each_source_is_waited_for_while_the_others_answer(road):
    """One answer between two silences shows that it was not the platform as a whole."""
    for source in ("past", "skill_name"):
        for nth in range(1, len(once.PATIENT) + 1):
            road.faults.plan(source, errors.Unavailable("No answer."), nth=nth)
    names = ["conversation.previousAgentId", "conversation.entrySkill"]
    asking = gatherer(road, road.world.conversation(BOT))
    found = [(await asking.fetch([name]))[name] for name in names]
    assert all(isinstance(value, Known) for value in found)


async def test_a_platform_lost_again_and_again_keeps_nobody_for_ever(road):
    """What has been undecided for five minutes is decided by what is there."""
    road.policies(when("conversation.firstMessage", "IS_NOT_SET"))
    arrival = road.world.ring()
    for nth in range(1, 9):
        road.faults.plan("first_message", Offline("The socket was lost."), nth=nth)
    with pytest.raises(Offline):
        await road.routing.answer(arrival)
    await road.clock.sleep(360)
    await road.run(arrival)
    assert road.world.first_waits == [timedelta()]
    assert road.world.went == [(arrival.conversation_id, SALES)]
