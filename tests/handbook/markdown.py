"""Markdown as the generated pages are made of it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any


def page(title: str, about: str, *parts: str) -> str:
    """Return a page that says where it comes from, so that nobody mends it by hand."""
    note = "<!-- Written by `make docs` from the tables of the code: change those. -->"
    return "\n\n".join((f"# {title}", note, about, *parts)) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells may hold anything but line breaks."""
    lines = [_row(heads), _row(["---"] * len(heads))]
    return "\n".join([*lines, *map(_row, rows)])


def code(text: str) -> str:
    """Return ``text`` as code."""
    return f"`{text}`"


def shown(value: Any) -> str:
    """Return a JSON value as code."""
    return code(json.dumps(value, ensure_ascii=False))


def words(text: str) -> str:
    """Return a docstring's words in one line."""
    return " ".join(text.replace("``", "`").split())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
