"""The clients' ends: correlation, deadlines, and hosts that misbehave."""

import pytest

from orchestrator.core.model import errors
from orchestrator.core.ums import agent_side, asks, bodies, events


@pytest.fixture
def side():
    return agent_side.AgentSide("1", "1001", timeout_seconds=10)


def test_requests_time_out_by_the_clock_that_is_given(side):
    """After its deadline a request ends once, and a late answer is ignored."""
    first = side.ask(asks.Ask("GetClock"), now=100.0)
    second = side.ask(asks.Ask("GetClock"), now=100.0, timeout_seconds=1)
    assert side.deadline == second.deadline == 101
    assert side.expire(100.9) == []
    assert side.expire(101) == [events.TimedOut(second.request_id, "GetClock", 1)]
    late = f'{{"kind":"resp","reqId":"{second.request_id}","code":200,"type":"x","body":{{}}}}'
    assert side.receive(late) == []
    assert side.deadline == first.deadline == 110
    assert isinstance(side.expire(110)[0].error(), errors.Unavailable)
    assert side.deadline is None


def test_a_lost_socket_ends_everything(side):
    """Every open request ends exactly once."""
    asked = side.ask(asks.Ask("GetClock"), now=0.0)
    assert side.lose() == [events.Lost(asked.request_id, "GetClock")]
    assert side.lose() == []
    assert side.open_requests == 0


def test_what_is_not_ours_to_ask_is_our_error(side):
    """An agent cannot open a conversation as a consumer."""
    with pytest.raises(errors.BadInput):
        side.ask(asks.open_conversation(bodies.ConsumerRequestConversation()), now=0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\udfff",
        '{"kind":"req","id":"1","type":".GetClock"}',
        '{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{}}',
        '{"kind":"notification","type":".ams.ms.OnlineEventDistribution"}',
        '{"kind":"notification","type":".ams.routing.RoutingTaskNotification","body":{"changes":[{}]}}',
        (
            '{"type":".ams.ms.OnlineEventDistribution","body":{"dialogId":"d","event":{},'
            '"serverTimestamp":99999999999999999}}'
        ),
    ],
)
def test_a_host_that_talks_nonsense_is_told_apart(side, text):
    """Malformed frames are the host's fault, and only that frame is lost."""
    (event,) = side.receive(text)
    assert isinstance(event, events.Malformed)
    assert event.fault == "host"


def test_unknown_notifications_are_ignored(side):
    """§3.2: a client ignores what it does not know."""
    assert side.receive('{"kind":"notification","type":".ams.New","body":{"x":1}}') == []


def test_a_refusal_without_a_sentence_is_one_too(side):
    """Whatever body a refusal has, it is a refusal."""
    asked = side.ask(asks.Ask("GetClock"), now=0.0)
    text = f'{{"kind":"resp","reqId":"{asked.request_id}","code":429,"type":"x","body":{{"a":1}}}}'
    (refused,) = side.receive(text)
    assert isinstance(refused.error(), errors.Unavailable)
    assert '{"a":1}' in refused.text


def test_a_response_without_a_code_is_a_success(side):
    """§3.2: a missing code means success, a missing body means none."""
    asked = side.ask(asks.Ask("KeepAlive"), now=0.0)
    (answered,) = side.receive(f'{{"kind":"resp","reqId":{asked.request_id}}}')
    assert (answered.code, answered.body) == (200, None)


def test_the_requests_look_as_the_sdk_sends_them(side):
    """§4, §5.5: a transfer to an agent is one request of three changes; a profile a bare string."""
    moved = side.ask(asks.to_agent("c", target="1.2", skill_id="30", agent=side.agent), now=0.0)
    assert '"conversationField":[{"field":"ParticipantsChange","type":"REMOVE"' in moved.text
    assert '{"field":"ParticipantsChange","type":"SUGGEST"' in moved.text
    assert '{"field":"Skill","type":"UPDATE","skill":"30"}' in moved.text
    assert '"body":"jo"' in side.ask(asks.profile("jo"), now=0.0).text
    assert '"body":{}' in side.ask(asks.Ask("GetClock"), now=0.0).text
