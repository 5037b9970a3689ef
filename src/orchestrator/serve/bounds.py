"""What strangers may cost at most: settings that normal programs never meet."""

import contextlib
from datetime import timedelta
from typing import Any

import pydantic


class Bounds(pydantic.BaseModel):
    """Bounds of connections and requests, whoever sends them. Durations are written as seconds.

    A connection is a stranger's until its first whole request has arrived, and a WebSocket until
    its peer has said who they are. Bounds of what a peer may do after that are the gateway's.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    connections: pydantic.PositiveInt = 50_000
    """Open at a time; fewer where the system allows fewer open files."""
    strangers: pydantic.PositiveInt = 2_000
    """Strangers from one address at a time; with one more, the oldest has to go.

    Behind a load balancer all come from one address: then this is how many may be shaking hands.
    """
    handshake: timedelta = timedelta(seconds=10)
    """How long a TLS handshake may take."""
    request: timedelta = timedelta(seconds=30)
    """How long a request may take to arrive, to its last byte; also how long none may come."""
    head_bytes: pydantic.PositiveInt = 64 << 10
    """The largest request line with headers, to within one reading from the network."""
    pipelined: pydantic.PositiveInt = 100
    """Requests that may wait behind one another on a connection."""
    frame_bytes: pydantic.PositiveInt = 1 << 20
    """The largest WebSocket message; a larger one closes its socket with 1009."""
    fragments: pydantic.PositiveInt = 4_096
    """Pieces in which one WebSocket message may come."""
    controls: pydantic.PositiveInt = 1_000
    """Pings and pongs that a socket may send in ten seconds."""
    newcomers: pydantic.PositiveInt = 100
    """Unauthenticated consumers who may sign up from one address in a second; at once, 100 times
    as many."""
    unread: timedelta = timedelta(seconds=120)
    """How long sent bytes may wait for a peer's acknowledgement."""

    @pydantic.field_validator("handshake", "request", "unread", mode="before")
    @classmethod
    def _seconds(cls, given: Any) -> Any:
        """Read a number as seconds: from the environment it comes as text."""
        if isinstance(given, str):
            with contextlib.suppress(ValueError):
                return float(given)
        return given
