"""What every way of saving has in common: what a document may hold, and for how long."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.services.context import names, values
from orchestrator.services.context.ports import Place, Property, Scope, Writing

LARGEST_DOCUMENT: Final = values.LONGEST
"""Unicode characters of a document's payload as compact JSON (the original's figure)."""

LONGEST_DOCUMENT: Final = timedelta(days=396)
"""How long v2 keeps a document at most, and when nothing is said: its 13 months."""

LARGEST_TTL: Final = 2**31 - 1

_BRACES_LESS_COMMA: Final = 1


class DocumentTooLarge(errors.BadInput):
    """The document would have more than 800,000 characters; nothing of it was saved."""

    code = "document-too-large"

    def __init__(self) -> None:
        super().__init__("document too large", path="payload")


def put(
    unit: Writing, place: Place, members: Mapping[str, str], *, expires_at: datetime | None
) -> None:
    """Save properties whose values are compact JSON texts; all others of the place stay.

    Raises `errors.BadInput` for a name that is none, a new namespace that would hide attributes of
    ours, and `DocumentTooLarge`; then the unit of work has to be undone.
    """
    if place.namespace in names.OURS and place.namespace not in unit.used(place.account):
        names.refuse_ours(place.namespace)
    unit.put(
        place,
        [
            Property(names.member(name), text, values.characters(name, text), unit.now, expires_at)
            for name, text in members.items()
        ],
    )
    size = unit.characters(place.account, place.namespace, [place.session], now=unit.now)
    if size + _BRACES_LESS_COMMA > LARGEST_DOCUMENT:
        raise DocumentTooLarge


def lifetime(scopes: Iterable[Scope]) -> int:
    """Return the seconds for which a session's properties are kept, 0 for ever.

    What is set for the session counts before what is set for the namespace.
    """
    found = {scope.session: scope.ttl_seconds for scope in scopes if scope.ttl_seconds is not None}
    of_namespace = found.pop("", 0)
    return next(iter(found.values()), of_namespace)


def ttl(seconds: int, *, path: str) -> int:
    """Return a lifetime in seconds: 0 or more. Raises `errors.BadInput`."""
    if not 0 <= seconds <= LARGEST_TTL:
        raise errors.BadInput(f"{path} must be a number from 0 to {LARGEST_TTL}.", path=path)
    return seconds


def payload(found: Iterable[Property]) -> dict[str, msgspec.Raw]:
    """Return properties as a JSON object, whose values are written as they were sent."""
    return {each.name: msgspec.Raw(each.value) for each in found}
