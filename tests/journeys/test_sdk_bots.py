"""Five bots written against the SDK's public interface do their work, and come back after anything.

Each is a program of its own on npm's node-agent-sdk 1.2.0; what it did is seen by the customer, by
agents, and in what it prints. None may print an error.
"""

import asyncio
import contextlib
import itertools
import ssl
from datetime import UTC, datetime

import msgspec
import pytest
from websockets import exceptions
from websockets.asyncio import client
from websockets.asyncio import server as websocket_server

from orchestrator.adapters import certificates
from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import sdk, wire

BOTS = sdk.SCRIPTS / "bots"
TOLD = "ms.MessagingEventNotification"
EVENT = ".ams.ms.OnlineEventDistribution"
APP = "survey-app-7"
KEY_FIELDS = ("appKey", "secret", "accessToken", "accessTokenSecret")


class Bot:
    """A running bot."""

    def __init__(self, program):
        self.program = program

    async def did(self, what, matches=lambda _: True):
        """Wait for the next line that says so."""
        return await asyncio.to_thread(
            self.program.wait_for,
            lambda line: line.get("did") == what and matches(line),
            what=what,
        )

    def end(self):
        self.program.end_input()
        assert self.program.finish() == 0
        assert [line for line in self.program.output if '"failed"' in line] == []
        assert self.program.errors == []


class Place:
    """An account and its bots."""

    def __init__(self, town, keys, node):
        self.town, self.keys, self.node = town, keys, node
        self.started = []

    def conf(self, login):
        return {
            "accountId": self.town.account,
            "username": login,
            "csdsDomain": self.town.server.domain,
            **{name: self.keys[login][name] for name in KEY_FIELDS},
        }

    async def bot(self, script, *, login="router", domains=None, **task):
        program = self.node.start(BOTS / f"{script}.js", trusting=self.town.server.ca)
        conf = self.conf(login) | ({"domains": domains} if domains else {})
        program.send({"conf": conf, "patience": 0.2, **task})
        bot = Bot(program)
        self.started.append(bot)
        await bot.did("connect")
        return bot

    def end(self):
        for bot in self.started:
            bot.end()


async def arranged(running, account, node):
    town = await wire.seed(running, account)
    actor = access.operator(account)
    async with office.open(Settings(data=running.data, account=account)) as desk:
        await desk.directory.users.add(actor, login="keeper", type="bot", roles=["Agent Manager"])
        await desk.directory.skills.edit(actor, "Sales", survey=APP)
        town.skills["Front"] = (await desk.directory.skills.add(actor, name="Front")).id
        await desk.directory.skills.assign(actor, "Front", users=["router"])
        keeper = msgspec.to_builtins(await desk.directory.keys.generate(actor, "keeper"))
    return Place(town, {"router": town.key, "keeper": keeper}, node)


@pytest.fixture
async def place(shared_server, account_ids, sdk_node):
    """A new account; its bots end well."""
    made = await arranged(shared_server, str(next(account_ids)), sdk_node)
    yield made
    made.end()


@pytest.fixture
async def visit(place):
    async with wire.Visit(place.town) as opened:
        yield opened


async def listening(visit, skill="Front", **more):
    """A consumer in a new conversation of which they hear everything."""
    consumer = await visit.consumer(**more)
    await consumer.ask("cqm.SubscribeExConversations", {"convState": ["OPEN", "CLOSE"]})
    conversation = await visit.opened(consumer, skill)
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
    return consumer, conversation


async def heard(consumer, words):
    """Wait until the consumer is told these words; once."""
    event = await consumer.told(TOLD, lambda event: event["event"].get("message") == words)
    assert event["originatorMetadata"]["role"] != "CONSUMER"


async def closed(consumer, conversation, part="stage"):
    """Wait until the conversation is over for the consumer; its details."""
    change = await consumer.told(
        "cqm.ExConversationChangeNotification",
        lambda change: (
            change["result"]["convId"] == conversation
            and change["result"]["conversationDetails"][part] == "CLOSE"
        ),
    )
    return change["result"]["conversationDetails"]


