"""The console with 5,000 policies and 200,000 decisions: server time, and pages in Chromium.

Every page and the parts that pages ask for are asked for at 50 requests a second in all; then once
more while 10 conversations a second flow, of which none may be lost, whether there is a processor
for both or not; then each page is opened in Chromium beside the same stream.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import crowd, figures, house, pages_account, pages_asked, pages_seen
from bench.pages_asked import Question, Took
from orchestrator.core.model import errors
from running import browser, program

NAME: Final = "pages"

POLICIES: Final = 5_000
RATE: Final = 50.0
CONVERSATIONS: Final = 10.0
ALONE: Final = 5
MOST_MS: Final = 200.0
MOST_READY_MS: Final = 1_000.0
MOST_GAP_MS: Final = 250.0
"""A list that stands still for longer is felt to freeze."""

_READY: Final = {
    "/policies/new": "policy-editor [role=tabpanel]",
    "/policies/{policy:path}/edit": "policy-editor [role=tabpanel]",
}
_NO_PAGES: Final = frozenset(
    {
        "/token",
        "/bot-config/state",
        "/dashboard/files/{table}",
        "/desk/{conversation}/beside",
        "/desk/{conversation}/earlier",
        "/desk/{conversation}/earlier/{earlier}",
        "/desk/{conversation}/options/{kind}",
        "/desk/{conversation}/places",
        "/intent-and-context-policies",
        "/options/{kind}",
        "/playground/attributes",
    }
)


class _Found(msgspec.Struct, frozen=True):
    """``took`` and ``cpu`` (cores) of pages by themselves, ``beside`` and ``both`` in a crowd."""

    took: dict[str, Took]
    beside: dict[str, Took]
    first: dict[str, float]
    alone: dict[str, float]
    looked: float
    seen: pages_seen.Seen | None
    visits: Sequence[crowd.Visit]
    cpu: float
    both: float
    rss_mib: float


async def run(options: Any, folder: Path) -> figures.Report:
    """Fill the account, ask for its pages, and open them."""
    began = time.monotonic()
    filled, data = await _filled(options, folder)
    took = time.monotonic() - began
    async with house.running(data) as server:
        found = await _measured(server, filled, options.seconds)
    return _report(found, decisions=options.decisions, filling=took)


async def _filled(options: Any, folder: Path) -> tuple[pages_account.Filled, Path]:
    """Return the account, which ``options.filled`` keeps for another time."""
    data = Path(options.filled) if options.filled else folder
    note = data / "filled.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=pages_account.Filled), data
    data.mkdir(parents=True, exist_ok=True)
    filled = await pages_account.fill(data, policies=POLICIES, decisions=options.decisions)
    note.write_bytes(msgspec.json.encode(filled))
    return filled, data


async def _measured(server: house.House, filled: pages_account.Filled, seconds: float) -> _Found:
    asker = pages_asked.Asker(server.port)
    asked = pages_asked.questions(filled.ids)
    load = crowd.Load()
    try:
        await asker.sign_in()
        first = {each.label: await _once(asker, each) for each in asked}
        looked = await asker.settled()
        alone = {each.label: await _alone(asker, each) for each in asked}
        began = server.cpu_seconds()
        took = await pages_asked.stream(asker, asked, rate=RATE, seconds=seconds)
        before = server.cpu_seconds()
        async with asyncio.TaskGroup() as group:
            group.create_task(_flow(server, filled, load, seconds=seconds))
            beside = await pages_asked.stream(asker, asked, rate=RATE, seconds=seconds)
        cpu, both = (before - began) / seconds, (server.cpu_seconds() - before) / seconds
        seen = await _seen(server, filled, asked, load)
    finally:
        await asker.close()
    return _Found(
        *(took, beside, first, alone, looked, seen, load.visits),
        cpu=cpu,
        both=both,
        rss_mib=server.resident_mib(),
    )


async def _alone(asker: pages_asked.Asker, question: Question) -> float:
    """Return the median of a few answers while nobody else asks."""
    took = Took()
    for _ in range(ALONE):
        await asker.ask(question, took)
    return figures.percentile(took.milliseconds, 0.5)


async def _once(asker: pages_asked.Asker, question: Question) -> float:
    took = Took()
    await asker.ask(question, took)
    return took.milliseconds[0]


async def _flow(
    server: house.House, filled: pages_account.Filled, load: crowd.Load, *, seconds: float
) -> None:
    await crowd.stream(server.port, filled.skills, rate=CONVERSATIONS, seconds=seconds, load=load)


async def _seen(
    server: house.House,
    filled: pages_account.Filled,
    asked: Sequence[Question],
    load: crowd.Load,
) -> pages_seen.Seen | None:
    """Open every page in Chromium while conversations flow; None where there is no Chromium."""
    if browser.lacking():
        return None
    opened = [
        pages_seen.Opened(each.label, each.path, _READY.get(each.label, "main h1"))
        for each in asked
        if not each.is_part and each.label not in _NO_PAGES
    ]
    file = server.folder / "pages.json"
    file.write_bytes(msgspec.json.encode(opened))
    base = f"http://127.0.0.1:{server.port}/console"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.pages_seen", base, str(file)),
        stdout=asyncio.subprocess.PIPE,
        env=program.environment({}),
    )
    flowing = asyncio.ensure_future(_flow(server, filled, load, seconds=3_600.0))
    try:
        printed, _ = await process.communicate()
    finally:
        flowing.cancel()
        await asyncio.wait({flowing})
    if process.returncode:
        raise errors.Unavailable("The pages could not be opened in Chromium.")
    return msgspec.json.decode(printed.splitlines()[-1], type=pages_seen.Seen)


def _report(found: _Found, *, decisions: int, filling: float) -> figures.Report:
    ready = found.seen.ready if found.seen else {}
    told = {
        label: pages_asked.told(took, first=found.first.get(label))
        | {"beside_p95_ms": round(figures.percentile(found.beside[label].milliseconds, 0.95))}
        | {"alone_ms": round(found.alone[label]) if label in found.alone else None}
        | {"ready_ms": round(ready[label]) if label in ready else None}
        for label, took in found.took.items()
    }
    visits = [each.milliseconds for each in found.visits if each.milliseconds is not None]
    every, beside = _every(found.took), _every(found.beside)
    whole = {
        "decisions": decisions,
        "policies": POLICIES,
        "filled_in_seconds": round(filling, 1),
        "all_p50_ms": round(figures.percentile(every, 0.50), 1),
        "all_p95_ms": round(figures.percentile(every, 0.95), 1),
        "looked_at_in_seconds": round(found.looked, 1),
        "cpu_cores": round(found.cpu, 2),
        "beside_p50_ms": round(figures.percentile(beside, 0.50), 1),
        "beside_p95_ms": round(figures.percentile(beside, 0.95), 1),
        "beside_refused": sum(each.refused for each in found.beside.values()),
        "beside_cpu_cores": round(found.both, 2),
        "rss_mib": round(found.rss_mib),
        "conversations": figures.milliseconds(visits),
        "lost": sum(each.milliseconds is None for each in found.visits),
        "live_gap_ms": round(found.seen.longest_gap) if found.seen else None,
        "live_changes": found.seen.changes if found.seen else None,
    }
    rows = [(label, _line(each)) for label, each in _slowest_first(told)]
    rows += [(name.replace("_", " "), str(value)) for name, value in whole.items()]
    return figures.Report(
        f"Pages at {RATE:.0f} requests a second; beside {CONVERSATIONS:.0f} conversations a second",
        {**whole, "pages": told},
        tuple(rows),
        tuple(_faults(told, found)),
    )


def _every(took: Mapping[str, Took]) -> list[float]:
    return [each for one in took.values() for each in one.milliseconds]


def _slowest_first(told: Mapping[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(told.items(), key=lambda each: -each[1]["p95_ms"])


def _line(each: Mapping[str, Any]) -> str:
    ready = "" if each["ready_ms"] is None else f", ready in {each['ready_ms']} ms"
    first = "" if each["first_ms"] is None else f", first {each['first_ms']} ms"
    alone = "" if each["alone_ms"] is None else f", alone {each['alone_ms']} ms"
    late = " OVER" if each["p95_ms"] > MOST_MS else ""
    slow = " SLOW" if each["ready_ms"] is not None and each["ready_ms"] > MOST_READY_MS else ""
    return (
        f"p50 {each['p50_ms']:.0f} ms, p95 {each['p95_ms']:.0f} ms{late}, "
        f"beside {each['beside_p95_ms']} ms{alone}{first}, "
        f"{each['kb']} kB{ready}{slow} ({each['asked']} times)"
    )


def _faults(told: Mapping[str, dict[str, Any]], found: _Found) -> list[str]:
    faults = [
        f"{label} was not answered with 200: {dict(found.took[label].statuses)}"
        for label, each in told.items()
        if each["refused"]
    ]
    late = [label for label, each in told.items() if each["p95_ms"] > MOST_MS]
    if late:
        faults.append(f"p95 over {MOST_MS:.0f} ms: {', '.join(late)}")
    slow = [label for label, each in told.items() if (each["ready_ms"] or 0) > MOST_READY_MS]
    if slow:
        faults.append(f"ready after more than {MOST_READY_MS:.0f} ms: {', '.join(slow)}")
    if found.seen and found.seen.longest_gap > MOST_GAP_MS:
        faults.append(f"the live list stood still for {found.seen.longest_gap:.0f} ms")
    wrong = sum(each.wrong for each in found.visits)
    lost = sum(each.milliseconds is None for each in found.visits)
    if wrong or lost:
        faults.append(f"{wrong} conversations went wrong, {lost} were lost")
    return faults
