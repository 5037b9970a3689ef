"""Reading a function's definition: every field in one table, every mistake reported at once."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.errors import Problem
from orchestrator.core.model.function import Breaker, Definition, Secrets
from orchestrator.core.policy import parameters, plain, reference
from orchestrator.core.policy.mistakes import Mistakes

NAME: Final = re.compile(r"[^\W\d][\w-]{0,63}")
LARGEST_PAYLOAD: Final = 20_000
"""Characters of JSON, before references are resolved."""

_URL: Final = 2_000
_LAMBDA: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9]{1,32}")
_SECRET_BYTES: Final = (24, 64)
_CLIENT: Final = re.compile(r"[\x21-\x7e]{1,512}")
_OUTCOMES: Final = ("skipPolicy", "unknown", "default")

SHOWN_ONLY: Final = frozenset({"name", "hasSecrets", "changedAt", "cost"})
"""What is shown with a definition and means nothing in one that is sent back."""

_SECRETS: Final = ("secret", "clientId", "clientSecret")


class _Wrong(Exception):
    """What a field should be."""


def _no(message: str) -> NoReturn:
    raise _Wrong(message)


def _pattern(wanted: re.Pattern[str], about: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or wanted.fullmatch(value) is None:
            _no(about)
        return value

    return read


def _whole(least: int, most: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            _no(f"a whole number from {least:,} to {most:,}")
        return value

    return read


def _url(value: Any) -> str:
    about = "an address such as https://crm.example/tier, without user name and fragment"
    if not isinstance(value, str) or len(value) > _URL or not value.isprintable():
        _no(about)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        _no(about)
    good = parts.scheme in {"https", "http"} and parts.hostname and port != 0
    if not good or "@" in parts.netloc or parts.fragment or " " in value or "\\" in value:
        _no(about)
    return value


def _outcome(value: Any) -> str:
    return value if value in _OUTCOMES else _no(f"one of {', '.join(_OUTCOMES)}")


def _json(value: Any) -> Any:
    mistakes = Mistakes()
    found = plain.copy(value, "", mistakes)
    if mistakes.errors:
        _no(f"JSON: {mistakes.errors[0].message}")
    if len(msgspec.json.encode(found)) > LARGEST_PAYLOAD:
        _no(f"at most {LARGEST_PAYLOAD:,} characters of JSON")
    return found


def _sent(value: Any) -> Any:
    found = _json(value)
    try:
        parameters.references(found)
    except reference.Malformed as error:
        _no(f"JSON with references: {error}")
    return found


def _parameters(value: Any) -> Any:
    return _sent(value) if isinstance(value, dict) else _no("an object of names and values")


def _breaker(value: Any) -> Breaker:
    if not isinstance(value, dict):
        _no(f"an object with {', '.join(_BREAKER)}")
    unknown = set(value) - set(_BREAKER)
    if unknown:
        _no(f"an object with {', '.join(_BREAKER)}, and nothing else")
    given = {}
    for name, found in value.items():
        field, read = _BREAKER[name]
        try:
            given[field] = read(found)
        except _Wrong as wrong:
            _no(f"an object in which {name} is {wrong}")
    return Breaker(**given)


def _signing(value: Any) -> str:
    least, most = _SECRET_BYTES
    about = f"whsec_ and {least} to {most} random bytes in base64"
    if not isinstance(value, str) or not value.startswith("whsec_"):
        _no(about)
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        _no(about)
    return value if least <= len(key) <= most else _no(about)


_BREAKER: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "failures": ("failures", _whole(1, 1_000)),
    "windowSeconds": ("window_seconds", _whole(1, 86_400)),
    "openSeconds": ("open_seconds", _whole(1, 86_400)),
}
FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "url": ("url", _url),
    "lambdaId": ("lambda_id", _pattern(_LAMBDA, "the id of a LivePerson function")),
    "domain": ("domain", _pattern(_HOST, "a host with an optional port")),
    "accountId": ("account_id", _pattern(_ACCOUNT, "the id of a LivePerson account")),
    "parameters": ("parameters", _parameters),
    "payload": ("payload", _sent),
    "timeoutMs": ("timeout_ms", _whole(10, 60_000)),
    "retries": ("retries", _whole(0, 5)),
    "onFailure": ("on_failure", _outcome),
    "defaultValue": ("default_value", _json),
    "cacheSeconds": ("cache_seconds", _whole(0, 86_400)),
    "concurrency": ("concurrency", _whole(1, 100)),
    "breaker": ("breaker", _breaker),
    "secret": ("secret", _signing),
    "clientId": ("client_id", _pattern(_CLIENT, "text without blanks")),
    "clientSecret": ("client_secret", _pattern(_CLIENT, "text without blanks")),
}
"""Name in JSON → field, and how it is read. Null is the same as not saying it,
but for ``payload`` and ``defaultValue``."""

_NULLABLE: Final = frozenset({"payload", "defaultValue"})


class Read(msgspec.Struct, frozen=True):
    """A definition that makes sense. ``secrets`` has those that were said."""

    definition: Definition
    secrets: Secrets


def name(text: str) -> str:
    """Return a function's name without ``custom.``. Raises `errors.BadInput`.

    It has no dot: what comes after one is a part of the value.
    """
    plainly = text.removeprefix("custom.")
    if NAME.fullmatch(plainly) is None:
        raise errors.BadInput(
            "A function's name is 1 to 64 letters, digits, _ and -, and begins with a letter or _.",
            path="name",
        )
    return plainly


def read(document: Any) -> Read:
    """Return the definition in a JSON object. Raises `errors.Problems` with every mistake.

    No message repeats a value: some are secrets.
    """
    if not isinstance(document, Mapping):
        raise errors.BadInput("Expected a JSON object with url or lambdaId; see functions add.")
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, value in document.items():
        if field in SHOWN_ONLY or (value is None and field not in _NULLABLE):
            continue
        if field not in FIELDS:
            known = ", ".join(FIELDS)
            problems.append(Problem("bad-input", str(field), f"Unknown field. Known: {known}."))
            continue
        try:
            given[field] = FIELDS[field][1](value)
        except _Wrong as wrong:
            problems.append(Problem("bad-input", field, f"{field} must be {wrong}."))
    problems += _contradictions(document, given)
    if problems:
        raise errors.Problems(problems)
    parts = {FIELDS[field][0]: value for field, value in given.items()}
    secrets = {FIELDS[each][0]: parts.pop(FIELDS[each][0], None) for each in _SECRETS}
    return Read(Definition(**parts), Secrets(**secrets))


def _contradictions(document: Mapping[str, Any], given: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the fields together."""
    found: list[Problem] = []

    def wrong(path: str, message: str) -> None:
        found.append(Problem("bad-input", path, message))

    said = {field for field, value in document.items() if value is not None}
    if len(said & {"url", "lambdaId"}) != 1:
        wrong("url", "Say either url or lambdaId.")
    if {"parameters", "payload"} <= said:
        wrong("payload", "Say either parameters or payload.")
    if "url" in said:
        for field in sorted(said & {"domain", "accountId", "clientId", "clientSecret"}):
            wrong(field, f"{field} belongs to a lambdaId.")
    if "lambdaId" in said and "secret" in said:
        wrong("secret", "secret belongs to a url; a lambdaId has clientId and clientSecret.")
    if given.get("onFailure") == "default" and "defaultValue" not in document:
        wrong("defaultValue", "onFailure is default: say the defaultValue.")
    if "defaultValue" in said and given.get("onFailure") != "default":
        wrong("defaultValue", "defaultValue counts only where onFailure is default.")
    return found


def shown(definition: Definition) -> dict[str, Any]:
    """Return a definition as it can be sent back: without what belongs to the other kind."""
    found = msgspec.to_builtins(definition)
    hidden = {"url"} if definition.url is None else {"lambdaId", "domain", "accountId"}
    if definition.payload is not msgspec.UNSET:
        hidden.add("parameters")
    if definition.on_failure != "default":
        hidden.add("defaultValue")
    return {field: value for field, value in found.items() if field not in hidden}


def average(milliseconds: int, calls: int) -> int | None:
    """Return the mean duration, None without calls."""
    return math.ceil(milliseconds / calls) if calls else None
