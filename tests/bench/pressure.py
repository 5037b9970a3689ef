"""Load on one port from a process of its own: by wrk where it is installed, else by our own client.

Run as ``python -m bench.pressure PORT FILE SECONDS`` it is that client.
"""

import asyncio
import itertools
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import requests
from orchestrator.core.model import errors
from running import program

WRK: Final = "wrk"
_PARTED: Final = b"\0"

_SCRIPT: Final = """
local sent, at = {}, 0
function init(args)
  local file = io.open(args[1], "rb")
  for one in (file:read("*a") .. "\\0"):gmatch("([^%z]*)%z") do sent[#sent + 1] = one end
  file:close()
end
function request()
  at = at % #sent + 1
  return sent[at]
end
function done(summary, latency, _)
  local failed = summary.errors
  io.write(string.format(
    '{"per_second":%.1f,"refused":%d,"took_ms":{"p50":%.3f,"p99":%.3f,"max":%.3f}}\\n',
    summary.requests / summary.duration * 1e6,
    failed.status + failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
"""
"""What wrk is told: the requests of a file in turn, and how to say what came of them."""


def client() -> str:
    """Return who sends the requests: ``wrk``, or ``python``."""
    return WRK if shutil.which(WRK) else "python"


async def load(port: int, sent: Sequence[bytes], *, seconds: float) -> requests.Answered:
    """Send each of ``sent`` in turn over 32 kept connections for ``seconds``.

    Raises `errors.Unavailable` when the client fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        file = Path(place) / "requests"
        file.write_bytes(_PARTED.join(sent))
        command = [sys.executable, "-m", "bench.pressure", str(port), str(file), str(seconds)]
        found = shutil.which(WRK)
        if found is not None:
            script = Path(place) / "requests.lua"
            script.write_text(_SCRIPT)
            whole = max(1, round(seconds))  # wrk knows no parts of a second
            bounds = ("-t1", f"-c{requests.CONNECTIONS}", f"-d{whole}s")
            address = f"http://127.0.0.1:{port}/"
            command = [found, *bounds, "-s", str(script), address, "--", str(file)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, env=program.environment({})
        )
        printed, _ = await process.communicate()
    lines = printed.splitlines()
    if process.returncode or not lines:
        raise errors.Unavailable(f"{command[0]} failed: {printed.decode()[-300:]}")
    return msgspec.json.decode(lines[-1], type=requests.Answered)


async def _own(port: int, sent: Sequence[bytes], seconds: float) -> requests.Answered:
    return await requests.load(port, itertools.cycle(sent).__next__, seconds=seconds)


def main() -> None:
    """Send the requests of a file, and print what came of them."""
    port, file, seconds = sys.argv[1:]
    sent = Path(file).read_bytes().split(_PARTED)
    factory: Any = None
    try:
        import uvloop
    except ImportError:  # there is none for this system
        pass
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        found = runner.run(_own(int(port), sent, float(seconds)))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


if __name__ == "__main__":
    main()
