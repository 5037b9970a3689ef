"""Echo and login rates beside a bare server of the same library, in turns, in the same run.

An echo is GetClock on a consumer's socket; a login is that of a key (a row looked up, a session
written to the disk) beside a POST of the same JSON that does nothing. A login by password takes
what argon2 takes, on purpose, and is not measured here.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import crowd, figures, house, rules, wire
from running import program

NAME: Final = "beside"

ROUNDS: Final = 5
SECONDS: Final = 1.5
SOCKETS: Final = 16
LOGINS: Final = 8

_Once = Callable[[], Awaitable[object]]


async def run(options: Any, folder: Path) -> figures.Report:  # noqa: ARG001  every bench is asked alike
    """Measure both, in turns."""
    account = await house.furnish(folder, policies=rules.document())
    document = account.key
    async with house.running(folder) as server, _bare() as port:
        consumers = crowd.staying(server.port, account.skills, count=SOCKETS)
        async with consumers as there, contextlib.AsyncExitStack() as stack:
            bare = [await wire.connect(port, "/echo", hear=lambda _: None) for _ in there]
            for socket in bare:
                stack.callback(socket.close)
            echo = await _in_turns(
                [consumer.clock for consumer in there],
                [lambda socket=socket: socket.ask("GetClock", {}) for socket in bare],
            )
            body = msgspec.json.encode(document)
            ours = [wire.Http(server.port) for _ in range(LOGINS)]
            theirs = [wire.Http(port) for _ in range(LOGINS)]
            for http in (*ours, *theirs):
                stack.callback(http.close)
            login = await _in_turns(
                [lambda http=http: http.post("/api/account/1/login?v=1.3", body) for http in ours],
                [lambda http=http: http.post("/login", body) for http in theirs],
            )
    found = {"echo": echo, "login": login}
    rows = tuple(
        (name, f"{each['ours']:.0f} a second, bare {each['bare']:.0f}, ratio {each['ratio']:.2f}")
        for name, each in found.items()
    )
    return figures.Report(
        f"Beside a bare server (medians of {ROUNDS} turns; {SOCKETS} sockets, {LOGINS} at login)",
        found,
        rows,
    )


async def _in_turns(ours: list[_Once], bare: list[_Once]) -> dict[str, float]:
    rates: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for clients, into in zip((ours, bare), rates, strict=True):
            rate = await _rate(clients)
            if turn:  # the first one warms up
                into.append(rate)
    medians = [statistics.median(each) for each in rates]
    return {
        "ours": round(medians[0], 1),
        "bare": round(medians[1], 1),
        "ratio": round(medians[0] / medians[1], 3),
    }


async def _rate(clients: list[_Once]) -> float:
    """Return how many a second all clients together get answered, each asking one by one."""
    done = 0
    until = time.perf_counter() + SECONDS

    async def keep_asking(once: _Once) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await once()
            done += 1

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(keep_asking(client))
    return done / (time.perf_counter() - began)


@contextlib.asynccontextmanager
async def _bare() -> AsyncIterator[int]:
    process = subprocess.Popen(  # noqa: ASYNC220  nothing else runs on the loop yet
        [sys.executable, "-m", "bench.bare"], stdout=subprocess.PIPE, env=program.environment({})
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
