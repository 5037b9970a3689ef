"""Engines side by side as policies grow: the same decisions, agreed on first, then timed in turns.

Each engine has a process of its own. It first decides everything once, and is held to what a
plain interpreter says; an engine that would need over `LIMIT` seconds for that is marked as not
finished. Then all take turns, five times. Slow ones decide an even sample in their turns.
"""

import contextlib
import math
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import figures
from bench.engines import adversarial, rivals, station, targets, workload
from running import program

NAME: Final = "engines"

SEED: Final = 20_261_122
ROUNDS: Final = 5
LIMIT: Final = 60.0
TURN_SECONDS: Final = 4.0
"""How long a turn may take: slower engines decide every second set, every third …"""

_US: Final = 1e6


async def run(options: Any, folder: Path) -> figures.Report:
    """Compare at each size, then try what is made to defeat us, and weigh the largest."""
    sizes = tuple(options.size or workload.SIZES)
    faults: list[str] = []
    found: dict[str, Any] = {
        "seed": SEED,
        "sets": options.sets,
        "rounds": ROUNDS,
        "limit_seconds": options.limit,
        "versions": versions(),
        "sizes": {},
    }
    for size in sizes:
        compared = compare(size, folder, sets=options.sets, limit=options.limit)
        faults += compared.faults
        found["sizes"][str(size)] = compared.figures
        _progress(f"{size} policies: done")
    found["adversarial"] = {
        name: _against(name, folder, faults=faults) for name in adversarial.SHAPES
    }
    found["weight"] = weigh(folder / f"{max(sizes)}.json")
    found["edited"] = edit(folder / f"{max(sizes)}.json")
    found["targets"] = targets.judged(found)
    if options.draw:
        from bench.engines import drawing

        drawing.draw(found, Path(options.draw))
    return figures.Report(
        f"Engines side by side ({options.sets} sets, medians of {ROUNDS} turns, seed {SEED})",
        found,
        rows(found),
        tuple(faults),
    )


class Compared(msgspec.Struct, frozen=True):
    """What one size came to."""

    figures: dict[str, Any]
    faults: tuple[str, ...]


def compare(
    size: int,
    folder: Path,
    *,
    sets: int,
    limit: float,
    rounds: int = ROUNDS,
    names: Sequence[str] = tuple(rivals.RIVALS),
) -> Compared:
    """Have the engines called ``names`` decide for ``size`` policies; time ``rounds`` turns.

    An engine that disagrees is a fault, as is one that fails.
    """
    path = folder / f"{size}.json"
    made = workload.build(size, seed=SEED, sets=sets)
    station.save(made, path)
    with contextlib.ExitStack() as stack:
        stations: dict[str, station.Station] = {}
        ready: dict[str, station.Ready] = {}
        for name in names:
            stations[name] = station.Station(name, path, limit=limit)
            stack.callback(stations[name].close)
            ready[name] = stations[name].ready()
            _progress(f"{size} policies: {name} {'failed' if ready[name].failed else 'ready'}")
        finished = [name for name in names if ready[name].decided == sets]
        turns: dict[str, list[tuple[float, ...]]] = {name: [] for name in finished}
        for _ in range(rounds):
            for name in finished:
                turns[name].append(stations[name].turn(every=_every(ready[name])))
    engines = {name: _engine(ready[name], turns.get(name, [])) for name in names}
    faults = [fault for each in ready.values() for fault in each.wrong]
    faults += [f"{name}: {each.failed}" for name, each in ready.items() if each.failed]
    return Compared({"mix": made.mix, "engines": engines}, tuple(faults))


