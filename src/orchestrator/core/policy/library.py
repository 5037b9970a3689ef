"""Editions at hand: what one part of a program has read or written, the others need not read."""

import contextlib
from collections import OrderedDict
from typing import Final

from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy.editions import Edition

KEPT: Final = 64
"""Editions kept, least recently used out first. Those of one account share nearly everything."""


class Library:
    """Editions by version, and the one that each account had last.

    For any number of threads: every step is a single operation of a dictionary, and an edition that
    is gone is read again.
    """

    def __init__(self) -> None:
        self._editions: OrderedDict[str, Edition] = OrderedDict()
        self._latest: dict[AccountId, Edition] = {}

    def find(self, version: str) -> Edition | None:
        """Return the edition with this address, if it is at hand."""
        found = self._editions.get(version)
        if found is not None:
            with contextlib.suppress(KeyError):  # another thread has just dropped it
                self._editions.move_to_end(version)
        return found

    def latest(self, account: AccountId) -> Edition | None:
        """Return the edition that an account had last: the next one will be much like it."""
        return self._latest.get(account)

    def keep(self, account: AccountId, edition: Edition) -> None:
        """Put an edition at hand, as the one that the account has now."""
        self._editions[edition.version] = edition
        self._latest[account] = edition
        while len(self._editions) > KEPT:
            self._editions.popitem(last=False)
