"""The form of a static attribute: kinds of values, lists to paste, and back."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.doors.console import retold, words
from orchestrator.doors.console.words import _

SHOWN: Final = 60
"""Characters of a value in a list of values."""


def _text(given: str) -> Any:
    return given


def _number(given: str) -> Any:
    try:
        found = msgspec.json.decode(given.strip())
    except (msgspec.MsgspecError, UnicodeError):
        found = None
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise errors.BadInput(
            _("“%(text)s” is no number.", text=given.strip()[:SHOWN]), path="value"
        )
    return found


def _boolean(given: str) -> Any:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if given.strip().casefold() not in words:
        raise errors.BadInput(_("Write true or false."), path="value")
    return words[given.strip().casefold()]


def _texts(given: str) -> Any:
    return [line.strip() for line in given.splitlines() if line.strip()]


def _numbers(given: str) -> Any:
    return [_number(line) for line in given.splitlines() if line.strip()]


def _json(given: str) -> Any:
    try:
        return msgspec.json.decode(given)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(
            _("This is no JSON: %(error)s.", error=retold.of(str(error))), path="value"
        ) from error


KINDS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "text": ("Text", _text),
    "number": ("Number", _number),
    "boolean": ("True or false", _boolean),
    "texts": ("List of texts, one a line", _texts),
    "numbers": ("List of numbers, one a line", _numbers),
    "json": ("Anything, as JSON", _json),
}
"""Kind → words, and how a value is read from what was typed."""


def read(kind: str, given: str) -> Any:
    """Return the value. Raises `errors.BadInput` with the path ``value`` or ``kind``."""
    if kind not in KINDS:
        raise errors.BadInput(_("Choose a kind of value."), path="kind")
    return KINDS[kind][1](given)


def shown(value: Any) -> tuple[str, str]:
    """Return the kind of a value, and the text from which `read` makes it again."""
    if isinstance(value, bool):
        return "boolean", "true" if value else "false"
    if isinstance(value, (int, float)):
        return "number", _compact(value)
    if isinstance(value, str) and value:
        return "text", value
    if isinstance(value, list) and value:
        if all(isinstance(each, str) and _is_line(each) for each in value):
            return "texts", "\n".join(value)
        if all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in value):
            return "numbers", "\n".join(map(_compact, value))
    return "json", msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _is_line(text: str) -> bool:
    return bool(text) and text == text.strip() and len(text.splitlines()) == 1


def brief(value: Any) -> str:
    """Return a value in a few words, whatever its size."""
    if isinstance(value, str):
        return value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    if isinstance(value, list) and len(value) > 3:  # noqa: PLR2004 - more would not fit
        first = brief(value[:2]).rstrip("]")
        return _("%(first)s, …] · %(count)s values", first=first, count=words.number(len(value)))
    text = _compact(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _compact(value: Any) -> str:
    return msgspec.json.encode(value).decode()
