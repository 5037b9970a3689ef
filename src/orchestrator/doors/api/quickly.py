"""The few routes that are asked thousands of times a second, tried before anything else is."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send


class Quickly:
    """An application whose ``routes`` come before another one, and before its middleware.

    They must answer all errors themselves. What they do not serve in full is the other's, wrong
    methods included.
    """

    def __init__(self, routes: Sequence[BaseRoute], rest: ASGIApp) -> None:
        self._routes = tuple(routes)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            for route in self._routes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await self._rest(scope, receive, send)
