"""What a file is called when somebody saves it: what its sender called it, made harmless."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

LONGEST: Final = 120
"""Characters of a name; with its ending that fits every file system, in any script."""

_JOINERS: Final = "\u200c\u200d"
"""Signs of no width that Persian, Hindi and emoji need; others only deceive."""

_FOLDERS: Final = re.compile(r"[/\\]")


def called(given: str, type_: str, *, endings: Mapping[str, str]) -> str:
    """Return the name of a file of a media type; empty where nobody called it anything.

    No folders, no signs that are not seen or that turn the direction (``gpj.exe`` would read
    ``exe.jpg``), and an ending that says what it is. ``endings`` maps those to media types.
    """
    name = unicodedata.normalize("NFC", _FOLDERS.split(given)[-1])
    seen = (each if _is_seen(each) else " " if each.isspace() else "" for each in name)
    name = " ".join("".join(seen).split()).strip(". ")
    if not name:
        return ""
    stem, dot, ending = name.rpartition(".")
    if not dot or endings.get(ending.casefold()) != type_:
        stem, ending = name, next(each for each, kind in endings.items() if kind == type_)
    return f"{stem[:LONGEST].rstrip('. ')}.{ending}"


def _is_seen(sign: str) -> bool:
    return sign in _JOINERS or not unicodedata.category(sign).startswith("C")
