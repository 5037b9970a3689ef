"""What making a policy set ready costs, measured in a process that did nothing else before.

Run as ``python -m bench.engines.weight WORKLOAD``, or with ``--trace`` for what Python allocates
(which makes everything slower). Prints one JSON object.
"""

import argparse
import gc
import sys
import time
import tracemalloc
from pathlib import Path

import msgspec
import psutil

from bench.engines import station
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document as documents


def main() -> None:
    """Read a workload, load its document, compile it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    document = station.load(options.path).document
    began = time.perf_counter()
    policy_set = documents.load(document).policy_set
    loaded = time.perf_counter() - began
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    if options.trace:
        tracemalloc.start()
    began, spent = time.perf_counter(), time.process_time()
    compiled = compiling.compile_set(policy_set)
    took, spent = time.perf_counter() - began, time.process_time() - spent
    found = {
        "policies": len(compiled.policies),
        "load_seconds": round(loaded, 3),
        "compile_seconds": round(took, 3),
        "compile_cpu_seconds": round(spent, 3),
        "rss_mb": round((process.memory_info().rss - before) / 1e6, 1),
    }
    if options.trace:
        kept, peak = tracemalloc.get_traced_memory()
        found = {"kept_mb": round(kept / 1e6, 1), "peak_mb": round(peak / 1e6, 1)}
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")


if __name__ == "__main__":
    main()
