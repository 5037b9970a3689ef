"""One consumer's conversation over a socket of its own, and what the consumer saw of it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable
from typing import Final, Literal

import msgspec

from orchestrator.client.messaging.consumer import ConsumerConnection
from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.ums import bodies
from orchestrator.core.ums.events import ConversationGone, ConversationUpserted, MessageArrived
from orchestrator.simulator import expected, pace, seed, steady
from orchestrator.simulator.brand import Brand, Line
from orchestrator.simulator.desk import TOO_LATE, Desk
from orchestrator.simulator.pace import Pace
from orchestrator.simulator.personas import Errand, Persona
from orchestrator.simulator.steady import Steady

_LEAVES_FIRST: Final = 0.4
"""How many consumers say goodbye themselves."""
_LOOKS_SECONDS: Final = 1.0
"""How long somebody looks for a conversation that they may have opened."""
_LEAVES_SECONDS: Final = 5.0
"""How long somebody who has given up tries to say so."""

Stage = Literal["waiting", "moved", "served", "ended", "given-up"]
"""``given-up``: nothing more happened within the consumer's patience, or the socket failed."""


class Guest:
    """Somebody who writes, perhaps again: who they are, and what they remember."""

    def __init__(self, who: Persona, token: str) -> None:
        self.who = who
        self.token = token
        self.visits = 0
        self.last_agent: str | None = None
        self.last_spoke: float | None = None


class Visit(msgspec.Struct, frozen=True):
    """One conversation so far. Skill and agent are what the sockets showed, by name.

    ``milliseconds`` are from the consumer's request to the transfer that the consumer was told.
    """

    conversation_id: str
    who: Persona
    errand: Errand
    facts: expected.Facts
    stage: Stage = "waiting"
    skill: str | None = None
    agent: str | None = None
    milliseconds: float | None = None


Watch = Callable[[Visit], None]


