"""The words and signs of an expression, in one pass from left to right."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from orchestrator.core.policy import faults
from orchestrator.core.policy.expression.findings import Finding, Refused
from orchestrator.core.policy.expression.tree import Place

MAX_DEPTH: Final = 64

WORDS: Final[dict[str, str]] = {
    "and": "_AND",
    "or": "_OR",
    "not": "NOT",
    "in": "COMPARATOR",
    "true": "BOOLEAN",
    "false": "BOOLEAN",
}
"""Words that are no names; ``sqrt`` is one too, in front of anything but a bracket."""

SIGNS: Final[dict[str, str]] = {
    "==": "COMPARATOR",
    "!=": "COMPARATOR",
    "<=": "COMPARATOR",
    ">=": "COMPARATOR",
    "<": "COMPARATOR",
    ">": "COMPARATOR",
    "||": "SUM_SIGN",
    "+": "SUM_SIGN",
    "-": "MINUS",
    "*": "PRODUCT_SIGN",
    "/": "PRODUCT_SIGN",
    "%": "PRODUCT_SIGN",
    "^": "_POWER",
    "(": "_OPEN",
    ")": "_CLOSE",
    "[": "OPEN_LIST",
    "]": "_CLOSE_LIST",
    ",": "_COMMA",
}

STRANGERS: Final = (
    "===", "!==", "<>", "=>", "=<", "&&", "**", "{{", "}}", "=", "&", "|", "!",
)  # fmt: skip
"""Signs of other languages that must not be read as two of ours, for a better suggestion."""

QUOTES: Final = "'‘’‚‛"
"""A straight quote, and the typographic ones that are read as straight."""

_SIGN: Final = re.compile(
    "|".join(re.escape(sign) for sign in sorted({*SIGNS, *STRANGERS}, key=len, reverse=True))
)
NAME: Final = re.compile(r"[^\W\d]\w*(?:\.\w+)+")
_WORD: Final = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PLAIN: Final = re.compile(rf"[^\\{QUOTES}]+")
_BLANKS: Final = re.compile(r"\s+")


class Token(msgspec.Struct, frozen=True):
    """A word, a sign or a value. ``kind`` is a terminal of the grammar, or ``STRANGER``.

    ``text`` is what was written; for a text in quotes, what it says.
    """

    kind: str
    text: str
    place: Place
    start: int


def scan(text: str) -> Iterator[Token]:
    """Yield the tokens of ``text``; its time is linear in the length.

    Raises `Refused` for what cannot be a token at all, and for brackets that are too deep.
    """
    position, line, line_start, depth = 0, 1, 0, 0
    while True:
        if blank := _BLANKS.match(text, position):
            line += blank[0].count("\n")
            if "\n" in blank[0]:
                line_start = blank.start() + blank[0].rindex("\n") + 1
            position = blank.end()
        if position == len(text):
            return
        place = Place(line, position - line_start + 1)
        kind, said, end = _next(text, position, place)
        depth += (kind in {"_OPEN", "OPEN_LIST"}) - (kind in {"_CLOSE", "_CLOSE_LIST"})
        if depth > MAX_DEPTH:
            raise too_deep(place)
        yield Token(kind, said, place, position)
        passed = text.count("\n", position, end)  # a text in quotes may have lines
        if passed:
            line += passed
            line_start = text.rindex("\n", position, end) + 1
        position = end


def too_deep(place: Place) -> Refused:
    """Return the refusal of something nested too deeply."""
    return Refused(Finding(place, "too-deep", f"nested more than {MAX_DEPTH} deep"))


def _next(text: str, position: int, place: Place) -> tuple[str, str, int]:
    """Return the kind of the token at ``position``, what it says and where it ends."""
    first = text[position]
    if first in QUOTES:
        said, end = _quoted(text, position, place)
        return "TEXT", said, end
    if found := _NUMBER.match(text, position):
        _check_number(text, found, place)
        return "NUMBER", found[0], found.end()
    if found := _WORD.match(text, position):
        return _word_kind(text, found, place), found[0], found.end()
    if found := _SIGN.match(text, position):
        return SIGNS.get(found[0], "STRANGER"), found[0], found.end()
    return "STRANGER", first, position + 1


def _word_kind(text: str, found: re.Match[str], place: Place) -> str:
    word, end = found[0], found.end()
    if text.startswith(".", end):
        said = f"the name `{shown(word)}.` ends with a dot"
        raise Refused(Finding(place, "syntax", said, suggestion="a name is namespace.name"))
    if word in WORDS:
        return WORDS[word]
    blank = _BLANKS.match(text, end)
    is_called = text.startswith("(", blank.end() if blank else end)
    if "." in word:
        return "STRANGER" if is_called else "NAME"
    if is_called:
        return "FUNCTION"
    return "ROOT" if word == "sqrt" else "STRANGER"


def _check_number(text: str, found: re.Match[str], place: Place) -> None:
    digits, end = found[0], found.end()
    after = _WORD.match(text, end)
    said = suggestion = ""
    if after is not None:
        said = f"`{shown(digits + after[0])}` is neither a number nor a name"
        suggestion = (
            f"a blank is missing before `{after[0]}`"
            if after[0] in WORDS
            else "numbers are written out, such as 1500 or 0.25; names begin with a letter or `_`"
        )
    elif text.startswith(".", end):
        said = f"the number `{shown(digits)}.` has a dot too many"
        suggestion = "numbers are written such as 1500 or 0.25"
    elif digits[0] == "0" and digits[1:2].isdigit():
        said = f"`{shown(digits)}` is no number: it begins with a zero"
        suggestion = f"did you mean the text '{shown(digits)}'?"
    elif len(digits) > faults.MAX_DIGITS:
        said = f"a number of more than {faults.MAX_DIGITS} digits"
    if said:
        raise Refused(Finding(place, "syntax", said, suggestion=suggestion))


def _quoted(text: str, start: int, place: Place) -> tuple[str, int]:
    """Return the content of the text that begins at ``start``, and where it ends."""
    pieces: list[str] = []
    position = start + 1
    while position < len(text):
        if plain := _PLAIN.match(text, position):
            pieces.append(plain[0])
            position = plain.end()
            continue
        sign, after = text[position], text[position + 1 : position + 2]
        if sign == "\\":
            position += 1
            if after in {"", "\\"} or after not in QUOTES:
                pieces.append("\\")
                position += after == "\\"
            else:
                pieces.append("'")
                position += 1
        elif is_apostrophe(sign, text[position - 1], after):
            pieces.append(sign)
            position += 1
        else:
            return "".join(pieces), position + 1
    raise Refused(
        Finding(
            place,
            "syntax",
            "the text that begins here has no closing quote",
            suggestion="a quote inside a text is written \\'",
        )
    )


def is_apostrophe(sign: str, before: str, after: str) -> bool:
    """Whether a quote inside a text belongs to it: a typographic one between two letters."""
    return sign != "'" and before.isalpha() and after.isalpha()


def shown(text: str) -> str:
    """Return ``text`` for a message, cut if it is long."""
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004 — a line of text
