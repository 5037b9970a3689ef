"""Where it was measured: machine, kernel, Python, libraries, and how fast the disk is."""

import os
import platform
import statistics
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import psutil

LIBRARIES: Final = (
    "uvicorn",
    "uvloop",
    "httptools",
    "websockets",
    "starlette",
    "msgspec",
    "SQLAlchemy",
    "structlog",
)


def facts(folder: Path) -> dict[str, Any]:
    """Return what the figures depend on; ``folder`` is where the data lies."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        # Distributions optimise it by profile, version managers often do not: that is a fifth.
        "python_in": sys.base_prefix,
        "load": round(os.getloadavg()[0], 2),
        "fsync_ms": round(_fsync(folder), 3),
        **{name.lower(): metadata.version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # only Linux has it
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _fsync(folder: Path) -> float:
    """Return the median milliseconds of writing 4 KiB through to the disk."""
    path = folder / "fsync.tmp"
    took: list[float] = []
    with path.open("wb") as file:
        for _ in range(30):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    path.unlink()
    return statistics.median(took)
