"""What the proxy does to each frame and each request: by chance from a seed, or by a script."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Protocol

import msgspec

Side = Literal["bot", "cloud"]
"""Who sent it."""

Kind = Literal[
    "pass",
    # one frame
    "drop",
    "delay",
    "late",
    "duplicate",
    "repeat",
    "reorder",
    "truncate",
    # the socket
    "cut",
    "stall",
    # one request over HTTP
    "refuse",
    "slow",
    "reset",
]

CLOSE_CODES: Final = (1000, 1001, 1006, 1008, 1011, 1012, 1013, 4401, 4407)
REFUSALS: Final = (401, 403, 500, 503, 200)
"""Statuses of refused logins; 200 is a page of HTML, as captive portals send it."""


class Treatment(msgspec.Struct, frozen=True):
    """What becomes of one frame or request.

    ``number`` is the close code of a cut, or the status of a refusal; ``seconds`` how long a delay
    lasts.
    """

    kind: Kind
    seconds: float = 0.0
    number: int = 0


PASS: Final = Treatment("pass")


class Frame(msgspec.Struct, frozen=True):
    """One text frame: of which socket (counted from 1), by whom, the how-manieth, and what."""

    socket: int
    side: Side
    index: int
    text: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The frame's JSON; an empty object where it is none."""
        try:
            found = msgspec.json.decode(self.text)
        except (msgspec.MsgspecError, UnicodeError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def type(self) -> str:
        """What kind of message it is, as the protocol names it."""
        return str(self.message.get("type", ""))


class Request(msgspec.Struct, frozen=True):
    """One request over HTTP; a handshake is one too. ``number`` counts from 1."""

    number: int
    method: str
    path: str

    @property
    def is_login(self) -> bool:
        """Whether somebody signs in with it."""
        return "/login" in self.path

    @property
    def is_handshake(self) -> bool:
        """Whether a socket is opened with it."""
        return self.path.startswith("/ws_api/")


class Faults(Protocol):
    """Decides; the proxy asks in the order in which things arrive."""

    def frame(self, frame: Frame) -> Treatment:
        """Return what becomes of a frame."""
        ...

    def request(self, request: Request) -> Treatment:
        """Return what becomes of a request."""
        ...


class Peace:
    """Nothing goes wrong."""

    def frame(self, frame: Frame) -> Treatment:
        """Let it pass."""
        del frame
        return PASS

    def request(self, request: Request) -> Treatment:
        """Let it pass."""
        del request
        return PASS


FRAMES: Final[Mapping[Kind, float]] = {
    "drop": 0.02,
    "delay": 0.03,
    "late": 0.02,
    "duplicate": 0.03,
    "repeat": 0.02,
    "reorder": 0.02,
    "truncate": 0.01,
    "cut": 0.004,
    "stall": 0.0015,
}
"""How often each happens to a frame."""

REQUESTS: Final[Mapping[Kind, float]] = {"refuse": 0.05, "slow": 0.08, "reset": 0.03}
"""How often each happens to a login, a handshake or discovery; to other requests, half as often."""

_ONCE: Final = "PublishEvent"
"""What is never sent twice to the cloud: the protocol cannot tell a repetition from a second
saying, so that whoever doubles this frame has said it twice. Sockets never double frames."""


class Seeded:
    """Faults drawn from a seed: the same frame of the same socket meets the same fate again."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.counts: Counter[str] = Counter()

    def frame(self, frame: Frame) -> Treatment:
        """Draw what becomes of a frame."""
        chance = self._chance("frame", frame.socket, frame.side, frame.index)
        kind = _drawn(chance, FRAMES, share=1.0)
        is_again = kind in ("duplicate", "repeat")
        if is_again and frame.side == "bot" and frame.type.endswith(_ONCE):
            kind = "delay"
        if kind == "repeat" and frame.message.get("kind") != "notification":
            kind = "duplicate"
        return self._counted(
            Treatment(
                kind,
                seconds=chance.uniform(0.02, 1.5 if kind != "delay" else 0.4),
                number=chance.choice(CLOSE_CODES),
            )
        )

    def request(self, request: Request) -> Treatment:
        """Draw what becomes of a request."""
        chance = self._chance("request", request.number)
        is_way_in = request.is_login or request.is_handshake or "baseURI" in request.path
        kind = _drawn(chance, REQUESTS, share=1.0 if is_way_in else 0.5)
        if kind == "refuse" and not is_way_in:
            return self._counted(Treatment("refuse", number=chance.choice((500, 503))))
        return self._counted(
            Treatment(kind, seconds=chance.uniform(0.1, 3.0), number=chance.choice(REFUSALS))
        )

    def _chance(self, *place: object) -> random.Random:
        return random.Random(f"{self._seed}:{place}")  # noqa: S311 - faults, not secrets

    def _counted(self, treatment: Treatment) -> Treatment:
        if treatment.kind != "pass":
            name = treatment.kind
            if name in ("cut", "refuse"):
                name = f"{name}-{treatment.number}"
            self.counts[name] += 1
        return treatment


def _drawn(chance: random.Random, odds: Mapping[Kind, float], *, share: float) -> Kind:
    drawn = chance.random()
    for kind, odd in odds.items():
        drawn -= odd * share
        if drawn < 0:
            return kind
    return "pass"


class Scripted:
    """Faults that a test plans: each for the first frames, or requests, that match."""

    def __init__(self) -> None:
        self._frames: list[tuple[Callable[[Frame], bool], list[Treatment]]] = []
        self._requests: list[tuple[Callable[[Request], bool], list[Treatment]]] = []
        self.seen: list[Frame] = []
        self.requests: list[Request] = []

    def on_frame(self, matches: Callable[[Frame], bool], *treatments: Treatment) -> None:
        """Treat the next frames that match so, one after the other."""
        self._frames.append((matches, list(treatments)))

    def on_request(self, matches: Callable[[Request], bool], *treatments: Treatment) -> None:
        """Treat the next requests that match so, one after the other."""
        self._requests.append((matches, list(treatments)))

    @property
    def missing(self) -> int:
        """How many planned faults have not happened yet."""
        return sum(len(left) for _, left in (*self._frames, *self._requests))

    def frame(self, frame: Frame) -> Treatment:
        """Return what was planned for a frame."""
        self.seen.append(frame)
        return _planned(self._frames, frame)

    def request(self, request: Request) -> Treatment:
        """Return what was planned for a request."""
        self.requests.append(request)
        return _planned(self._requests, request)


def _planned(plans: list[tuple[Callable[[Any], bool], list[Treatment]]], one: Any) -> Treatment:
    for matches, left in plans:
        if left and matches(one):
            return left.pop(0)
    return PASS
