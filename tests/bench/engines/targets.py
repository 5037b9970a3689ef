"""What the engine must reach, beside what it was measured to reach."""

from collections.abc import Mapping
from typing import Any, Final

from bench.engines import rivals

_NOT_OTHERS: Final = ("ours", "inner", rivals.FLOOR)

TIMES_BETTER: Final = 5.0
"""From a hundred policies up, in the median and at the 99th percentile."""
AIMS: Final = {"1000": 8.0, "10000": 12.0}
"""What would be better still, in the median."""
GROWTH: Final = 20.0
"""The median at ten thousand policies over that at ten."""
FLOORS: Final = 8.0
"""The median at ten thousand policies over the floor."""
COMPILE_SECONDS: Final = 3.0
COMPILE_MB: Final = 100.0
ADVERSARIAL_US: Final = 150.0
LIVE_MS: Final = 50.0
PAUSE_MS: Final = 5.0
"""Longer than the thread is held up anyway by what else this machine does."""


def judged(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each target that the sizes measured allow to judge: name, target, measured, met.

    There is nothing to judge where our own engine failed, which is a fault of its own.
    """
    sizes = {
        size: each
        for size, each in found["sizes"].items()
        if each["engines"][rivals.OURS]["median_us"] is not None
    }
    judgements = [
        judgement
        for size, each in sizes.items()
        if int(size) >= 100
        for judgement in _against_others(size, each["engines"])
    ]
    if {"10", "10000"} <= sizes.keys():
        most = _median(sizes["10000"], rivals.OURS)
        judgements += [
            _at_most("growth from 10 to 10000", GROWTH, most / _median(sizes["10"], rivals.OURS)),
            _at_most("floors at 10000", FLOORS, most / _median(sizes["10000"], rivals.FLOOR)),
        ]
    if "10000" in sizes:
        weight = found["weight"]
        judgements += [
            _at_most("compile seconds", COMPILE_SECONDS, weight["compile_seconds"]),
            _at_most("compile MB, peak", COMPILE_MB, weight["peak_mb"]),
            _at_most("compile MB, resident", COMPILE_MB, weight["rss_mb"]),
        ]
        edited = found["edited"]
        for name, each in edited.items():
            if name != "calm_ms":
                pause = max(0.0, each["pause_ms"] - edited["calm_ms"])
                judgements += [
                    _at_most(f"one {name}: live after ms", LIVE_MS, each["most_ms"]),
                    _at_most(f"one {name}: decisions held up ms", PAUSE_MS, pause),
                ]
    for name, each in found["adversarial"].items():
        if each["median_us"] is None:
            continue
        judgements += [
            _at_most(f"{name}: median µs", ADVERSARIAL_US, each["median_us"]),
            _at_most(f"{name}: wrong", 0, each["wrong"]),
        ]
    return judgements


def shown(judgement: Mapping[str, Any]) -> str:
    """Return a judgement as text."""
    sign = "at least" if judgement["at_least"] else "at most"
    met = "met" if judgement["met"] else "NOT MET"
    return f"{sign} {judgement['target']:g}, measured {judgement['measured']:g}: {met}"


def fastest_other(engines: Mapping[str, Any]) -> str:
    """Return the name of the other engine with the least median."""
    others = [
        name for name, each in engines.items() if name not in _NOT_OTHERS and each["finished"]
    ]
    return min(others, key=lambda name: engines[name]["median_us"])


def _against_others(size: str, engines: Mapping[str, Any]) -> list[dict[str, Any]]:
    other = fastest_other(engines)
    if other is None:
        return []
    theirs, ours = engines[other], engines[rivals.OURS]
    median = theirs["median_us"] / ours["median_us"]
    judgements = [
        _at_least(f"{size}: median over {other}", TIMES_BETTER, median),
        _at_least(f"{size}: p99 over {other}", TIMES_BETTER, theirs["p99_us"] / ours["p99_us"]),
    ]
    if size in AIMS:
        judgements.append(_at_least(f"{size}: median over {other}, aim", AIMS[size], median))
    return judgements


def _median(size: Mapping[str, Any], name: str) -> float:
    return size["engines"][name]["median_us"]


def _at_least(name: str, target: float, measured: float) -> dict[str, Any]:
    return _judgement(name, target, measured, met=measured >= target, at_least=True)


def _at_most(name: str, target: float, measured: float) -> dict[str, Any]:
    return _judgement(name, target, measured, met=measured <= target, at_least=False)


def _judgement(
    name: str, target: float, measured: float, *, met: bool, at_least: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "target": target,
        "measured": round(measured, 2),
        "met": met,
        "at_least": at_least,
    }
