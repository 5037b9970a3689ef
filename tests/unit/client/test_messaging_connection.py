"""The connections over real sockets: requests, events, deadlines, and every way to end."""

import asyncio
import http

import msgspec
import pytest

from orchestrator.client.messaging import agent, consumer, socket
from orchestrator.core.model import errors, happening, times
from orchestrator.core.model.conversation import Conversation, Dialog, Message, Participant, Ring
from orchestrator.core.ums import asks, events, host_side

START = times.moment(1_795_343_862_912)
JO = Participant("jo", "jo", "CONSUMER")
BOT = Participant("1001", "pid-1", "ASSIGNED_AGENT")
HELLO = Message(
    "c", "c", 1, "jo", "jo", "CONSUMER", START, {"type": "ContentEvent", "message": "x"}
)


RING = Ring("r", "1", "c", "jo", "30", "1001", "WAITING", START, START)


def conversation(*people):
    dialog = Dialog("c", (JO, *people), START, START)
    return Conversation("1", "c", "jo", "30", "30", START, START, (dialog,))


def published(machine, asked):
    said = msgspec.structs.replace(HELLO, sequence=2, event=asked.body.event)
    fact = happening.MessagePublished("1", conversation(BOT), said)
    return [*machine.answer(asked, {"sequence": 2}), *machine.happened(fact)]


REPLIES = {
    "KeepAlive": lambda _machine, _asked: [],
    "GetClock": lambda machine, asked: machine.answer(
        asked, {"currentTime": times.milliseconds(START)}
    ),
    "SubscribeRoutingTasks": lambda machine, asked: machine.subscribe_routing(asked, rings=[RING]),
    "SubscribeExConversations": lambda machine, asked: machine.subscribe_conversations(
        asked, current=[conversation(BOT)]
    ),
    "SubscribeMessagingEvents": lambda machine, asked: machine.subscribe_messages(
        asked, messages=[HELLO]
    ),
    "QueryMessages": lambda machine, asked: machine.answer_messages(asked, [HELLO]),
    "GetUserProfile": lambda machine, asked: machine.answer(asked, {"userId": asked.body.user_id}),
    "UpdateRingState": lambda machine, asked: machine.refuse(
        asked, "The ring has expired.", code=409
    ),
    "ConsumerRequestConversation": lambda machine, asked: machine.answer(
        asked, {"conversationId": "c"}
    ),
    "PublishEvent": published,
}


class Host:
    """A host with one conversation, which answers by a table and keeps what it was asked."""

    def __init__(self):
        self.asked = []
        self.path = ""
        self.headers = {}

    async def __call__(self, link):
        self.path, self.headers = link.request.path, link.request.headers
        is_agent = "/brand/" in self.path
        caller = host_side.Caller("1001", "pid-1") if is_agent else host_side.Caller("jo", "jo")
        side = "agent" if is_agent else "consumer"
        machine = host_side.HostSide("1", side, caller=caller)
        async for text in link:
            asked = machine.receive(text)
            self.asked.append(asked)
            if asked.name == "SetAgentState":
                await link.close(4401, "session over")
                return
            reply = REPLIES.get(asked.name, lambda machine, asked: machine.answer(asked, "OK"))
            for frame in reply(machine, asked):
                await link.send(frame)


async def next_of(stream):
    return await asyncio.wait_for(anext(stream), 5)


async def test_an_agent_asks_and_hears(hosting, session, tls):
    """Every typed request of an agent, and the events of its subscriptions, in order."""
    host = Host()
    async with hosting(host) as services, agent.AgentConnection(services, session, tls=tls) as me:
        assert host.path == "/ws_api/account/1/messaging/brand/b3a4?v=2.1"
        assert await me.clock() == START
        await me.subscribe_rings()
        assert await me.subscribe_conversations() == "ex-2"
        stream = me.events()
        assert (await next_of(stream)).ring.ring_id == "r"
        assert (await next_of(stream)).conversation == conversation(BOT)
        assert await me.query_messages("c") == [HELLO]
        assert await me.say("c", "hello", metadata=[{"type": "ExternalId", "id": "s"}]) == 2
        assert (await next_of(stream)).message.text == "hello"
        assert await me.profile("jo") == {"userId": "jo"}
        await me.transfer_to_skill("c", skill_id="31")
        await me.transfer_to_agent("c", user_id="1002", skill_id="31")
        await me.back_to_queue("c")
        await me.join("c")
        await me.leave("c")
        await me.close_conversation("c")
        assert [len(one.body.changes) for one in host.asked[-6:]] == [2, 3, 1, 1, 1, 1]
        assert len(me.standing) == 2


