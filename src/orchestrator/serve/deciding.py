"""What decisions are made of, by the bot and for programs alike: built once, over one database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from orchestrator.adapters.functions.caller import Caller
from orchestrator.adapters.storage import contexts as context_rows
from orchestrator.adapters.storage import engine, seen, surroundings
from orchestrator.adapters.storage import functions as function_rows
from orchestrator.adapters.storage import routing as routing_rows
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy.library import Library
from orchestrator.services.clock import Clock
from orchestrator.services.context.contexts import Contexts
from orchestrator.services.directory.ports import Seal
from orchestrator.services.routing.decisions import Decisions
from orchestrator.services.routing.functions import Functions
from orchestrator.services.routing.gather import Beyond
from orchestrator.services.routing.platforms import Platforms
from orchestrator.services.routing.ports import Records
from orchestrator.services.routing.rulebook import Rulebook
from orchestrator.services.routing.seen import Seen
from orchestrator.services.routing.staffing import Staffings

SEEN_WRITTEN: Final = timedelta(seconds=5)
"""How often the values that attributes were seen with are written down."""


class Deciding(msgspec.Struct, frozen=True):
    """The platforms of running bots, what else there is to ask, and the use case of programs."""

    platforms: Platforms
    beyond: Beyond
    decisions: Decisions
    seen: Seen
    functions: Functions
    caller: Caller
    rulebook: Rulebook
    library: Library

    def forget(self, account: AccountId) -> None:
        """Drop what this process has in mind of an account, as somebody of it is erased."""
        self.seen.forget(account)
        self.functions.forget(account)

    async def close(self) -> None:
        """Write down what calls cost, and close the connections of functions."""
        await self.functions.costs.flush()
        await self.caller.close()


def of(
    database: engine.Database,
    clock: Clock,
    *,
    seal: Seal,
    seam: Callable[[Records], Records] = lambda records: records,
) -> Deciding:
    """Return what decides over ``database``; its records go through ``seam``."""
    platforms = Platforms()
    caller = Caller(clock)
    functions = Functions(function_rows.FunctionStore(database), caller, clock, seal=seal)
    rows = surroundings.Surroundings(database)
    beyond = Beyond(
        contexts=Contexts(context_rows.ContextStore(database), clock),
        staffings=Staffings(rows, platforms.of, clock),
        functions=functions,
    )
    noticed = Seen(seen.SeenValues(database))
    # Not the bot's fenced records: any server of a database may answer programs.
    records, library = seam(routing_rows.Records(database)), Library()
    rulebook = Rulebook(records, library)
    decisions = Decisions(
        records, rows, platforms.of, clock, beyond=beyond, seen=noticed, rulebook=rulebook
    )
    return Deciding(platforms, beyond, decisions, noticed, functions, caller, rulebook, library)
