"""A short run of ``make chaos``: everything at once, and both servers killed on the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 10
TESTS = Path(__file__).parent.parent


@pytest.mark.timeout(180)  # the faults last ten seconds; recovery is bounded by 90 s, and short
def test_chaos_ends_with_everything_where_it_belongs() -> None:
    """Frames, sockets, logins and two processes fail; nothing is lost, doubled or misrouted."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "chaos", "--json"),
            *("--seconds", str(SECONDS), "--seed", "20260105", "--rate", "4"),
        ],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout
    result = json.loads(done.stdout)  # one JSON object is all that it prints there
    assert result["seconds"] >= SECONDS
    assert result["conversations"] >= SECONDS
    assert result["faults"] > 0
    assert result["lost"] == result["duplicated"] == result["misrouted"] == 0
    assert sum(result["faultsByKind"].values()) + sum(result["kills"].values()) == result["faults"]