# -- what they do ------------------------------------------------------------------------------


async def test_the_echo_bot_answers_every_message_once(place, visit):
    """Also those that came before it took the conversation."""
    bot = await place.bot("echo")
    consumer, conversation = await listening(visit)
    for words in ("one", "two", "three"):
        await visit.say(consumer, conversation, words)
    for words in ("one", "two", "three"):
        await heard(consumer, f"You said: {words}")
    for _ in range(3):
        await bot.did("echo")
    stored = await consumer.ask("ms.QueryMessages", {"dialogId": conversation})
    texts = [each["event"].get("message") for each in stored["body"]]
    assert sorted(texts) == sorted(
        f"{said}{word}" for said in ("", "You said: ") for word in ("one", "two", "three")
    )


async def test_the_closing_bot_closes(place, visit):
    """The customer reads the goodbye and that the conversation is over."""
    bot = await place.bot("closer")
    consumer, conversation = await listening(visit)
    await heard(consumer, "Goodbye.")
    assert (await closed(consumer, conversation))["closeReason"] == "AGENT"
    await bot.did("end")
    await bot.did("part")
    assert (await visit.say(consumer, conversation, "too late"))["code"] >= 400


async def test_the_manager_bot_joins_and_leaves_a_note(place, visit):
    """Its note is for the agent, not for the customer, and it hears both of them."""
    bot = await place.bot("manager", login="keeper")
    anna = await visit.agent("anna")
    consumer, conversation = await listening(visit, "Sales")
    await visit.accepted(anna, conversation)
    note = await anna.told(EVENT, lambda event: event["event"].get("message") == "Please be kind.")
    assert note["messageAudience"] == "AGENTS_AND_MANAGERS"
    assert note["originatorMetadata"]["role"] == "MANAGER"
    await bot.did("note")
    await visit.say(consumer, conversation, "hello")
    await bot.did("overhear", lambda line: (line["text"], line["role"]) == ("hello", "CONSUMER"))
    await visit.say(anna, conversation, "hello, hello")
    await bot.did("overhear", lambda line: line["text"] == "hello, hello")
    await heard(consumer, "hello, hello")
    assert not [frame for frame in consumer.frames if "Please be kind." in str(frame)]


async def test_the_survey_bot_asks_and_ends_the_survey(place, visit):
    """After the main dialog the customer is asked, answers, is thanked, and it is all over."""
    bot = await place.bot("survey", login="keeper", app=APP)
    anna = await visit.agent("anna")
    consumer, conversation = await listening(visit, "Sales")
    await visit.accepted(anna, conversation)
    end = {"field": "DialogChange", "type": "UPDATE"}
    main = {"dialogId": conversation, "state": "CLOSE"}
    assert (await visit.change(anna, conversation, {**end, "dialog": main}))["code"] == 200
    survey = (await bot.did("ask"))["dialogId"]
    assert survey != conversation
    await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": survey})
    await heard(consumer, "How was it, from 1 to 5?")
    assert (await visit.say(consumer, survey, "5"))["code"] == 200
    await heard(consumer, "Thank you.")
    assert (await bot.did("finish"))["answer"] == "5"
    details = await closed(consumer, conversation)
    assert details["state"] == details["stage"] == "CLOSE"


async def test_the_transfer_bot_finds_the_agent_of_last_time(place, visit):
    """A new customer goes to the skill; who was served by ben before is offered to ben alone."""
    town = place.town
    bot = await place.bot("same_agent", skill=town.skills["Billing"])
    ben = await visit.agent("ben")
    token = await visit.token()
    consumer, first = await listening(visit, token=token)
    assert (await bot.did("pass on"))["agent"] is None
    await visit.accepted(ben, first)
    await visit.say(ben, first, "Ben here.")
    await heard(consumer, "Ben here.")
    over = {"field": "ConversationStateField", "conversationState": "CLOSE"}
    assert (await visit.change(ben, first, over))["code"] == 200
    await closed(consumer, first)
    consumer, second = await listening(visit, token=token)
    assert (await bot.did("pass on"))["agent"] == str(town.users["ben"]["id"])
    await visit.accepted(ben, second)


