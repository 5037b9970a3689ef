"""Versions with what each of them changed, read at once."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import comparing
from orchestrator.core.policy.document import Document
from orchestrator.services.admin.ports import Reading, Version

KEPT: Final = 2_048
"""Pairs of versions of which it is kept what changed: two versions never change."""

NOTHING: Final = ""
"""What stands for the content of no version at all."""


class Told(msgspec.Struct, frozen=True):
    """A version, and what it changed: sentences without their full stops."""

    version: Version
    changes: tuple[str, ...]


class History(msgspec.Struct, frozen=True):
    """Versions, the newest first. ``current`` is the number of the one that decides now, or 0."""

    current: int
    versions: tuple[Told, ...]
    has_more: bool


class Historian:
    """Tells versions, and remembers what differs between two. For any number of threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def tell(
        self,
        rows: Reading,
        account: AccountId,
        *,
        limit: int,
        before: int | None,
        document: Callable[[Version], Document],
    ) -> History:
        """Return at most ``limit`` versions below ``before``; ``document`` reads one of them."""
        found = rows.versions(account, limit=limit + 1, before=before)
        now = rows.current(account)
        told = tuple(
            Told(each, self._changes(found[at + 1 : at + 2], each, document))
            for at, each in enumerate(found[:limit])
        )
        return History(now.number if now else 0, told, len(found) > limit)

    def _changes(
        self, older: Sequence[Version], newer: Version, document: Callable[[Version], Document]
    ) -> tuple[str, ...]:
        """Return what changed from ``older``, the version before if there is one."""
        before = next(iter(older), None)
        pair = (before.hash if before else NOTHING, newer.hash)
        known = self._known.get(pair)
        if known is None:
            then = document(before) if before else Document(())
            known = tuple(each.words for each in comparing.compare(then, document(newer)))
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[pair] = known
        return known
