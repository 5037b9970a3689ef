"""What the bench found, as the tables of the documentation: rewritten between two markers."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bench.engines import adversarial, rivals

BEGIN: Final = "<!-- engines: written by make bench -->"
END: Final = "<!-- engines: end -->"

_NAMES: Final = {
    rivals.OURS: "**Conversation Orchestrator**, `PolicySet.decide`",
    "inner": "the same, `engine.run_on`",
    rivals.FLOOR: "the floor",
    "plain": "plain Python interpreter",
}
_EXACT: Final = 100
"""Figures from here on are shown without decimals."""


def write(found: Mapping[str, Any], page: Path) -> None:
    """Put the tables for ``found`` into ``page``, in place of those that it has.

    Raises ValueError if the markers are not there.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no {BEGIN} and {END}")
    tables = "\n".join(_lines(found))
    page.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="utf-8")


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{found['sets']:,} attribute sets, a limit of {found['limit_seconds']:g} s, commit"
        f" {_commit()}, machine as above, load {found['load']:.1f} at the end. Where nothing is"
        " shown, an engine was not ready in time."
    )
    yield ""
    yield from _sizes(found)
    yield ""
    yield "| target | at | measured | met |"
    yield "|---|---|---|---|"
    for each in found["targets"]:
        sign = "≥" if each["at_least"] else "≤"
        met = "yes" if each["met"] else "no"
        yield f"| {each['name']} | {sign} {each['target']:g} | {each['measured']:g} | {met} |"
    yield ""
    yield (
        f"Sets that are made to defeat an index are decided by ours alone, {adversarial.SETS}"
        " attribute sets each:"
    )
    yield ""
    yield f"| at {adversarial.SIZE:,} policies | median | p99 | wrong |"
    yield "|---|---|---|---|"
    for name, each in found["adversarial"].items():
        median, p99 = _shown(each["median_us"]), _shown(each["p99_us"])
        yield f"| {name} | {median} µs | {p99} µs | {each['wrong']} |"
    yield ""
    weight = found["weight"]
    yield (
        f"Making {weight['policies']:,} policies ready, in a process that did nothing else:"
        f" {weight['load_seconds']} s to read and check the document, {weight['compile_seconds']} s"
        f" to compile it ({weight['compile_cpu_seconds']} s of CPU); compiling leaves"
        f" {weight['kept_mb']} MB behind (peak {weight['peak_mb']} MB by tracemalloc,"
        f" {weight['rss_mb']} MB of resident memory)."
    )


def _sizes(found: Mapping[str, Any]) -> Iterator[str]:
    sizes = found["sizes"]
    yield f"| median / p99, µs | {' | '.join(f'{int(size):,}' for size in sizes)} |"
    yield f"|{'---|' * (len(sizes) + 1)}"
    for name, rival in rivals.RIVALS.items():
        cells = [_cell(each["engines"][name]) for each in sizes.values()]
        version = f" {found['versions'][rival.package]}" if rival.package else ""
        shown = _NAMES.get(name) or f"{rival.package}{version}"
        yield f"| {shown} | {' | '.join(cells)} |"


def _cell(engine: Mapping[str, Any]) -> str:
    if engine["median_us"] is None:
        return "–"
    late = "" if engine["finished"] else " †"
    return f"{_shown(engine['median_us'])} / {_shown(engine['p99_us'])}{late}"


def _shown(us: float | None) -> str:
    if us is None:
        return "–"
    return f"{us:,.0f}" if us >= _EXACT else f"{us:.1f}"


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()
