"""The pages: every module here is one, and has its `ROWS`."""

import importlib
import pkgutil
from collections.abc import Iterator

from orchestrator.doors.console.visits import Row


def rows() -> Iterator[Row]:
    """Yield every route of somebody who is signed in, page by page in the order of their names."""
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from importlib.import_module(f"{__name__}.{found.name}").ROWS
