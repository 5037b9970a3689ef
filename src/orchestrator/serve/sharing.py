"""What a server does beside its own work where others share its database."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from orchestrator.adapters.storage import engine, processes
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot import faults
from orchestrator.doors.bot.sessions import Sessions
from orchestrator.serve.membership import Membership
from orchestrator.services.cloud.presence import Presences

_log = structlog.get_logger(__name__)


def fenced(
    database: engine.Database, membership: Membership | None
) -> engine.Database | processes.Fenced:
    """Return a database to which the bot cannot write after others have taken it over."""
    if membership is None:
        return database
    return processes.Fenced(database, lambda: membership.process)


async def signs(
    membership: Membership,
    presences: Presences,
    *,
    bots: Sessions[Any],
    recheck: Callable[[AccountId], None],
    look: Callable[[AccountId], None],
    accounts: Callable[[], Awaitable[Sequence[AccountId]]],
    every: timedelta,
) -> None:
    """Give signs of life until cancelled, and run the bots that are ours by them.

    ``recheck`` is given each account whose bot could not be brought up to date.
    """

    async def changed(account: AccountId) -> None:
        try:
            await bots.changed(account)
        except Exception as error:  # noqa: BLE001  signs of life must go on
            _log.warning("server.bot-unchanged", account=account, **faults.described(error))
            recheck(account)

    await membership.run(presences, changed=changed, look=look, accounts=accounts, every=every)


async def stop_bots(membership: Membership | None, bots: Sessions[Any], *, seconds: float) -> None:
    """Sign the bots out; where there are other servers, these may take them over at once."""
    if membership is not None:
        membership.stop_taking()
    await bots.stop(seconds=seconds)
    if membership is not None:
        await membership.release()
