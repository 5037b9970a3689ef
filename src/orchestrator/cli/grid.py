"""Tables and sheets as lines of a given width, in which long text is folded or cut.

Nothing here looks at a terminal: widths come in, lines come out. It exists beside rich because a
list of thousands of rows has to be there at once, and a short one without loading a library.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

GAP: Final = "  "
NARROWEST: Final = 6
"""Columns are not made narrower than this; there is no table for so narrow a terminal."""
CUT: Final = "…"

Fit = Literal["fold", "cut", "whole"]
"""What happens to a cell that is too long: broken into lines, cut with "…", or left as it is."""


class Column(msgspec.Struct, frozen=True):
    """A column: its heading, what happens to long cells, and on which side cells stand."""

    heading: str
    fit: Fit = "fold"
    side: Literal["left", "right"] = "left"


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int) -> Iterator[str]:
    """Yield the heading, a rule and the rows, each line at most ``width`` columns wide if possible.

    It is not possible where the headings and the columns that stay whole are wider by themselves.
    """
    widths = _widths(columns, rows, width)
    yield _line(columns, [column.heading for column in columns], widths)
    yield GAP.join("─" * each for each in widths)
    for row in rows:
        cells = [
            _fitted(cell, each, column.fit)
            for cell, each, column in zip(row, widths, columns, strict=True)
        ]
        for number in range(max(len(cell) for cell in cells)):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            yield _line(columns, parts, widths)


def sheet(fields: Iterable[tuple[str, str]], *, width: int) -> Iterator[str]:
    """Yield a line a field, values under each other; long ones are folded."""
    listed = list(fields)
    margin = max((wide(name) for name, _ in listed), default=0)
    room = max(NARROWEST, width - margin - len(GAP))
    for name, value in listed:
        for number, line in enumerate(folded(value, room)):
            yield f"{padded('' if number else name, margin)}{GAP}{line}".rstrip()


def wide(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes: wide letters take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(_letter(letter) for letter in text)


def padded(text: str, width: int) -> str:
    """Return ``text`` with blanks up to ``width`` columns."""
    return text + " " * (width - wide(text))


def cut(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns, with "…" where something is missing."""
    if wide(text) <= width:
        return text
    return _head(text, width - 1) + CUT


def folded(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` columns, broken between words if possible."""
    if wide(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if wide(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        rest = word
        while wide(rest) > width:
            head = _head(rest, width) or rest[0]
            lines.append(head)
            rest = rest[len(head) :]
        line = rest
    return [*lines, line]


def printable(text: str) -> str:
    """Return ``text`` on one line, without what would command a terminal."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "�" for letter in text
    )


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return each column's width: its widest cell, and less for the widest ones if need be."""
    least = [wide(column.heading) for column in columns]
    widths = [
        max(least[index], *(wide(row[index]) for row in rows)) if rows else least[index]
        for index in range(len(columns))
    ]
    flexible = [index for index, column in enumerate(columns) if column.fit != "whole"]
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while over > 0:
        widest = max((widths[index] for index in flexible), default=0)
        if widest <= NARROWEST:
            break
        peers = [index for index in flexible if widths[index] == widest]
        lower = max([NARROWEST, *(widths[i] for i in flexible if widths[i] < widest)])
        step = max(1, min(widest - lower, over // len(peers)))
        for index in peers[:over]:
            widths[index] -= step
            over -= step
    return widths


def _fitted(cell: str, width: int, fit: Fit) -> list[str]:
    match fit:
        case "fold":
            return folded(cell, width)
        case "cut":
            return [cut(cell, width)]
        case "whole":
            return [cell]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        text = cut(cell, width) if column.fit != "whole" else cell
        blanks = " " * (width - wide(text))
        parts.append(blanks + text if column.side == "right" else text + blanks)
    return GAP.join(parts).rstrip()


def _head(text: str, width: int) -> str:
    taken = 0
    for index, letter in enumerate(text):
        taken += _letter(letter)
        if taken > width:
            return text[:index]
    return text


def _letter(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
