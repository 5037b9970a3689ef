"""Agents who take, close and hand on what rings, and consumers who open; both come back."""

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from orchestrator.client.messaging import agent, consumer, discovery, login, trust, web
from orchestrator.core.model import errors
from orchestrator.core.ums import events
from running.server import Server
from stress.ledger import Ledger
from stress.town import ACCOUNT, PASSWORD, Member, Town

THINKING: Final = 0.010
"""Seconds, at most, between a ring and its answer, and between that and the end."""

REFUSES: Final = 0.02
HANDS_ON: Final = 0.15
"""How often, of all times."""

MOST_OPEN: Final = 200
"""Consumers wait while more are open: what is tried is who gets them, not how many there can be."""

AGAIN: Final = 0.3
"""Seconds before a client that lost its server tries the next one."""


async def _found(server: Server) -> discovery.Services:
    async with web.client(trust.context(str(server.ca))) as http:
        return await discovery.find(http, domain=server.domain, account=ACCOUNT)


class Agent:
    """One agent, at one of the servers at a time; at the next one when that is gone."""

    def __init__(
        self, member: Member, town: Town, servers: Sequence[Server], *, ledger: Ledger, seed: int
    ) -> None:
        self.member = member
        self.online = asyncio.Event()
        self._town = town
        self._servers = servers
        self._ledger = ledger
        self._at = seed
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._work: set[asyncio.Task[None]] = set()
        self._newest: dict[str, float] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            server = self._servers[self._at % len(self._servers)]
            self._at += 1
            with contextlib.suppress(errors.Unavailable, errors.Unauthenticated, OSError):
                await self._serve(server)
            self.online.clear()
            for task in tuple(self._work):
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)
            self._ledger.lost(self.member)
            await asyncio.sleep(AGAIN)

    async def _serve(self, server: Server) -> None:
        tls = trust.context(str(server.ca))
        services = await _found(server)
        async with web.client(tls) as http:
            session = await login.log_in(
                http, services, credentials=login.Password(self.member.login, PASSWORD)
            )
        async with agent.AgentConnection(services, session, tls=tls) as line:
            early: list[events.Told] | None = []

            async def read() -> None:
                async for event in line.events():
                    if early is None:
                        self._hear(line, event)
                    else:
                        early.append(event)

            reading = asyncio.create_task(read())
            try:
                await line.subscribe_conversations()
                await line.subscribe_rings()
                await line.clock()  # by now everything that the subscriptions begin with is here
                begun, early = early, None
                self._resume(line, begun)
                await line.set_state("ONLINE")
                self.online.set()
                await reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    def _resume(self, line: agent.AgentConnection, begun: Sequence[events.Told]) -> None:
        """Take up what the subscriptions began with: who was here before may have conversations."""
        self._newest.clear()
        held = {
            event.conversation.conversation_id
            for event in begun
            if isinstance(event, events.ConversationUpserted) and self._is_mine(event)
        }
        self._ledger.resumed(self.member, held)
        for conversation_id in held:
            self._start(self._finish(line, conversation_id))
        for event in begun:
            self._hear(line, event)

    def _is_mine(self, event: events.ConversationUpserted) -> bool:
        assigned = event.conversation.assigned
        return assigned is not None and assigned.user_id == self.member.user_id

    def _hear(self, line: agent.AgentConnection, event: events.Told) -> None:
        match event:
            case events.RingOffered(ring):
                self._ledger.offered(self.member, ring.conversation_id)
                self._start(self._answer(line, ring.ring_id, ring.conversation_id))
            case events.RingEnded(ring) if ring.state != "ACCEPTED":
                self._ledger.unanswered(self.member, ring.conversation_id)
            case events.ConversationUpserted(conversation) | events.ConversationGone(
                _, conversation
            ):
                moment = conversation.changed_at.timestamp()
                key = conversation.conversation_id
                if moment < self._newest.get(key, 0.0):
                    self._ledger.backwards(self.member, key)
                self._newest[key] = moment
                if isinstance(event, events.ConversationGone):
                    self._newest.pop(key, None)
            case _:
                pass

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _answer(self, line: agent.AgentConnection, ring_id: str, conversation: str) -> None:
        await asyncio.sleep(self._random.random() * THINKING)
        try:
            if self._random.random() < REFUSES:
                self._ledger.unanswered(self.member, conversation)
                await line.reject(ring_id)
                return
            await line.accept(ring_id)
        except errors.Unavailable:
            return  # the next socket says what became of it
        except errors.OrchestratorError:
            self._ledger.unanswered(self.member, conversation)
            return
        self._ledger.taken(self.member, conversation)
        await self._finish(line, conversation)

    async def _finish(self, line: agent.AgentConnection, conversation: str) -> None:
        await asyncio.sleep(self._random.random() * THINKING)
        self._ledger.let_go(self.member, conversation)
        hands_on = self._random.random() < HANDS_ON
        skill = self._random.choice(tuple(self._town.skills.values()))
        while line.closed is None:  # else the next socket says what became of it
            try:
                if hands_on:
                    await line.transfer_to_skill(conversation, skill_id=skill)
                else:
                    await line.close_conversation(conversation)
                    self._ledger.closed.add(conversation)
            except errors.Unavailable:
                await asyncio.sleep(AGAIN)
            except errors.OrchestratorError:
                return  # what was not answered was done
            else:
                return


class Opener:
    """A consumer's program that opens one conversation after the other."""

    def __init__(self, town: Town, servers: Sequence[Server], *, ledger: Ledger, seed: int) -> None:
        self._town = town
        self._servers = servers
        self._ledger = ledger
        self._at = seed
        self._random = random.Random(seed)  # noqa: S311 - not for secrets

    async def run(self, tickets: asyncio.Queue[int]) -> None:
        """Open one for each ticket until there are none; what got no answer is opened anew."""
        ticket: int | None = None
        while ticket is not None or not tickets.empty():
            server = self._servers[self._at % len(self._servers)]
            self._at += 1
            try:
                tls = trust.context(str(server.ca))
                services = await _found(server)
                async with web.client(tls) as http:
                    token = await login.sign_up(http, services)
                async with consumer.ConsumerConnection(services, token, tls=tls) as line:
                    while ticket is not None or not tickets.empty():
                        ticket = ticket or tickets.get_nowait()
                        skill = self._random.choice(tuple(self._town.skills.values()))
                        self._ledger.opened.add(await line.open_conversation(skill_id=skill))
                        ticket = None
                        await self._room()
            except (errors.Unavailable, OSError):
                await asyncio.sleep(AGAIN)

    async def _room(self) -> None:
        """Wait while very many are open."""
        while len(self._ledger.opened) - len(self._ledger.closed) > MOST_OPEN:  # noqa: ASYNC110 - agents end it
            await asyncio.sleep(THINKING)
