"""``make chaos``: faults, kills and restarts for a while, then the judgement."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from chaos import run


def main() -> int:
    """Run it; 1 when something was lost, happened twice or went to the wrong place."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of faults")
    parser.add_argument("--rate", type=float, default=5.0, help="conversations a second")
    parser.add_argument("--seed", type=int, default=None, help="meet the same faults again")
    parser.add_argument("--json", action="store_true", help="end with one JSON object on stdout")
    parser.add_argument("--keep", action="store_true", help="leave the data folders")
    given = parser.parse_args()
    seed = secrets.randbelow(1 << 31) if given.seed is None else given.seed
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        plan = run.Plan(given.seconds, seed, rate=given.rate)
        result = asyncio.run(run.run(plan, root, _say))
    finally:
        if given.keep:
            _say(f"The folders stay: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    for line in result.wrong:
        _say(f"WRONG {line}")
    if not result.is_good:
        _say(f'Again: make chaos ARGS="--seconds {given.seconds:g} --seed {seed} --keep"')
    document = msgspec.to_builtins(result)
    if given.json:
        sys.stdout.write(msgspec.json.encode(document).decode() + "\n")
    else:
        for name, value in document.items():
            sys.stdout.write(f"{name:>18}  {value}\n")
    return 0 if result.is_good else 1


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
