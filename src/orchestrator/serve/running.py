"""The note that a running server leaves in its data folder: where it is reached."""

import os
from pathlib import Path

import msgspec

from orchestrator.core.model import errors


class Running(msgspec.Struct, frozen=True, omit_defaults=True):
    """A server on this folder: two base addresses, its authority's file, its process id."""

    http: str
    https: str
    ca: str
    pid: int
    invitation: str | None = None
    """Where the first administrator is made, in a server's own hands only: never in the note."""

    @property
    def console(self) -> str:
        """Where people open the console."""
        return f"{self.http}/console"

    @property
    def domain(self) -> str:
        """``host:port`` of the TLS port: what clients are given for discovery."""
        return self.https.split("://", 1)[-1].rstrip("/")


def find(note: Path) -> Running | None:
    """Return the live server that wrote ``note``; None without one, or when its pid is dead."""
    try:
        found = msgspec.json.decode(note.read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if _alive(found.pid) else None


def required(note: Path) -> Running:
    """Return the live server that wrote ``note``, or raise `errors.Unavailable`."""
    found = find(note)
    if found is None:
        raise errors.Unavailable(
            f"No server runs on {note.parent}. Start one with "
            f"`orchestrator serve --data {note.parent}`.",
            path="--data",
        )
    return found


def _alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, and is somebody else's
    return True
