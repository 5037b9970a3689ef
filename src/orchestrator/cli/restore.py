"""``orchestrator restore``: put a backup in the place of the database."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Place


@options.at_place
def restore(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has written.")],
) -> None:
    """Put a backup in the place of the database. No server may run on the folder."""
    from orchestrator.serve import office

    restored = office.restore(place.settings, file)
    show.one(place.style, {"file": str(restored)}, text=f"Restored {restored}.")
