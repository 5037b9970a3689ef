"""Who calls the API: an API key, or the session of somebody who is signed in."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.directory.allowances import Allowance

PREFIX: Final = "co_"
"""How API keys begin; bearers of sessions do not."""

_ALLOWANCE: Final = "orchestrator.allowance"

_HOW: Final = "Send Authorization: Bearer with an API key, or with the bearer of a login."


def _authorization(request: Request) -> str:
    """Return the header; as `Request.headers` would, in less time than building them."""
    sent: bytes = next(
        (value for name, value in request.scope["headers"] if name == b"authorization"), b""
    )
    return sent.decode("latin-1")


def bearer(request: Request) -> str:
    """Return what is presented. Raises `errors.Unauthenticated` when nothing is."""
    scheme, _, given = _authorization(request).partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given or not given.isascii() or not given.isprintable():
        raise errors.Unauthenticated(_HOW)
    return given


async def asker(rooms: Rooms, request: Request, *, account: str, scope: str = "admin") -> Actor:
    """Return who asks for something of ``account``, with what they may do.

    A key must have the scope; somebody who is signed in may do what their roles say, as on the
    command line. Raises `errors.Unauthenticated` and `errors.Forbidden`.
    """
    given = bearer(request)
    if given.startswith(PREFIX):
        admitted = await rooms.directory.api_keys.admit(given, account=account, scope=scope)
        note(request, admitted.allowance)
        return admitted.actor
    return (await rooms.directory.logins.check(account, bearer=given)).actor


def note(request: Request, allowance: Allowance | None) -> None:
    """Remember what the key of a request may still do."""
    if allowance is not None:
        request.scope[_ALLOWANCE] = allowance


def tell_left(request: Request, response: Response) -> None:
    """Say in the answer's headers what the key of a request may still do, if it is limited."""
    allowance = request.scope.get(_ALLOWANCE)
    if allowance is not None:
        response.headers.update(allowed(allowance))


def allowed(allowance: Allowance | None) -> dict[str, str]:
    """Return an allowance as headers; nothing for a key without a rate."""
    if allowance is None:
        return {}
    return {
        "RateLimit-Limit": str(allowance.limit),
        "RateLimit-Remaining": str(allowance.remaining),
        "RateLimit-Reset": str(allowance.reset_seconds),
    }
