"""Signing in and staying so: every rule of the protocol's retry chapter, with the clock turned."""

import asyncio
import itertools

import pytest
import structlog

from orchestrator.adapters.platforms.liveperson import backoff, session
from orchestrator.adapters.platforms.liveperson.settings import Timing
from orchestrator.core.model import errors, happening


def test_the_documented_back_off():
    """Quick pauses, then 5 s growing by a quarter 35 times, then 2, 4, 8, 8 … minutes."""
    timing = Timing(longest=1e9)
    pauses = [backoff.pause(failures, timing) for failures in range(1, 45)]
    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    grown = pauses[4:39]
    assert grown[0] == 5.0
    assert all(b == pytest.approx(a * 1.25) for a, b in itertools.pairwise(grown))
    assert pauses[39:] == [120.0, 240.0, 480.0, 480.0, 480.0]


def test_no_growing_pause_is_longer_than_the_longest():
    """A bot that lost its platform for an hour is back within minutes of its return."""
    assert max(backoff.pause(failures, Timing()) for failures in range(1, 40)) == 120.0


async def test_signs_in_and_subscribes_in_the_documented_order(online, cloud):
    """State, then subscriptions, and the bot's conversations before its rings."""
    names = [ask.name for ask in cloud.asked]
    assert names == [
        "SetAgentState",
        "SubscribeAgentsState",
        "SubscribeExConversations",
        "GetClock",
        "SubscribeRoutingTasks",
    ]
    assert cloud.asked[0].body.availability == "ONLINE"
    assert cloud.asked[2].body.agent_ids == ("1.1001",)
    assert online.states == [("connecting", ""), ("online", "")]


async def test_keeps_the_socket_and_the_session_alive(online, cloud):
    """GetClock every 30 s and a refresh every 4 minutes, on one login and one socket."""
    await online.pass_time(481)
    clocks = [ask for ask in cloud.asked if ask.name == "GetClock"]
    assert len(clocks) == 1 + 16
    assert cloud.refreshes == 2
    assert (cloud.logins, cloud.handshakes) == (1, 1)


@pytest.mark.parametrize("code", sorted(session.AFTER))
async def test_a_close_that_spoils_the_login_is_answered_by_a_new_one(online, cloud, code):
    """4401, 4407, 1011 and 1008 log in anew, at once when the socket had stood."""
    await online.pass_time(60)
    cloud.line.close(code)
    await online.settle()
    assert (cloud.logins, cloud.handshakes, online.state) == (2, 2, "online")


async def test_logins_that_never_last_are_not_hammered(online, cloud):
    """A platform that closes every new socket with 4401 sees growing pauses."""
    for _ in range(8):
        if cloud.lines:
            cloud.line.close(4401)
        await online.settle()
    assert cloud.logins == 1
    await online.pass_time(0.25)
    assert cloud.logins == 2


@pytest.mark.parametrize("code", [1000, 1001, 1006, 4000])
async def test_any_other_close_reconnects_with_the_same_token(online, cloud, code):
    """A lost socket costs a quarter of a second and no login."""
    cloud.line.close(code)
    await online.settle()
    assert (online.state, cloud.handshakes) == ("connecting", 1)
    await online.pass_time(0.25)
    assert (online.state, cloud.handshakes, cloud.logins) == ("online", 2, 1)


async def test_a_restarting_server_is_noticed_quickly(online, cloud):
    """The first attempts after a loss come after 0.25, 0.5, 1 and 2 seconds."""
    cloud.handshake_errors = [errors.Unavailable("away") for _ in range(3)]
    cloud.line.close(1006)
    await online.pass_time(0.25 + 0.5 + 1.0 + 2.0)
    assert (online.state, cloud.handshakes, cloud.logins) == ("online", 5, 1)


async def test_it_never_gives_up(online, cloud):
    """After every documented attempt it goes on every eight minutes, for as long as it takes."""
    cloud.handshake_errors = [errors.Unavailable("away") for _ in range(60)]
    cloud.line.close(1006)
    await online.pass_time(5 * 3600)
    assert online.state == "online"
    assert cloud.logins == 1


