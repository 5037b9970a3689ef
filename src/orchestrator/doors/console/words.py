"""THE translation function: what the console says, in the language of whoever reads it.

Every sentence for people stands in ``_("…")``, here as in the templates, and what varies in it has
a name: ``_("User “%(name)s” is there.", name=login)``. Words that stand in a table are translated
where they are shown. A percent sign is written twice, as in every template.
"""

import contextlib
import functools
import gettext as catalogues
import unicodedata
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Final

import msgspec

HERE: Final = Path(__file__).parent / "translations"
SOURCE: Final = "en"
"""The language in which sentences are written."""


class Language(msgspec.Struct, frozen=True):
    """What a language calls itself, where its lines begin (``ltr`` or ``rtl``), and its numbers.

    ``thousands`` is what stands between them in a number, ``point`` what stands before a fraction.
    """

    name: str
    direction: str = "ltr"
    thousands: str = ","
    point: str = "."


LANGUAGES: Final[Mapping[str, Language]] = {
    SOURCE: Language("English"),
    "de": Language("Deutsch", thousands=".", point=","),
}
"""THE table of languages, by their tag (BCP 47)."""

_OVERRIDES: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_TURNING: Final = frozenset(
    {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
)
_reader: Final = ContextVar("language", default=SOURCE)


def wanted(header: str) -> str:
    """Return the best language for an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    found: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _semicolon, weight = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if primary in LANGUAGES and quality > 0:
            found.append((quality, primary))
    return max(found, key=lambda each: each[0])[1] if found else SOURCE


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak ``language`` within: in this request alone, whatever others ask meanwhile."""
    before = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(before)


def language() -> str:
    """Return the tag of the reader's language."""
    return _reader.get()


def direction() -> str:
    """Return where lines of the reader's language begin: ``ltr`` or ``rtl``."""
    return LANGUAGES[language()].direction


def number(given: int) -> str:
    """Return a whole number as the reader's language writes it: 1,234 or 1.234."""
    return f"{given:,}".replace(",", LANGUAGES[language()].thousands)


def decimal(given: float) -> str:
    """Return a number with one decimal as the reader's language writes it: 0.5 or 0,5."""
    return f"{given:.1f}".replace(".", LANGUAGES[language()].point)


@functools.cache
def _catalogue(tag: str) -> catalogues.NullTranslations:
    return catalogues.translation("console", HERE, [tag], fallback=tag == SOURCE)


def gettext(text: str) -> str:
    """Return ``text`` as the reader's language has it; as it is written where that has nothing."""
    return _catalogue(language()).gettext(text) if text else ""


def ngettext(one: str, many: str, number: int) -> str:
    """Return ``one`` or ``many``, as the reader's language counts."""
    return _catalogue(language()).ngettext(one, many, number)


@functools.cache
def browser(tag: str) -> bytes:
    """Return what the browser's part says in a language: JSON, English sentence → translated."""
    path = HERE / tag / "LC_MESSAGES" / "browser.json"
    return path.read_bytes() if path.is_file() else b"{}"


def _(text: str, /, **named: object) -> str:
    """Return a sentence for people, with what has a name put in its place."""
    return gettext(text) % {name: isolated(value) for name, value in named.items()}


def isolated(value: object) -> object:
    """Return what is put into a sentence so that it cannot turn the words around it.

    A text that runs from right to left stands between FSI and PDI (UAX 9), without overrides of its
    own; every other value is as it was.
    """
    if type(value) is not str or value.isascii():
        return value
    if not any(unicodedata.bidirectional(sign) in _TURNING for sign in value):
        return value
    return f"\u2068{value.translate(_OVERRIDES)}\u2069"
