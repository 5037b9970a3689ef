"""The growth curve as a picture: microseconds over policies, both logarithmic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.engines import rivals, targets

_NAMES: Final = {"ours": "Conversation Orchestrator", "plain": "plain Python", "floor": "the floor"}
_COLOURS: Final = {
    "ours": "#0b6e4f",
    "floor": "#808080",
    "plain": "#9a6324",
    "zen-engine": "#c1121f",
    "cel": "#3a6ea5",
    "cel-python": "#7fa8d1",
    "rule-engine": "#8e44ad",
    "jsonlogic-rs": "#e08e0b",
    "regopy": "#d46a9f",
}

_APART: Final = 1.45
"""How many times higher a label stands than the one below it."""


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Draw what the bench found into a PNG at ``path``.

    Crosses are engines that were not finished: the median of what they decided until then.
    """
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 6.5), dpi=120)
    sizes = sorted(map(int, found["sizes"]))
    ends: dict[str, tuple[int, float]] = {}
    for name, colour in _COLOURS.items():
        points = [(size, _median(found, size, name)) for size in sizes]
        there = [(size, median) for size, median in points if median is not None]
        if not there:
            continue
        bold = name == rivals.OURS
        axes.plot(
            *zip(*there, strict=True),
            color=colour,
            linewidth=3 if bold else 1.6,
            linestyle="--" if name == rivals.FLOOR else "-",
            marker="o",
            markersize=6 if bold else 4,
            zorder=3 if bold else 2,
        )
        late = [(size, median) for size, median in there if not _finished(found, size, name)]
        if late:
            axes.plot(
                *zip(*late, strict=True), color=colour, linestyle="", marker="x", markersize=10
            )
        ends[name] = there[-1]
    _label(axes, ends)
    bounds = [(size, _limit(found, size)) for size in sizes if size >= 100]
    limits = [(size, bound) for size, bound in bounds if bound is not None]
    if limits:
        axes.plot(
            *zip(*limits, strict=True),
            color=_COLOURS[rivals.OURS],
            linestyle=":",
            marker="v",
            markersize=5,
        )
        axes.annotate(
            "our target: a fifth of the fastest other",
            limits[0],
            xytext=(4, -18),
            textcoords="offset points",
            color=_COLOURS[rivals.OURS],
            fontsize=9,
        )
    axes.set(xscale="log", yscale="log", xlim=(sizes[0] * 0.8, sizes[-1] * 8))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xlabel("policies")
    axes.set_ylabel("median of a decision, µs (crosses: not finished in time)")
    axes.grid(visible=True, which="major", color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def _label(axes: Any, ends: Mapping[str, tuple[int, float]]) -> None:
    """Write each name beside the end of its line, above the one below it."""
    lowest = 0.0
    for name, (size, median) in sorted(ends.items(), key=lambda end: end[1][1]):
        height = max(median, lowest * _APART)
        lowest = height
        axes.annotate(
            _NAMES.get(name, name),
            (size, height),
            xytext=(10, -4),
            textcoords="offset points",
            color=_COLOURS[name],
            fontweight="bold" if name == rivals.OURS else "normal",
        )


def _median(found: Mapping[str, Any], size: int, name: str) -> float | None:
    return found["sizes"][str(size)]["engines"].get(name, {}).get("median_us")


def _finished(found: Mapping[str, Any], size: int, name: str) -> bool:
    return found["sizes"][str(size)]["engines"][name]["finished"]


def _limit(found: Mapping[str, Any], size: int) -> float | None:
    engines = found["sizes"][str(size)]["engines"]
    other = targets.fastest_other(engines)
    return None if other is None else engines[other]["median_us"] / targets.TIMES_BETTER
