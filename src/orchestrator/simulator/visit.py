"""One consumer's conversation over a socket of its own, and what the consumer saw of it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from typing import Final, Literal

import msgspec

from orchestrator.client.messaging.consumer import ConsumerConnection
from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.ums import bodies
from orchestrator.core.ums.events import ConversationGone, ConversationUpserted, MessageArrived
from orchestrator.simulator import expected, pace, seed
from orchestrator.simulator.brand import Brand, Line
from orchestrator.simulator.desk import TOO_LATE, Desk
from orchestrator.simulator.pace import Pace
from orchestrator.simulator.personas import Errand, Persona

_LEAVES_FIRST: Final = 0.4
"""How many consumers say goodbye themselves."""

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

    async def run(self) -> Visit:
        """Write, wait for an agent, thank, and leave; return the visit, ended or given up.

        Raises as ``ConsumerConnection`` does when the conversation cannot even be opened.
        """
        guest, errand = self._guest, self._errand
        async with ConsumerConnection(
            self._line.services,
            guest.token,
            tls=self._line.tls,
            client_properties=errand.client_properties(),
        ) as connection:
            who = guest.who
            await connection.set_profile(
                sdes=who.sdes(), first_name=who.first_name, last_name=who.last_name
            )
            await connection.subscribe_conversations()
            started = _now()
            visit = await self._open(connection)
            try:
                async with asyncio.timeout(self._pace.patience):
                    async for step in self._live(connection, visit, started=started):
                        visit = step
                        self._watch(visit)
            except (TimeoutError, errors.OrchestratorError):
                visit = msgspec.structs.replace(visit, stage="given-up")
                self._watch(visit)
                with contextlib.suppress(errors.OrchestratorError):
                    await connection.close_conversation(visit.conversation_id)
            guest.visits += 1
            return visit

    async def _open(self, connection: ConsumerConnection) -> Visit:
        guest, errand = self._guest, self._errand
        campaign, engagement = self._brand.ways_in[errand.way_in.name]
        facts = self._facts()
        conversation_id = await connection.open_conversation(
            campaign=bodies.CampaignInfo(campaign_id=campaign, engagement_id=engagement),
            context=errand.context(guest.who.language),
        )
        await connection.say(conversation_id, errand.first_message)
        guest.last_spoke = _now()
        await connection.subscribe_messages(conversation_id)
        return Visit(conversation_id, guest.who, errand, facts)

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
        self, connection: ConsumerConnection, visit: Visit, *, started: float
    ) -> AsyncIterator[Visit]:
        """Yield the visit at each new stage, until the conversation is closed."""
        yield visit
        key = visit.conversation_id
        answers = 0
        async for told in connection.events():
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
                    if login is None:  # the bot speaks
                        continue
                    answers += 1
                    if visit.agent is None:
                        visit = msgspec.structs.replace(visit, stage="served", agent=login)
                        self._guest.last_agent = login
                        yield visit
                    await self._reply(connection, key, answers)
                case _:
                    pass
        raise errors.Unavailable("A consumer's socket was closed by the server.")

    def _looked_at(self, visit: Visit, seen: Conversation, started: float) -> Visit:
        if seen.state == "CLOSE":
            return msgspec.structs.replace(visit, stage="ended")
        if visit.agent is not None or seen.skill_id in self._bot_skills:
            return visit
        if visit.stage == "waiting":
            took = (_now() - started) * 1000
            visit = msgspec.structs.replace(visit, stage="moved", milliseconds=took)
        return msgspec.structs.replace(visit, skill=self._brand.skill_name(seen.skill_id))

    async def _reply(self, connection: ConsumerConnection, key: str, answers: int) -> None:
        await asyncio.sleep(pace.draw(self._chance, self._pace.write))
        # The agent may have wrapped up while the consumer was still typing.
        with contextlib.suppress(*TOO_LATE):
            await connection.say(key, self._errand.more if answers == 1 else "Thank you, goodbye!")
            self._guest.last_spoke = _now()
            if answers > 1 and self._chance.random() < _LEAVES_FIRST:
                await connection.close_conversation(key)


def _now() -> float:
    return asyncio.get_running_loop().time()
