"""Servers on one database must have one master key: a canary tells on starting, not in use."""

from typing import Final

from orchestrator.adapters import seal
from orchestrator.adapters.storage import engine, processes
from orchestrator.core.model import errors

_NAME: Final = "master-key"
_ROW: Final = f"canaries/{_NAME}"


async def demand(database: engine.Database, sealing: seal.Seal) -> None:
    """Return if ``sealing`` has the key of the database; the first one to ask decides which.

    Raises `errors.Conflict` when the secrets there are sealed with another key.
    """
    sealed = sealing.seal(b"one key", row=_ROW)
    kept = await processes.canary(database, name=_NAME, sealed=sealed)
    try:
        sealing.open(kept, row=_ROW)
    except errors.Conflict as error:
        raise errors.Conflict(
            "The secrets of this database are sealed with another master key. Set "
            "ORCHESTRATOR_KEY to the key of the folder that was used with it first (the content "
            "of its master.key).",
            path="ORCHESTRATOR_KEY",
        ) from error
