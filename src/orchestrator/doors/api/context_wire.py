"""What both versions of the context service have in common on the wire."""

from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.api import credentials, problems, wire
from orchestrator.doors.api.plain import Endpoint
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.context import names, saving

SCOPE: Final = "context"

LARGEST_BODY: Final = 10 << 20
"""Bytes: 800,000 characters, each written as ``\\uXXXX`` twice, and blanks."""

_log = structlog.get_logger(__name__)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Return ``endpoint`` with every error answered: the documented one of the original as there.

    That is 413 with the text "document too large"; all others are problems. Names of namespaces,
    sessions and properties stand in addresses and may be about people: none is logged.
    """

    async def guard(request: Request) -> Response:
        try:
            response = await endpoint(request)
        except (saving.DocumentTooLarge, problems.TooLarge):
            response = Response("document too large", 413, media_type="text/plain")
        except errors.OrchestratorError as error:
            response = problems.answer(error)
        except Exception:  # noqa: BLE001 - the last fence: a bug costs this request only
            _log.exception("api.bug", endpoint=endpoint.__qualname__)
            response = problems.bug()
        credentials.tell_left(request, response)
        return response

    return guard


async def asker(
    rooms: Rooms, request: Request, *, account: str | None, scope: str = SCOPE
) -> Actor:
    """Return who presents a key or a client's token, wherever a version lets them put it.

    That is ``maven-api-key`` (v1), ``access_token`` in the query (v2), or ``Authorization``, with
    the word Bearer or without. Without ``account`` it is for the caller to compare the account.
    """
    given = (
        request.headers.get("maven-api-key")
        or request.query_params.get("access_token")
        or _authorization(request)
    )
    if not given:
        raise errors.Unauthenticated(
            "Send an API key as maven-api-key, or a token as access_token or Authorization: Bearer."
        )
    admitted = await rooms.directory.api_keys.admit(given, scope=scope, account=account)
    credentials.note(request, admitted.allowance)
    return admitted.actor


async def content(request: Request) -> bytes:
    """Return the body. Raises `problems.TooLarge`, or BadInput when the client leaves."""
    return await wire.content(request, limit=LARGEST_BODY)


def warning(namespace: str) -> dict[str, str]:
    """Return the header for a namespace that is older than attributes of its name, else nothing."""
    if namespace not in names.OURS:
        return {}
    hidden = f"The namespace {namespace} is hidden from policies by attributes of that name."
    return {"Warning": f'299 - "{hidden}"'}


def _authorization(request: Request) -> str:
    header = request.headers.get("authorization", "").strip()
    scheme, blank, given = header.partition(" ")
    if not blank:
        return header
    return given.strip() if scheme.lower() == "bearer" else ""
