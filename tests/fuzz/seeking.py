"""The search of `make fuzz`: guided by coverage with atheris, where it has a wheel, else blind.

``python -m fuzz.seeking FOLDER SECONDS [libFuzzer's options]``; an input that breaks a promise is
kept in the folder, and the exit is not 0.
"""

import importlib.util
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from fuzz import mutating, seeds

TARGETS = {
    "expressions": "expression",
    "documents": "policy_set",
    "requests": "host_frame",
    "told": "client_frame",
}


def say(line):
    sys.stderr.write(f"{line}\n")


def main():
    folder, seconds, *options = sys.argv[1:]
    seeds.write(folder)
    guided = importlib.util.find_spec("atheris") is not None
    if not guided:
        say("no atheris for this system and Python: looking without guidance")
    for kind in TARGETS:
        say(f"-- {kind}, {seconds} s")
        if guided:
            limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10"]
            limits += ["-rss_limit_mb=1024", f"-artifact_prefix={folder}/", *options]
            one = [sys.executable, "-m", "fuzz.seeking", "--guided", kind]
            subprocess.run([*one, f"{folder}/{kind}", *limits], check=True)
        else:
            blindly(kind, Path(folder), float(seconds))


def guided(kind, arguments):
    """Hand over to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["orchestrator"]):
        from fuzz import targets
    atheris.Setup([sys.argv[0], *arguments], getattr(targets, TARGETS[kind]))
    atheris.Fuzz()


def blindly(kind, folder, seconds):
    """Change the seeds at random for that long; the first input that breaks a promise is kept."""
    from fuzz import targets

    target = getattr(targets, TARGETS[kind])
    corpus = [path.read_bytes() for path in sorted((folder / kind).iterdir())]
    chance = random.Random(os.urandom(8))  # noqa: S311 — chance, not a secret
    end, tried = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = mutating.mutated(chance, chance.choice(corpus))
        tried += 1
        try:
            target(data)
        except BaseException:
            (folder / f"crash-{kind}").write_bytes(data)
            say(f"broken by the input in {folder}/crash-{kind}")
            raise
    say(f"{tried} inputs, every promise was kept")


if __name__ == "__main__":
    if sys.argv[1] == "--guided":
        guided(sys.argv[2], sys.argv[3:])
    else:
        main()
