"""Pictures in the documentation are those that `make screenshots` takes."""

import re
import subprocess

import pytest

from handbook import blocks
from screenshots import album

PICTURE = re.compile(
    r"!\[([^\]]*)\]\((?:docs/|\.\./)?screenshots/([\w-]+)-(light|dark)-(1440|390)\.png\)"
)
LARGEST = 150_000
USED = sorted(
    {found[1:] for page in blocks.pages() for found in PICTURE.findall(page.read_text("utf-8"))}
)


class Someone:
    """An account that has one of everything."""

    def __call__(self, *_: str) -> list[dict[str, str]]:
        return [{"id": "1", "conversationId": "c-1", "type": "bot"}]


def test_there_are_pictures() -> None:
    """Or nothing would be tried below."""
    assert len(USED) > 10


@pytest.mark.parametrize(("name", "theme", "width"), USED)
def test_the_album_takes_every_picture_that_is_shown(name: str, theme: str, width: str) -> None:
    """So that none goes stale, and each is in the repository, of a sensible size."""
    del theme, width
    assert name in {page.name for page in album.pages(Someone())}


@pytest.mark.parametrize(("name", "theme", "width"), USED)
def test_every_picture_is_kept_and_small(name: str, theme: str, width: str) -> None:
    """A site is built of what is in the repository."""
    file = blocks.ROOT / f"docs/screenshots/{name}-{theme}-{width}.png"
    assert 0 < file.stat().st_size <= LARGEST


def test_no_other_picture_is_kept() -> None:
    """Those that no page shows are taken when they are looked at."""
    kept = subprocess.run(
        ["git", "ls-files", "docs/screenshots"],
        cwd=blocks.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(kept) <= {
        f"docs/screenshots/{name}-{theme}-{width}.png" for name, theme, width in USED
    }


def test_every_picture_says_what_is_on_it() -> None:
    """For those who do not see it."""
    for page in blocks.pages():
        for found in PICTURE.findall(page.read_text("utf-8")):
            assert len(found[0]) > 10, (blocks.name(page), found)
