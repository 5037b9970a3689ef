"""Which language a request is answered in: what its reader chose, or what the browser prefers."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from orchestrator.core.model import errors
from orchestrator.doors.console import cookies, navigation, words

COOKIE: Final = "language"
_SECONDS: Final = 365 * 86_400
_FIELDS: Final = 5


class Spoken:
    """An application that speaks each reader's language."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        with words.speaking(of(Request(scope))):
            await self._inner(scope, receive, send)


def of(request: Request) -> str:
    """Return the language for a request."""
    chosen = cookies.kept(request, COOKIE)
    if chosen in words.LANGUAGES:
        return chosen
    return words.wanted(request.headers.get("accept-language", ""))


def rows() -> Iterator[tuple[str, str, Any]]:
    """Yield method, path below the console, and endpoint: strangers may choose as well."""
    yield "POST", "/language", choose
    yield "GET", "/words/{language}.js", script


async def choose(request: Request) -> Response:
    """Keep the choice in the browser, and go back to the page on which it was made."""
    form = await request.form(max_fields=_FIELDS, max_files=0)
    chosen = form.get("language")
    if not isinstance(chosen, str) or chosen not in words.LANGUAGES:
        raise errors.BadInput(words._("There is no such language."))
    before = urlsplit(request.headers.get("referer", ""))
    back = before.path + (f"?{before.query}" if before.query else "")
    response = RedirectResponse(navigation.inside(back) or cookies.PATH, 303)
    cookies.keep(response, request, COOKIE, chosen, seconds=_SECONDS)
    return response


async def script(request: Request) -> Response:
    """Serve the words of the browser's part: a script, for modules ask for them at once."""
    asked = request.path_params["language"]
    if asked not in words.LANGUAGES:
        raise errors.NotFound(words._("There is no such language."))
    keeping = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-store"
    return Response(
        b"globalThis.orchestratorWords = " + words.browser(asked) + b";\n",
        media_type="text/javascript",
        headers={"Cache-Control": keeping},
    )


def address() -> str:
    """Return where the reader's words for the browser's part are, '' when none are needed."""
    tag = words.language()
    if tag == words.SOURCE:
        return ""
    version = hashlib.sha256(words.browser(tag)).hexdigest()[:12]
    return f"{cookies.PATH}/words/{tag}.js?v={version}"
