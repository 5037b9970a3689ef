"""What ends by itself, on a clock that the tests turn: items 9, 16 and 48."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.testing.clock import TurnedClock
from running import inhouse

DAY = timedelta(hours=24)


@pytest.fixture
async def clock():
    return TurnedClock(datetime.now(UTC))


@pytest.fixture
async def visit(tmp_path, clock):
    """Somebody who visits a server on the turned clock; sessions last half an hour."""
    async with inhouse.visited(tmp_path, clock) as opened:
        yield opened


async def refresh(visit, session):
    cookie = {"Cookie": session["cookie"]}
    return await visit.post("/refresh", {"csrf": session["csrf"]}, headers=cookie)


async def test_c16_a_session_that_runs_out_closes_its_socket(visit, clock):
    """With 4401, at its end and not before; the next attempt with that bearer gets 4401 too."""
    session = await visit.login("anna")
    assert session["sessionTTl"] == "1800000"
    peer = await visit.socket(f"brand/{session['bearer']}")
    await clock.advance(timedelta(minutes=29))
    await peer.settled()
    await clock.advance(timedelta(minutes=1))
    assert await peer.closed() == 4401
    again = await visit.socket(f"brand/{session['bearer']}")
    assert await again.closed() == 4401


async def test_c09_a_session_survives_a_quarter_of_an_hour_without_refresh(visit, clock):
    """Also at the socket and over REST; then one refresh extends it by a whole lifetime."""
    session = await visit.login("anna")
    peer = await visit.socket(f"brand/{session['bearer']}")
    await clock.advance(timedelta(minutes=15))
    await peer.settled()
    assert (await refresh(visit, session)).status_code == 200
    await clock.advance(timedelta(minutes=29))
    await peer.settled()
    assert (await refresh(visit, session)).status_code == 200


async def test_c09_a_refreshed_session_goes_on(visit, clock):
    """A refresh moves the end; the open socket notices by itself."""
    session = await visit.login("anna")
    peer = await visit.socket(f"brand/{session['bearer']}")
    await clock.advance(timedelta(minutes=20))
    assert (await refresh(visit, session)).status_code == 200
    await clock.advance(timedelta(minutes=20))
    await peer.settled()
    await clock.advance(timedelta(minutes=10))
    assert await peer.closed() == 4401


async def test_c09_what_is_over_cannot_be_refreshed(visit, clock):
    """401 with the platform's error; only a login helps."""
    session = await visit.login("anna")
    await clock.advance(timedelta(minutes=30))
    late = await refresh(visit, session)
    assert (late.status_code, late.json()["error"]["internalCode"]) == (401, 10)


async def test_c48_a_consumer_who_never_says_who_they_are(visit, clock):
    """Is closed with 4401 after a while; one who has said it stays."""
    silent, spoken = await visit.socket("consumer?v=3"), await visit.consumer()
    assert (await silent.ask("GetClock"))["code"] == 200
    asked = await silent.ask("cm.ConsumerRequestConversation", {})
    assert asked["code"] == 401
    await spoken.settled()
    await clock.advance(timedelta(seconds=11))
    assert await silent.closed() == 4401
    await spoken.settled()


async def test_c48_an_unauthenticated_token_that_expires_is_to_be_extended(visit, clock):
    """4407 while connected and at the next attempt; renewed, it is the same consumer's."""
    token = await visit.token()
    consumer, idle = await visit.consumer(token), await visit.socket("consumer?v=3")
    conversation = await visit.opened(consumer)
    await clock.advance(DAY - timedelta(seconds=1))
    await consumer.settled()
    await clock.advance(timedelta(seconds=1))
    assert await consumer.closed() == 4407
    assert await (await visit.consumer(token)).closed() == 4407
    assert await idle.closed() == 4401
    late = await visit.socket("consumer?v=3")
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]
    assert (await late.ask("InitConnection", headers=headers))["code"] == 401
    assert await late.closed() == 4407

    renewed = await visit.post("/anonymous/authorize", {"id_token": token})
    again = await visit.consumer(renewed.json()["token"])
    assert (await visit.say(again, conversation, "still me"))["code"] == 200


async def test_c48_a_younger_token_keeps_the_socket_open(visit, clock):
    """A client that introduces itself again, as the same consumer, moves the end."""
    token = await visit.token()
    consumer = await visit.consumer(token)
    await clock.advance(DAY / 2)
    renewed = (await visit.post("/anonymous/authorize", {"id_token": token})).json()["token"]
    headers = [{"type": ".ams.headers.ConsumerAuthentication", "jwt": renewed}]
    assert (await consumer.ask("InitConnection", headers=headers))["code"] == 200
    await clock.advance(DAY * 3 / 4)
    await consumer.settled()
    await clock.advance(DAY / 4)
    assert await consumer.closed() == 4407


async def test_c48_after_a_month_nothing_can_be_renewed(visit, clock):
    """730 hours: then the token is as good as none, 401 and 4401."""
    token = await visit.token()
    await clock.jump(timedelta(hours=730))
    renewed = await visit.post("/anonymous/authorize", {"id_token": token})
    assert (renewed.status_code, "error" in renewed.json()) == (401, True)
    assert await (await visit.consumer(token)).closed() == 4401
