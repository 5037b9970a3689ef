"""Consumers who write to the bank whatever happens to it, and remember what was acknowledged."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from orchestrator.client.messaging import consumer, discovery, login, socket, trust, web
from orchestrator.core.model import errors
from orchestrator.core.ums import asks, bodies
from orchestrator.core.ums.events import ConversationUpserted, MessageArrived
from orchestrator.simulator import expected, personas
from orchestrator.simulator.brand import Brand
from orchestrator.simulator.personas import Errand, Persona

_OPTIONS: Final = socket.Options(open_seconds=5.0, request_seconds=5.0)
_AGAIN: Final = 0.3
_TROUBLE: Final = (errors.OrchestratorError, OSError)


class Written(msgspec.Struct, frozen=True):
    """A conversation that the cloud acknowledged, with the first message; and who wrote why."""

    conversation_id: str
    who: Persona
    errand: Errand

    @property
    def facts(self) -> expected.Facts:
        """What can be known of it; everybody writes for the first time."""
        who, errand = self.who, self.errand
        return expected.Facts(
            entry_skill=errand.way_in.skill,
            first_message=errand.first_message,
            language=who.language,
            device=errand.device,
            channel=errand.channel,
            is_first=True,
            ctype=who.ctype,
            cstatus=who.cstatus,
            balance=who.balance,
            customer_id=who.customer_id,
            company_size=who.company_size,
        )


class _Seen:
    """What a consumer's socket has told."""

    def __init__(self) -> None:
        self.conversations: list[str] = []
        self.texts: list[str] = []

    async def read(self, connection: consumer.ConsumerConnection) -> None:
        async for event in connection.events():
            match event:
                case ConversationUpserted(conversation):
                    self.conversations.append(conversation.conversation_id)
                case MessageArrived(message) if message.role == "CONSUMER" and message.text:
                    self.texts.append(message.text)
                case _:
                    pass


class Street:
    """The people, and the way to the cloud, which does not go through the proxy."""

    def __init__(
        self, services: discovery.Services, brand: Brand, *, tls: ssl.SSLContext, seed: int
    ) -> None:
        self._services = services
        self._brand = brand
        self._tls = tls
        self._chance = random.Random(seed)  # noqa: S311 - people who do not exist
        self._visits: set[asyncio.Task[None]] = set()
        self.written: list[Written] = []
        self.retries = 0

    @classmethod
    async def of(cls, domain: str, brand: Brand, *, ca: str, seed: int) -> "Street":
        """Look the services up once; they stay where they are."""
        tls = await asyncio.to_thread(trust.context, ca)
        async with web.client(tls) as http:
            services = await discovery.find(http, domain=domain, account=brand.account)
        return cls(services, brand, tls=tls, seed=seed)

    async def busy(self, rate: float) -> None:
        """Let somebody write ``rate`` times a second, until cancelled; those go on."""
        while True:
            self.write()
            await asyncio.sleep(1 / rate)

    def write(self) -> None:
        """Let one more person write."""
        who = personas.person(self._chance)
        self.write_as(who, personas.errand(self._chance, who))

    def write_as(self, who: Persona, errand: Errand) -> None:
        """Let this person write."""
        visit = asyncio.create_task(self._visit(who, errand))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def served(self, *, seconds: float) -> int:
        """Wait until everybody's words are acknowledged; returns whose are not in time."""
        if self._visits:
            _, open_ = await asyncio.wait(set(self._visits), timeout=seconds)
            for visit in open_:
                visit.cancel()
            await asyncio.gather(*open_, return_exceptions=True)
            return len(open_)
        return 0

    async def _visit(self, who: Persona, errand: Errand) -> None:
        token = None
        while True:
            try:
                if token is None:
                    async with web.client(self._tls, timeout_seconds=5.0) as http:
                        token = await login.sign_up(http, self._services)
                    found = await self._write(token, who, errand, is_new=True)
                else:
                    found = await self._write(token, who, errand, is_new=False)
            except _TROUBLE:
                self.retries += 1
                await asyncio.sleep(_AGAIN)
                continue
            self.written.append(Written(found, who, errand))
            return

    async def _write(self, token: str, who: Persona, errand: Errand, *, is_new: bool) -> str:
        """Open the conversation and say the first words, as far as that has not happened yet."""
        async with self._connected(token, errand) as (connection, seen):
            if not is_new:
                await connection.subscribe_conversations()
                await connection.request(asks.Ask("GetClock"))
                await asyncio.sleep(0)
            if seen.conversations:
                conversation_id = seen.conversations[0]
                await connection.subscribe_messages(conversation_id)
                await connection.request(asks.Ask("GetClock"))
                await asyncio.sleep(0)
            else:
                await connection.set_profile(
                    sdes=who.sdes(), first_name=who.first_name, last_name=who.last_name
                )
                campaign, engagement = self._brand.ways_in[errand.way_in.name]
                conversation_id = await connection.open_conversation(
                    campaign=bodies.CampaignInfo(campaign_id=campaign, engagement_id=engagement),
                    context=errand.context(who.language),
                )
            if errand.first_message not in seen.texts:
                await connection.say(conversation_id, errand.first_message)
            return conversation_id

    @contextlib.asynccontextmanager
    async def _connected(
        self, token: str, errand: Errand
    ) -> AsyncIterator[tuple[consumer.ConsumerConnection, _Seen]]:
        connection = consumer.ConsumerConnection(
            self._services,
            token,
            tls=self._tls,
            client_properties=errand.client_properties(),
            options=_OPTIONS,
        )
        async with connection:
            seen = _Seen()
            reading = asyncio.create_task(seen.read(connection))
            try:
                yield connection, seen
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
