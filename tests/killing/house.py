"""A data folder, the servers that live and die on it, and the people who come by."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy

from killing.trap import Trap, live
from orchestrator.adapters.storage import engine, routing, tables
from orchestrator.client.messaging import agent, consumer, discovery, login, trust, web
from orchestrator.core.model import errors
from orchestrator.serve import office, running, settings
from running import forks

PATIENCE = 20.0
"""Seconds to wait for what normally takes a fraction of one."""

PASSWORD = "pw-Ann-of-the-kill-tests"
POLICIES = {
    "policies": [
        {
            "name": "Reads everything, wants nothing",
            "enabled": True,
            "conditions": [
                {
                    "any": [
                        {"property": name, "type": "EQUAL", "value": "never"}
                        for name in (
                            "sde.visitorinfo.customerinfo.role",
                            "conversation.previousAgentId",
                            "conversation.firstMessage",
                        )
                    ]
                }
            ],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Never"}}],
        },
        {
            "name": "To Ann",
            "enabled": True,
            "conditions": [
                {"property": "conversation.entrySkill", "type": "EQUAL", "value": "Front"}
            ],
            "actions": [
                {"type": "SEND_MESSAGE", "payload": {"message": "One"}},
                {"type": "SEND_MESSAGE", "payload": {"message": "Two"}},
                {
                    "type": "TRANSFER_TO_AGENT",
                    "payload": {"loginName": "ann", "skillName": "Sales"},
                },
            ],
        },
    ]
}
EXPECTED = {"Front": "Sales", "maven:Billing": "Billing"}
"""Where a conversation belongs, by its entry skill: what the policies and the set-up guide say."""

SAID = {"Front": ["Hello", "One", "Two"], "maven:Billing": ["Hello"]}


def chosen(data: Path) -> settings.Settings:
    """Return the settings of a folder, whatever the environment says."""
    return settings.read({"data": data, "account": "1"})


async def seed(data: Path) -> None:
    """Make account 1 of a new folder, as `furnish` does."""
    async with office.open(chosen(data)) as desk:
        await furnish(desk)


async def furnish(desk: office.Desk) -> None:
    """Make a bot, an agent, four skills and two policies in the account of ``desk``."""
    me, people = desk.actor, desk.directory
    await people.users.add(me, login="bot", type="bot", roles=["Agent"], max_chats=None)
    await people.users.add(
        me, login="ann", type="human", roles=["Agent"], max_chats=None, password=PASSWORD
    )
    served = {"Front": "bot", "maven:Billing": "bot", "Billing": "ann", "Sales": "ann"}
    for skill, user in served.items():
        await people.skills.add(me, name=skill)
        await people.skills.assign(me, skill, users=[user])
    await give_bot(desk, await people.keys.generate(me, "bot"))
    await desk.policies.load(me, POLICIES)


async def give_bot(desk: office.Desk, key: Any) -> None:
    """Let the bot sign in with a key as ``keys.generate`` returned it."""
    document = {
        "username": key.username,
        "appKey": key.app_key,
        "secret": key.secret,
        "accessToken": key.access_token,
        "accessTokenSecret": key.access_token_secret,
    }
    await desk.directory.bots.configure(desk.actor, document=document)


async def until(holds: Callable[[], Awaitable[Any]], *, what: str) -> Any:
    """Look until ``holds`` returns something true, and return that."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await holds()):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)
    assert found, what
    return found


class Life:
    """One server process on a folder."""

    def __init__(self, data: Path, trap: Trap | None, *, level: settings.LogLevel = "info") -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self._process = forks.CONTEXT.Process(target=live, args=(data, trap, self.log, level))
        self._process.start()
        self.note: running.Running | None = None

    async def is_ready(self) -> bool:
        """Wait until it is; False when it died before."""

        async def known() -> bool:
            self.note = running.find(self.data / "server.json")
            mine = self.note is not None and self.note.pid == self._process.pid
            return mine or not self._process.is_alive()

        await until(known, what="a server that is ready")
        return self._process.is_alive()

    async def end(self) -> int:
        """Wait for its end, which must come by itself, and return the exit code."""

        async def over() -> bool:
            return not self._process.is_alive()

        await until(over, what="the end of the server")
        code = self._process.exitcode
        assert code is not None
        return code

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    async def stop(self) -> int:
        """Ask it to stop, and return the exit code."""
        self.kill(signal.SIGTERM)
        return await self.end()


