"""One run: two servers on one PostgreSQL, eight agents, many conversations; what became of them."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg

from running.server import Server
from stress import town as towns
from stress.ledger import Ledger
from stress.people import Agent, Opener
from stress.town import Town

OPENERS: Final = 12

DEAD: Final = 8.0
"""Seconds before a killed server is started again: the other one has taken over by then."""

STUCK: Final = 60.0
"""Seconds without progress after which a run is given up."""

_LOADS: Final = """
SELECT who, sum(n)::int FROM (
    SELECT assigned_user AS who, count(*) AS n FROM conversations
    WHERE state = 'OPEN' AND assigned_user IS NOT NULL GROUP BY 1
    UNION ALL SELECT user_id, count(*) FROM rings WHERE state = 'WAITING' GROUP BY 1
) AS loads GROUP BY 1
"""
_OPEN: Final = "SELECT id FROM conversations WHERE state <> 'CLOSE'"
_CLOSED: Final = "SELECT id FROM conversations WHERE state = 'CLOSE'"
_TAKEN: Final = """
SELECT c.id,
       (SELECT count(*) FROM rings r
        WHERE r.account = c.account AND r.conversation_id = c.id AND r.state = 'ACCEPTED') AS taken,
       (SELECT count(*) FROM transfers t
        WHERE t.account = c.account AND t.conversation_id = c.id) AS moved
FROM conversations c
"""
_TWICE: Final = """
SELECT a.conversation_id FROM assignments a
WHERE a.to_at IS NULL GROUP BY a.account, a.conversation_id HAVING count(*) > 1
"""


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """What a run found; every promise is kept when `is_good`."""

    conversations: int
    seconds: float
    doubles: int
    over_capacity: int
    lost: int
    out_of_order: int
    offers_accepted: int
    per_second: float
    notes: list[str]

    @property
    def is_good(self) -> bool:
        """Whether nothing was broken."""
        return not (self.doubles or self.over_capacity or self.lost or self.out_of_order)


async def run(
    url: str, folder: Path, *, conversations: int, kills: int = 0, seed: int = 4
) -> Report:
    """Seed the database at ``url``, let everything happen, and return what was found.

    One of the two servers is killed and started again ``kills`` times, spread over the run.
    """
    town = await towns.seed(url, folder / "desk")
    servers: list[Server] = []
    try:
        for name in ("a", "b"):  # one that does not start must not leave the other running
            servers.append(await asyncio.to_thread(town.start, folder / name))  # noqa: PERF401 - kept as they come
        return await _run(town, servers, conversations=conversations, kills=kills, seed=seed)
    finally:
        await asyncio.gather(*(asyncio.to_thread(server.close) for server in servers))


async def _run(
    town: Town, servers: Sequence[Server], *, conversations: int, kills: int, seed: int
) -> Report:
    ledger = Ledger()
    agents = [
        Agent(member, town, servers, ledger=ledger, seed=seed + number)
        for number, member in enumerate(town.agents)
    ]
    tickets: asyncio.Queue[int] = asyncio.Queue()
    for number in range(conversations):
        tickets.put_nowait(number + 1)
    async with contextlib.AsyncExitStack() as stack:
        work = [stack.enter_context(_running(agent.run())) for agent in agents]
        await asyncio.gather(*(agent.online.wait() for agent in agents))
        began = time.monotonic()
        for number in range(OPENERS):
            opener = Opener(town, servers, ledger=ledger, seed=seed + number)
            work.append(stack.enter_context(_running(opener.run(tickets))))
        work.append(stack.enter_context(_running(_look(town, ledger))))
        work.append(stack.enter_context(_running(_kill(servers[0], ledger, conversations, kills))))
        await _finished(town, ledger, conversations, began)
        seconds = time.monotonic() - began
        for task in work:
            task.cancel()
        for ended in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended  # a fault of the test's own
    await _check(town, ledger)
    return Report(
        conversations=len(ledger.opened),
        seconds=round(seconds, 1),
        doubles=ledger.broken["doubles"],
        over_capacity=ledger.broken["overCapacity"],
        lost=ledger.broken["lost"],
        out_of_order=ledger.broken["outOfOrder"],
        offers_accepted=ledger.accepted,
        per_second=round(len(ledger.opened) / seconds, 1),
        notes=ledger.notes,
    )


@contextlib.contextmanager
def _running(work: Any) -> Any:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()


async def _look(town: Town, ledger: Ledger) -> None:
    """Hold snapshots of the rows against the capacities: they are exact, unlike any socket."""
    async with await psycopg.AsyncConnection.connect(town.url, autocommit=True) as connection:
        while True:
            rows = await (await connection.execute(_LOADS)).fetchall()
            ledger.seen(dict(rows), town.agents)
            await asyncio.sleep(0.05)


async def _kill(server: Server, ledger: Ledger, conversations: int, kills: int) -> None:
    """End the server as a power cut does, evenly over the run, and start it again."""
    for number in range(kills):
        while len(ledger.closed) < conversations * (number + 1) // (kills + 1):  # noqa: ASYNC110 - others get there
            await asyncio.sleep(0.1)
        _say(f"kill -9 {server.pid}")
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(DEAD)
        await asyncio.to_thread(server.restart)
        _say(f"restarted as {server.pid}")


async def _finished(town: Town, ledger: Ledger, conversations: int, began: float) -> None:
    """Return once everything was opened and nothing is open, or nothing moves any more."""
    moved = said = time.monotonic()
    before = -1
    while True:
        await asyncio.sleep(0.2)
        now = time.monotonic()
        if len(ledger.closed) != before:
            before, moved = len(ledger.closed), now
        if now - said > 10:
            said = now
            _say(f"{now - began:.0f} s: {len(ledger.opened)} opened, {len(ledger.closed)} closed")
        if len(ledger.opened) >= conversations and not await _rows(town, _OPEN):
            return
        if now - moved > STUCK:
            return


async def _check(town: Town, ledger: Ledger) -> None:
    """Hold the rows at the end against what was promised."""
    for (key,) in await _rows(town, _OPEN):
        ledger.miss("lost", f"{key} is still open")
    there = {key for (key,) in await _rows(town, _CLOSED)}
    for key in ledger.opened - there:
        ledger.miss("lost", f"{key} was opened and is not closed in the rows")
    for key, taken, moved in await _rows(town, _TAKEN):
        if taken != moved + 1:
            ledger.miss("doubles", f"{key} was accepted {taken} times and handed on {moved}")
    for (key,) in await _rows(town, _TWICE):
        ledger.miss("doubles", f"{key} has two agents in the rows")


async def _rows(town: Town, statement: str) -> list[Any]:
    async with await psycopg.AsyncConnection.connect(town.url, autocommit=True) as connection:
        return await (await connection.execute(statement.encode())).fetchall()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
