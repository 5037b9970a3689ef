"""``make stress``: very many conversations on two servers of one PostgreSQL, one of them killed.

Progress goes to stderr, one JSON object to stdout. The exit code is 1 when a promise was broken:
a conversation given to two, an agent with more than they can take, one lost, or told out of order.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from running import postgres
from stress import run


def main() -> int:
    """Run, and print what was found."""
    parser = argparse.ArgumentParser(prog="make stress", description=__doc__)
    parser.add_argument("--conversations", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=1, help="how often one server is killed")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--json", action="store_true", help="accepted: it is JSON anyway")
    options = parser.parse_args()
    database = postgres.Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="stress-") as folder:
            found = asyncio.run(
                run.run(
                    database.create(),
                    Path(folder),
                    conversations=options.conversations,
                    kills=options.kills,
                    seed=options.seed,
                )
            )
    finally:
        database.close()
    sys.stdout.write(f"{msgspec.json.encode(found).decode()}\n")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
