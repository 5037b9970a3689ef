"""From ring to transfer: how long, what it costs, and at which rate it breaks."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any, Final

import psutil

from bench import crowd, figures, house, rules

NAME: Final = "ring"

STEP_SECONDS: Final = 10.0
STEP: Final = 1.25
MOST: Final = 400.0
BROKEN_MS: Final = 1000.0

_TOOK: Final = """
SELECT t.at - r.created_at
FROM transfers t
JOIN rings r ON r.account = t.account AND r.conversation_id = t.conversation_id
WHERE r.state = 'ACCEPTED' AND t.at >= {since}
"""


async def run(options: Any, folder: Path) -> figures.Report:
    """Measure at ``options.rate`` for ``options.seconds``, then raise the rate until it breaks."""
    account = await house.furnish(folder, policies=rules.document())
    async with house.running(folder) as server:
        await _measured(server, account, rate=10, seconds=3)  # everybody is awake, caches are warm
        steady = await _measured(server, account, rate=options.rate, seconds=options.seconds)
        rates: list[dict[str, Any]] = []
        if not options.steady:
            rates = await _raised(server, account, rate=options.rate)
        open_now = server.query("SELECT count(*) FROM conversations WHERE state = 'OPEN'")[0][0]
    found: dict[str, Any] = {**steady, "open_conversations": open_now}
    rows = [
        ("new conversations", f"{options.rate:g} a second for {options.seconds:g} s"),
        ("consumer told", f"{figures.shown(steady['told_ms'])} from their request"),
        ("ring to transfer", f"{figures.shown(steady['ring_ms'])} by the server's rows"),
        ("lost, wrong", f"{steady['lost']}, {steady['wrong']} of {steady['conversations']}"),
        (
            "server CPU",
            _server(steady),
        ),
        ("generator CPU", f"{steady['generator_cpu']:.0%} of a core"),
        ("bottleneck", _bottleneck(steady)),
    ]
    if rates:
        good = [each for each in rates if not each["broken"]]
        found["breaks"] = {
            "holds": good[-1]["rate"] if good else None,
            "at": rates[-1]["rate"] if rates[-1]["broken"] else None,
            "steps": rates,
        }
        rows += [(f"at {each['rate']:g}/s", _step(each)) for each in rates]
    faults = []
    if steady["lost"] or steady["wrong"]:
        faults.append(f"{steady['lost']} lost, {steady['wrong']} wrong: {steady['reasons']}")
    return figures.Report("Ring to transfer", found, tuple(rows), tuple(faults))


def _server(found: dict[str, Any]) -> str:
    return (
        f"{found['cpu_ms']} ms a conversation ({found['kernel_ms']} in the kernel), "
        f"{found['server_cpu']:.0%} of a core"
    )


def _bottleneck(found: dict[str, Any]) -> str:
    """Say who uses the one interpreter: the event loop, or the other threads."""
    others = found["cpu_ms"] - found["loop_ms"]
    return (
        f"the interpreter's one core: {found['loop_ms']} ms a conversation on the event loop, "
        f"{others:.2f} ms on other threads, most of it the storage's writer"
    )


def _step(found: dict[str, Any]) -> str:
    return (
        f"{figures.shown(found['told_ms'])}; server {_server(found)}; "
        f"generator {found['generator_cpu']:.0%}{'; BROKEN' if found['broken'] else ''}"
    )


async def _raised(
    server: house.House, account: house.Account, *, rate: float
) -> list[dict[str, Any]]:
    """Raise the rate step by step until p99 is over a second or the queue grows."""
    found: list[dict[str, Any]] = []
    while rate < MOST:
        rate *= STEP
        step = await _measured(server, account, rate=round(rate, 1), seconds=STEP_SECONDS)
        found.append(step)
        if step["broken"]:
            break
        await asyncio.sleep(1)
    return found


async def _measured(
    server: house.House, account: house.Account, *, rate: float, seconds: float
) -> dict[str, Any]:
    load = crowd.Load()
    own = psutil.Process(os.getpid())
    since = int(time.time() * 1000)
    before, mine = server.cpu_seconds(), sum(own.cpu_times()[:2])
    kernel, loop = server.system_seconds(), server.loop_seconds()
    began = time.monotonic()
    sending = asyncio.create_task(
        crowd.stream(server.port, account.skills, rate=rate, seconds=seconds, load=load)
    )
    await asyncio.sleep(seconds)
    waiting = load.under_way
    await sending
    # What the server did for those who waited longer is its work as well.
    passed = time.monotonic() - began
    cpu, mine = server.cpu_seconds() - before, sum(own.cpu_times()[:2]) - mine
    kernel, loop = server.system_seconds() - kernel, server.loop_seconds() - loop
    told = [each.milliseconds for each in load.visits if each.milliseconds is not None]
    latencies = figures.milliseconds(told)
    p99 = latencies["p99"]
    took = [float(row[0]) for row in server.query(_TOOK.format(since=since))]
    return {
        "rate": rate,
        "seconds": seconds,
        "conversations": len(load.visits),
        "told_ms": latencies,
        "ring_ms": figures.milliseconds(took),
        "lost": sum(each.milliseconds is None for each in load.visits),
        "wrong": sum(each.wrong for each in load.visits),
        "reasons": sorted({each.reason for each in load.visits if each.reason})[:5],
        "under_way_at_end": waiting,
        "cpu_ms": round(cpu * 1000 / max(1, len(load.visits)), 2),
        "loop_ms": round(loop * 1000 / max(1, len(load.visits)), 2),
        "kernel_ms": round(kernel * 1000 / max(1, len(load.visits)), 2),
        "server_cpu": round(cpu / passed, 3),
        "generator_cpu": round(mine / passed, 3),
        "generator_late_ms": round(load.late * 1000, 1),
        # More than a second's worth of consumers waiting: the queue grows.
        "broken": p99 is None or p99 > BROKEN_MS or waiting > rate,
    }
