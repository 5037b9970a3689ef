"""The browser's side of a session: one cookie that scripts cannot read, and one for a notice."""

import base64
import binascii
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "session"
NOTICE: Final = "notice"
OPENID_FLOW: Final = "openid_flow"
OPENID_HINT: Final = "openid_hint"
PATH: Final = "/console"


class Ticket(msgspec.Struct, frozen=True):
    """What a browser shows: its account, and the two tokens of its session."""

    account: str
    cookie: str
    csrf: str


class Notice(msgspec.Struct, frozen=True):
    """A sentence for the next page; ``undo`` is the path to post to for taking it back."""

    text: str
    undo: str | None = None


def ticket(request: Request) -> Ticket | None:
    """Return what the browser shows, None if it shows nothing that could be one."""
    parts = request.cookies.get(name(request, SESSION), "").split(".")
    return Ticket(*parts) if len(parts) == 3 and all(parts) else None  # noqa: PLR2004 - its parts


def give(response: Response, request: Request, shown: Ticket) -> None:
    """Let the browser keep a session until it is closed; the server knows when it is over."""
    value = f"{shown.account}.{shown.cookie}.{shown.csrf}"
    _set(response, request, SESSION, value)


def take(response: Response, request: Request) -> None:
    """Let the browser forget its session."""
    _forget(response, request, SESSION)


def leave(response: Response, request: Request, notice: Notice) -> None:
    """Leave a notice for the page that comes next."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(notice)).decode()
    _set(response, request, NOTICE, text)


def found(request: Request) -> Notice | None:
    """Return the notice that was left, if there is one; whoever shows it calls `clear`."""
    given = request.cookies.get(name(request, NOTICE))
    if given is None:
        return None
    try:
        notice = msgspec.json.decode(base64.urlsafe_b64decode(given), type=Notice)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    if notice.undo is not None and not notice.undo.startswith(f"{PATH}/"):
        return Notice(notice.text)
    return notice


def clear(response: Response, request: Request) -> None:
    """Let the browser forget the notice."""
    _forget(response, request, NOTICE)


def keep(
    response: Response, request: Request, sort: str, value: str, *, seconds: int | None = None
) -> None:
    """Let the browser keep something for a while, or until it is closed."""
    _set(response, request, sort, value, seconds=seconds)


def kept(request: Request, sort: str) -> str | None:
    """Return what the browser keeps, if it does."""
    return request.cookies.get(name(request, sort))


def drop(response: Response, request: Request, sort: str) -> None:
    """Let the browser forget what it keeps, if it does."""
    if kept(request, sort) is not None:
        _forget(response, request, sort)


def name(request: Request, sort: str) -> str:
    """Return what a cookie is called on the port that the request came in by.

    Browsers keep cookies by host, whatever the port: two servers on one machine would sign each
    other's people out, and what the TLS port set could not be replaced by the plain one.
    """
    prefix = "__Secure-" if _is_secure(request) else ""
    return f"{prefix}orchestrator_{sort}_{request.url.port or 'default'}"


def _is_secure(request: Request) -> bool:
    return request.scope["scheme"] == "https"


def _set(
    response: Response, request: Request, sort: str, value: str, *, seconds: int | None = None
) -> None:
    response.set_cookie(
        name(request, sort),
        value,
        max_age=seconds,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )


def _forget(response: Response, request: Request, sort: str) -> None:
    secure = _is_secure(request)
    response.delete_cookie(name(request, sort), path=PATH, secure=secure, httponly=True)
