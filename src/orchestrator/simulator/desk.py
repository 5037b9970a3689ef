"""The brand's human agents: they sign in, take what rings, answer, and wrap up."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Final, Self

import msgspec

from orchestrator.client.messaging import login
from orchestrator.client.messaging.agent import AgentConnection
from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.ums.events import (
    ConversationGone,
    ConversationUpserted,
    MessageArrived,
    RingOffered,
)
from orchestrator.simulator import pace, seed, steady
from orchestrator.simulator.brand import Brand, Line
from orchestrator.simulator.pace import Pace

REFRESH_SECONDS: Final = 240.0
"""The platform recommends a refresh of logins every three to five minutes."""

TOO_LATE: Final = (errors.Conflict, errors.NotFound, errors.BadInput, errors.Forbidden)
"""How a request is refused when the other side has ended the conversation meanwhile."""

_AT_THE_DOOR: Final = 6
"""Sign-ins at once: a password is checked slowly on purpose, and a queue helps nobody."""


class Desk:
    """Everybody who works today; open inside ``async with``, working while ``work`` runs."""

    def __init__(
        self,
        line: Line,
        brand: Brand,
        *,
        staff: Sequence[seed.Agent],
        pace: Pace,
        chance: random.Random,
    ) -> None:
        self._line = line
        self._brand = brand
        self._pace = pace
        self._chance = chance
        self._staff = [agent for agent in staff if agent.state != "OFFLINE"]
        self._door = asyncio.Semaphore(_AT_THE_DOOR)
        self._logins: dict[str, str] = {}
        self._seats: list[_Seat] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Sign everybody in; raises as ``login.log_in`` and ``Connection`` do."""
        try:
            async with asyncio.TaskGroup() as signing_in:
                for agent in self._staff:
                    signing_in.create_task(self._seat(agent))
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def work(self) -> None:
        """Work until cancelled, also on a server that dies and comes back.

        Raises when an agent is sent away.
        """
        async with asyncio.TaskGroup() as tasks:
            for seat in self._seats:
                tasks.create_task(seat.work())
            tasks.create_task(self._stay_signed_in())

    def login_of(self, pid: str) -> str | None:
        """Return the login of an agent who signed in here, by PID; None for anybody else."""
        return self._logins.get(pid)

    @property
    def is_staffed(self) -> bool:
        """Whether everybody is there who works today."""
        return len(self._seats) == len(self._staff) and all(seat.is_taken for seat in self._seats)

    async def _seat(self, agent: seed.Agent) -> None:
        seat = _Seat(agent, self._sign_in, pace=self._pace, chance=self._chance)
        await self._stack.enter_async_context(seat)
        self._seats.append(seat)

    async def _sign_in(self, agent: seed.Agent) -> tuple[login.Session, AgentConnection]:
        """Return a session, and its socket, open: whoever asks closes it."""
        credentials = login.Password(agent.login, self._brand.passwords[agent.login])
        async with self._door:
            session = await login.log_in(
                self._line.http, self._line.services, credentials=credentials
            )
        connection = AgentConnection(self._line.services, session, tls=self._line.tls)
        await connection.__aenter__()
        try:
            await connection.subscribe_conversations()
            await connection.subscribe_rings()
            await connection.set_state(agent.state)
        except BaseException:
            await connection.close()
            raise
        self._logins[session.pid] = agent.login
        return session, connection

    async def _stay_signed_in(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            for seat in self._seats:
                with contextlib.suppress(errors.Unavailable):  # then it signs in anew anyway
                    await login.refresh(self._line.http, self._line.services, session=seat.session)


class _Talk(msgspec.Struct):
    """One conversation in an agent's hands."""

    task: asyncio.Task[None]
    heard: asyncio.Event


_SignIn = Callable[[seed.Agent], Awaitable[tuple[login.Session, AgentConnection]]]


class _Seat:
    """One agent at work; open inside ``async with``."""

    session: login.Session

    def __init__(
        self, agent: seed.Agent, sign_in: _SignIn, *, pace: Pace, chance: random.Random
    ) -> None:
        self._agent = agent
        self._sign_in = sign_in
        self._pace = pace
        self._chance = chance
        self._talks: dict[str, _Talk] = {}
        self._steady = steady.Steady(self._open)

    async def __aenter__(self) -> Self:
        await self._steady.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._steady.__aexit__(kind, error, trace)

    @property
    def is_taken(self) -> bool:
        """Whether the agent is there right now."""
        return self._steady.is_open

    async def _open(self) -> AgentConnection:
        self.session, connection = await self._sign_in(self._agent)
        for talk in self._talks.values():
            talk.heard.set()  # an answer may have come and gone with the last socket
        return connection

    async def work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            async for told in self._steady.events():
                match told:
                    case RingOffered(ring):
                        tasks.create_task(self._take(ring.ring_id))
                    case ConversationUpserted(conversation):
                        self._see(conversation, tasks)
                    case ConversationGone(conversation_id):
                        self._let_go(conversation_id)
                    case MessageArrived(message) if message.role == "CONSUMER" and message.text:
                        talk = self._talks.get(message.conversation_id)
                        if talk is not None:
                            talk.heard.set()
                    case _:
                        pass

    async def _take(self, ring_id: str) -> None:
        await self._pause(self._pace.notice)
        # It may have been withdrawn meanwhile: the consumer left.
        with contextlib.suppress(*TOO_LATE):
            await self._steady.ask(lambda there: there.accept(ring_id))

    def _see(self, conversation: Conversation, tasks: asyncio.TaskGroup) -> None:
        key = conversation.conversation_id
        mine = conversation.assigned
        if conversation.state == "CLOSE" or mine is None or mine.user_id != self.session.user_id:
            self._let_go(key)
        elif key not in self._talks:
            heard = asyncio.Event()
            self._talks[key] = _Talk(tasks.create_task(self._talk(key, heard)), heard)

    def _let_go(self, conversation_id: str) -> None:
        talk = self._talks.pop(conversation_id, None)
        if talk is not None:
            talk.task.cancel()

    async def _talk(self, conversation_id: str, heard: asyncio.Event) -> None:
        """Greet, listen once, answer, wrap up. The consumer may end it before."""
        with contextlib.suppress(*TOO_LATE):
            await self._pause(self._pace.write)
            await self._say(conversation_id, self._greeting())
            heard.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.patience):
                    await heard.wait()
            await self._pause(self._pace.write)
            await self._say(conversation_id, "Thank you. I have taken care of it.")
            await self._pause(self._pace.wrap_up)
            await self._steady.ask(lambda there: there.close_conversation(conversation_id))

    async def _say(self, conversation_id: str, text: str) -> None:
        await self._steady.ask(lambda there: there.say(conversation_id, text))

    def _greeting(self) -> str:
        return f"Hello, this is {self._agent.full_name}. I have read what you wrote. Anything else?"

    async def _pause(self, span: pace.Span) -> None:
        await asyncio.sleep(pace.draw(self._chance, span))
