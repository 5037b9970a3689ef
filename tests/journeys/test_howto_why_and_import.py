"""The pages on "why" and on importing say what is true: their examples are run."""

import json
import re
from pathlib import Path

import pytest

from running import inside

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def blocks(page, language):
    text = (HOWTO / page).read_text("utf-8")
    return re.findall(rf"```{language}[^\n]*\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory in which a reader would paste the commands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_on_why_prints_what_it_shows(folder):
    """Its policies and attributes, its command, its output to the letter."""
    for name, content in zip(
        ("policies", "attributes"), blocks("why-did-it-go-there.md", "json"), strict=True
    ):
        (folder / f"{name}.json").write_text(content)
    (command,) = blocks("why-did-it-go-there.md", "sh")
    (expected,) = blocks("why-did-it-go-there.md", "text")
    code, out, err = inside.run(command.split()[1:])
    assert (code, err) == (0, "")
    assert re.sub(r"version \w+", "version …", out) == expected


def test_the_page_on_importing_makes_what_it_shows(folder):
    """The original's file becomes the document, and both commands work."""
    theirs, ours = blocks("import-from-the-original.md", "json")
    (folder / "originals").mkdir()
    (folder / "originals" / "night.json").write_text(theirs)
    (commands,) = blocks("import-from-the-original.md", "sh")
    for command in commands.splitlines():
        code, _, err = inside.run(command.split()[1:])
        assert code == 0, err
    assert json.loads((folder / "policies.json").read_text()) == json.loads(ours)
