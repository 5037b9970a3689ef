"""``orchestrator backup``: copy the database into a file."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Place


@options.at_place
def backup(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
) -> None:
    """Copy the database into a new file, also while a server runs.

    The master key is not in it: keep the folder's master.key as well, in another place.
    """
    from orchestrator.serve import office

    saved = office.backup(place.settings, file)
    shown = {"file": str(saved), "bytes": saved.stat().st_size}
    text = f"Saved {saved}. Keep {place.data / 'master.key'} as well, in another place."
    show.one(place.style, shown, text=text)
