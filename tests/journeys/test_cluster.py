"""Two servers on one PostgreSQL are one cloud, whichever of them somebody talks to."""

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy

from killing import house
from orchestrator.adapters.storage import engine
from orchestrator.core.ums import notices
from orchestrator.serve import office, settings
from running import forks, postgres, program, server, wire
from stress import run

KEY = "c1" * 32
BEAT = "0.5"
"""Seconds between signs of life: tests wait less than people do."""
_CONNECTED = sqlalchemy.text("SELECT connected FROM presence WHERE user_id = :id")
_RUNS_BOTS = sqlalchemy.text(
    "SELECT p.pid FROM leases l JOIN processes p ON p.id = l.process WHERE l.account = '1'"
)


class Pair(msgspec.Struct, frozen=True):
    """Two servers; ``a`` runs the bots."""

    url: str
    folder: Path
    a: server.Server
    b: server.Server

    @property
    def settings(self) -> settings.Settings:
        given = {"data": self.folder / "desk", "account": "1", "database": self.url, "key": KEY}
        return settings.read(given)

    def close(self) -> None:
        for each in (self.a, self.b):
            each.close()


def started(url: str, folder: Path) -> Pair:
    """Start two at once; one of them was first to take the bots."""
    env = {
        "ORCHESTRATOR_DATABASE": url,
        "ORCHESTRATOR_KEY": KEY,
        "ORCHESTRATOR_DURATIONS__BEAT": BEAT,
    }
    with futures.ThreadPoolExecutor() as both:
        starts = [both.submit(server.Server, folder / name, env=env) for name in ("one", "two")]
    servers = [start.result() for start in starts if start.exception() is None]
    try:
        for start in starts:
            start.result()
        with psycopg.connect(url) as connection:
            row = connection.execute(_RUNS_BOTS.text).fetchone()
        assert row is not None
        servers.sort(key=lambda each: each.pid != row[0])
        return Pair(url, folder, *servers)
    except BaseException:
        for each in servers:
            each.close()
        raise


