"""How long an edit of one policy among 10,000 takes to be in force, and what it holds up.

The services of a server are built over a folder; a conversation's worth of decisions is asked for
all the time, and a coroutine that only ticks says for how long the event loop was held.
"""

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from bench import figures, house
from orchestrator.adapters import calendar, clock, seal
from orchestrator.adapters.storage import admin, engine
from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.serve import deciding
from orchestrator.serve.program import SWITCH_SECONDS
from orchestrator.services.admin.policies import Policies
from orchestrator.services.routing.decisions import Decisions, Question

NAME: Final = "edits"

POLICIES: Final = 10_000
ROUNDS: Final = 6
ATTRIBUTES: Final = 40
LIVE_MS: Final = 50.0
HELD_MS: Final = 5.0

Edit = Callable[[Policies, Actor, int], Awaitable[Any]]
"""One edit, the n-th of its kind."""


class _Ticker:
    """For how long the loop was held, at most, since it was last asked; in milliseconds."""

    def __init__(self) -> None:
        self._longest = 0.0

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            self._longest = max(self._longest, time.perf_counter() - began)
            await asyncio.sleep(0.0005)

    def taken(self) -> float:
        longest, self._longest = self._longest * 1000, 0.0
        return longest


async def run(options: Any, folder: Path) -> figures.Report:
    """Edit in every way, with decisions running; the edits of another process come last."""
    del options
    await house.furnish(folder, policies={"policies": []})
    actor = access.operator("1")
    live: dict[str, list[float]] = {}
    held: dict[str, list[float]] = {}
    async with _served(folder) as (policies, decisions), _served(folder) as (elsewhere, _):
        began = time.perf_counter()
        await policies.load(actor, document())
        loaded = time.perf_counter() - began
        await decisions.decide(actor, _question(0))
        await elsewhere.current(actor)
        ticker = _Ticker()
        beside = [asyncio.create_task(ticker.run()), asyncio.create_task(_ask(decisions, actor))]
        for name, edit, by in (
            *((name, edit, policies) for name, edit in EDITS.items()),
            ("elsewhere", EDITS["replace"], elsewhere),
        ):
            for number in range(ROUNDS):
                await asyncio.sleep(0.05)
                ticker.taken()
                taken = await _live(decisions, actor, edit(by, actor, number))
                live.setdefault(name, []).append(taken)
                held.setdefault(name, []).append(ticker.taken())
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    found = {
        name: {"live_ms": figures.milliseconds(live[name]), "held_ms": round(max(held[name]), 1)}
        for name in live
    }
    rows = tuple(
        (name, f"{figures.shown(figures.milliseconds(live[name]))}; held {max(held[name]):.1f} ms")
        for name in live
    )
    title = f"One edit among {POLICIES:,} policies (loaded in {loaded:.1f} s), until it decides"
    return figures.Report(title, {"policies": POLICIES, **found}, rows, tuple(_faults(live, held)))


def _faults(live: dict[str, list[float]], held: dict[str, list[float]]) -> list[str]:
    late = [
        f"{name} took {figures.percentile(taken, 0.5):.0f} ms"
        for name, taken in live.items()
        if figures.percentile(taken, 0.5) > LIVE_MS
    ]
    return late + [
        f"{name} held the loop for {figures.percentile(taken, 0.5):.1f} ms"
        for name, taken in held.items()
        if figures.percentile(taken, 0.5) > HELD_MS
    ]


@contextlib.asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[tuple[Policies, Decisions]]:
    """Build what a server edits and decides by, over the folder's database."""
    sys.setswitchinterval(SWITCH_SECONDS)
    database = await engine.Database.open(folder / "orchestrator.db")
    time = clock.SystemClock()
    made = deciding.of(database, time, seal=seal.Seal(bytes(32)))
    rules = Policies(
        admin.AdminStore(database),
        time,
        calendar=calendar.holidays,
        library=made.library,
        taken=made.rulebook.take,
    )
    try:
        yield rules, made.decisions
    finally:
        await made.close()
        await database.close()


async def _live(decisions: Decisions, actor: Actor, edit: Awaitable[Any]) -> float:
    """Return the milliseconds from the call to the first decision by what it published."""
    began = time.perf_counter()
    edited = asyncio.ensure_future(edit)
    saved = await edited
    version = getattr(saved, "version", None) or saved[1].version
    while (await _version(decisions, actor)) < version:
        pass
    return (time.perf_counter() - began) * 1000


async def _version(decisions: Decisions, actor: Actor) -> int:
    return (await decisions._book(actor)).rules.number


async def _ask(decisions: Decisions, actor: Actor) -> None:
    number = 0
    while True:
        number += 1
        await decisions.decide(actor, _question(number))
        await asyncio.sleep(0.002)


def _question(number: int) -> Question:
    chance = random.Random(number)  # noqa: S311 - reproducible, not secret
    shop = {
        f"a{place}": chance.choice([f"v{chance.randrange(50)}", chance.randrange(1000)])
        for place in range(ATTRIBUTES)
    }
    return Question(attributes={"shop": shop}, recording="off")


def document() -> dict[str, Any]:
    """Return the policies: 1 to 5 conditions of every sort, lists of up to 1,000 items."""
    chance = random.Random(1)  # noqa: S311 - reproducible, not secret
    return {"policies": [_policy(chance, number) for number in range(POLICIES)]}


def _policy(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "name": f"Policy {number}",
        "enabled": True,
        "conditions": [_condition(chance) for _ in range(chance.randint(1, 5))],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
    }


def _condition(chance: random.Random) -> dict[str, Any]:
    name, kind = f"shop.a{chance.randrange(ATTRIBUTES)}", chance.random()
    if kind < 0.6:
        return {"property": name, "type": "EQUAL", "value": f"v{chance.randrange(50)}"}
    if kind < 0.8:
        return {"property": name, "type": "LESS_THAN", "value": chance.randrange(1000)}
    if kind < 0.9:
        items = [f"x{chance.randrange(100_000)}" for _ in range(chance.randint(20, 1000))]
        return {"property": name, "type": "IS_IN", "value": items}
    if kind < 0.95:
        return {"property": name, "type": "CONTAINS", "value": f"word{chance.randrange(100)}"}
    return {"any": [{"property": name, "type": "EQUAL", "value": "q"}, {"none": []}]}


def _another(number: int) -> dict[str, Any]:
    return _policy(random.Random(number), POLICIES + number)  # noqa: S311 - as above


EDITS: Final[dict[str, Edit]] = {
    "toggle": lambda desk, actor, n: desk.edit(actor, f"p{1500 * n}", state="disabled"),
    "rename": lambda desk, actor, n: desk.edit(actor, f"p{1500 * n + 1}", name=f"Called {n}"),
    "move": lambda desk, actor, n: desk.edit(actor, f"p{1500 * n + 2}", position=7 + n),
    "add": lambda desk, actor, n: desk.add(actor, _another(n)),
    "replace": lambda desk, actor, n: desk.replace(
        actor, f"p{1500 * n + 3}", given=_another(100 + n) | {"id": f"p{1500 * n + 3}"}
    ),
    "remove": lambda desk, actor, n: desk.remove(actor, f"p{1500 * n + 4}"),
}