# -- how they come back ------------------------------------------------------------------------


class Proxy:
    """Stands between the SDK and the socket port, and closes sockets with any code."""

    def __init__(self, town):
        self.town = town
        self.here = set()

    @contextlib.asynccontextmanager
    async def running(self):
        data = self.town.server.data
        made = certificates.ensure(data, now=datetime.now(UTC), hosts=("127.0.0.1",))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(made.chain, made.key)
        serving = websocket_server.serve(self.pass_on, "127.0.0.1", 0, ssl=context)
        async with serving as running:
            yield f"127.0.0.1:{running.sockets[0].getsockname()[1]}"

    async def pass_on(self, near):
        self.here.add(near)
        base = self.town.server.https.replace("https", "wss", 1)
        far = client.connect(base + near.request.path, ssl=self.town.tls, proxy=None)
        try:
            async with far as socket:
                pumps = {
                    asyncio.create_task(pump(*way)) for way in ((near, socket), (socket, near))
                }
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for one in pumps:
                    one.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self.here.discard(near)

    async def close(self, code):
        """Close every socket; 1006 is no code that can be sent: the connection is cut."""
        for near in tuple(self.here):
            if code == 1006:
                near.transport.abort()
            else:
                await near.close(code)


async def pump(one, other):
    with contextlib.suppress(exceptions.ConnectionClosed):
        async for message in one:
            await other.send(message)


AS_HEARD = {1012: 1006, 1013: 1006}
"""The SDK's WebSocket library is older than these two codes."""

CODES = (1000, 1001, 1006, 1008, 1011, 1012, 1013, 4401, 4407)


async def test_a_bot_comes_back_after_every_close_code(place, visit):
    """It signs in again, and goes on with the conversation that it had."""
    proxy, words = Proxy(place.town), itertools.count(1)
    async with proxy.running() as address:
        bot = await place.bot("echo", domains={"asyncMessagingEnt": address})
        consumer, conversation = await listening(visit)
        await visit.say(consumer, conversation, "hello")
        await bot.did("echo")
        for code in CODES:
            await proxy.close(code)
            assert (await bot.did("close"))["code"] == AS_HEARD.get(code, code)
            said = f"word {next(words)}"
            await visit.say(consumer, conversation, said)
            await bot.did("connect")
            await heard(consumer, f"You said: {said}")
            await bot.did("echo")
        place.end()
        place.started.clear()


async def test_a_bot_comes_back_after_logout(place, visit):
    """4401 when its session ends, as an administrator or a revoked key would end it."""
    bot = await place.bot("echo")
    consumer, conversation = await listening(visit)
    await visit.say(consumer, conversation, "before")
    await bot.did("echo")
    actor = access.operator(place.town.account)
    data = place.town.server.data
    async with office.open(Settings(data=data, account=place.town.account)) as desk:
        await desk.directory.users.edit(actor, "router", status="disabled")
        assert (await bot.did("close"))["code"] == 4401
        await bot.did("hear of trouble")
        await desk.directory.users.edit(actor, "router", status="enabled")
    await bot.did("connect")
    await visit.say(consumer, conversation, "after")
    await heard(consumer, "You said: after")


async def test_a_bot_outlives_restarts_and_kills_of_the_server(start_server, sdk_node):
    """Stopped in good order or killed: the bot is back soon after the server, and works on."""
    running = start_server()
    place = await arranged(running, "1", sdk_node)
    bot = await place.bot("echo")
    async with wire.Visit(place.town) as first:
        token = await first.token()
        consumer, conversation = await listening(first, token=token)
        await first.say(consumer, conversation, "hello")
        await bot.did("echo")
    for end in (running.stop, running.kill):
        await asyncio.to_thread(end)
        await bot.did("close")
        await asyncio.to_thread(running.restart)
        await bot.did("connect")
        async with wire.Visit(place.town) as again:
            consumer = await again.consumer(token)
            await consumer.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
            await again.say(consumer, conversation, end.__name__)
            await heard(consumer, f"You said: {end.__name__}")
            await bot.did("echo")
    place.end()
