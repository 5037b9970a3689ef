"""What administration needs of the world for functions: rows to read and to change."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from orchestrator.core.model.access import Actor
from orchestrator.core.model.function import Cost, Function, Host
from orchestrator.core.model.ids import AccountId

T = TypeVar("T")


class FunctionReading(Protocol):
    """One consistent look at an account's functions. Plain calls: it runs where the rows are."""

    def functions(self, account: AccountId) -> list[Function]:
        """Return the definitions, with sealed secrets."""
        ...

    def hosts(self, account: AccountId) -> list[Host]:
        """Return the hosts inside that they may reach."""
        ...

    def costs(self, account: AccountId) -> Mapping[str, Cost]:
        """Return what calls cost so far, by name; those that were never called are absent."""
        ...


class FunctionWriting(FunctionReading, Protocol):
    """A unit of work on functions: all of it happens, with its change rows, or nothing."""

    @property
    def now(self) -> datetime:
        """The moment of the change, to the millisecond."""
        ...

    def put(self, function: Function) -> None:
        """Add a function, or put it in the place of the one of its name."""
        ...

    def remove(self, function: Function) -> None:
        """Delete a function, and what is known of its cost."""
        ...

    def allow(self, account: AccountId, host: Host) -> None:
        """Add an allowed host, or put it in the place of the one with its name and port."""
        ...

    def disallow(self, account: AccountId, host: Host) -> None:
        """Delete an allowed host."""
        ...


class FunctionStore(Protocol):
    """Where functions are. Raises `errors.Unavailable` when the disk fails."""

    async def read(self, work: Callable[[FunctionReading], T]) -> T:
        """Run ``work`` on one snapshot."""
        ...

    async def write(self, actor: Actor, at: datetime, work: Callable[[FunctionWriting], T]) -> T:
        """Run ``work`` in one transaction, in the name of ``actor``; durable on return."""
        ...
