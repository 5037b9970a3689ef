"""JSON as programs send it: checked, made compact, and otherwise kept as it is.

Numbers keep their digits, objects the order of their keys, texts their characters: what is kept is
the text that was sent, without blanks between its parts and without needless escapes.
"""

import functools
import json
import re
from typing import Final

import msgspec

from orchestrator.core.model import errors

_ESCAPES: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.")
"""Characters by number, as many as follow each other; or any other escape, passed over whole."""

_MUST_ESCAPE: Final = {
    ord(each): json.dumps(each)[1:-1] for each in map(chr, (*range(1, 32), 34, 92))
}
"""What cannot stand for itself in a text of JSON: controls, the quotation mark, the backslash."""

_LEAST: Final = 5.5
"""How many characters an escape of six can save at most: a pair of them is one character."""

_SHORT: Final = len(r"\uD83D\uDE00")

LONGEST: Final = 800_000
"""Characters of a document, of which this is a part."""

_WHAT_IT_ADDS: Final = len(":,")


def value(sent: bytes, *, path: str = "value") -> str:
    """Return any JSON value as compact text. Raises `errors.BadInput`."""
    text = _compact(sent, path)
    return _plain(text, path) if _may_escape(text) else text


def members(sent: bytes, *, path: str = "body") -> dict[str, str]:
    """Return the members of a JSON object as compact texts by name. Raises `errors.BadInput`.

    Of a name that is there twice, the last counts.
    """
    text = _compact(sent, path)
    if not text.startswith("{"):
        raise errors.BadInput(
            f'{path} must be a JSON object, such as {{"name": "value"}}.', path=path
        )
    if _may_escape(text):
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


def _may_escape(text: str) -> bool:
    return "\\u" in text or r"\/" in text


def _plain(text: str, path: str) -> str:
    """Write characters instead of their escapes, where JSON lets them stand for themselves.

    A text that cannot become short enough for any document is left as it is, to be refused: it
    would only take time.
    """
    if len(text) - _LEAST * text.count("\\u") > LONGEST:
        return text
    plain = _ESCAPES.sub(_spoken, text)
    if "\0" in plain:  # databases and other programs end texts there
        raise errors.BadInput(f"{path} must not hold the character NUL (\\u0000).", path=path)
    return plain


def _spoken(match: re.Match[str]) -> str:
    escape = match[0]
    return _one(escape) if len(escape) <= _SHORT else _said(escape)


@functools.lru_cache(maxsize=4096)
def _one(escape: str) -> str:
    if escape == r"\/":
        return "/"
    return _said(escape) if escape[1] == "u" else escape


def _said(run: str) -> str:
    """Return what escapes by number say; NUL stays itself, for whoever refuses it."""
    return bytes.fromhex(run.replace("\\u", "")).decode("utf-16-be").translate(_MUST_ESCAPE)
