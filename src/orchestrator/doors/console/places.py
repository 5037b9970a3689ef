"""Where a page of a long list begins, as it stands in addresses."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from orchestrator.core.model import errors
from orchestrator.doors.console.words import _
from orchestrator.services.admin.ports import Place


def read(text: str) -> Place | None:
    """Return the place behind which a page begins; None for the first page.

    Raises `errors.BadInput` for what no page has given out.
    """
    if not text:
        return None
    moment, _tilde, identifier = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not identifier:
        raise errors.BadInput(_("There is no such page of this list."), path="after")
    return Place(at, identifier)


def older(path: str, asked: Mapping[str, str], last: Place | None) -> str:
    """Return the address of the page behind ``last``, with the same search; empty without one."""
    if last is None:
        return ""
    kept = {name: text for name, text in asked.items() if text and name != "after"}
    return f"{path}?{urlencode({**kept, 'after': f'{last.at.isoformat()}~{last.id}'})}"


def first(path: str, asked: Mapping[str, str]) -> str:
    """Return the address of the first page, with the same search; empty when this is it."""
    if not asked.get("after"):
        return ""
    kept = {name: text for name, text in asked.items() if text and name != "after"}
    return f"{path}?{urlencode(kept)}" if kept else path