@pytest.fixture(scope="module")
def shared_pair(
    postgres_server: postgres.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Two servers that no test may kill."""
    pair = started(postgres_server.create(), tmp_path_factory.mktemp("pair"))
    yield pair
    pair.close()


@pytest.fixture
def pair(postgres_url: str, tmp_path: Path) -> Iterator[Pair]:
    """Two servers of a test's own."""
    made = started(postgres_url, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def towns(shared_pair: Pair) -> tuple[wire.Town, wire.Town]:
    """One account, seen at either server."""
    town = asyncio.run(wire.people(shared_pair.a, shared_pair.settings))
    return town, msgspec.structs.replace(town, server=shared_pair.b)


@pytest.mark.timeout(240)  # 20 s on two cores of its own, a minute and more on busy ones
async def test_2000_conversations_are_given_once_and_to_nobody_who_is_full(
    postgres_url: str, tmp_path: Path
) -> None:
    """Eight agents at two servers, both distributing at once; checked at every event."""
    found = await run.run(postgres_url, tmp_path, conversations=2_000)
    assert found.is_good, found
    assert found.conversations == 2_000


async def test_a_consumer_and_an_agent_at_different_servers_talk_in_order(
    towns: tuple[wire.Town, wire.Town],
) -> None:
    """What is said at one is told at the other, in the order in which it was said."""
    async with wire.Visit(towns[0]) as here, wire.Visit(towns[1]) as there:
        anna = await there.agent("anna")
        guest = await here.consumer()
        conversation = await here.opened(guest)
        await there.accepted(anna, conversation)
        await guest.ask("ms.SubscribeMessagingEvents", {"dialogId": conversation})
        said = [f"guest {number}" for number in range(20)] + [f"anna {n}" for n in range(20)]
        for text in said:
            speaker = here if text.startswith("guest") else there
            peer = guest if text.startswith("guest") else anna
            assert (await speaker.say(peer, conversation, text))["code"] == 200
        for peer, kind in ((guest, notices.DIALOG_EVENTS), (anna, notices.EVENT)):
            await peer.told(kind, lambda told: _text(told) == said[-1])
            told = [frame["body"] for frame in peer.frames if frame.get("type") == kind]
            each = [one for body in told for one in body.get("changes", [body])]
            assert [text for text in map(_text, each) if text is not None] == said
        await there.change(
            anna, conversation, {"field": "ConversationStateField", "conversationState": "CLOSE"}
        )


def _text(told: dict) -> str | None:
    return told["event"].get("message") if isinstance(told["event"], dict) else None


async def test_a_logout_at_one_closes_the_sockets_at_the_other(
    towns: tuple[wire.Town, wire.Town],
) -> None:
    """A bearer is good everywhere, and then nowhere: 4401."""
    async with wire.Visit(towns[0]) as here, wire.Visit(towns[1]) as there:
        session = await here.login("ben")
        socket = await there.socket(f"brand/{session['bearer']}?v=2.1")
        await socket.settled()
        answer = await here.post(
            "/logout?v=1.3",
            {"csrf": session["csrf"]},
            headers={"Authorization": f"Bearer {session['bearer']}", "Cookie": session["cookie"]},
        )
        assert answer.status_code == 200
        assert await socket.closed() == 4401


async def test_a_consumers_token_is_good_at_both(towns: tuple[wire.Town, wire.Town]) -> None:
    """The key that signs it is a row."""
    async with wire.Visit(towns[0]) as here, wire.Visit(towns[1]) as there:
        token = await here.token()
        conversation = await there.opened(await there.consumer(token))
        assert conversation


async def test_another_master_key_is_refused_at_the_start(
    shared_pair: Pair, tmp_path: Path
) -> None:
    """Not later, when something sealed is needed; nothing was sealed with it by then."""
    env = {"ORCHESTRATOR_DATABASE": shared_pair.url, "ORCHESTRATOR_KEY": "d2" * 32}
    done = await asyncio.to_thread(
        forks.run,
        ["serve", "--data", str(tmp_path), "--port", "0", "--tls-port", "0", "--json"],
        text="",
        env=program.environment(env),
        within=30,
    )
    assert done.returncode != 0
    assert "ORCHESTRATOR_KEY" in done.stderr
    assert "Traceback" not in done.stderr


async def test_an_agent_at_both_stays_when_one_dies(pair: Pair) -> None:
    """The other one goes on to ring there; whoever was at the dead one only is offline."""
    town = await wire.people(pair.a, pair.settings)
    other = msgspec.structs.replace(town, server=pair.b)
    async with wire.Visit(other) as there:
        anna = await there.agent("anna")
        async with wire.Visit(town) as here:
            await here.agent("anna")
            await here.agent("ben")
            await asyncio.to_thread(pair.a.kill)

        database = await engine.Database.open(pair.url)
        try:

            async def ben_is_gone() -> bool:
                return not await database.read(
                    lambda rows: rows.scalar(_CONNECTED, town.users["ben"])
                )

            await house.until(ben_is_gone, what="the burial of the dead one")
            assert await database.read(lambda rows: rows.scalar(_CONNECTED, town.users["anna"]))
        finally:
            await database.close()
        guest = await there.consumer()
        await there.accepted(anna, await there.opened(guest))


async def test_a_server_that_was_stopped_for_a_while_lives_again_and_owns_nothing(
    pair: Pair,
) -> None:
    """Its bots are the other's by then; its agents, whose sockets are still open, are back."""
    town = await wire.people(pair.a, pair.settings)
    database = await engine.Database.open(pair.url)

    async def runs_bots() -> int:
        return await database.read(lambda rows: rows.scalar(_RUNS_BOTS))

    async def anna_is_there() -> bool:
        return await database.read(lambda rows: rows.scalar(_CONNECTED, town.users["anna"]))

    try:
        async with (
            wire.Visit(town) as here,
            wire.Visit(msgspec.structs.replace(town, server=pair.b)) as there,
        ):
            anna = await here.agent("anna")
            assert await runs_bots() == pair.a.pid
            os.kill(pair.a.pid, signal.SIGSTOP)
            try:

                async def buried() -> bool:
                    return await runs_bots() == pair.b.pid and not await anna_is_there()

                await house.until(buried, what="the burial of the one that was stopped")
            finally:
                os.kill(pair.a.pid, signal.SIGCONT)
            await house.until(anna_is_there, what="the agent's return")
            guest = await there.consumer()
            await here.accepted(anna, await there.opened(guest))
            assert await runs_bots() == pair.b.pid
    finally:
        await database.close()


async def test_the_bot_is_taken_over_and_no_conversation_is_lost(pair: Pair) -> None:
    """kill -9 of the server that runs it, among conversations: each is decided and moved once."""
    async with office.open(pair.settings) as desk:
        await house.furnish(desk)
    database = await engine.Database.open(pair.url)
    ledger = house.Ledger(database)
    try:
        note = house.running.find(pair.b.data / "server.json")
        assert note is not None
        street = house.Street(note)
        async with street.ann():
            skill = await ledger.skill("Front")

            async def decided() -> bool:
                return await ledger.decisions() >= 2

            assert all(await asyncio.gather(*(street.open(skill) for _ in range(3))))
            await house.until(decided, what="a bot that decides")
            opening = asyncio.gather(*(street.open(skill) for _ in range(9)))
            await asyncio.to_thread(pair.a.kill)
            assert all(await opening)

            async def over() -> bool:
                found = await ledger.conversations()
                moved = all(each.skill != "Front" and each.transfers for each in found.values())
                return len(found) == 12 and moved and await ledger.is_settled()

            await house.until(over, what="everything where it belongs")
        house.check(await ledger.conversations())
    finally:
        await database.close()
