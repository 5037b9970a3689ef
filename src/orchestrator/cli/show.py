"""How results are printed: JSON for programs, tables and short sheets for people."""

import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from orchestrator.cli.report import Style
from orchestrator.core.model import times

WIDE: Final = 120
"""Columns of a terminal that shows everything."""
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z")


def plain(value: Any) -> Any:
    """Return structs, times and containers as plain JSON: camelCase, ISO 8601 in UTC."""
    return msgspec.to_builtins(_times(msgspec.to_builtins(value, builtin_types=(datetime,))))


def record(value: Any, *, but: Sequence[str] = ("account",)) -> dict[str, Any]:
    """Return a struct as a JSON object, without the fields ``but``."""
    shown = plain(value)
    return {field: each for field, each in shown.items() if field not in but}


def json_line(value: Any) -> None:
    """Print one JSON value on a line of stdout."""
    sys.stdout.write(msgspec.json.encode(plain(value)).decode() + "\n")
    sys.stdout.flush()


def one(style: Style, value: Mapping[str, Any], *, text: str | None = None) -> None:
    """Print one thing: its JSON, or for people ``text``, else a sheet of its fields."""
    if style == "json":
        json_line(value)
    elif text is not None:
        sys.stdout.write(text + "\n")
    else:
        sheet(value)


def many(
    style: Style,
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Mapping[str, str],
    empty: str,
    wide: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Print a list: one JSON array, or for people a table of ``columns`` (field → heading).

    ``empty`` says what to do next when there is nothing. Fields in ``wide`` are left out of narrow
    terminals, and those in ``whole`` are never broken, so that they can be copied.
    """
    if style == "json":
        json_line(list(rows))
    elif not rows:
        sys.stdout.write(empty + "\n")
    else:
        if _width() < WIDE:
            columns = {field: name for field, name in columns.items() if field not in wide}
        table(
            [[row.get(field) for field in columns] for row in rows],
            tuple(columns.values()),
            whole=[columns[field] for field in whole],
        )


def table(
    rows: Iterable[Sequence[Any]], headings: Sequence[str], *, whole: Sequence[str] = ()
) -> None:
    """Print a table that fits the terminal: long cells fold, but for the columns in ``whole``."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    listed = [list(row) for row in rows]
    for index, heading in enumerate(headings):
        numeric = bool(listed) and all(_is_number(row[index]) for row in listed)
        grid.add_column(
            heading,
            overflow="fold",
            no_wrap=heading in whole,
            justify="right" if numeric else "left",
        )
    for row in listed:
        grid.add_row(*(Text(cell(value)) for value in row))
    console.print(grid)


def sheet(value: Mapping[str, Any]) -> None:
    """Print the fields of one thing, a line each."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for field, each in value.items():
        grid.add_row(heading(field), Text(cell(each)))
    Console(highlight=False).print(grid)


def heading(field: str) -> str:
    """Return a field's name for people: ``maxChats`` is "max chats"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in field)


def cell(value: Any) -> str:
    """Return a value for people."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case str():
            moment = _MOMENT.fullmatch(value)
            return f"{moment[1]} {moment[2]} UTC" if moment else value
        case list() if all(isinstance(each, str) for each in value):
            return ", ".join(value) or "–"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
    return msgspec.json.encode(value).decode()


def limit(value: int | None) -> str | int:
    """Return a capacity for people: None is unlimited."""
    return "unlimited" if value is None else value


def _width() -> int:
    return shutil.get_terminal_size().columns


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _times(value: Any) -> Any:
    match value:
        case datetime():
            return times.iso(value)
        case dict():
            return {key: _times(each) for key, each in value.items()}
        case list() | tuple():
            return [_times(each) for each in value]
    return value
