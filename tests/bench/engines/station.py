"""A process in which one engine decides, so that memory and garbage are its own; told by a pipe."""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.engines import rivals, translation, workload
from bench.engines.rivals import Attributes, Form

SAMPLE: Final = 5
"""How many decisions say which form of an engine is the faster."""

PATIENCE: Final = 2.5
"""How many times the limit an engine has for everything until its first turn is over."""


class Ready(msgspec.Struct, frozen=True):
    """What an engine came to at its first turn: its form, and how long it took to be ready."""

    form: str
    ready_seconds: float
    decided: int
    """How many sets it decided before it was given up; all of them if it was not."""
    wrong: tuple[str, ...]
    """Where it and the plain interpreter disagree."""
    took_us: tuple[float, ...]
    failed: str | None = None


class Station:
    """An engine in its process."""

    def __init__(self, name: str, path: Path, *, limit: float) -> None:
        self.name = name
        self._limit = limit
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(name, path, limit, theirs))
        self._process.start()
        theirs.close()

    def ready(self) -> Ready:
        """Prepare the engine and have it decide everything once, compared with what is right."""
        try:
            self._pipe.send("ready")
            if not self._pipe.poll(PATIENCE * self._limit):
                self._process.kill()
                return Ready("not ready in time", PATIENCE * self._limit, 0, (), ())
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            return Ready("", 0, 0, (), (), f"ended with code {self._process.exitcode}")

    def turn(self, *, every: int) -> tuple[float, ...]:
        """Decide ``every`` how manieth set; return what each decision took, in microseconds."""
        self._pipe.send(every)
        return self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()
        self._process.join()


def load(path: Path) -> workload.Workload:
    """Read a workload that `save` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=workload.Workload)


def save(made: workload.Workload, path: Path) -> None:
    """Write a workload for processes to read."""
    path.write_bytes(msgspec.json.encode(made))


def _serve(name: str, path: Path, limit: float, pipe: Connection) -> None:
    made = load(path)
    rival = rivals.RIVALS[name]
    texts = [msgspec.json.encode(_given(rival, values)) for values in made.sets]
    form: Form | None = None
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        if asked == "ready":
            try:
                form, ready = _first(rival, made, _fresh(texts), limit=limit)
            except Exception as error:  # noqa: BLE001  whatever another engine raises is reported
                ready = Ready("", 0, 0, (), (), f"{type(error).__name__}: {str(error)[:200]}")
            pipe.send(ready)
        elif form is not None:
            pipe.send(tuple(_timed(form, values)[1] for values in _fresh(texts[::asked])))


def _fresh(texts: Sequence[bytes]) -> list[Attributes]:
    """Return attribute sets that nobody has seen: a text remembers its hash once it was asked."""
    return [msgspec.json.decode(text) for text in texts]


def _given(rival: rivals.Rival, values: Attributes) -> Attributes:
    if rival.namespaced:
        return values
    return {translation.bare(name): value for name, value in values.items()}


def _first(
    rival: rivals.Rival, made: workload.Workload, sets: Sequence[Attributes], *, limit: float
) -> tuple[Form, Ready]:
    """Choose the faster form, and decide until all are decided or it is plain that time is up."""
    began = time.perf_counter()
    form = _fastest(rival, made.document, sets, seconds=limit / 4)
    prepared = time.perf_counter() - began
    took: list[float] = []
    wrong: list[str] = []
    began = time.perf_counter()
    for number, (values, expected) in enumerate(zip(sets, made.expected, strict=True)):
        answer, spent = _timed(form, values)
        took.append(spent)
        if rival.name != rivals.FLOOR and (place := form.place(answer)) != expected:
            wrong.append(f"{rival.name}: set {number} gives {place}, not {expected}")
        passed = time.perf_counter() - began
        if passed > limit or (passed > limit / 6 and passed * len(sets) / len(took) > 2 * limit):
            break
    return form, Ready(form.name, prepared, len(took), tuple(wrong[:5]), tuple(took))


def _fastest(
    rival: rivals.Rival, document: dict[str, Any], sets: Sequence[Attributes], *, seconds: float
) -> Form:
    """Make ready whichever form decides a few sets in the least time; only the last may fail.

    No other form is tried after so many ``seconds``.
    """
    best: tuple[float, Form] | None = None
    began = time.perf_counter()
    for number, make in enumerate(rival.forms):
        try:
            form = make(document)
            spent = min(_sampled(form, sets) for _ in range(2)) if len(rival.forms) > 1 else 0.0
        except Exception:
            if best is None and number == len(rival.forms) - 1:
                raise
            continue
        if best is None or spent < best[0]:
            best = spent, form
        if time.perf_counter() - began > seconds:
            break
    assert best is not None
    return best[1]


def _sampled(form: Form, sets: Sequence[Attributes]) -> float:
    return sum(_timed(form, values)[1] for values in sets[:SAMPLE])


def _timed(form: Form, values: Attributes) -> tuple[Any, float]:
    """Return the answer, and microseconds."""
    decide = form.decide
    began = time.perf_counter_ns()
    answer = decide(values)
    return answer, (time.perf_counter_ns() - began) / 1000
