"""``make bench``: speed and size, measured beside a bare server, on this machine and now.

Each bench is a module with a ``NAME`` and a ``run``; a new one is a line in ``BENCHES``.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from bench import (
    analysis,
    beside,
    contexts,
    decisions,
    edits,
    figures,
    held,
    machine,
    open_dashboard,
    pages,
    ring,
)
from bench.engines import contest

BENCHES: Final[tuple[ModuleType, ...]] = (
    ring,
    beside,
    decisions,
    contexts,
    held,
    contest,
    analysis,
    edits,
    pages,
    open_dashboard,
)


def main() -> int:
    """Run the benches that were asked for; 1 when something went wrong that must not."""
    options = _options()
    loop_factory = None
    try:
        import uvloop
    except ImportError:  # there is none for this system
        pass
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    found: dict[str, Any] = {}
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        facts = found["machine"] = machine.facts(Path(place))
        for name, value in facts.items():
            _say(f"  {name:<12}  {value}")
        for bench in BENCHES:
            if options.only and bench.NAME not in options.only:
                continue
            folder = Path(place) / bench.NAME
            folder.mkdir()
            report = await bench.run(options, folder)
            found[bench.NAME] = report.figures
            faults += report.faults
            _say(f"\n{figures.table(report)}")
    if options.json:
        _say(msgspec.json.encode({**found, "faults": faults}).decode())
    return 1 if faults else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = [bench.NAME for bench in BENCHES]
    parser.add_argument("--only", action="append", choices=names, help="may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--rate", type=float, default=50.0, help="new conversations a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long at that rate")
    parser.add_argument("--steady", action="store_true", help="do not look for the breaking rate")
    parser.add_argument("--sockets", type=int, default=2_000, help="sockets that stay open")
    parser.add_argument(
        "--conversations", type=int, default=10_000, help="conversations that stay with the bot"
    )
    parser.add_argument("--decisions", type=int, default=200_000, help="pages: decisions kept")
    parser.add_argument("--minutes", type=float, default=3.0, help="dashboard: how long it is open")
    parser.add_argument("--filled", metavar="FOLDER", help="pages: fill it once, then use it again")
    parser.add_argument("--size", action="append", type=int, help="engines: only so many policies")
    parser.add_argument("--sets", type=int, default=2_000, help="engines: attribute sets")
    parser.add_argument("--limit", type=float, default=60.0, help="engines: seconds until given up")
    parser.add_argument("--draw", metavar="PNG", help="engines: draw the growth curve")
    parser.add_argument(
        "--write", action="store_true", help="engines: rewrite the tables and the curve in docs"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
