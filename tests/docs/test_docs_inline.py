"""Commands that pages mention in passing exist, with the options that they are given."""

import re
import shlex
from typing import Any

import pytest

from handbook import blocks
from orchestrator import cli
from orchestrator.cli import app

MENTIONED = re.compile(r"`orchestrator ([a-z][^`\n]*)`")
FENCED = re.compile(r"^[ ]*```.*?^[ ]*```", re.MULTILINE | re.DOTALL)
PAGES = {
    blocks.name(page): sorted(set(MENTIONED.findall(FENCED.sub("", page.read_text("utf-8")))))
    for page in [*blocks.pages(), blocks.ROOT / "ARCHITECTURE.md", blocks.ROOT / "CHANGELOG.md"]
}


def test_pages_mention_commands() -> None:
    """Or nothing would be tried below."""
    assert sum(map(len, PAGES.values())) > 50


@pytest.mark.parametrize("page", [page for page, found in PAGES.items() if found])
def test_every_command_that_is_mentioned_exists(page: str) -> None:
    """The noun, the verb, and each option by its name."""
    for mentioned in PAGES[page]:
        for part in mentioned.split("|"):
            words = shlex.split(part.removeprefix(" orchestrator").strip())
            if words:
                _exists(words, f"{page}: orchestrator {mentioned}")


def _exists(words: list[str], where: str) -> None:
    assert words[0] in cli.COMMANDS, where
    command: Any = app.load(cli.COMMANDS[words[0]][0], words[0])
    verbs = getattr(command, "commands", {})
    rest = words[1:]
    if verbs and rest and re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-"):
        assert rest[0] in verbs, where
        command = verbs[rest[0]]
    elif verbs:  # the noun as such
        return
    options = {option for each in command.params for option in each.opts}
    for word in rest:
        if word.startswith("--"):
            assert word.partition("=")[0] in options | {"--help"}, f"{where}: {word}"
