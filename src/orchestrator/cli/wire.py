"""The way from a command to the server that runs on its data folder, over the real protocol."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from orchestrator.cli.options import Place
from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.client.messaging.discovery import Services


Ca = Annotated[
    Path | None,
    typer.Option(
        "--ca", metavar="FILE", help="Certificates to trust; without it, the folder's ca.pem."
    ),
]


class Wire(msgspec.Struct, frozen=True):
    """A running server as clients see it. ``http`` is an open client of `client.messaging.web`."""

    http: Any
    services: "Services"
    tls: ssl.SSLContext


@asynccontextmanager
async def connected(place: Place, *, ca: Path | None = None) -> AsyncIterator[Wire]:
    """Find the server of the folder and look up the account's services.

    ``ca`` is a file of certificates to trust instead of the folder's. Raises `errors.Unavailable`
    when none runs or it does not answer, `errors.BadInput` for a file that holds no certificate.
    """
    from orchestrator.client.messaging import discovery, trust, web
    from orchestrator.serve import running

    server = running.required(place.settings.server_file)
    try:
        tls = trust.context(str(ca) if ca else server.ca)
    except errors.BadInput as error:
        raise errors.BadInput(error.message, path="--ca") from error
    async with web.client(tls) as http:
        services = await discovery.find(http, domain=server.domain, account=place.account)
        yield Wire(http, services, tls)


def demand_server(place: Place) -> None:
    """Raise `errors.Unavailable` when no server runs on the folder."""
    from orchestrator.serve import running

    running.required(place.settings.server_file)
