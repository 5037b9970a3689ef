"""Compiled policy sets for those who look: telling a decision again, and trying one out."""

from collections import OrderedDict
from typing import Final

from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import recompile
from orchestrator.core.policy.compiled import CompiledSet
from orchestrator.core.policy.editions import Edition
from orchestrator.core.policy.library import Library
from orchestrator.services.admin.ports import Reading

KEPT: Final = 4
"""Compiled sets at hand: the live one, and those that somebody compares it with."""


class Rulesets:
    """Compiles what is asked for, once. Plain calls from any thread: at worst, one compiles twice.

    Editions come from ``library`` where they are at hand.
    """

    def __init__(self, library: Library | None = None) -> None:
        self._library = library or Library()
        self._compiled: OrderedDict[str, CompiledSet] = OrderedDict()
        self._last: dict[AccountId, Edition] = {}

    def of(self, rows: Reading, account: AccountId, version: str) -> CompiledSet | None:
        """Return the set with this content address, or None where it is not stored."""
        found = self._compiled.get(version)
        if found is None:
            edition = self._library.find(version)
            edition = edition or rows.edition(version, like=self._library.latest(account))
            if edition is None:
                return None
            found = self._made(account, edition)
        self._compiled[version] = found
        while len(self._compiled) > KEPT:
            self._compiled.popitem(last=False)
        return found

    def _made(self, account: AccountId, edition: Edition) -> CompiledSet:
        """Compile an edition; most of one that is much like the account's last is taken over."""
        version, last = edition.version, self._last.get(account)
        before = self._compiled.get(last.version) if last else None
        if last is None or before is None or recompile.is_worn(before):
            found = compiler.compile_set(edition.document, version=version)
        else:
            found = recompile.recompile(before, last.document, edition.document, version=version)
        self._last[account] = edition
        while len(self._last) > KEPT:
            self._last.pop(next(iter(self._last)), None)
        return found
