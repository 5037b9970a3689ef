"""The form of a function: from a definition to fields, and back to the JSON of the services."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.errors import Problem
from orchestrator.doors.console import retold
from orchestrator.doors.console.visits import Visit
from orchestrator.doors.console.words import _

Fields = dict[str, Any]

NUMBERS: Final = (
    ("timeout_ms", "timeoutMs", "Time budget in milliseconds", "Everything together, 10 to 60,000"),
    ("retries", "retries", "Further attempts", "0 to 5, within the time budget"),
    ("cache_seconds", "cacheSeconds", "Remember answers for seconds", "0 asks every time"),
    ("concurrency", "concurrency", "Calls at a time", "1 to 100"),
)
"""Field, name in JSON, label and hint of every whole number of the contract."""

BREAKER: Final = (
    ("breaker_failures", "failures", "Failures that open it"),
    ("breaker_window_seconds", "windowSeconds", "Within seconds"),
    ("breaker_open_seconds", "openSeconds", "First try after seconds"),
)
TEXTS: Final = (("url", "url"), ("lambda_id", "lambdaId"), ("domain", "domain"))
SECRETS: Final = (
    ("secret", "secret"),
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
)
ON_FAILURE: Final = (
    ("skipPolicy", "Skip the policy that needs it"),
    ("unknown", "Count it as missing"),
    ("default", "Use a default value"),
)
ACCOUNT: Final = ("account_id", "accountId")
SPARE: Final = 3
"""Empty rows under the parameters, for a browser without scripts."""

FIELDS: Final = (
    *("name", "url", "lambda_id", "domain", "account_id", "parameters", "payload", "on_failure"),
    *("default_value", "secret", "client_id", "client_secret", "breaker"),
    *(field for field, *_ in NUMBERS),
)


def empty() -> Fields:
    """Return the fields of a function that is yet to be written."""
    return of({"timeoutMs": 10_000, "cacheSeconds": 0, "concurrency": 10, "retries": 0})


def of(definition: Mapping[str, Any]) -> Fields:
    """Return the fields that show a definition, as `function_forms.shown` has it."""
    breaker = definition.get("breaker") or {"failures": 5, "windowSeconds": 60, "openSeconds": 30}
    is_lambda = definition.get("lambdaId") is not None
    return {
        **{field: definition.get(key) or "" for field, key in (*TEXTS, ACCOUNT)},
        **{field: str(definition.get(key, "")) for field, key, *_ in NUMBERS},
        **{field: str(breaker[key]) for field, key, _ in BREAKER},
        "kind": "lambda" if is_lambda else "url",
        "pairs": [(name, written(value)) for name, value in _parameters(definition).items()],
        "payload": _json(definition["payload"]) if "payload" in definition else "",
        "on_failure": definition.get("onFailure", "skipPolicy"),
        "default_value": _json(definition["defaultValue"]) if "defaultValue" in definition else "",
    }


def given(visit: Visit) -> Fields:
    """Return the fields as they were sent; secrets are not sent back."""
    names = (*(field for field, *_ in (*TEXTS, ACCOUNT, *NUMBERS, *BREAKER)), "kind")
    return {
        **{name: visit.text(name) for name in (*names, "payload", "on_failure", "default_value")},
        "pairs": _pairs(visit),
    }


def document(visit: Visit) -> dict[str, Any]:
    """Return the definition that was sent. Raises `errors.Problems` for what is no JSON.

    A field that was left empty goes back to its default, but for secrets: they stay.
    """
    problems: list[Problem] = []
    fields = given(visit)
    is_lambda = fields["kind"] == "lambda"
    found: dict[str, Any] = {key: fields[field] or None for field, key in (*TEXTS, ACCOUNT)}
    if is_lambda:
        del found["url"]
    else:
        found = {"url": found["url"] or ""}
    for field, key, *_words in NUMBERS:
        found[key] = _number(fields[field], key, problems)
    found["breaker"] = {
        key: _number(fields[field], "breaker", problems)
        for field, key, _ in BREAKER
        if fields[field]
    } or None
    if fields["payload"]:
        found["payload"] = _read(fields["payload"], "payload", problems)
    else:
        found["parameters"] = {name: value_of(text) for name, text in fields["pairs"]}
    found["onFailure"] = fields["on_failure"] or None
    if found["onFailure"] == "default":
        found["defaultValue"] = _read(fields["default_value"], "defaultValue", problems)
    for field, key in SECRETS:
        if visit.text(field):
            found[key] = visit.text(field)
    if problems:
        raise errors.Problems(problems)
    return found


def value_of(text: str) -> Any:
    """Return what somebody means by a text: JSON where it is that, else the text itself."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return text


def written(value: Any) -> str:
    """Return the text by which `value_of` finds ``value`` again."""
    if isinstance(value, str) and value_of(value) == value and not _is_json(value):
        return value
    return _json(value)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _parameters(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    return definition.get("parameters") or {}


def _pairs(visit: Visit) -> list[tuple[str, str]]:
    names = [each.strip() for each in visit.texts("parameter")]
    return [
        (name, value.strip())
        for name, value in zip(names, visit.texts("value"), strict=False)
        if name or value.strip()
    ]


def _number(text: str, path: str, problems: list[Problem]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 - far above any limit
        return int(text)
    problems.append(Problem("bad-input", path, _("This must be a whole number.")))
    return None


def _read(text: str, path: str, problems: list[Problem]) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        said = _("This is no JSON: %(error)s.", error=retold.of(str(error)))
        problems.append(Problem("bad-input", path, said))
        return None


def _json(value: Any) -> str:
    return msgspec.json.format(
        msgspec.json.encode(value), indent=0 if _is_plain(value) else 2
    ).decode()


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, list)) or not value
