"""What a client asks, without sending it: one description for both clients."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.errors import Problem

T = TypeVar("T")

KINDS: Final[dict[int, type[errors.OrchestratorError]]] = {
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    412: errors.Stale,
}
"""Status → error. Of the others, 429 and from 500 on are Unavailable and the rest is BadInput."""


class Ask(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request. ``path`` holds ``{account}``; ``answer`` is the type of what comes back.

    ``seen`` is the state (`Answered.state`) at which a change is to be made, None for any.
    """

    method: str
    path: str
    answer: type[T]
    body: Any = msgspec.UNSET
    query: Mapping[str, str] = {}
    seen: str | None = None

    def at(self, state: str) -> "Ask[T]":
        """Return the same change, to be made only while the state is as it was seen.

        Otherwise `errors.Stale` is raised.
        """
        return msgspec.structs.replace(self, seen=state)


class Answered(msgspec.Struct, Generic[T], frozen=True):
    """An answer: what it says, the state that it names, and where the next page is."""

    value: T
    state: str | None
    following: str | None


def address(ask: Ask[Any], account: str) -> str:
    """Return the path of a request, for an account."""
    return ask.path.replace("{account}", quote(account, safe=""), 1)


def headers(ask: Ask[Any], api_key: str) -> dict[str, str]:
    """Return the headers of a request; the original's routes take the key under their own name."""
    found = {"Authorization": f"Bearer {api_key}", "maven-api-key": api_key}
    found["Accept"] = "application/json"
    if ask.body is not msgspec.UNSET:
        found["Content-Type"] = "application/json"
    if ask.seen is not None:
        found["If-Match"] = ask.seen
    return found


def content(ask: Ask[Any]) -> bytes | None:
    """Return the body as JSON, None for none."""
    return None if ask.body is msgspec.UNSET else msgspec.json.encode(ask.body)


def read(ask: Ask[T], status: int, sent: bytes, header: Callable[[str], str | None]) -> Answered[T]:
    """Return the answer, or raise what it refuses with. ``header`` finds one by its name.

    Raises `errors.Unavailable` for an answer that is none of this interface's.
    """
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise refused(status, sent, header("retry-after"))
    try:
        value = msgspec.json.decode(sent or b"null", type=ask.answer)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise errors.Unavailable(f"The answer cannot be read: {error}.") from error
    link = header("link") or ""
    following = link[1:].partition(">")[0] if link.endswith('rel="next"') else None
    return Answered(value, header("etag"), following)


class _Refusal(msgspec.Struct):
    detail: str = ""
    errors: list[Problem] = []


def refused(status: int, sent: bytes, after: str | None = None) -> errors.OrchestratorError:
    """Return the error that a refusal means; ``after`` are the seconds of ``Retry-After``."""
    try:
        found = msgspec.json.decode(sent, type=_Refusal)
    except (msgspec.MsgspecError, UnicodeError):
        found = _Refusal()
    message = found.detail or f"The server answered {status}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = int(after) if after is not None and after.isdigit() else 1
        return errors.TooMany(message, seconds=seconds)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.Unavailable(message)
    if status in KINDS:
        path = found.errors[0].path if found.errors else ""
        return KINDS[status](message, path=path)
    return errors.Problems(found.errors) if found.errors else errors.BadInput(message)


class Event(msgspec.Struct, frozen=True):
    """One event of an account. ``id`` is where to resume, None for what is not kept."""

    name: str
    data: Any
    id: int | None = None


class Stream:
    """Takes server-sent events apart, line by line."""

    def __init__(self) -> None:
        self._name = ""
        self._id: int | None = None
        self._data: list[str] = []

    def line(self, text: str) -> Event | None:
        """Take a line without its end; return the event that it completes, if it does.

        Raises `errors.Unavailable` for data that are no JSON.
        """
        if text:
            self._field(text)
            return None
        data, name, identifier = tuple(self._data), self._name, self._id
        self._data.clear()
        self._name, self._id = "", None
        if not data:
            return None
        try:
            told = msgspec.json.decode("\n".join(data))
        except msgspec.MsgspecError as error:
            raise errors.Unavailable(f"An event cannot be read: {error}.") from error
        return Event(name or "message", told, identifier)

    def _field(self, text: str) -> None:
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                self._name = value
            case "id" if value.isascii() and value.isdigit():
                self._id = int(value)
            case "data":
                self._data.append(value)
            case _:
                pass
