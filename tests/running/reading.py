"""What a page says to people: its texts and the words of its attributes, without what is code."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

SILENT: Final = frozenset({"script", "style", "code", "pre", "textarea", "kbd", "svg"})
"""Elements whose text is code, or what somebody typed."""
SPOKEN: Final = frozenset({"title", "placeholder", "aria-label", "alt", "data-confirm"})
"""Attributes that people read or hear."""
_OURS: Final = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)|^[^⟦⟧]*⟧")
"""What is in brackets; a browser cuts a sentence in pieces where code stands in it."""
_WORD: Final = re.compile(r"[A-Za-z]{2,}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if dict(attrs).get("type") in {"submit", "button"}:
            attrs = [
                ("title", value) if name == "value" else (name, value) for name, value in attrs
            ]
        for name, value in attrs:
            said = name in SPOKEN or (name.startswith("data-") and name.endswith(_SAID))
            if said and value:
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.found.append(" ".join(data.split()))


_SAID: Final = ("words", "copied", "saved", "wrong")


def texts(html: str) -> list[str]:
    """Return what a page says, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def strange(said: list[str], own: re.Pattern[str]) -> Iterator[str]:
    """Yield what is said in no language of `translating.pseudo`, but for what ``own`` matches."""
    for text in said:
        rest = own.sub(" ", _OURS.sub(" ", text))
        if _WORD.search(rest):
            yield text