class Street:
    """The world outside a running server: consumers, and Ann."""

    def __init__(self, note: running.Running) -> None:
        self._note = note
        self._tls = trust.context(note.ca)

    @contextlib.asynccontextmanager
    async def ann(self) -> AsyncIterator[agent.AgentConnection]:
        """Ann is online, and answers nothing."""
        async with web.client(self._tls) as http:
            services = await discovery.find(http, domain=self._note.domain, account="1")
            session = await login.log_in(
                http, services, credentials=login.Password("ann", PASSWORD)
            )
        async with agent.AgentConnection(services, session, tls=self._tls) as connection:
            await connection.set_state("ONLINE")
            yield connection

    async def open(self, skill_id: str, *, said: str = "Hello") -> str | None:
        """A consumer opens a conversation and says a word; None when the server was gone first."""
        conversation_id = None
        with contextlib.suppress(errors.OrchestratorError, OSError):
            async with web.client(self._tls) as http:
                services = await discovery.find(http, domain=self._note.domain, account="1")
                token = await login.sign_up(http, services)
            async with consumer.ConsumerConnection(services, token, tls=self._tls) as connection:
                conversation_id = await connection.open_conversation(skill_id=skill_id)
                await connection.say(conversation_id, said)
        return conversation_id


class Found(msgspec.Struct, frozen=True):
    """One conversation as its rows tell it, after everything."""

    entry: str
    skill: str
    holder: str | None
    texts: list[str]
    decisions: int
    transfers: int


class Ledger:
    """The rows of a folder, read beside whatever server runs on it."""

    def __init__(self, database: engine.Database) -> None:
        self._database = database
        self._records = routing.Records(database)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, data: Path) -> AsyncIterator["Ledger"]:
        """Open it."""
        database = await engine.Database.open(data / "orchestrator.db")
        try:
            yield cls(database)
        finally:
            await database.close()

    async def skill(self, name: str) -> str:
        """Return a skill's id."""
        table = tables.skills
        statement = sqlalchemy.select(table.c.id).where(table.c.name == name)
        found = await self._database.read(lambda connection: connection.scalar(statement))
        assert found is not None
        return str(found)

    async def is_settled(self) -> bool:
        """Whether no claim and no step is unfinished, and the bot has nothing."""
        if await self._records.unfinished("1") or await self._records.pending("1"):
            return False
        return all(each.holder is None for each in (await self.conversations()).values())

    async def decisions(self) -> int:
        """Return how many there are."""
        found = await self.conversations()
        return sum(each.decisions for each in found.values())

    async def conversations(self) -> dict[str, Found]:
        """Return every conversation by its id."""
        return await self._database.read(_found)


def _found(connection: sqlalchemy.Connection) -> dict[str, Found]:
    skills, found = tables.skills, tables.conversations
    names = {row.id: row.name for row in connection.execute(sqlalchemy.select(skills))}
    decisions = Counter(
        connection.scalars(sqlalchemy.select(tables.decisions.c.conversation_id)).all()
    )
    transfers = Counter(
        connection.scalars(sqlalchemy.select(tables.transfers.c.conversation_id)).all()
    )
    shown: dict[str, Found] = {}
    for row in connection.execute(sqlalchemy.select(found)).all():
        shown[row.id] = Found(
            entry=names[row.entry_skill_id],
            skill=names[row.skill_id],
            holder=row.assigned_user,
            texts=_texts(connection, row.id),
            decisions=decisions[row.id],
            transfers=transfers[row.id],
        )
    return shown


def _texts(connection: sqlalchemy.Connection, conversation_id: str) -> list[str]:
    table = tables.messages
    rows = connection.execute(
        sqlalchemy.select(table)
        .where(table.c.conversation_id == conversation_id)
        .order_by(table.c.sequence)
    ).all()
    events = [msgspec.json.decode(row.body)["event"] for row in rows]
    return [event["message"] for event in events if event.get("type") == "ContentEvent"]


async def run_out(data: Path) -> dict[str, Found]:
    """Start a server that nothing kills, let it finish what is left over, and read the rows."""
    life = Life(data, None)
    assert await life.is_ready()
    assert life.note is not None
    async with Street(life.note).ann(), Ledger.open(data) as ledger:
        await until(ledger.is_settled, what="nothing left over")
        found = await ledger.conversations()
    assert await life.stop() == 0
    return found


def check(found: dict[str, Found]) -> None:
    """Each conversation ended where it belongs; once decided, once gone, each word once."""
    for key, each in found.items():
        assert each.skill == EXPECTED[each.entry], (key, each)
        assert each.decisions == 1, (key, each)
        assert each.transfers == 1, (key, each)
        # A consumer whose server died before "Hello" arrived did not say it.
        said = [text for text in SAID[each.entry] if text != "Hello"]
        assert [text for text in each.texts if text != "Hello"] == said, (key, each)
        assert each.texts.count("Hello") <= 1, (key, each)