async def test_a_refused_handshake_logs_in_anew(online, cloud):
    """HTTP 401 on the upgrade is treated as 4401."""
    cloud.handshake_errors = [errors.Unauthenticated("log in again")]
    cloud.line.close(1006)
    await online.pass_time(1)
    assert (online.state, cloud.logins, cloud.handshakes) == ("online", 2, 3)


async def test_a_refused_refresh_logs_in_anew(online, cloud):
    """A session that is over at its refresh is replaced, socket and all."""
    cloud.refresh_errors = [errors.Unauthenticated("over")]
    await online.pass_time(240)
    assert (online.state, cloud.logins, cloud.handshakes) == ("online", 2, 2)


async def test_a_refresh_without_an_answer_changes_nothing(online, cloud):
    """The socket goes on; the next refresh comes in its time."""
    cloud.refresh_errors = [errors.Unavailable("slow")]
    await online.pass_time(481)
    assert (cloud.refreshes, cloud.logins, cloud.handshakes) == (2, 1, 1)


async def test_a_silent_network_ends_the_socket(online, cloud):
    """A keep-alive that gets no answer is a lost socket."""
    cloud.unanswered = {"GetClock"}
    await online.pass_time(30)
    assert online.state == "connecting"
    cloud.unanswered = set()
    await online.pass_time(5)
    assert online.state == "online"


async def test_wrong_credentials_are_refused_and_tried_again_ever_more_slowly(bot, cloud):
    """The state says refused and why, without the secret; attempts come to be minutes apart."""
    cloud.login_errors = [errors.Unauthenticated("401") for _ in range(6)]
    await bot.start()
    state, reason = bot.states[-1]
    assert state == "refused"
    assert reason == "The platform does not let router (account 1) in. 401"
    await bot.pass_time(9)
    assert cloud.logins == 1
    await bot.pass_time(2 + 30 + 60 + 120)
    assert cloud.logins == 5
    await bot.pass_time(297)
    assert cloud.logins == 5
    await bot.pass_time(2)
    assert (cloud.logins, bot.state) == (6, "refused")
    await bot.pass_time(300)
    assert bot.state == "online"


async def test_a_platform_that_does_not_answer_the_login_is_given_time(bot, cloud):
    """No quick attempts at the login: 5 s at least, as 429 and 5xx ask for."""
    cloud.login_errors = [errors.Unavailable("The platform answered 503 to login.")]
    await bot.start()
    assert bot.states[-1] == ("connecting", "The platform answered 503 to login.")
    await bot.pass_time(4.9)
    assert cloud.logins == 1
    await bot.pass_time(0.2)
    assert bot.state == "online"


async def test_a_bot_made_unavailable_elsewhere_says_that_it_is_online(online, cloud):
    """Somebody's AWAY is undone with the next keep-alive."""
    cloud.happened(happening.AvailabilityChanged("1", "1001", "AWAY"))
    await online.pass_time(30)
    assert [ask.name for ask in cloud.asked].count("SetAgentState") == 2


async def test_stopping_closes_socket_and_connections(online, cloud):
    """Nothing of a stopped bot stays open."""
    await online.stop()
    assert cloud.lines == []
    assert cloud.is_closed


async def test_requests_while_offline_are_unavailable(bot):
    """Whoever needs the platform is told to try again later."""
    with pytest.raises(errors.Unavailable):
        await bot.platform.to_skill("c", "3001")
    with pytest.raises(errors.Unavailable):
        await bot.platform.mine("c")


async def test_logs_hold_no_secret(bot, cloud):
    """What is logged of a sign-in names account and state only."""
    with structlog.testing.capture_logs() as lines:
        cloud.login_errors = [errors.Unauthenticated("401")]
        await bot.start()
        await bot.pass_time(300)
    assert lines
    assert "secret" not in repr(lines)
    assert "secret" not in repr(bot.platform._config)
    await asyncio.sleep(0)
