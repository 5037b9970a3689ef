"""``{{namespace.name}}``: attribute references as whole values and inside longer texts."""

import re
from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json

NAME: Final = re.compile(r"[^\W\d][\w-]*(\.\w[\w-]*)+")
"""At least one dot; the first part begins with a letter or ``_``, later ones may with a digit."""

_BRACED_NUMBER: Final = re.compile(r"\{(-?[0-9]{1,300}(?:\.[0-9]{1,300})?)\}")
"""As many digits as the nearest floating-point number can take."""

NAME_RULE: Final = (
    "a name is written namespace.name, each part of letters, digits, _ and -, "
    "the first part beginning with a letter or _"
)


class Malformed(ValueError):
    """Braces that are no reference; the message says what is wrong with them."""


class Reference(msgspec.Struct, frozen=True, gc=False):
    """An attribute to be read: ``written`` as in the document, ``name`` without aliases."""

    name: str
    written: str
    default: str | None = None


class Template(msgspec.Struct, frozen=True, gc=False):
    """A longer text with references in it, in order."""

    pieces: tuple[str | Reference, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references alone."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Reference))


def parse(text: str) -> str | Reference | Template:
    """Return the text itself, one reference if it is nothing else, or a template.

    Raises `Malformed`: an opening without its end, an end without its opening, no proper name.
    """
    if "{{" not in text and "}}" not in text:
        return text
    pieces = tuple(_pieces(text))
    if len(pieces) == 1 and isinstance(pieces[0], Reference):
        return pieces[0]
    return Template(pieces)


def _pieces(text: str) -> list[str | Reference]:
    pieces: list[str | Reference] = []
    position = 0
    while position < len(text):
        start = text.find("{{", position)
        between = text[position:] if start < 0 else text[position:start]
        if "}}" in between:
            raise Malformed("there is a }} without its {{")
        if between:
            pieces.append(between)
        if start < 0:
            break
        end = text.find("}}", start + 2)
        if end < 0:
            raise Malformed("there is a {{ without its }}")
        pieces.append(_reference(text[start + 2 : end]))
        position = end + 2
    return pieces


def _reference(inner: str) -> Reference:
    name, bar, default = inner.partition("|")
    if not NAME.fullmatch(name):
        blanks = ", without blanks" if NAME.fullmatch(name.strip()) else ""
        raise Malformed(f"{{{{{inner[:80]}}}}} is no reference: {NAME_RULE}{blanks}")
    if "{{" in default:
        raise Malformed("a default cannot hold a reference itself")
    return Reference(attributes.canonical(name), name, default if bar else None)


def braced_number(value: Json) -> Json:
    """Return the number that the oldest documents wrote as ``"{1440}"``; others unchanged."""
    if isinstance(value, str) and (found := _BRACED_NUMBER.fullmatch(value)):
        digits = found[1]
        return float(digits) if "." in digits else int(digits)
    return value
