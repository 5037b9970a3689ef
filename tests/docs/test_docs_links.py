"""Nobody who follows a link in the documentation ends nowhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handbook import blocks

ROOT = blocks.ROOT
PAGES = [*blocks.pages(), ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"]
DOCS = ROOT / "docs"
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _links(page: Path) -> list[str]:
    found = LINK.findall(FENCED.sub("", page.read_text("utf-8")))
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(FENCED.sub("", page.read_text("utf-8")))
    return {_slug(heading) for heading in headings}


def _slug(heading: str) -> str:
    words = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading))
    return re.sub(r"[\s-]+", "-", words.strip().lower())


@pytest.mark.parametrize("page", PAGES, ids=blocks.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """The file is there, and the heading in it too."""
    for link in _links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in _anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=blocks.name)
def test_the_site_holds_what_its_pages_lead_to(page: Path) -> None:
    """A page of the site links to pages and pictures of the site: the rest is not built with it."""
    for link in _links(page):
        place = link.partition("#")[0]
        if place:
            assert (page.parent / place).resolve().is_relative_to(DOCS), link


def test_every_page_is_in_the_navigation_once() -> None:
    """Or nobody finds it."""
    settings = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))
    named = list(_leaves(settings["project"]["nav"]))
    assert sorted(named) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def _leaves(entry: Any) -> Iterator[str]:
    match entry:
        case str():
            yield entry
        case list():
            for each in entry:
                yield from _leaves(each)
        case dict():
            for each in entry.values():
                yield from _leaves(each)
