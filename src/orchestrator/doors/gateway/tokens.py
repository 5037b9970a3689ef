"""The token service (``sentinel``): client credentials in, a signed token out (RFC 6749, 4.4)."""

import base64
import binascii
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.doors.gateway import web
from orchestrator.doors.gateway.rooms import Rooms

_GRANT: Final = "client_credentials"
_MOST_FIELDS: Final = 20
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Tokens:
    """Tokens of programs, and the keys by which others verify them."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def issue(self, request: Request) -> Response:
        """Answer with a token; every refusal has the body that OAuth prescribes.

        ``v=1.0``, ``v=2.0`` and the path with ``v2`` are one and the same.
        """
        try:
            form = await self._form(request)
        except errors.BadInput as error:
            return _refusal(400, "invalid_request", error.message)
        client_id, secret = _client(request, form)
        if form.get("grant_type") != _GRANT:
            return _refusal(400, "unsupported_grant_type", f"Send grant_type={_GRANT}.")
        if not client_id or not secret:
            return _refusal(400, "invalid_request", "Send client_id and client_secret.")
        try:
            issued = await self._rooms.callers.issue(
                web.account_of(request), client_id=client_id, secret=secret
            )
        except errors.Unauthenticated as error:
            return _refusal(401, "invalid_client", error.message)
        answer = {
            "access_token": issued.token,
            "token_type": "Bearer",
            "expires_in": round(issued.lifetime.total_seconds()),
            "scope": " ".join(issued.scopes),
        }
        return web.json(answer, headers=_NO_STORE)

    async def keys(self, _request: Request) -> Response:
        """Answer with the key set (RFC 7517)."""
        return web.json(await self._rooms.callers.published())

    async def _form(self, request: Request) -> dict[str, str]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise errors.BadInput("Send a form (application/x-www-form-urlencoded).")
        sent = await web.content(request, limit=self._rooms.limits.body_bytes)
        try:
            pairs = parse_qsl(sent.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise errors.BadInput("The form cannot be read.") from error
        return dict(pairs)


def _client(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Return id and secret, from the form or from the Basic header that RFC 6749 allows too."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            identifier, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote_plus(identifier), unquote_plus(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _refusal(status: int, code: str, about: str) -> Response:
    headers = {**_NO_STORE, **({"WWW-Authenticate": "Basic"} if status == 401 else {})}  # noqa: PLR2004 - HTTP's own name for it
    return web.json({"error": code, "error_description": about}, status=status, headers=headers)
