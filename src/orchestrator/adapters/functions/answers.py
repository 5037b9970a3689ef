"""What an answer of a function means: its value, or whose fault it is that there is none."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orchestrator.adapters.functions.outbound import Answer
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import Fault, FunctionFailed

_FAULTS: Final[Mapping[int, Fault]] = {
    401: "own",  # it does not know us: until somebody changes that, nobody gets an answer
    403: "own",
    408: "temporary",
    425: "temporary",
    429: "temporary",
    500: "temporary",
    502: "temporary",
    503: "temporary",
    504: "temporary",
    901: "own",  # the function itself failed (protocol reference, section 8)
}
"""Status → fault. Of the others, 4xx is "request" and everything else "own"."""

_WAIT_SECONDS: Final = 1.0
"""After 429 at least, whatever it says (protocol reference, 9.1)."""

_DEPTH: Final = 200
_NUMBER: Final = re.compile(rb"[0-9]{400}")
"""More digits than a policy's numbers may have; in a text nobody means them either."""

_TOO_OFTEN: Final = 429
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_SECONDS: Final = re.compile(r"[0-9]{1,6}")


def value(answer: Answer, what: str) -> Json:
    """Return the JSON of a good answer, None for an empty one. Raises `FunctionFailed`.

    Every status from 400 up is a failure, 901 among them, which HTTP libraries know nothing of.
    """
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's own numbers
        raise _failure(answer, what)
    if not answer.body.strip():
        return None
    if _NUMBER.search(answer.body):
        raise FunctionFailed(f"{what} answered with a number of too many digits.", fault="own")
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FunctionFailed(f"{what} answered with something that is no JSON.", fault="own") from (
            error
        )
    if answer.body.count(b"[") + answer.body.count(b"{") > _DEPTH and _is_deep(found):
        raise FunctionFailed(f"{what} answered with something nested too deep.", fault="own")
    return found


def _is_deep(value: Json) -> bool:
    """Whether a value is nested deeper than our policies go; level by level, without recursion."""
    level = [value]
    for _ in range(_DEPTH + 1):
        inside: list[Json] = []
        for one in level:
            if isinstance(one, Mapping):
                inside.extend(one.values())
            elif isinstance(one, list):
                inside.extend(one)
        if not inside:
            return False
        level = inside
    return True


def _failure(answer: Answer, what: str) -> FunctionFailed:
    other: Fault = "request" if 400 <= answer.status < 500 else "own"  # noqa: PLR2004 - as above
    fault = _FAULTS.get(answer.status, other)
    code = _code(answer.body)
    about = f"{what} answered {answer.status}{f' ({code})' if code else ''}."
    return FunctionFailed(about, fault=fault, after_seconds=_after(answer))


def _after(answer: Answer) -> float:
    said = answer.headers.get("retry-after", "").strip()
    seconds = float(said) if _SECONDS.fullmatch(said) else 0.0
    return max(seconds, _WAIT_SECONDS) if answer.status == _TOO_OFTEN else seconds


def _code(body: bytes) -> str | None:
    """Return the error's code as both generations of the platform give it.

    Never its message, which may repeat what was sent.
    """
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if not isinstance(found, Mapping):
        return None
    for key in ("errorCode", "code", "error"):
        code = found.get(key)
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return None
