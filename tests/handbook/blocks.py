"""What is fenced in a page of the documentation: commands, documents, programs, outputs."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parents[2]

_FENCE: Final = re.compile(
    r"^(?P<indent>[ ]*)```(?P<language>[\w-]*)(?P<more>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_TITLE: Final = re.compile(r'title="([^"]+)"')


class Block(msgspec.Struct, frozen=True):
    """One fenced block. ``title`` is the name of the file that it is, or empty.

    ``number`` counts the page's blocks from 1, so that a block without a title can be named.
    """

    page: str
    number: int
    line: int
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        """Where it begins, for messages: ``docs/howto/vip.md:12``."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return the README and every page of the documentation, by path."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name(page: Path) -> str:
    """Return a page's path from the root, such as ``docs/howto/vip.md``."""
    return page.relative_to(ROOT).as_posix()


def of(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    return list(_found(page.read_text("utf-8"), name(page)))


def _found(text: str, page: str) -> Iterator[Block]:
    for number, match in enumerate(_FENCE.finditer(text), start=1):
        title = _TITLE.search(match["more"])
        yield Block(
            page,
            number,
            text.count("\n", 0, match.start()) + 1,
            match["language"],
            title[1] if title else "",
            textwrap.dedent(match["text"]),
        )
