"""Attributes that are functions: ``custom.*`` without a static value."""

import asyncio
from collections.abc import Mapping, Sequence

from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.model.function import Call
from orchestrator.core.policy import memory, parameters
from orchestrator.services.routing.ports import Fetch, Functions


class OfFunctions:
    """Knows every ``custom.*``; several are called side by side, each once for a decision.

    ``custom.crm.tier`` is ``tier`` in what ``custom.crm`` returns. ``calls`` is what they cost.
    """

    def __init__(self, account: str, functions: Functions) -> None:
        self._account = account
        self._functions = functions
        self._called: dict[str, asyncio.Task[AttributeValue]] = {}
        self.calls: list[Call] = []

    def knows(self, name: str) -> bool:
        """Whether the attribute may be a function."""
        return name.startswith("custom.")

    async def fetch(self, names: Sequence[str], *, others: Fetch) -> Mapping[str, AttributeValue]:
        """Call the functions; their parameters are fetched from ``others``, as any attribute is."""
        wholes = {name: parameters.whole(name) for name in names}
        found = await asyncio.gather(*(self._value(whole, others) for whole in wholes.values()))
        return {
            name: _part(value, name.removeprefix(whole).removeprefix("."))
            for (name, whole), value in zip(wholes.items(), found, strict=True)
        }

    async def _value(self, name: str, others: Fetch) -> AttributeValue:
        # A function that is a parameter of another one may be asked for twice at once.
        if name not in self._called:
            self._called[name] = asyncio.ensure_future(
                self._functions.value(self._account, name, others, note=self.calls.append)
            )
        return await self._called[name]


def _part(value: AttributeValue, rest: str) -> AttributeValue:
    if not rest or not isinstance(value, Known):
        return value
    inner = memory.find(value.value, rest) if isinstance(value.value, Mapping) else None
    return Known(inner[0] if inner else None, value.source, value.as_of)
