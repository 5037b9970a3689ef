"""Attributes that are functions: ``custom.*`` without a static value."""

import asyncio
from collections.abc import Mapping, Sequence

from orchestrator.core.model.attributes import AttributeValue
from orchestrator.services.routing.ports import Fetch, Functions


class OfFunctions:
    """Knows every ``custom.*``; several are called side by side."""

    def __init__(self, account: str, functions: Functions, fetch: Fetch) -> None:
        self._account = account
        self._functions = functions
        self._fetch = fetch

    def knows(self, name: str) -> bool:
        """Whether the attribute may be a function."""
        return name.startswith("custom.")

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Call the functions; their parameters are fetched as any other attribute is."""
        found = await asyncio.gather(
            *(self._functions.value(self._account, name, self._fetch) for name in names)
        )
        return dict(zip(names, found, strict=True))