def _engine(ready: station.Ready, turns: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return an engine's figures: medians over its turns, or of its first if it was given up."""
    measured = turns or ([ready.took_us] if ready.took_us else [])
    return {
        "form": ready.form,
        "ready_seconds": round(ready.ready_seconds, 3),
        "finished": bool(turns),
        "decided": ready.decided,
        "projected_seconds": round(_projected(ready), 1),
        "median_us": _middle(measured, 0.5),
        "p99_us": _middle(measured, 0.99),
        "turns_us": [round(figures.percentile(turn, 0.5), 2) for turn in turns],
    }


def _every(ready: station.Ready) -> int:
    """Return how manieth set is decided in a turn."""
    return max(1, math.ceil(sum(ready.took_us) / _US / TURN_SECONDS))


def _projected(ready: station.Ready) -> float:
    """Return the seconds that deciding 2,000 sets would take."""
    return statistics.fmean(ready.took_us) * workload.SETS / _US if ready.took_us else 0.0


def _middle(turns: Sequence[Sequence[float]], share: float) -> float | None:
    if not turns:
        return None
    return round(statistics.median(figures.percentile(turn, share) for turn in turns), 2)


def _against(name: str, folder: Path, *, faults: list[str]) -> dict[str, Any]:
    """Return our own figures for an adversarial workload; the interpreter said what is right."""
    path = folder / "adversarial.json"
    made = adversarial.build(name, seed=SEED)
    station.save(made, path)
    with contextlib.closing(station.Station(rivals.OURS, path, limit=LIMIT)) as ours:
        ready = ours.ready()
        rounds = ROUNDS if ready.decided == len(made.sets) else 0
        turns = [ours.turn(every=_every(ready)) for _ in range(rounds)]
    faults += [f"{name}: {fault}" for fault in ready.wrong]
    faults += [f"{name}: {ready.failed}"] if ready.failed else []
    _progress(f"adversarial, {name}: done")
    return {"mix": made.mix, "wrong": len(ready.wrong), **_engine(ready, turns)}


def weigh(path: Path) -> dict[str, Any]:
    """Return what making the policies of a workload ready costs, each in a fresh process."""
    return _said("weight", str(path)) | _said("weight", str(path), "--trace")


def edit(path: Path) -> dict[str, Any]:
    """Return how soon one changed policy of a workload is live, and who is held up."""
    return _said("edited", str(path))


def _said(module: str, *arguments: str) -> dict[str, Any]:
    """Return the JSON object that a module of this folder prints."""
    command = [sys.executable, "-m", f"bench.engines.{module}", *arguments]
    return msgspec.json.decode(subprocess.check_output(command, env=program.environment({})))


def versions() -> dict[str, str]:
    """Return the version of each engine's package."""
    packages = {rival.package for rival in rivals.RIVALS.values() if rival.package}
    return {package: metadata.version(package) for package in sorted(packages)}


def rows(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return all of it for people."""
    return (
        *((name, version) for name, version in found["versions"].items()),
        *(row for size, each in found["sizes"].items() for row in _size_rows(size, each)),
        *((f"adversarial, {name}", _shown(each)) for name, each in found["adversarial"].items()),
        ("weight", ", ".join(f"{name} {value}" for name, value in found["weight"].items())),
        ("longest between two decisions", f"{found['edited']['calm_ms']} ms when nothing changes"),
        *(
            (f"one {name}", _edit_shown(each))
            for name, each in found["edited"].items()
            if name != "calm_ms"
        ),
        *((f"target {each['name']}", targets.shown(each)) for each in found["targets"]),
    )


def _size_rows(size: str, each: Mapping[str, Any]) -> list[tuple[str, str]]:
    mix = ", ".join(f"{name} {count}" for name, count in each["mix"].items())
    engines = each["engines"]
    return [
        (f"{size} policies", mix),
        *((f"  {size} {name}", _shown(engine)) for name, engine in engines.items()),
    ]


def _shown(engine: Mapping[str, Any]) -> str:
    if engine["median_us"] is None:
        return engine["form"] or "failed"
    text = f"median {engine['median_us']:>12,.1f} µs, p99 {engine['p99_us']:>12,.1f} µs"
    if not engine["finished"]:
        text += f", not finished: would take {engine['projected_seconds']:,.0f} s"
    return f"{text}  ({engine['form']})"


def _edit_shown(each: Mapping[str, float]) -> str:
    return (
        f"live after {each['median_ms']} ms, at most {each['most_ms']} ms;"
        f" a thread that decides is held up {each['pause_ms']} ms at most"
    )


def _progress(text: str) -> None:
    """Say on stderr how far it is: this takes minutes."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()
