"""What agents' and consumers' ends of a socket share: ids, correlation, deadlines, subscriptions.

Time comes in as ``now``: seconds of any clock that only goes forward, the same one each time.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.ums import asks, bodies, codec, events, moves
from orchestrator.core.ums.frames import Notification, Request, Response

FROM_HOST: Final = codec.Limits(max_bytes=32 << 20, max_depth=None)
"""What a client takes: hosts send up to a thousand conversations in one notification."""

_REFUSED: Final = 399


class Outgoing(msgspec.Struct, frozen=True):
    """A request to send, and when to stop waiting for its answer."""

    request_id: str
    text: str
    deadline: float


class Standing(msgspec.Struct, frozen=True):
    """A subscription that the host granted: ask the same again on a new socket."""

    ask: asks.Ask
    subscription_id: str


class _Open(msgspec.Struct, frozen=True):
    ask: asks.Ask
    deadline: float
    seconds: float


Reader = Callable[[msgspec.Raw], list[events.Told]]


class ClientSide:
    """One end of one socket; a new socket needs a new one. Use the two subclasses."""

    side: ClassVar[moves.Side]

    def __init__(
        self,
        account: str,
        *,
        timeout_seconds: float = 10.0,
        limits: codec.Limits = FROM_HOST,
    ) -> None:
        self.account = account
        self._timeout = timeout_seconds
        self._limits = limits
        self._open: dict[str, _Open] = {}
        self._last_id = 0
        self._standing: dict[str, Standing] = {}
        self._readers: Mapping[str, Reader] = self._notifications()

    def _notifications(self) -> Mapping[str, Reader]:
        """Return the table notification type → reader of this side."""
        raise NotImplementedError

    @property
    def standing(self) -> tuple[Standing, ...]:
        """The subscriptions granted so far, in order, for resubscription after a reconnect."""
        return tuple(self._standing.values())

    @property
    def open_requests(self) -> int:
        """How many requests wait for an answer."""
        return len(self._open)

    @property
    def deadline(self) -> float | None:
        """When the next request times out, None when nothing is open."""
        return min((one.deadline for one in self._open.values()), default=None)

    def ask(self, ask: asks.Ask, *, now: float, timeout_seconds: float | None = None) -> Outgoing:
        """Give the request an id and its text. Raises ``errors.BadInput`` when not ours to ask."""
        move = moves.BY_NAME[ask.name]
        if self.side not in move.askers:
            raise errors.BadInput(f"{ask.name} is not for {self.side} sockets.")
        self._last_id += 1
        request_id = str(self._last_id)
        seconds = self._timeout if timeout_seconds is None else timeout_seconds
        body: Any = bodies.Nothing() if ask.body is None else ask.body
        frame = Request(request_id, move.spelling(self.side), body, ask.headers, ask.metadata)
        text = codec.encode(frame)
        self._open[request_id] = _Open(ask, now + seconds, seconds)
        return Outgoing(request_id, text, now + seconds)

    def receive(self, text: str | bytes) -> list[events.Event]:
        """Return what a frame of the host means. Never raises for what the host sent."""
        try:
            frame = codec.decode(text, limits=self._limits)
            match frame:
                case Response():
                    return self._ended(frame)
                case Notification():
                    reader = self._readers.get(frame.type)
                    # Clients must ignore what they do not know (§3.2).
                    return list(reader(frame.body)) if reader else []
                case Request():
                    return [events.Malformed("The host sent a request.")]
        except codec.FrameError as error:
            return [events.Malformed(error.message)]
        except (msgspec.MsgspecError, UnicodeError, RecursionError, OverflowError) as error:
            return [events.Malformed(f"A frame of the host is malformed: {error}.")]

    def _ended(self, frame: Response) -> list[events.Event]:
        was = self._open.pop(frame.request_id, None)
        if was is None:  # late: it has timed out already
            return []
        name = was.ask.name
        if frame.code > _REFUSED:
            sentence = _sentence(frame.body)
            return [events.Refused(frame.request_id, name, frame.code, sentence)]
        self._keep(was.ask, frame)
        return [events.Answered(frame.request_id, name, frame.code, bytes(frame.body))]

    def _keep(self, ask: asks.Ask, frame: Response) -> None:
        if moves.BY_NAME[ask.name].subscribes:
            # An answer ends its request whatever it says: a grant without a good name has none.
            name = _object(frame.body).get("subscriptionId")
            granted = name if isinstance(name, str) else ""
            self._standing[granted or frame.request_id] = Standing(ask, granted)
        elif isinstance(ask.body, bodies.UnsubscribeExConversations):
            self._standing.pop(ask.body.subscription_id, None)

    def expire(self, now: float) -> list[events.TimedOut]:
        """Give up the requests whose deadline has come."""
        late = [(key, one) for key, one in self._open.items() if one.deadline <= now]
        for key, _ in late:
            del self._open[key]
        return [events.TimedOut(key, one.ask.name, one.seconds) for key, one in late]

    def lose(self) -> list[events.Lost]:
        """Give up everything: the socket is gone."""
        lost = [events.Lost(key, one.ask.name) for key, one in self._open.items()]
        self._open.clear()
        return lost


def _sentence(body: msgspec.Raw) -> str:
    """Return a refusal's text, whatever shape it came in."""
    try:
        return msgspec.json.decode(body, type=str)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return bytes(body)[:500].decode(errors="replace") or "no reason given"


def _object(body: msgspec.Raw) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
