"""One policy among many is changed while a thread decides: how soon it is live, who is held up.

Run as ``python -m bench.engines.edited WORKLOAD``. Prints one JSON object: for each kind of
change the milliseconds until the changed set can decide, and the longest time between two
decisions of a thread that does nothing else meanwhile, which has its turn as often as the server's
threads have. (What storing and publishing take is another bench's.)
"""

import argparse
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from msgspec.structs import replace

from bench.engines import station
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document as documents
from orchestrator.core.policy import engine, recompile
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document, Policy
from orchestrator.serve import program

TIMES: Final = 10
"""How often each kind of change is made."""
CALM_SECONDS: Final = 0.3


def main() -> None:
    """Change the policies of a workload in every way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    made = station.load(parser.parse_args().path)
    sys.setswitchinterval(program.SWITCH_SECONDS)
    before = documents.load(made.document).policy_set
    compiled = compiling.compile_set(before)
    with _Deciding(compiled, made.sets) as deciding:
        time.sleep(CALM_SECONDS)
        found: dict[str, Any] = {"calm_ms": round(deciding.longest_ms(), 2)}
        found |= {name: _changed(before, compiled, change, deciding) for name, change in CHANGES}
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")


def _changed(
    before: Document,
    compiled: CompiledSet,
    change: Callable[[random.Random, list[Any]], None],
    deciding: "_Deciding",
) -> dict[str, float]:
    rng = random.Random(1)  # noqa: S311  a seed is wanted
    took: list[float] = []
    deciding.longest_ms()
    for number in range(TIMES):
        policies = list(before.policies)
        change(rng, policies)
        after = replace(before, policies=tuple(policies))
        began = time.perf_counter()
        deciding.policy_set = recompile.recompile(compiled, before, after, version=str(number))
        took.append((time.perf_counter() - began) * 1000)
    return {
        "median_ms": round(statistics.median(took), 2),
        "most_ms": round(max(took), 2),
        "pause_ms": round(deciding.longest_ms(), 2),
    }


def _edit(rng: random.Random, policies: list[Policy]) -> None:
    place = rng.randrange(len(policies))
    policies[place] = replace(policies[place], root=rng.choice(policies).root)


def _add(rng: random.Random, policies: list[Policy]) -> None:
    added = replace(rng.choice(policies), id="added", name="Added")
    policies.insert(rng.randrange(len(policies)), added)


def _move(rng: random.Random, policies: list[Policy]) -> None:
    moved = policies.pop(rng.randrange(len(policies)))
    policies.insert(rng.randrange(len(policies)), moved)


def _toggle(rng: random.Random, policies: list[Policy]) -> None:
    place = rng.randrange(len(policies))
    policies[place] = replace(policies[place], enabled=not policies[place].enabled)


CHANGES: Final = (("edited", _edit), ("added", _add), ("moved", _move), ("toggled", _toggle))


class _Deciding:
    """A thread that decides without end, and knows its longest time between two decisions."""

    def __init__(self, policy_set: CompiledSet, sets: list[Mapping[str, Any]]) -> None:
        self.policy_set = policy_set
        self._sets = sets
        self._longest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._decide)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def longest_ms(self) -> float:
        """Return the longest time since this was last asked."""
        longest, self._longest = self._longest, 0.0
        return longest * 1000

    def _decide(self) -> None:
        last = time.perf_counter()
        while not self._over.is_set():
            for values in self._sets:
                engine.run_on(self.policy_set, values, at=None)
                now = time.perf_counter()
                self._longest = max(self._longest, now - last)
                last = now


if __name__ == "__main__":
    main()
