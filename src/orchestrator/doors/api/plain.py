"""Hot routes: plain Starlette endpoints that stand in the OpenAPI document all the same."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


class Parameter(msgspec.Struct, frozen=True):
    """A parameter in the query (or a header) of a plain route. ``type`` is a type of Python's."""

    name: str
    type: Any = str
    about: str = ""
    place: str = "query"
    needed: str = "optional"
    """``required``, or ``optional``."""


class Plain(msgspec.Struct, frozen=True):
    """One plain route, and what the document says of it.

    ``body`` and the values of ``answers`` (by status) are types that msgspec knows, or None for an
    empty body; `OpenAPI 3.1` schemas are made of them. ``security`` names schemes of the document
    (`openapi.SCHEMES`), any of which will do. Parameters of the path are taken from the path.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    tag: str
    answers: Mapping[int, Any]
    body: Any = None
    parameters: Sequence[Parameter] = ()
    security: Sequence[str] = ("apiKey",)
    failures: str = "problem"
    """How refusals look: as ``problem``, or as the ``original`` words them."""
    about: str = ""
