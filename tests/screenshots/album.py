"""THE list of pages that are photographed, with the things that some of them show."""

from collections.abc import Iterator

import msgspec

from running.commands import Commands


class Shown(msgspec.Struct, frozen=True):
    """One page: its name in file names, its path, and what is there when it is ready."""

    name: str
    path: str
    ready: str = "main h1"


def pages(account: Commands) -> Iterator[Shown]:
    """Yield every page of the console, the stranger's first."""
    yield Shown("sign-in", "/sign-in")
    yield Shown("home", "")
    yield Shown("skills", "/skills")
    skill = account("skills", "list")[0]["id"]
    yield Shown("skill", f"/skills/{skill}")
    yield Shown("skill-new", "/skills/new")
