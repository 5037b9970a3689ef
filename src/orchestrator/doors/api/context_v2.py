"""The Conversation Context Service, second version: documents, and the login for its tokens.

Source: conversation-orchestrator 5.4, 6.4 and 14, rows 19 to 24.
"""

import base64
import binascii
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors, times
from orchestrator.core.model.access import Actor
from orchestrator.doors.api import context_wire, problems, wire
from orchestrator.doors.api.plain import Parameter, Plain
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.context import values
from orchestrator.services.context.documents import Document
from orchestrator.services.context.ports import Place

T = TypeVar("T", bound="_Named")

LOGIN: Final = "/v2/authenticate/login"
ROOT: Final = "/v2/context/document"
TYPE: Final = "CONTEXT"

_TOKEN: Final = (Parameter("access_token", str, "A token from the login."),)


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    """What every body names: account, namespace and, for a session's document, the session."""

    account_id: str | int
    name_space: str
    session_id: str | None = None


class Saving(_Named, frozen=True, rename="camel", kw_only=True):
    """The body of a save; ``ttlSeconds`` absent, 0 or above it is 396 days."""

    payload: msgspec.Raw
    ttl_seconds: int | None = None


class Selecting(_Named, frozen=True, rename="camel", kw_only=True):
    """The body that asks for properties, each as ``nameSpace.property``."""

    filter: list[str]


class Deleting(_Named, frozen=True, rename="camel", kw_only=True):
    """The body of a deletion: of these properties, or of the whole document."""

    property_to_delete: list[str] | None = None


class SavingShown(_Named, frozen=True, rename="camel", kw_only=True):
    """`Saving`, as the document describes it."""

    payload: dict[str, Any]
    ttl_seconds: int | None = None


class Done(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a change."""

    document_key: str
    tenant_id: str
    success: bool


class DocumentShown(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A document; ``ttl`` is when it ends, absent when some of it is kept for ever."""

    account_id: str
    document_key: str
    document_type: str
    name_space: str
    payload: dict[str, Any]
    tenant_id: str
    session_id: str | None = None
    ttl: str | None = None


class TokenShown(msgspec.Struct, frozen=True, rename="camel"):
    """A token, and its seconds."""

    token: str
    expires_in: int


class ContextV2:
    """The endpoints."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._documents = rooms.documents

    def rows(self) -> tuple[Plain, ...]:
        """Return THE table of routes, in the order in which they are tried."""
        one, many = f"{ROOT}/{{account}}/{{namespace}}", f"{ROOT}/properties"
        login = ("Fetch a token for a user id and password", {200: TokenShown}, None)
        save = ("Save properties of a document", {201: Done}, SavingShown)
        read = ("Read a document", {200: DocumentShown}, None)
        select = ("Read properties of a document", {200: dict}, Selecting)
        delete = ("Delete properties, or a document", {200: Done}, Deleting)
        made = (
            ("GET", LOGIN, self.login, *login),
            ("POST", LOGIN, self.login, *login),
            ("POST", f"{ROOT}/create", self.save, *save),
            ("PATCH", f"{ROOT}/create", self.save, *save),
            ("GET", one, self.read, *read),
            ("GET", f"{one}/{{session}}", self.read, *read),
            ("POST", many, self.select, *select),
            ("DELETE", f"{ROOT}/property/delete", self.delete, *delete),
            ("DELETE", f"{ROOT}/delete", self.delete, *delete),
        )
        return tuple(
            Plain(
                method=method,
                path=path,
                endpoint=context_wire.guarded(endpoint),
                summary=summary,
                tag="context v2",
                answers=answers,
                body=body,
                parameters=() if path == LOGIN else _TOKEN,
                security=("basic",) if path == LOGIN else ("accessToken", "apiKey"),
                failures="original",
            )
            for method, path, endpoint, summary, answers, body in made
        )

    async def login(self, request: Request) -> Response:
        """Answer Basic credentials with a token of an hour."""
        try:
            user_id, password = _basic(request)
            made = await self._rooms.directory.api_keys.login(user_id, password)
        except errors.Unauthenticated as error:
            refused = problems.answer(error)
            refused.headers["WWW-Authenticate"] = 'Basic realm="orchestrator"'
            return refused
        shown = TokenShown(made.token, int(made.lifetime.total_seconds()))
        return wire.json(shown, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def save(self, request: Request) -> Response:
        """Save properties into a document, which comes into being with the first."""
        actor, sent = await self._asked(request, Saving)
        members = values.members(bytes(sent.payload), path="payload")
        place = await self._documents.save(
            actor, sent.name_space, sent.session_id or "", members, ttl_seconds=sent.ttl_seconds
        )
        headers = context_wire.warning(place.namespace)
        return wire.json(_done(place), status=201, headers=headers)

    async def read(self, request: Request) -> Response:
        """Answer with a document."""
        given = request.path_params
        actor = await context_wire.asker(self._rooms, request, account=given["account"])
        found = await self._documents.read(
            actor.account, given["namespace"], given.get("session", "")
        )
        return wire.json(_document(found))

    async def select(self, request: Request) -> Response:
        """Answer with those of the named properties that are there, under the names as given."""
        actor, sent = await self._asked(request, Selecting)
        prefix = f"{sent.name_space}."
        wanted = [name.removeprefix(prefix) for name in sent.filter]
        found = await self._documents.select(
            actor.account, sent.name_space, sent.session_id or "", wanted
        )
        return wire.json({f"{prefix}{name}": value for name, value in found.items()})

    async def delete(self, request: Request) -> Response:
        """Delete the named properties; without a list of them, the whole document."""
        actor, sent = await self._asked(request, Deleting)
        session, names = sent.session_id or "", sent.property_to_delete
        if names is None:
            place = await self._documents.drop(actor, sent.name_space, session)
        else:
            place = await self._documents.remove(actor, sent.name_space, session, names)
        return wire.json(_done(place))

    async def _asked(self, request: Request, kind: type[T]) -> tuple[Actor, T]:
        """Return who asks, and the body, which must be about their account.

        Who has no key is refused before the body is read.
        """
        actor = await context_wire.asker(self._rooms, request, account=None)
        sent = await context_wire.content(request)
        try:
            found = msgspec.json.decode(sent, type=kind)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise errors.BadInput(f"The body is not as it should be: {error}.", path="body") from (
                error
            )
        if str(found.account_id) != actor.account:
            raise errors.Unauthenticated("The API key or token is not valid for this account.")
        return actor, found


def _basic(request: Request) -> tuple[str, str]:
    """Return user id and password. Raises `errors.Unauthenticated`."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        plain = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _unproven() from error
    user_id, colon, password = plain.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _unproven()
    return user_id, password


def _unproven() -> errors.Unauthenticated:
    return errors.Unauthenticated("Send user id and password as Authorization: Basic.")


def _key(place: Place) -> str:
    return f"{place.account}:{place.namespace}:{place.session}"


def _done(place: Place) -> Done:
    return Done(_key(place), place.account, success=True)


def _document(found: Document) -> DocumentShown:
    place = found.place
    return DocumentShown(
        account_id=place.account,
        document_key=_key(place),
        document_type=TYPE,
        name_space=place.namespace,
        payload=found.payload,
        tenant_id=place.account,
        session_id=place.session or None,
        ttl=None if found.ends_at is None else times.iso(found.ends_at),
    )