async def test_a_consumer_asks_and_hears(hosting, tls):
    """Every typed request of a consumer; token and properties travel in the handshake."""
    host = Host()
    async with (
        hosting(host) as services,
        consumer.ConsumerConnection(services, "t.o.k", tls=tls) as me,
    ):
        assert host.headers["Authorization"] == "jwt t.o.k"
        assert msgspec.json.decode(host.headers["Client-Properties"])["os"] == "LINUX"
        await me.set_profile(sdes=[{"type": "ctmrinfo", "info": {"ctype": "vip"}}])
        assert await me.open_conversation(skill_id="30") == "c"
        await me.subscribe_conversations()
        await me.subscribe_messages("c")
        assert await me.say("c", "hello") == 2
        stream = me.events()
        heard = [await next_of(stream) for _ in range(3)]
        assert isinstance(heard[0], events.ConversationUpserted)
        assert [one.message.text for one in heard[1:]] == ["x", "hello"]
        await me.close_conversation("c")


async def test_requests_overlap_and_are_refused(hosting, session, tls):
    """Refusals become errors of the tree, each to the one who asked."""
    async with hosting(Host()) as services, agent.AgentConnection(services, session, tls=tls) as me:
        refused, clock = await asyncio.gather(me.accept("r"), me.clock(), return_exceptions=True)
        assert isinstance(refused, errors.Conflict)
        assert "expired" in refused.message
        assert clock == START


async def test_silence_is_unavailable(hosting, session, tls):
    """A request without an answer ends in time, and the socket goes on."""
    options = socket.Options(request_seconds=0.05)
    async with (
        hosting(Host()) as services,
        agent.AgentConnection(services, session, tls=tls, options=options) as me,
    ):
        with pytest.raises(errors.Unavailable, match=r"KeepAlive was not answered within 0\.05 s"):
            await me.request(asks.Ask("KeepAlive"))
        assert await me.clock() == START


async def test_the_close_code_is_told(hosting, session, tls):
    """4401 ends open requests, the events, and every later request; it says: log in again."""
    async with hosting(Host()) as services, agent.AgentConnection(services, session, tls=tls) as me:
        with pytest.raises(socket.ConnectionLost) as caught:
            await me.set_state("ONLINE")
        assert caught.value.closed == socket.Closed(4401, "session over")
        assert caught.value.closed.needs_login
        assert [event async for event in me.events()] == []
        assert me.closed == socket.Closed(4401, "session over")
        with pytest.raises(socket.ConnectionLost):
            await me.clock()


async def test_a_broken_way_is_1006(hosting, session, tls):
    """A socket that ends without a word does not ask for a login."""

    async def drop(link):
        link.transport.abort()

    async with hosting(drop) as services, agent.AgentConnection(services, session, tls=tls) as me:
        assert [event async for event in me.events()] == []
        assert me.closed is not None
        assert me.closed.code == 1006
        assert not me.closed.needs_login


@pytest.mark.parametrize(
    ("status", "error"), [(401, errors.Unauthenticated), (503, errors.Unavailable)]
)
async def test_a_refused_handshake_is_told_apart(hosting, session, tls, status, error):
    """401 at the handshake means the token is dead, anything else that trying later may help."""

    def refuse(link, _request):
        return link.respond(http.HTTPStatus(status), "no")

    async with hosting(Host(), process_request=refuse) as services:
        with pytest.raises(error) as caught:
            async with agent.AgentConnection(services, session, tls=tls):
                pass
        assert session.bearer not in caught.value.message


async def test_nobody_there_is_unavailable(hosting, session, tls):
    """A port that nobody listens on."""
    async with hosting(Host()) as services:
        pass
    with pytest.raises(errors.Unavailable):
        async with agent.AgentConnection(services, session, tls=tls):
            pass


async def test_events_that_nobody_reads_do_not_pile_up(hosting, session, tls):
    """Past its bound the connection closes itself, says why, and still yields what it has."""
    options = socket.Options(waiting_events=1)
    async with (
        hosting(Host()) as services,
        agent.AgentConnection(services, session, tls=tls, options=options) as me,
    ):
        await me.subscribe_rings()
        await me.subscribe_conversations()
        heard = [event async for event in me.events()]
        assert len(heard) == 1
        assert me.closed is not None
        assert me.closed.code == socket.NOT_READ


async def test_resubscription(hosting, session, tls):
    """What one connection was granted the next can ask again."""
    async with hosting(Host()) as services:
        async with agent.AgentConnection(services, session, tls=tls) as first:
            await first.subscribe_rings()
            await first.subscribe_conversations()
        async with agent.AgentConnection(services, session, tls=tls) as second:
            await second.resubscribe(first.standing)
            stream = second.events()
            kinds = {type(await next_of(stream)) for _ in range(2)}
            assert kinds == {events.RingOffered, events.ConversationUpserted}