class Visitor:
    """Carries out one visit; ``watch`` is told at each new stage."""

    def __init__(
        self,
        line: Line,
        brand: Brand,
        desk: Desk,
        *,
        guest: Guest,
        errand: Errand,
        pace: Pace,
        chance: random.Random,
        watch: Watch,
    ) -> None:
        self._line = line
        self._brand = brand
        self._desk = desk
        self._guest = guest
        self._errand = errand
        self._pace = pace
        self._chance = chance
        self._watch = watch
        self._bot_skills = {brand.skills[name] for name in seed.BOT_SKILLS}
        self._key: str | None = None
        self._seen: Conversation | None = None

    async def run(self) -> Visit:
        """Write, wait for an agent, thank, and leave; return the visit, ended or given up.

        A server that dies meanwhile is waited for.
        """
        guest = self._guest
        there = steady.Steady(self._connect)
        await steady.until_back(there.__aenter__)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_exit(there)
            started = _now()
            visit = await self._open(there)
            try:
                async with asyncio.timeout(self._pace.patience):
                    async with contextlib.aclosing(self._live(there, visit, started)) as steps:
                        async for step in steps:
                            visit = step
                            self._watch(visit)
            except (TimeoutError, errors.OrchestratorError):
                visit = msgspec.structs.replace(visit, stage="given-up")
                self._watch(visit)
                await self._leave(there, visit.conversation_id)
            guest.visits += 1
            return visit

    async def _connect(self) -> ConsumerConnection:
        """Return an open connection: whoever asks closes it."""
        connection = ConsumerConnection(
            self._line.services,
            self._guest.token,
            tls=self._line.tls,
            client_properties=self._errand.client_properties(),
        )
        await connection.__aenter__()
        try:
            who = self._guest.who
            await connection.set_profile(
                sdes=who.sdes(), first_name=who.first_name, last_name=who.last_name
            )
            await connection.subscribe_conversations()
            if self._key is not None:
                await connection.subscribe_messages(self._key)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _open(self, there: Steady[ConsumerConnection]) -> Visit:
        facts = self._facts()
        while self._key is None:
            connection = await there.there()
            try:
                self._key = await self._request(connection)
            except errors.Unavailable:
                if connection.closed is None:
                    raise
                self._key = await self._opened_before(there)
        key = self._key
        await there.ask(lambda now: now.say(key, self._errand.first_message))
        self._guest.last_spoke = _now()
        await there.ask(lambda now: now.subscribe_messages(key))
        return Visit(key, self._guest.who, self._errand, facts)

    async def _request(self, connection: ConsumerConnection) -> str:
        campaign, engagement = self._brand.ways_in[self._errand.way_in.name]
        return await connection.open_conversation(
            campaign=bodies.CampaignInfo(campaign_id=campaign, engagement_id=engagement),
            context=self._errand.context(self._guest.who.language),
        )

    async def _opened_before(self, there: Steady[ConsumerConnection]) -> str | None:
        """Return the conversation that was opened although nobody could say so any more."""
        connection = await there.there()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOKS_SECONDS):
                async for told in connection.events():
                    if isinstance(told, ConversationUpserted) and told.conversation.state == "OPEN":
                        self._seen = told.conversation
                        return told.conversation.conversation_id
        return None

    async def _leave(self, there: Steady[ConsumerConnection], key: str) -> None:
        with contextlib.suppress(errors.OrchestratorError, TimeoutError):
            async with asyncio.timeout(_LEAVES_SECONDS):
                await there.ask(lambda now: now.close_conversation(key))

    def _facts(self) -> expected.Facts:
        guest, errand = self._guest, self._errand
        who, spoke = guest.who, guest.last_spoke
        return expected.Facts(
            entry_skill=errand.way_in.skill,
            first_message=errand.first_message,
            language=who.language,
            device=errand.device,
            channel=errand.channel,
            is_first=guest.visits == 0,
            ctype=who.ctype,
            cstatus=who.cstatus,
            balance=who.balance,
            customer_id=who.customer_id,
            company_size=who.company_size,
            previous_agent=guest.last_agent,
            minutes_since_previous_message=None if spoke is None else (_now() - spoke) / 60,
        )

    async def _live(
        self, there: Steady[ConsumerConnection], visit: Visit, started: float
    ) -> AsyncGenerator[Visit]:
        """Yield the visit at each new stage, until the conversation is closed."""
        yield visit
        key = visit.conversation_id
        answers = heard = 0
        if self._seen is not None:
            visit = self._looked_at(visit, self._seen, started)
        async for told in there.events():
            match told:
                case ConversationUpserted(seen) if seen.conversation_id == key:
                    visit, before = self._looked_at(visit, seen, started), visit
                    if visit != before:
                        yield visit
                    if visit.stage == "ended":
                        return
                case ConversationGone(gone) if gone == key:
                    yield msgspec.structs.replace(visit, stage="ended")
                    return
                case MessageArrived(message) if message.role == "ASSIGNED_AGENT" and message.text:
                    login = self._desk.login_of(message.originator_pid)
                    # The bot speaks; or a new socket tells what the last one had told.
                    if login is None or message.sequence <= heard:
                        continue
                    heard = message.sequence
                    answers += 1
                    if visit.agent is None:
                        visit = msgspec.structs.replace(visit, stage="served", agent=login)
                        self._guest.last_agent = login
                        yield visit
                    await self._reply(there, key, answers)
                case _:
                    pass

    def _looked_at(self, visit: Visit, seen: Conversation, started: float) -> Visit:
        if seen.state == "CLOSE":
            return msgspec.structs.replace(visit, stage="ended")
        if visit.agent is not None or seen.skill_id in self._bot_skills:
            return visit
        if visit.stage == "waiting":
            took = (_now() - started) * 1000
            visit = msgspec.structs.replace(visit, stage="moved", milliseconds=took)
        return msgspec.structs.replace(visit, skill=self._brand.skill_name(seen.skill_id))

    async def _reply(self, there: Steady[ConsumerConnection], key: str, answers: int) -> None:
        await asyncio.sleep(pace.draw(self._chance, self._pace.write))
        # The agent may have wrapped up while the consumer was still typing.
        with contextlib.suppress(*TOO_LATE):
            said = self._errand.more if answers == 1 else "Thank you, goodbye!"
            await there.ask(lambda now: now.say(key, said))
            self._guest.last_spoke = _now()
            if answers > 1 and self._chance.random() < _LEAVES_FIRST:
                await there.ask(lambda now: now.close_conversation(key))


def _now() -> float:
    return asyncio.get_running_loop().time()
