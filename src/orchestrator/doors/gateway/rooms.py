"""What the gateway's doors open onto, and how far they open."""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from orchestrator.core.ums import codec
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.consumers import Consumers
from orchestrator.services.cloud.conversations import Conversations
from orchestrator.services.cloud.files import Files
from orchestrator.services.cloud.history import History
from orchestrator.services.cloud.presence import Presences
from orchestrator.services.cloud.rings import Rings
from orchestrator.services.directory import Directory
from orchestrator.services.directory.callers import Callers


class Address(msgspec.Struct, frozen=True):
    """Where the TLS port is: what discovery names. ``hosts`` are the names in its certificate."""

    hosts: tuple[str, ...]
    tls_port: int

    def authority(self, asked: str | None) -> str:
        """Return ``host:port`` under the name by which the client came, if it is one of ours."""
        host = asked if asked in self.hosts else self.hosts[0]
        return f"[{host}]:{self.tls_port}" if ":" in host else f"{host}:{self.tls_port}"


class Limits(msgspec.Struct, frozen=True):
    """Bounds that keep a bad peer's cost with the peer."""

    frames: codec.Limits = codec.DEFAULT
    body_bytes: int = 1 << 20
    """The largest REST body."""
    waiting_frames: int = 20_000
    waiting_bytes: int = 32 << 20
    """What may wait for one slow reader before its socket is closed."""
    open_requests: int = 256
    """Requests of one socket in work at a time; further ones wait in the network."""
    answer: timedelta = timedelta(seconds=8)
    """How long a request may take; clients give up after 10 s (messaging protocol 4.15)."""
    introduction: timedelta = timedelta(seconds=10)
    """How long a consumer's socket may take to say who it is."""
    farewell: timedelta = timedelta(seconds=5)
    """How long a socket that is to be closed may take to read what it has been sent."""
    mistakes_logged: int = 10
    """Bad requests of one socket that get a line each in the log; then they are only counted."""


class Rooms(msgspec.Struct, frozen=True):
    """The services behind the gateway."""

    directory: Directory
    callers: Callers
    conversations: Conversations
    rings: Rings
    presences: Presences
    consumers: Consumers
    history: History
    files: Files
    announcements: Announcements
    clock: Clock
    address: Callable[[], Address]
    ready: Callable[[], str | None]
    """Returns why the server is not ready, or None."""
    limits: Limits = Limits()
