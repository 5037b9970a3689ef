"""Decisions over loopback HTTP: kept and not kept, beside what the framework alone does."""

import contextlib
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from bench import figures, house, requests
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


async def run(options: Any, folder: Path) -> figures.Report:
    """Ask as fast as answers come: the framework alone, then decisions of either kind."""
    seconds = min(options.seconds, MOST_SECONDS)
    await house.furnish(folder, policies=document())
    async with office.open(Settings(data=folder)) as desk:
        actor = access.operator("1")
        key = (await desk.directory.api_keys.add(actor, name="bench")).api_key
    found: dict[str, requests.Answered] = {}
    with _bare() as port:
        question = requests.request("POST", "/bare", body(0))
        found["bare"] = await _measured(port, lambda: question, seconds=seconds)
    async with house.running(folder) as server:
        _on_a_core(server.process, 0)
        for name, record in (("not_kept", False), ("kept", True)):
            make = _asking(key, record=record)
            found[name] = await _measured(server.port, make, seconds=seconds)
    for name, items in (("list_of_10", 10), ("list_of_100000", LIST)):
        async with office.open(Settings(data=folder)) as desk:
            await desk.policies.load(access.operator("1"), with_list(items))
        async with house.running(folder) as server:
            _on_a_core(server.process, 0)
            make = _asking(key, record=False)
            found[name] = await _measured(server.port, make, seconds=seconds)
    rows = tuple((name.replace("_", " "), each.shown()) for name, each in found.items())
    refused = sum(each.refused for each in found.values())
    faults = (f"{refused} questions were refused",) if refused else ()
    shown = {
        name: {"per_second": each.per_second, "took_ms": each.took_ms}
        for name, each in found.items()
    }
    title = f"Decisions over HTTP, {POLICIES} policies"
    return figures.Report(title, {"policies": POLICIES, **shown}, rows, faults)


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


def _asking(key: str, *, record: bool) -> Callable[[], bytes]:
    sent = [
        requests.request("POST", PATH, body(number, record=record), key=key)
        for number in range(POLICIES)
    ]
    return itertools.cycle(sent).__next__


async def _measured(port: int, make: Callable[[], bytes], *, seconds: float) -> requests.Answered:
    await requests.load(port, make, seconds=WARM_SECONDS)
    return await requests.load(port, make, seconds=seconds)


def _on_a_core(process: psutil.Process, core: int) -> None:
    """Give the server one core; whoever asks has the others."""
    with contextlib.suppress(AttributeError):  # not every system can
        process.cpu_affinity([core])
        psutil.Process().cpu_affinity([each for each in range(psutil.cpu_count() or 2) if each])


@contextlib.contextmanager
def _bare() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare"],
        stdout=subprocess.PIPE,
        env=program.environment({}),
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        _on_a_core(psutil.Process(process.pid), 0)
        yield port
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
