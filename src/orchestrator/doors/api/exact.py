"""Routes that take the address as it was sent, so that a slash within a name parts nothing.

Elsewhere ``a%2Fb`` is decoded before the address is taken apart: as a namespace it would be read as
namespace ``a`` and session ``b``, which is somebody else's data.
"""

from typing import Any, Final
from urllib.parse import unquote

from starlette.routing import Match, Route
from starlette.types import Scope

_SENT: Final = "orchestrator.address"


class Exact(Route):
    """A route whose parameters are parts of the address between its slashes, decoded one by one.

    What is no UTF-8 comes as lone surrogates, which no name may hold.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether the route serves this address and method."""
        if scope["type"] != "http":
            return Match.NONE, {}
        sent = scope.get(_SENT)
        if sent is None:  # asked by each of many routes, but the same for all
            raw = scope.get("raw_path") or scope["path"].encode()
            sent = raw.partition(b"?")[0].decode("latin-1").removeprefix(scope.get("root_path", ""))
            scope[_SENT] = sent
        found = self.path_regex.match(sent)
        if found is None:
            return Match.NONE, {}
        given = {
            name: unquote(part, errors="surrogateescape")
            for name, part in found.groupdict().items()
        }
        child: dict[str, Any] = {
            "endpoint": self.endpoint,
            "path_params": {**scope.get("path_params", {}), **given},
        }
        if self.methods and scope["method"] not in self.methods:
            return Match.PARTIAL, child
        return Match.FULL, child
