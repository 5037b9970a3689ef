"""Who calls a REST door: by a login's bearer, a program's token, or an OAuth1 signature."""

import itertools
import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.directory.callers import SignedRequest

_HOW: Final = (
    "Send Authorization: Bearer with the token of a login or of a program, or sign the request "
    "with a login key (OAuth)."
)
_PARAMETER: Final = re.compile(r'([^\s=,"]+)\s*=\s*"([^"]*)"')
"""One parameter of the header (RFC 5849, 3.5.1); whatever is between them says nothing."""

_MOST_PARAMETERS: Final = 100
"""Of one query or header; a signature over more is not worth its computation."""


async def asker(rooms: Rooms, request: Request) -> Actor:
    """Return who asks, with what they may do. Raises `errors.Unauthenticated`."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    account, given = web.account_of(request), rest.strip()
    match scheme.lower():
        case "bearer" if is_program(given):
            return await rooms.callers.by_token(account, given)
        case "bearer" if given:
            return (await rooms.directory.logins.check(account, bearer=given)).actor
        case "oauth" if given:
            return await rooms.callers.by_signature(account, _signed(request, given))
        case _:
            raise errors.Unauthenticated(_HOW)


def is_program(bearer: str) -> bool:
    """Whether a bearer is a JWT, as programs have; those of logins hold no dot."""
    return bearer.count(".") == len(("header", "claims", "signature")) - 1


def _signed(request: Request, header: str) -> SignedRequest:
    query = request.scope.get("query_string", b"").decode("latin-1")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise errors.Unauthenticated("The signature is not valid.") from error
    return SignedRequest(request.method, _urls(request), tuple(pairs), _parameters(header))


def _urls(request: Request) -> tuple[str, ...]:
    """Return under which URLs the client may have signed.

    A proxy in front of the plain port ends TLS, so what arrives as http was signed as https. And
    though the port belongs into what is signed, there are clients that leave it out. The host is
    the one that was asked, whichever of our names that is.
    """
    raw = request.scope.get("raw_path", b"") or request.url.path.encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    asked = request.headers.get("host", "")
    bare = asked if asked.endswith("]") else asked.rpartition(":")[0] or asked
    schemes = dict.fromkeys((request.url.scheme, "https"))
    hosts = dict.fromkeys((asked, bare))
    return tuple(f"{scheme}://{host}{path}" for scheme in schemes for host in hosts)


def _parameters(header: str) -> dict[str, str]:
    """Take the header apart: ``realm`` is not signed; a name given twice proves nothing."""
    found: dict[str, str] = {}
    for each in itertools.islice(_PARAMETER.finditer(header), _MOST_PARAMETERS):
        name, value = unquote(each[1]), unquote(each[2])
        if name in found:
            raise errors.Unauthenticated("The signature is not valid.")
        found[name] = value
    found.pop("realm", None)
    return found
