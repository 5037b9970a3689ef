"""How results are printed: JSON for programs, tables and short sheets for people."""

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from orchestrator.cli import grid
from orchestrator.cli.report import Style
from orchestrator.core.model import times

ENDLESS: Final = 1_000_000
"""The width of what is no terminal."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


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
    cut: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Print a list: one JSON array, or for people a table of ``columns`` (field → heading).

    ``empty`` says what to do next when there is nothing. Where the terminal is too narrow, cells
    are folded; fields in ``cut`` end in "…" instead, and those in ``whole`` are left as they are,
    so that they can be copied.
    """
    if style == "json":
        json_line(list(rows))
        return
    if not rows:
        sys.stdout.write(empty + "\n")
        return
    headed = [
        grid.Column(
            heading,
            "whole" if field in whole else "cut" if field in cut else "fold",
            "right" if all(_is_number(row.get(field)) for row in rows) else "left",
        )
        for field, heading in columns.items()
    ]
    cells = [[cell(row.get(field)) for field in columns] for row in rows]
    heading_line, *lines = grid.table(headed, cells, width=width())
    sys.stdout.write("\n".join([bold(heading_line), *lines]) + "\n")


def sheet(value: Mapping[str, Any]) -> None:
    """Print the fields of one thing, a line each."""
    fields = [(heading(field), cell(each)) for field, each in value.items()]
    for line in grid.sheet(fields, width=width()):
        sys.stdout.write(line + "\n")


def width() -> int:
    """Return the columns of the terminal; without one nothing is too long."""
    if is_terminal() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return ENDLESS


def is_terminal() -> bool:
    """Whether people read stdout as it is printed."""
    return sys.stdout.isatty()


Tint = Literal["bold", "dim", "red", "yellow"]

_TINTS: Final[dict[Tint, str]] = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "33"}


def bold(text: str) -> str:
    """Return ``text`` in bold, where stdout is a terminal that may be given colours."""
    return tinted(text, "bold")


def tinted(text: str, tint: Tint) -> str:
    """Return ``text`` in a colour, where stdout is a terminal that may be given colours."""
    plain_text = not is_terminal() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain_text else f"\033[{_TINTS[tint]}m{text}\033[0m"


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
            if _MOMENT.fullmatch(value):
                return moment(datetime.fromisoformat(value), to="zone")
            return grid.printable(value)
        case list() if all(isinstance(each, str) for each in value):
            return grid.printable(", ".join(value)) or "–"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
    return msgspec.json.encode(value).decode()


def words(state: str) -> str:
    """Return a state for people: ``WITH_AGENT`` is "with agent"."""
    return state.replace("_", " ").lower()


def moment(at: datetime, *, to: Literal["minute", "second", "day", "zone"] = "minute") -> str:
    """Return a time on this machine's clock.

    ``minute``: date and time; ``second``: time alone; ``day``: date and time to the second;
    ``zone``: that, and in which zone.
    """
    return at.astimezone().strftime(_SHAPES[to])


_SHAPES: Final = {
    "minute": "%Y-%m-%d %H:%M",
    "second": "%H:%M:%S",
    "day": "%Y-%m-%d %H:%M:%S",
    "zone": "%Y-%m-%d %H:%M:%S %Z",
}


def limit(value: int | None) -> str | int:
    """Return a capacity for people: None is unlimited."""
    return "unlimited" if value is None else value


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
