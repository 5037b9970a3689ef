"""Consumers: each with a token and a socket of their own, arriving whatever the server does.

The load is open: consumers come at their time, whether those before them were served or not, so
that a server that falls behind is seen to fall behind.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from bench import rules, wire
from orchestrator.core.model import errors

PATIENCE: Final = 30.0
"""Seconds after which a conversation that was not transferred counts as lost."""

_PROPERTIES: Final = {
    "type": ".ams.headers.ClientProperties",
    "appId": "webAsync",
    "deviceFamily": "DESKTOP",
    "os": "LINUX",
    "features": ["PHOTO_SHARING", "RICH_CONTENT"],
}


class Visit(msgspec.Struct, frozen=True):
    """What became of one conversation: milliseconds from its request until the consumer was told.

    ``milliseconds`` None: lost; ``wrong``: it went somewhere else than the rules say.
    """

    milliseconds: float | None
    wrong: bool = False
    reason: str = ""


class _Details(msgspec.Struct, rename="camel"):
    skill_id: str = ""


class _Result(msgspec.Struct, rename="camel"):
    conv_id: str = ""
    conversation_details: _Details = msgspec.field(default_factory=_Details)


class _Change(msgspec.Struct):
    result: _Result


class _Changes(msgspec.Struct):
    changes: list[_Change] = []


class _Token(msgspec.Struct):
    jwt: str


class _Opened(msgspec.Struct, rename="camel"):
    conversation_id: str


class Consumer:
    """One consumer who is there: asks for conversations, and hears where they go."""

    def __init__(self, account: dict[str, str]) -> None:
        self._skills = account
        self._socket: wire.Socket | None = None
        self._moved: dict[str, asyncio.Future[str]] = {}
        self._early: dict[str, str] = {}

    async def arrive(self, port: int, *, number: int) -> None:
        """Get a token, open a socket, and say who one is; ``number`` is the policy that wants one.

        Raises Unavailable when the server lets nobody in.
        """
        http = wire.Http(port)
        try:
            answer = await http.post("/api/account/1/signup", b"{}")
        finally:
            http.close()
        token = msgspec.json.decode(answer, type=_Token).jwt
        socket = self._socket = await wire.connect(
            port, "/ws_api/account/1/messaging/consumer?v=3", hear=self._hear
        )
        identity = {"type": ".ams.headers.ConsumerAuthentication", "jwt": token}
        await socket.ask("InitConnection", {}, headers=[_PROPERTIES, identity])
        info = {"ctype": rules.tier(number), "customerId": f"C-{number:05d}"}
        await socket.ask(
            "userprofile.SetUserProfile",
            {"authenticatedData": {"lp_sdes": [{"type": "ctmrinfo", "info": info}]}},
        )
        await socket.ask("cqm.SubscribeExConversations", {"convState": ["OPEN"]})

    async def open(self, *, number: int) -> str:
        """Ask for a conversation, say the first words, and return the conversation's id."""
        socket = self._line
        asked = {
            "brandId": "1",
            "channelType": "MESSAGING",
            "skillId": self._skills[rules.WAY_IN],
            "conversationContext": {"type": "SharkContext", "lang": "en-US"},
        }
        answer = await socket.ask("cm.ConsumerRequestConversation", asked)
        key = msgspec.json.decode(answer.body, type=_Opened).conversation_id
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": rules.text(number)}
        await socket.ask("ms.PublishEvent", {"dialogId": key, "event": event})
        return key

    async def clock(self) -> None:
        """Ask for the time."""
        await self._line.ask("GetClock", {})

    async def moved(self, conversation: str) -> str:
        """Return the name of the skill to which the conversation was transferred."""
        if conversation in self._early:
            return self._early.pop(conversation)
        future = self._moved[conversation] = asyncio.get_running_loop().create_future()
        return await future

    def leave(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()

    @property
    def is_there(self) -> bool:
        """Whether the server still holds the socket."""
        return self._socket is not None and self._socket.is_open

    @property
    def _line(self) -> wire.Socket:
        if self._socket is None:
            raise errors.Unavailable("The consumer has not arrived.")
        return self._socket

    def _hear(self, told: wire.Told) -> None:
        if not told.type.endswith("ExConversationChangeNotification"):
            return
        for change in msgspec.json.decode(told.body, type=_Changes).changes:
            skill = change.result.conversation_details.skill_id
            if skill == self._skills[rules.WAY_IN]:
                continue
            name = next((each for each, known in self._skills.items() if known == skill), skill)
            future = self._moved.pop(change.result.conv_id, None)
            if future is None:
                self._early[change.result.conv_id] = name
            elif not future.done():
                future.set_result(name)


async def visit(port: int, skills: dict[str, str], *, number: int) -> Visit:
    """Be one consumer with one conversation, from arriving to being transferred."""
    consumer = Consumer(skills)
    try:
        async with asyncio.timeout(PATIENCE):
            await consumer.arrive(port, number=number)
            began = time.perf_counter()
            went = await consumer.moved(await consumer.open(number=number))
            took = (time.perf_counter() - began) * 1000
    except TimeoutError:
        return Visit(None, reason="no transfer in time")
    except errors.OrchestratorError as error:
        return Visit(None, reason=error.message)
    finally:
        consumer.leave()
    return Visit(took, wrong=went != rules.target(number))


class Load(msgspec.Struct):
    """A stream of consumers: those who are under way, and what became of the others."""

    visits: list[Visit] = []
    under_way: int = 0
    late: float = 0.0
    """The most seconds by which somebody came after their time: the generator's own fault."""


async def stream(
    port: int, skills: dict[str, str], *, rate: float, seconds: float, load: Load, seed: int = 1
) -> None:
    """Send consumers at ``rate`` a second, at random times, and wait until all are through."""
    chance = random.Random(seed)  # noqa: S311  arrivals need no secrets
    loop = asyncio.get_running_loop()
    began = moment = loop.time()
    number = 0

    async def come(policy: int) -> None:
        load.under_way += 1
        try:
            load.visits.append(await visit(port, skills, number=policy))
        finally:
            load.under_way -= 1

    async with asyncio.TaskGroup() as everybody:
        while True:
            moment += chance.expovariate(rate)
            if moment - began >= seconds:
                break
            await asyncio.sleep(max(0.0, moment - loop.time()))
            load.late = max(load.late, loop.time() - moment)
            everybody.create_task(come(number % rules.POLICIES))
            number += 1


@asynccontextmanager
async def staying(
    port: int, skills: dict[str, str], *, count: int, at_once: int = 20
) -> AsyncIterator[Sequence[Consumer]]:
    """Have ``count`` consumers with open sockets until the block ends."""
    consumers = [Consumer(skills) for _ in range(count)]
    waiting = iter(enumerate(consumers))

    async def usher() -> None:
        for number, consumer in waiting:
            await consumer.arrive(port, number=number % rules.POLICIES)

    try:
        async with asyncio.TaskGroup() as ushers:
            for _ in range(at_once):
                ushers.create_task(usher())
        yield consumers
    finally:
        for consumer in consumers:
            consumer.leave()


async def each(jobs: Sequence[Any], *, at_once: int, work: Any) -> None:
    """Do ``work`` on every job, so many ``at_once``."""
    waiting = iter(jobs)

    async def helper() -> None:
        for job in waiting:
            await work(job)

    async with asyncio.TaskGroup() as helpers:
        for _ in range(at_once):
            helpers.create_task(helper())
