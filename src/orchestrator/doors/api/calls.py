"""One row for each operation of ``/v3``: how nouns say what they answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response


class Call(msgspec.Struct, frozen=True):
    """An operation: its method, its path below the account, its endpoint, what it answers.

    The endpoint's docstring is what the document says of it, its first line in short.
    """

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Response]]
    answer: Any = None
    status: int = 200


def add(router: APIRouter, noun: str, rows: Sequence[Call]) -> None:
    """Add the operations of a noun to a router."""
    for row in rows:
        summary, _, about = (row.endpoint.__doc__ or "").partition("\n\n")
        verb = row.endpoint.__name__.strip("_")
        router.add_api_route(
            row.path,
            row.endpoint,
            methods=[row.method],
            response_model=row.answer,
            status_code=row.status,
            summary=summary.rstrip("."),
            description=" ".join(about.split()) or None,
            operation_id=f"{noun}_{verb}".replace("-", "_"),
            tags=[noun],
        )
