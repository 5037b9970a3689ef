"""What functions need of the world: somebody who calls them, and what is known of them."""

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import Costs, Defined, Function, Host, Secrets
from orchestrator.core.model.ids import AccountId


class FunctionCaller(Protocol):
    """How functions are called, and where calls may go."""

    async def prepare(self) -> None:
        """Do what takes long the first time, so that no call's time budget pays for it."""
        ...

    async def call(
        self,
        function: Function,
        payload: Json,
        *,
        secrets: Secrets,
        hosts: Sequence[Host],
        call_id: str,
    ) -> Json:
        """Return the function's value. ``call_id`` is the same for all attempts of one call.

        ``hosts`` are those inside that it may reach. Raises `FunctionFailed`. It may
        never end: the caller has a time budget, and cancels.
        """
        ...


class FunctionRecords(Protocol):
    """What is known of an account's functions. Raises `errors.Unavailable`."""

    async def functions(self, account: AccountId) -> Defined:
        """Return the definitions and the allowed hosts."""
        ...

    async def add_costs(self, costs: Costs) -> None:
        """Add these to what calls cost before; those of functions that are gone are dropped."""
        ...
