"""Who calls the API: an API key, or the session of somebody who is signed in."""

from typing import Final

from starlette.requests import Request

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.api.rooms import Rooms

PREFIX: Final = "co_"
"""How API keys begin; bearers of sessions do not."""

_HOW: Final = "Send Authorization: Bearer with an API key, or with the bearer of a login."


def bearer(request: Request) -> str:
    """Return what is presented. Raises `errors.Unauthenticated` when nothing is."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
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
        return await rooms.directory.api_keys.check(account, given, scope=scope)
    return (await rooms.directory.logins.check(account, bearer=given)).actor
