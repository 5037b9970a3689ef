"""What faults have taught the session: what is not told is asked for, what is over is noticed."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.adapters.platforms.liveperson import history, session
from orchestrator.core.model import errors
from orchestrator.services.routing.ports import Departure, Offline

ME = history.Bot("1", "1001", "pid-1001", frozenset())


def unseen(cloud):
    """Return what undoes it: until then nothing is told to any socket."""
    lines, cloud.lines = cloud.lines, []

    def again():
        cloud.lines = lines

    return again


async def test_a_conversation_that_was_not_told_is_found_by_the_audit(online, cloud, me):
    """Within half a minute; the question is taken back, and what is known is no news."""
    known = cloud.open(agent=me)
    await online.settle()
    tell = unseen(cloud)
    lost = cloud.open(agent=me)
    tell()
    await online.pass_time(35)
    arrived = [arrival.conversation_id for arrival in online.arrivals]
    assert arrived == [known.conversation_id, lost.conversation_id]
    asked = [ask.name for ask in cloud.asked]
    assert asked.count("SubscribeExConversations") == 2
    assert asked.count("UnsubscribeExConversations") == 1


async def test_an_audit_asks_only_for_what_changed_lately(online, cloud, me):
    """The bot may have thousands."""
    cloud.open(agent=me)
    await online.pass_time(600)
    last = [ask for ask in cloud.asked if ask.name == "SubscribeExConversations"][-1]
    assert last.body.min_last_updated_time is not None
    age = cloud.clock.now().timestamp() - last.body.min_last_updated_time / 1000
    assert 60 <= age <= 150


async def test_what_only_history_knows_is_asked_for_at_once(online, cloud, me):
    """The conversation was accepted, and the notice of it was lost."""
    tell = unseen(cloud)
    lost = cloud.open(agent=me)
    tell()
    key = lost.conversation_id
    info = {"conversationId": key, "status": "OPEN", "latestAgentId": "1001"}
    cloud.records[key] = {"info": info}
    with pytest.raises(errors.Unavailable):
        await online.platform.mine(key)
    await online.pass_time(2)
    assert await online.platform.mine(key) is not None


async def test_an_audit_that_is_not_answered_ends_the_round(online, cloud):
    """A dead network shows as an answer that does not come."""
    cloud.unanswered = {"SubscribeExConversations"}
    await online.pass_time(31)
    assert online.state == "connecting"
    cloud.unanswered = set()
    await online.pass_time(2)
    assert online.state == "online"


async def test_a_session_that_rest_refuses_is_renewed(online, cloud, monkeypatch):
    """The socket may stay open when the session is over."""
    login = online.platform._session._login._login

    async def refused(_):
        raise errors.Unauthenticated("The platform answered 401 to history.")

    monkeypatch.setattr(login, "record", refused)
    await online.pass_time(60)
    cloud.refresh_errors = [errors.Unauthenticated("401")]
    with pytest.raises(errors.Unauthenticated):
        await online.platform.mine("any")
    await online.pass_time(3)
    assert (cloud.logins, online.state) == (2, "online")


async def test_one_service_that_refuses_a_good_session_does_not_end_it(online, cloud, monkeypatch):
    """Whether it is over is asked, at most once a second, and the answer believed."""
    login = online.platform._session._login._login

    async def refused(_):
        raise errors.Unauthenticated("The platform answered 401 to history.")

    monkeypatch.setattr(login, "record", refused)
    for _ in range(10):
        with pytest.raises(errors.Unauthenticated):
            await online.platform.mine("any")
        await online.settle()
    assert cloud.refreshes == 1
    await online.pass_time(3)
    assert (cloud.logins, cloud.handshakes, online.state) == (1, 1, "online")


async def test_without_a_socket_everything_is_offline(online, cloud):
    """Callers tell it apart from one answer that did not come."""
    cloud.handshake_errors = [errors.Unavailable("away") for _ in range(3)]
    cloud.line.close(1006)
    await online.settle()
    with pytest.raises(Offline):
        await online.platform.mine("any")


async def test_a_first_message_that_was_not_told_is_read_in_the_end(online, cloud, me):
    """Waiting has been in vain, but it was said."""
    conversation = cloud.open(agent=me)
    await online.settle()
    key = conversation.conversation_id
    waiting = asyncio.create_task(online.platform.first_message(key, wait=timedelta(seconds=2)))
    await online.settle()
    cloud.say(conversation, "My card was stolen")  # and nobody is told
    await online.pass_time(2)
    found = await waiting
    assert found is not None
    assert found.text == "My card was stolen"


async def test_skills_are_read_again_when_the_clock_was_set_back(online, cloud, clock):
    """What was read nine hours later than now is not fresh for nine hours."""
    cloud.skills = [{"id": 1, "name": "Sales"}]
    assert await online.platform.skill_id("Sales") == "1"
    clock._now -= timedelta(hours=9)
    cloud.skills = [{"id": 2, "name": "Billing"}]
    assert await online.platform.skill_id("Billing") == "2"
    assert await online.platform.skill_name("1") is None


async def test_waiting_can_be_cancelled_at_any_moment(clock):
    """Also in the moment in which the time is up."""
    for turns in range(8):
        never = asyncio.get_running_loop().create_future()

        async def wait(future=never):
            while True:
                await session.within(clock, 1, future)
                if future.done():
                    await asyncio.get_running_loop().create_future()

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        never.set_result(None)
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


def record(*, status="OPEN", stays=(), moves=()):
    return {
        "info": {"status": status},
        "agentParticipants": [{"agentId": agent, "timeL": at} for at, agent in stays],
        "transfers": [
            {"timeL": at, "targetSkillId": to, "sourceAgentId": by, "assignedAgentId": agent}
            for at, by, to, agent in moves
        ],
    }


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (record(status="CLOSE"), (None, None)),
        (record(stays=[(1, "1001")]), None),
        (record(stays=[(1, "1001")], moves=[(2, "1001", "7", "null")]), ("7", None)),
        (record(stays=[(1, "1001")], moves=[(2, "1001", "7", "1002")]), ("7", "1002")),
        # It left before, and came back.
        (record(stays=[(1, "1001"), (3, "1001")], moves=[(2, "1001", "7", "null")]), None),
        # Somebody took it.
        (record(stays=[(1, "1001"), (3, "1002")]), (None, None)),
        (record(), None),
    ],
)
def test_how_a_conversation_left_the_bot(found, left):
    """Only what the record shows: closed, moved by the bot, or taken by somebody."""
    departure = history.departure(found, ME)
    if left is None:
        assert departure is None
    else:
        assert isinstance(departure, Departure)
        assert (departure.skill_id, departure.user_id) == left
