"""`orchestrator serve` with a sampling profiler in it: what the server's CPU time goes into.

Run as ``python -m bench.sampling OUTPUT serve …``, or set ``BENCH_PROFILE=OUTPUT`` for a bench. A
signal every few milliseconds of CPU time looks at what each thread is doing, and counts there what
that thread has used since. When the server ends, OUTPUT gets one line per call stack: thread and
frames, innermost last, and microseconds. (Python delivers signals between its own instructions:
time inside a library in C counts where Python comes back to life.)
"""

import atexit
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Final

SECONDS: Final = 0.004
_DEPTH: Final = 70


def main() -> None:
    """Profile the command line that follows the output's name."""
    output = Path(sys.argv[1])
    sys.argv = ["orchestrator", *sys.argv[2:]]
    spent: Counter[tuple[str, ...]] = Counter()
    before: dict[int, int] = {}
    loop = threading.get_ident()

    def sample(_signal: int, here: FrameType | None) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            ident = thread.ident
            if ident is None or not thread.is_alive():
                continue
            used = time.clock_gettime_ns(time.pthread_getcpuclockid(ident)) // 1000
            stack = _stack(here if ident == loop else frames.get(ident))
            name = "loop" if ident == loop else thread.name.partition("_")[0]
            spent[(name, *stack)] += used - before.get(ident, 0)
            before[ident] = used

    def write() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        lines = (f"{';'.join(stack)} {used}" for stack, used in spent.most_common())
        output.write_text("\n".join(lines))

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
    atexit.register(write)

    from orchestrator import cli

    cli.main()


def _stack(frame: FrameType | None) -> list[str]:
    found: list[str] = []
    while frame is not None and len(found) < _DEPTH:
        code = frame.f_code
        found.append(f"{code.co_filename.rpartition('/')[2]}:{code.co_name}")
        frame = frame.f_back
    return found[::-1]


if __name__ == "__main__":
    main()
