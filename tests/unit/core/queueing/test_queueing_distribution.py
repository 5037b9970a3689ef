"""Who is offered what: the distribution against a slow and obvious one, and its promises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.queueing import distribution
from orchestrator.core.queueing.distribution import Agent, Waiting

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
PAUSE = timedelta(seconds=30)
SKILLS = ("1", "2", "-1")
USERS = ("a", "b", "c", "d")


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def agent(user="a", **more):
    given = {
        "skills": frozenset({"1"}),
        "availability": "ONLINE",
        "capacity": 2,
        "load": 0,
        "idle_since": ago(60),
    }
    return Agent(user, **{**given, **more})


def waiting(name="x", **more):
    given = {"consumer_id": f"consumer of {name}", "skill_id": "1", "queued_at": ago(10)}
    return Waiting(name, **{**given, **more})


def offered(conversations, agents, *, now=NOW):
    found = distribution.distribute(conversations, agents, now=now, pause=PAUSE)
    return [(offer.conversation_id, offer.user_id) for offer in found.offers]


# -- the oracle --------------------------------------------------------------------------------


def may_take(conversation, who, *, load, now):
    """The rules in the words of the protocol page, without a thought for speed."""
    if who.capacity is not None and load >= who.capacity:
        return False
    for user, at in conversation.refused:
        if user == who.user_id and now < at + PAUSE:
            return False
    kept = conversation.suggested is not None and (
        conversation.suggested_until is None or now < conversation.suggested_until
    )
    if kept:
        return who.user_id == conversation.suggested
    serves = conversation.skill_id in who.skills
    if conversation.skill_id == "-1" and who.takes_unassigned:
        serves = True
    return serves and who.availability == "ONLINE"


def obvious(conversations, agents, *, now):
    """Offer one conversation after the other to the best of those who may take it."""
    loads = {who.user_id: who.load for who in agents}
    found = []
    for conversation in sorted(conversations, key=lambda one: (one.queued_at, one.conversation_id)):
        able = [
            who for who in agents if may_take(conversation, who, load=loads[who.user_id], now=now)
        ]

        def burden(who):
            share = 0 if who.capacity is None else loads[who.user_id] / who.capacity
            return (share, loads[who.user_id], who.idle_since, who.user_id)

        if able:
            best = min(able, key=burden)
            loads[best.user_id] += 1
            found.append((conversation.conversation_id, best.user_id))
    return found


moments = st.integers(0, 90).map(ago)
agents_of_any_kind = st.lists(
    st.builds(
        Agent,
        user_id=st.sampled_from(USERS),
        skills=st.frozensets(st.sampled_from(SKILLS[:2])),
        availability=st.sampled_from(("ONLINE", "OCCUPIED")),
        capacity=st.none() | st.integers(0, 3),
        load=st.integers(0, 3),
        idle_since=moments,
        takes_unassigned=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda who: who.user_id,
)
waiting_of_any_kind = st.lists(
    st.builds(
        Waiting,
        conversation_id=st.integers(0, 30).map(str),
        consumer_id=st.just("c"),
        skill_id=st.sampled_from(SKILLS),
        queued_at=moments,
        suggested=st.none() | st.sampled_from((*USERS, "gone")),
        suggested_until=st.integers(-60, 60).map(ago),
        refused=st.lists(st.tuples(st.sampled_from(USERS), moments), max_size=3).map(tuple),
    ),
    max_size=12,
    unique_by=lambda one: one.conversation_id,
)


@given(waiting_of_any_kind, agents_of_any_kind)
def test_it_offers_what_the_obvious_rules_offer(conversations, agents):
    """Oldest first, to the least loaded of those who may, for any queue and any staff."""
    assert offered(conversations, agents) == obvious(conversations, agents, now=NOW)


@given(waiting_of_any_kind, agents_of_any_kind, st.randoms(use_true_random=False))
def test_the_order_of_the_telling_changes_nothing(conversations, agents, chance):
    """The same snapshot always gives the same answer: replay depends on it."""
    expected = distribution.distribute(conversations, agents, now=NOW, pause=PAUSE)
    chance.shuffle(conversations)
    chance.shuffle(agents)
    assert distribution.distribute(conversations, agents, now=NOW, pause=PAUSE) == expected


@given(waiting_of_any_kind, agents_of_any_kind)
def test_nobody_gets_more_than_fits(conversations, agents):
    """Capacity counts what is held, what rings, and what is offered in this very pass."""
    offers = offered(conversations, agents)
    assert len({name for name, _ in offers}) == len(offers)
    for who in agents:
        new = sum(user == who.user_id for _, user in offers)
        assert who.capacity is None or new == 0 or who.load + new <= who.capacity


@given(waiting_of_any_kind, agents_of_any_kind)
def test_it_looks_again_when_time_alone_could_change_the_answer(conversations, agents):
    """Between now and ``look_again`` the same snapshot offers nothing more; never in the past."""
    found = distribution.distribute(conversations, agents, now=NOW, pause=PAUSE)
    left = [
        one
        for one in conversations
        if one.conversation_id not in {offer.conversation_id for offer in found.offers}
    ]
    gained = [offer.user_id for offer in found.offers]
    later = [
        Agent(
            **{name: getattr(who, name) for name in who.__struct_fields__ if name != "load"},
            load=who.load + gained.count(who.user_id),
        )
        for who in agents
    ]
    if found.look_again is not None:
        assert found.look_again > NOW
    horizon = found.look_again or NOW + timedelta(hours=1)
    just_before = horizon - timedelta(milliseconds=1)
    assert offered(left, later, now=just_before) == []


# -- examples ----------------------------------------------------------------------------------


def test_the_longest_waiting_goes_first():
    """A queue is a queue."""
    found = offered([waiting("young", queued_at=ago(1)), waiting("old")], [agent(capacity=1)])
    assert found == [("old", "a")]


def test_a_suggestion_rings_for_its_agent_alone_and_even_when_occupied():
    """Handed over by name: others of the skill are not asked, OCCUPIED still takes transfers."""
    kept = waiting(suggested="b", suggested_until=NOW + timedelta(seconds=5))
    assert offered([kept], [agent()]) == []
    assert offered([kept], [agent(), agent("b", skills=frozenset(), availability="OCCUPIED")]) == [
        ("x", "b")
    ]


def test_a_suggestion_falls_back_to_the_skill_at_its_very_end():
    """When the time is up, not a moment later, anybody of the skill may have it."""
    kept = waiting(suggested="b", suggested_until=NOW)
    assert offered([kept], [agent()], now=NOW - timedelta(milliseconds=1)) == []
    assert offered([kept], [agent()]) == [("x", "a")]


def test_occupied_agents_get_nothing_from_a_queue():
    """OCCUPIED means transfers only (messaging protocol 4.2)."""
    assert offered([waiting()], [agent(availability="OCCUPIED")]) == []


@pytest.mark.parametrize(("seconds", "rung"), [(29, False), (30, True)])
def test_who_refused_is_left_alone_for_the_pause(seconds, rung):
    """A lone agent who declines is not rung without end, and is asked again after the pause."""
    refused = waiting(refused=(("a", ago(seconds)),))
    found = distribution.distribute([refused], [agent()], now=NOW, pause=PAUSE)
    assert bool(found.offers) is rung
    assert found.look_again == (None if rung else NOW + timedelta(seconds=1))


def test_who_refused_in_the_future_is_rung_now():
    """The clock was set back by hours, which is no reason to leave anybody waiting for hours."""
    refused = waiting(refused=(("a", NOW + timedelta(hours=9)),))
    assert offered([refused], [agent()]) == [("x", "a")]


def test_unlimited_agents_share_a_burst():
    """Two bots without limits get half each, not one of them everything."""
    burst = [waiting(f"{number:03}") for number in range(100)]
    both = [agent(user, capacity=None) for user in ("a", "b")]
    users = [user for _, user in offered(burst, both)]
    assert users.count("a") == users.count("b") == 50


def test_no_room_is_no_room():
    """A capacity of 0 takes nothing, also by name."""
    closed = agent(capacity=0)
    kept = waiting("kept", suggested="a", suggested_until=NOW + timedelta(seconds=5))
    assert offered([waiting(), kept], [closed]) == []
