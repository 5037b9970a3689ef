"""JSON as programs send it: checked, made compact, and otherwise kept as it is.

Numbers keep their digits, objects the order of their keys, texts their characters: what is kept is
the text that was sent, without blanks between its parts and without needless escapes.
"""

import json
import re
from typing import Final

import msgspec

from orchestrator.core.model import errors

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_WHAT_IT_ADDS: Final = len(":,")


def value(sent: bytes, *, path: str = "value") -> str:
    """Return any JSON value as compact text. Raises `errors.BadInput`."""
    text = _compact(sent, path)
    return _plain(text, path) if "\\u" in text else text


def members(sent: bytes, *, path: str = "body") -> dict[str, str]:
    """Return the members of a JSON object as compact texts by name. Raises `errors.BadInput`.

    Of a name that is there twice, the last counts.
    """
    text = _compact(sent, path)
    if not text.startswith("{"):
        raise errors.BadInput(
            f'{path} must be a JSON object, such as {{"name": "value"}}.', path=path
        )
    if "\\u" in text:
        text = _plain(text, path)
    found = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {name: bytes(raw).decode() for name, raw in found.items()}


def characters(name: str, text: str) -> int:
    """Return what a property adds to its document: quoted name, colon, value, comma."""
    return len(msgspec.json.encode(name).decode()) + len(text) + _WHAT_IT_ADDS


def _compact(sent: bytes, path: str) -> str:
    try:
        msgspec.json.decode(sent)  # all of it is looked at, so that whoever reads it later can
        return msgspec.json.format(sent, indent=-1).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"{path} is not valid JSON: {error}.", path=path) from error


def _plain(text: str, path: str) -> str:
    """Write characters instead of their numbers, where JSON lets them stand for themselves."""

    def spoken(match: re.Match[str]) -> str:
        token = match[0]
        if "\\u" not in token:
            return token
        said = json.loads(token)
        if "\0" in said:  # databases and other programs end texts there
            raise errors.BadInput(f"{path} must not hold the character NUL (\\u0000).", path=path)
        return json.dumps(said, ensure_ascii=False)

    return _STRING.sub(spoken, text)
