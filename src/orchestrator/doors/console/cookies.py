"""The browser's side of a session: one cookie that scripts cannot read, and one for a notice."""

import base64
import binascii
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "orchestrator_session"
NOTICE: Final = "orchestrator_notice"
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
    parts = request.cookies.get(SESSION, "").split(".")
    return Ticket(*parts) if len(parts) == 3 and all(parts) else None  # noqa: PLR2004 - its parts


def give(response: Response, request: Request, shown: Ticket) -> None:
    """Let the browser keep a session until it is closed; the server knows when it is over."""
    value = f"{shown.account}.{shown.cookie}.{shown.csrf}"
    _set(response, request, SESSION, value)


def take(response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(SESSION, path=PATH)


def leave(response: Response, request: Request, notice: Notice) -> None:
    """Leave a notice for the page that comes next."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(notice)).decode()
    _set(response, request, NOTICE, text)


def found(request: Request) -> Notice | None:
    """Return the notice that was left, if there is one; whoever shows it calls `clear`."""
    given = request.cookies.get(NOTICE)
    if given is None:
        return None
    try:
        notice = msgspec.json.decode(base64.urlsafe_b64decode(given), type=Notice)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    if notice.undo is not None and not notice.undo.startswith(f"{PATH}/"):
        return Notice(notice.text)
    return notice


def clear(response: Response) -> None:
    """Let the browser forget the notice."""
    response.delete_cookie(NOTICE, path=PATH)


def _set(response: Response, request: Request, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
