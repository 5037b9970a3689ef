"""How a talk in the terminal outlives a restart of the server: it looks for it for a while."""

import asyncio
from typing import Final

import typer

from orchestrator.cli import report
from orchestrator.core.model import errors

PATIENCE_SECONDS: Final = 60.0
"""How long a server is looked for that was there before."""
PAUSE_SECONDS: Final = 0.5
"""How long after each attempt."""


class Patience:
    """Decides after each lost connection whether to try again, and says so on stderr."""

    def __init__(self, style: report.Style) -> None:
        self._style: report.Style = style
        self._was_settled = False
        self._lost_at: float | None = None

    def settled(self) -> None:
        """Note that a connection stands."""
        if self._lost_at is not None and self._style == "text":
            typer.echo("Connected again.", err=True)
        self._was_settled = True
        self._lost_at = None

    async def wait(self, error: errors.Unavailable) -> None:
        """Wait before another attempt.

        Raises ``error`` when there never was a connection, or none for `PATIENCE_SECONDS`.
        """
        now = asyncio.get_running_loop().time()
        if not self._was_settled:
            raise error
        if self._lost_at is None:
            self._lost_at = now
            if self._style == "text":
                typer.echo("The connection is lost; looking for the server …", err=True)
        elif now - self._lost_at > PATIENCE_SECONDS:
            raise error
        await asyncio.sleep(PAUSE_SECONDS)
