"""``python -m handbook``: writes the reference pages that are made of the code's tables.

With ``--check`` nothing is written, and pages that say something else than the code are named.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Final

from handbook import api_page, blocks, policy_pages, program_pages

FOLDER: Final = blocks.ROOT / "docs/reference"
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "operators.md": policy_pages.operator_page,
    "expression-functions.md": policy_pages.function_page,
    "attributes.md": policy_pages.attribute_page,
    "commands.md": program_pages.command_page,
    "api.md": api_page.page,
    "settings.md": program_pages.setting_page,
    "roles.md": program_pages.role_page,
    "errors.md": program_pages.error_page,
}
"""Every generated page of `FOLDER`, and what writes it."""


def stale() -> list[str]:
    """Return the pages that do not say what the code says."""
    found = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return [name for name, write in PAGES.items() if found.get(name) != write()]


def main() -> int:
    """Write the pages; with ``--check`` return 1 when one of them is stale."""
    parser = argparse.ArgumentParser(prog="python -m handbook", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    found = stale()
    for name in found:
        if not given.check:
            (FOLDER / name).write_text(PAGES[name](), "utf-8")
        sys.stderr.write(f"{'stale' if given.check else 'written'}: docs/reference/{name}\n")
    return 1 if found and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
