"""THE table between our errors and HTTP, and how they look: ``application/problem+json``.

Source of the form: RFC 9457. ``type`` leads to the explanation on the reference page, ``code`` is
stable, and ``errors`` holds everything that is wrong, each with the path to it.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError, Problem
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.services.directory.allowances import RateExceeded

MEDIA: Final = "application/problem+json"

TOO_LARGE: Final = "too-large"
INTERNAL: Final = "internal"


class TooLarge(errors.BadInput):
    """The body is larger than the door lets in."""

    code = TOO_LARGE


class Kind(msgspec.Struct, frozen=True):
    """How one kind of error is answered, and what the reference page says of it."""

    error: type[OrchestratorError]
    status: int
    title: str


KINDS: Final = (
    Kind(TooLarge, 413, "The body is too large"),
    Kind(PolicyErrors, 400, "Policies that cannot be"),
    Kind(errors.BadInput, 400, "The request can never be right"),
    Kind(errors.Problems, 400, "Several things are wrong"),
    Kind(errors.Unauthenticated, 401, "No valid credential"),
    Kind(errors.Forbidden, 403, "Not allowed"),
    Kind(errors.NotFound, 404, "Not there"),
    Kind(errors.Stale, 412, "Changed meanwhile"),
    Kind(errors.Conflict, 409, "Contradicts what is there"),
    Kind(errors.TooMany, 429, "Too many requests"),
    Kind(errors.Unavailable, 503, "Not available now"),
    Kind(OrchestratorError, 500, "Our own fault"),
)
"""Most particular first; the last one fits every error."""

_OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
"""Services name what is wrong as the command line does; here the same thing is a field."""

_NAMED_OTHERWISE: Final = {
    "--overlap": "overlapSeconds",
    "--password-stdin": "password",
    "--role": "roles",
}
"""Option → field, where that is not merely written otherwise."""


def answer(error: OrchestratorError) -> Response:
    """Return the answer that tells ``error``."""
    kind = next(kind for kind in KINDS if isinstance(error, kind.error))
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, RateExceeded):
        allowance = error.allowance
        headers["RateLimit-Limit"] = str(allowance.limit)
        headers["RateLimit-Remaining"] = str(allowance.remaining)
        headers["RateLimit-Reset"] = str(allowance.reset_seconds)
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="orchestrator"'
    return problem(
        kind.status,
        title=kind.title,
        code=error.code,
        detail=error.message,
        found=error.problems,
        headers=headers,
    )


def problem(
    status: int,
    *,
    title: str,
    code: str,
    detail: str,
    found: Sequence[Problem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem document, whatever it is about."""
    body = {
        "type": f"/v3/docs#problem-{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [
            {"code": each.code, "path": field(each.path), "message": each.message} for each in found
        ],
    }
    return Response(msgspec.json.encode(body), status, headers=headers, media_type=MEDIA)


def bug() -> Response:
    """Return the answer to what nobody foresaw; the log has the rest."""
    return answer(OrchestratorError("Something went wrong here; it has been logged."))


def unserved(error: HTTPException) -> Response:
    """Return the answer for what no route serves: a wrong address or method."""
    if isinstance(error.__cause__, OrchestratorError):  # raised while the body was read
        return answer(error.__cause__)
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    return problem(
        error.status_code,
        title=phrase,
        code="bad-input" if error.status_code == HTTPStatus.BAD_REQUEST else code,
        detail=str(error.detail),
        headers=dict(error.headers or {}),
    )


def misshapen(error: RequestValidationError) -> Response:
    """Return the answer to a request that is not shaped as the document says."""
    found = [Problem("bad-input", _path(each["loc"]), f"{each['msg']}.") for each in error.errors()]
    return answer(errors.Problems(found))


def field(path: str) -> str:
    """Return a path in the words of JSON: ``--max-chats`` is ``maxChats``."""
    if path in _NAMED_OTHERWISE:
        return _NAMED_OTHERWISE[path]
    option = _OPTION.fullmatch(path)
    if option is None:
        return path
    first, *rest = option[1].split("-")
    return first + "".join(word.capitalize() for word in rest)


def _path(location: tuple[int | str, ...]) -> str:
    """Return where it is: ``("body", "roles", 0)`` is ``roles[0]``."""
    inside = location[1:] if location[:1] in {("body",), ("query",), ("path",)} else location
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in inside)
    return text.removeprefix(".") or str(location[0])
