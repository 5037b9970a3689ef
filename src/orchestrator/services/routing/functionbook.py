"""An account's functions as they stand, each with what is known of it from earlier calls."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestrator.core.model.function import Function, Host
from orchestrator.core.policy import cycles, parameters, reference
from orchestrator.services.routing.breaker import Breaker


class Entry:
    """One function: its definition, the attributes it refers to, its breaker and its turns.

    ``fault`` is why it cannot be called at all. Such definitions are refused when they are saved;
    this holds whatever the rows say, for a circle would wait for itself.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.breaker = Breaker(function.definition.breaker)
        self.turns = asyncio.Semaphore(function.definition.concurrency)
        self.fault: str | None = None
        self.references: frozenset[str] = frozenset()
        try:
            self.references = parameters.references(function.definition.sent)
        except reference.Malformed as error:
            self.fault = f"Its parameters make no sense: {error}"


class Book:
    """All functions of an account, and the hosts that they may reach, read at one moment.

    What did not change since ``before`` keeps its breaker and its turns.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        hosts: Sequence[Host],
        *,
        read_at: datetime,
        before: "Book | None" = None,
    ) -> None:
        self.read_at = read_at
        self.hosts = tuple(hosts)
        known: Mapping[str, Entry] = before.entries if before else {}
        self.entries = {each.name: _entry(each, known.get(each.name)) for each in functions}
        graph = {
            f"custom.{name}": {parameters.whole(other) for other in entry.references}
            for name, entry in self.entries.items()
        }
        for name in cycles.members(graph):
            self.entries[name.removeprefix("custom.")].fault = "Its parameters need itself."


def _entry(function: Function, before: Entry | None) -> Entry:
    if before is None or before.function != function or before.fault is not None:
        return Entry(function)
    return before
