"""Decisions over loopback HTTP: kept and not kept, beside what the framework alone does."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from bench import figures, house, pressure, requests
from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import program

NAME: Final = "decisions"

POLICIES: Final = 200
SEGMENTS: Final = 10
LIST: Final = 100_000
PATH: Final = "/v3/accounts/1/decisions"
WARM_SECONDS: Final = 2.0
MOST_SECONDS: Final = 15.0


class Measured(msgspec.Struct, frozen=True):
    """What a load came to, and the server's CPU for one request, in microseconds."""

    answered: requests.Answered
    cpu_us: int

    def shown(self) -> str:
        """Return it as text."""
        return f"{self.answered.shown()}; {self.cpu_us} µs of CPU each"


async def run(options: Any, folder: Path) -> figures.Report:
    """Ask as fast as answers come: the framework alone, then decisions of either kind."""
    seconds = min(options.seconds, MOST_SECONDS)
    await house.furnish(folder, policies=document())
    async with office.open(Settings(data=folder)) as desk:
        actor = access.operator("1")
        key = (await desk.directory.api_keys.add(actor, name="bench")).api_key
    found: dict[str, Measured] = {}
    with _bare() as process:
        question = requests.request("POST", "/bare", body(0))
        found["bare"] = await measured(process.port, [question], process.process, seconds=seconds)
    async with house.running(folder) as server:
        on_a_core(server.process, 0)
        for name, record in (("not_kept", False), ("kept", True)):
            sent = _asking(key, record=record)
            found[name] = await measured(server.port, sent, server.process, seconds=seconds)
    for name, items in (("list_of_10", 10), ("list_of_100000", LIST)):
        async with office.open(Settings(data=folder)) as desk:
            await desk.policies.load(access.operator("1"), with_list(items))
        async with house.running(folder) as server:
            on_a_core(server.process, 0)
            sent = _asking(key, record=False)
            found[name] = await measured(server.port, sent, server.process, seconds=seconds)
    rows = tuple((name.replace("_", " "), each.shown()) for name, each in found.items())
    refused = sum(each.answered.refused for each in found.values())
    faults = (f"{refused} questions were refused",) if refused else ()
    shown = {name: msgspec.to_builtins(each) for name, each in found.items()}
    by = pressure.client()
    title = f"Decisions over HTTP, {POLICIES} policies, asked by {by}"
    return figures.Report(title, {"policies": POLICIES, "client": by, **shown}, rows, faults)


def document() -> dict[str, Any]:
    """Return policies of three conditions, of which a question meets any one with equal chance."""
    return {"policies": [_policy(number) for number in range(POLICIES)]}


def with_list(items: int) -> dict[str, Any]:
    """Return one policy that looks for the consumer in a static list, and does not find them."""
    wanted = {"property": "shop.customer", "type": "IS_IN", "value": "{{custom.vips}}"}
    policy = {**_policy(0), "conditions": [wanted]}
    return {"policies": [policy], "custom": {"vips": [f"C-{n:06d}" for n in range(items)]}}


def body(number: int, *, record: bool = True) -> dict[str, Any]:
    """Return a question of about 1.26 kB, which policy ``number`` answers."""
    return {
        "attributes": {
            "sde": {
                "visitorinfo": {
                    "customerinfo": {"ctype": f"tier{number % SEGMENTS}", "balance": 480.5},
                    "personalinfo": {"language": "en-US", "company": "Acme"},
                }
            },
            "shop": {
                "segment": f"s{number // SEGMENTS}",
                "customer": "nobody",
                "note": "x" * 850,
            },
        },
        "conversationId": "45c36881-9f1c-4f7a-8f6e-1d0e5b0c2a77",
        "consumerId": "jo",
        "record": record,
    }


def _policy(number: int) -> dict[str, Any]:
    tier, segment = f"tier{number % SEGMENTS}", f"s{number // SEGMENTS}"
    return {
        "id": f"p{number}",
        "name": f"Policy {number}",
        "enabled": True,
        "conditions": [
            {"property": "customerinfo.ctype", "type": "EQUAL", "value": tier},
            {"property": "shop.segment", "type": "EQUAL", "value": segment},
            {"property": "customerinfo.balance", "type": "GREATER_THAN", "value": 100},
        ],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
    }


def _asking(key: str, *, record: bool) -> list[bytes]:
    return [
        requests.request("POST", PATH, body(number, record=record), key=key)
        for number in range(POLICIES)
    ]


async def measured(
    port: int, sent: Sequence[bytes], process: psutil.Process, *, seconds: float
) -> Measured:
    """Load a port with ``sent`` for a while, and see what that takes of the process behind it."""
    await pressure.load(port, sent, seconds=WARM_SECONDS)
    before = process.cpu_times()
    answered = await pressure.load(port, sent, seconds=seconds)
    after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    each = spent / max(1.0, answered.per_second * seconds) * 1e6
    return Measured(answered, round(each))


def on_a_core(process: psutil.Process, core: int) -> None:
    """Give the server one core, all its threads; whoever asks has the others."""
    others = [each for each in range(psutil.cpu_count() or 2) if each != core]
    with contextlib.suppress(AttributeError, OSError):  # not every system can
        for thread in process.threads():
            os.sched_setaffinity(thread.id, {core})
        os.sched_setaffinity(0, others)


class _Bare(msgspec.Struct, frozen=True):
    """The server that does nothing else: its port, and its process."""

    port: int
    process: psutil.Process


@contextlib.contextmanager
def _bare() -> Iterator[_Bare]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare"],
        stdout=subprocess.PIPE,
        env=program.environment({}),
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        found = _Bare(port, psutil.Process(process.pid))
        on_a_core(found.process, 0)
        yield found
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
