"""How those who call a REST door prove who they are, put together."""

from orchestrator.adapters import oauth1, seal
from orchestrator.adapters.storage import directory, engine, signing
from orchestrator.adapters.tokens import app_tokens
from orchestrator.services.clock import Clock
from orchestrator.services.directory import Directory
from orchestrator.services.directory.callers import Callers


def callers(
    database: engine.Database, clock: Clock, *, people: Directory, sealing: seal.Seal
) -> Callers:
    """Return the desk that knows signatures and programs' tokens."""
    keys = signing.SigningKeys(database, clock)
    return Callers(
        directory.DirectoryStore(database),
        clock,
        login_keys=people.keys,
        signing=oauth1.HmacSha1(),
        tokens=app_tokens.AppTokens(keys, sealing, clock),
    )
